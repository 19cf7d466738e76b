"""Bulk API 2.0 ingest jobs: the calls that steer one and read what became of its rows (Salesforce API 7)."""

import csv
import io
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ziggy_sf_write.csv_files import allow_long_cells
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.describe import Operation
from ziggy_sf_write.salesforce.failures import AnswerLost, OrgError, Refused, readable

# 150 MB after base64 are taken, so 100 MB are sent at the most (Salesforce API 7.6).
LARGEST_UPLOAD_BYTES = 100_000_000
_CLOSE_TRIES = 3
# For so long an aborted job may bring to its end what it is at work on.
_PAUSE_AFTER_ABORT_S, _STILL_LOOKS, _MOST_LOOKS_AFTER_ABORT = 0.25, 3, 40
_ERROR = re.compile(r"(?P<code>[A-Za-z0-9_]+):(?P<message>.*?):(?P<fields>[^:]*?) ?--", re.DOTALL)


class JobState(StrEnum):
    """Where a job is (Salesforce API 7.2)."""

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    RUNNING = "InProgress"
    COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to its rows."""
        return self in (JobState.COMPLETE, JobState.FAILED, JobState.ABORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as Salesforce tells it; `processed` counts failed rows too."""

    id: str
    state: JobState
    processed: int
    failed: int
    message: str

    @property
    def has_saved(self) -> bool:
        """Whether the file of saved rows is worth a call: not where a complete job has counted none."""
        return not self._is_counted or self.processed > self.failed

    @property
    def has_refused(self) -> bool:
        """Whether the file of refused rows is worth a call."""
        return not self._is_counted or self.failed > 0

    @property
    def _is_counted(self) -> bool:
        return self.state is JobState.COMPLETE and self.processed > 0


class SavedRow(NamedTuple):
    """One line of the file of saved rows: the row's own columns, and its Id of 18 characters."""

    row: Mapping[str, str]
    id: str
    is_created: bool


class RefusedRow(NamedTuple):
    """One line of the file of refused rows."""

    row: Mapping[str, str]
    error: OrgError


def create_job(
    client: OrgClient, object_name: str, operation: Operation, *, key_field: str, assignment_rule_id: str | None
) -> str:
    """Opens a job and gives its id. A lost answer leaves at worst an empty job behind, in which nothing runs."""
    request = {"object": object_name, "operation": operation.value, "contentType": "CSV", "lineEnding": "LF"}
    if operation is Operation.UPSERT:
        request["externalIdFieldName"] = key_field
    if assignment_rule_id:
        request["assignmentRuleId"] = assignment_rule_id
    body = json.dumps(request).encode()
    raw = client.call(Call(kind="bulk_create", method="POST", path="jobs/ingest", body=body)).payload
    with readable("the opening of a Bulk job"):
        return str(raw["id"])


def upload(client: OrgClient, job_id: str, data: bytes) -> None:
    """Hands over the rows. One upload a job: after a lost answer the job is to be aborted and another opened."""
    client.call(
        Call(
            kind="bulk_upload",
            method="PUT",
            path=f"jobs/ingest/{job_id}/batches",
            body=data,
            headers={"Content-Type": "text/csv; charset=UTF-8"},
            is_idempotent=False,
            is_raw=True,
        )
    )


def close(client: OrgClient, job_id: str) -> None:
    """Lets the job run. After a lost answer the job itself tells whether it was closed; if not, it is closed again.

    Raises:
        Stopped: it was not closed, and nothing runs.
        AnswerLost, NotSent, Refused: it could not be found out whether it runs.
    """
    for attempt in range(_CLOSE_TRIES):
        try:
            _set_state(client, job_id, JobState.UPLOADED)
        except (AnswerLost, Refused):
            # Also after a stop: whether rows are being written must be known.
            if read_job(client.after_stop(), job_id).state is not JobState.OPEN:
                return
            if attempt + 1 == _CLOSE_TRIES:
                raise
        else:
            return


def abort(client: OrgClient, job_id: str) -> None:
    """Stops a job; rows that are saved stay saved. A job that has ended is left as it is."""
    try:
        _set_state(client, job_id, JobState.ABORTED)
    except Refused as err:
        if err.status not in (400, 404):
            raise


def end(client: OrgClient, job_id: str) -> Job:
    """Aborts a job, also after a stop, and waits until its counters stand still: what it is at work on is saved all the
    same.
    """
    client = client.after_stop().patient()
    abort(client, job_id)
    job, looks, still = read_job(client, job_id), 0, 0
    while still < _STILL_LOOKS and looks < _MOST_LOOKS_AFTER_ABORT:
        time.sleep(_PAUSE_AFTER_ABORT_S)  # a stop may have been given already, and ends every other wait
        last, job, looks = job, read_job(client, job_id), looks + 1
        is_still = job.state.is_final and (job.processed, job.failed) == (last.processed, last.failed)
        still = still + 1 if is_still else 0
    return job


def read_job(client: OrgClient, job_id: str) -> Job:
    """The job as it is now."""
    raw = client.call(Call(kind="bulk_poll", method="GET", path=f"jobs/ingest/{job_id}")).payload
    with readable("a question about a Bulk job"):
        return Job(
            id=raw["id"],
            state=JobState(raw["state"]),
            processed=raw.get("numberRecordsProcessed") or 0,
            failed=raw.get("numberRecordsFailed") or 0,
            message=raw.get("errorMessage") or "",
        )


def find_job(client: OrgClient, job_id: str) -> Job | None:
    """The job as it is now; None where Salesforce has forgotten it."""
    try:
        return read_job(client, job_id)
    except Refused as err:
        if err.status != 404:
            raise
        return None


def saved_rows(client: OrgClient, job: Job) -> Iterator[SavedRow]:
    """The rows that were saved, in no particular order and with values rewritten (Salesforce API 7.3)."""
    rows = _result_rows(client, job.id, "successfulResults")
    return (SavedRow(row, row["sf__Id"], row.get("sf__Created") == "true") for row in rows)


def refused_rows(client: OrgClient, job: Job) -> Iterator[RefusedRow]:
    """The rows that were refused."""
    rows = _result_rows(client, job.id, "failedResults")
    return (RefusedRow(row, parse_row_error(row["sf__Error"])) for row in rows)


def unprocessed_rows(client: OrgClient, job: Job) -> Iterator[Mapping[str, str]]:
    """The rows that Salesforce has not looked at, and will not any more once the job has come to rest."""
    return _result_rows(client, job.id, "unprocessedrecords")


def parse_row_error(text: str) -> OrgError:
    """`CODE:message:Field1,Field2 --` as an error; a message may hold colons of its own (Salesforce API 7.3)."""
    found = _ERROR.fullmatch(text.strip())
    if found is None:
        code, _, message = text.partition(":")
        return OrgError(code=code or "UNKNOWN", message=message or text)
    fields = tuple(name for name in found["fields"].split(",") if name)
    return OrgError(code=found["code"], message=found["message"], fields=fields)


def _set_state(client: OrgClient, job_id: str, state: JobState) -> None:
    body = json.dumps({"state": state.value}).encode()
    client.call(Call(kind="bulk_patch", method="PATCH", path=f"jobs/ingest/{job_id}", body=body, is_idempotent=False))


def _result_rows(client: OrgClient, job_id: str, name: str) -> Iterator[dict[str, str]]:
    answer = client.call(Call(kind="bulk_results", method="GET", path=f"jobs/ingest/{job_id}/{name}", is_raw=True))
    # A refusal quotes the value, so it may be longer than the longest value that was sent.
    allow_long_cells()
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(answer.payload), encoding="utf-8", newline=""))
    header = next(lines, [])
    # What csv.DictReader does for lines that are all of one length, in a third of its time.
    return (dict(zip(header, line, strict=False)) for line in lines)
