"""Bulk API 2.0 ingest over REST: the calls that steer a job and read its results (reference section 7.1)."""

import re
from collections.abc import Callable
from typing import Any

from salesforce_sandbox.bulk import results
from salesforce_sandbox.bulk.csv_file import DELIMITERS, LINE_ENDINGS
from salesforce_sandbox.bulk.jobs import Job, JobState
from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, not_found
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.draft import Operation
from salesforce_sandbox.rows.temporal import stamp
from salesforce_sandbox.schema.model import Field, SObject

from .multipart import NotMultipart, is_multipart, parts_of

_PAGE = 1000
_LOCATOR = re.compile(r"[0-9]{1,18}")
_LONGEST_MULTIPART = 100_000
_OPERATIONS = {
    "insert": Operation.INSERT,
    "update": Operation.UPDATE,
    "upsert": Operation.UPSERT,
    "delete": Operation.DELETE,
    "hardDelete": Operation.DELETE,
}
_ENDED = frozenset({JobState.COMPLETE, JobState.FAILED, JobState.ABORTED})


def create(org: Org, call: Call) -> Answer:
    """POST /jobs/ingest; the status 200 is UNCONFIRMED. A multipart body brings the data along."""
    if is_multipart(call):
        parts = _parts_of(call)
        job = _new_job(org, call, parts["job"])
        job.data = parts["content"]
        _complete(org, job)
        return Answer(body=_info(job))
    job = _new_job(org, call, None)
    extra = {"contentUrl": f"services/data/v{call.version}/jobs/ingest/{job.id}/batches"}
    return Answer(body={**_info(job), **extra, "lineEnding": job.line_ending, "columnDelimiter": job.column_delimiter})


def upload(org: Org, call: Call) -> Answer:
    """PUT /jobs/ingest/{id}/batches takes anything; what is wrong with it shows when the job runs."""
    job = _find(org, call)
    with org.jobs.lock:
        # Only one PUT per job: UNCONFIRMED, treated as the rule.
        if job.state is not JobState.OPEN or job.data is not None:
            message = (
                f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job "
                "then create a new Job and make sure you only do 'PUT' once on a given Job."
            )
            raise RequestRefused(400, "INVALIDJOBSTATE", message)
        job.data = call.body
    return Answer(status=201, body=b"")


def patch(org: Org, call: Call) -> Answer:
    """PATCH /jobs/ingest/{id}: close or abort."""
    job = _find(org, call)
    asked = call.json_object().get("state")
    with org.jobs.lock:
        if asked == JobState.UPLOAD_COMPLETE:
            if job.state is not JobState.OPEN:
                raise RequestRefused(400, "INVALIDJOBSTATE", f"Closing already {_word(job.state)} Job not allowed")
            _complete(org, job)
        elif asked == JobState.ABORTED:
            if job.state in _ENDED:
                raise RequestRefused(400, "INVALIDJOBSTATE", f"Aborting already {_word(job.state)} Job not allowed")
            job.state = JobState.ABORTED
            job.modified = stamp(org.now())
            if not job.is_at_work:
                job.give_back()
        else:
            raise RequestRefused(400, "INVALIDJOBSTATE", f"Job state {asked!r} cannot be set")
        return Answer(body=_info(job))


def poll(org: Org, call: Call) -> Answer:
    """GET /jobs/ingest/{id}; the counters come once the job is no longer open."""
    job = _find(org, call)
    with org.jobs.lock:
        return Answer(body=_full_info(job))


def delete(org: Org, call: Call) -> Answer:
    """DELETE /jobs/ingest/{id}."""
    job = _find(org, call)
    if job.state not in (*_ENDED, JobState.UPLOAD_COMPLETE):
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Deleting {_word(job.state)} Job not allowed")
    with org.jobs.lock:
        if job.state is JobState.UPLOAD_COMPLETE:
            job.state = JobState.ABORTED  # it may still wait in the worker's queue
        org.jobs.remove(job.id)
    return Answer(status=204)


def listing(org: Org, call: Call) -> Answer:
    """GET /jobs/ingest, a thousand at a time."""
    jobs = org.jobs.all()
    locator = call.argument("queryLocator") or "0"
    if not _LOCATOR.fullmatch(locator):
        raise RequestRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    start = int(locator)
    end = start + _PAGE
    following = f"/services/data/v{call.version}/jobs/ingest?queryLocator={end}" if end < len(jobs) else None
    records = [{**_info(each), "jobType": "V2Ingest"} for each in jobs[start:end]]
    return Answer(body={"done": following is None, "records": records, "nextRecordsUrl": following})


def successful(org: Org, call: Call) -> Answer:
    """GET …/successfulResults."""
    return _result(org, call, results.successful)


def failed(org: Org, call: Call) -> Answer:
    """GET …/failedResults."""
    return _result(org, call, results.failed)


def unprocessed(org: Org, call: Call) -> Answer:
    """GET …/unprocessedrecords."""
    return _result(org, call, results.unprocessed)


def _result(org: Org, call: Call, render: Callable[[Job, int], str]) -> Answer:
    job = _find(org, call)
    with org.jobs.lock:
        return Answer(body=render(job, org.options.seed), media_type="text/csv")


def _find(org: Org, call: Call) -> Job:
    job = org.jobs.find(call.parameters["job"])
    if job is None:
        raise not_found()
    return job


def _complete(org: Org, job: Job) -> None:
    job.state = JobState.UPLOAD_COMPLETE
    job.modified = stamp(org.now())
    org.run_job(job)


def _new_job(org: Org, call: Call, body: bytes | None) -> Job:
    asked = call.json_object(body)
    operation = _OPERATIONS.get(str(asked.get("operation", "")))
    if operation is None:
        raise RequestRefused(400, "INVALIDJOB", f"Invalid operation: {asked.get('operation')}")
    sobject = org.schema.find(str(asked.get("object", "")))
    if sobject is None:
        message = f"InvalidEntity : The object {asked.get('object')} is not supported by the Bulk API"
        raise RequestRefused(400, "INVALIDENTITY", message)
    if asked.get("contentType", "CSV") != "CSV":
        raise RequestRefused(400, "INVALIDJOB", "Only the content type CSV is supported")
    now = stamp(org.now())
    job = Job(
        id=org.mint.next_id("750"),
        sobject=sobject,
        operation=operation,
        key=_key(sobject, operation, asked.get("externalIdFieldName")),
        column_delimiter=_one_of(DELIMITERS, asked, "columnDelimiter", "COMMA"),
        line_ending=_one_of(LINE_ENDINGS, asked, "lineEnding", "LF"),
        api_version=call.version,
        created_by=call.user_id,
        created=now,
        modified=now,
        hard=asked["operation"] == "hardDelete",
    )
    org.jobs.add(job)
    return job


def _key(sobject: SObject, operation: Operation, name: Any) -> Field | None:
    if operation is not Operation.UPSERT:
        return None
    if not name:
        raise RequestRefused(400, "INVALIDJOB", "externalIdFieldName is required for upsert")
    key = sobject.field(str(name))
    if key is None or not key.is_key:
        message = (
            f"Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field for "
            f"{sobject.name}"
        )
        raise RequestRefused(400, "INVALIDJOB", message)
    return key


def _one_of(known: dict[str, str], asked: dict[str, Any], name: str, default: str) -> str:
    value = str(asked.get(name) or default)
    if value not in known:
        raise RequestRefused(400, "INVALIDJOB", f"{name} must be one of {', '.join(known)}")
    return value


def _info(job: Job) -> dict[str, Any]:
    """The keys that every answer about a job has; lineEnding and the like come with some only (section 7.1)."""
    key = {"externalIdFieldName": job.key.name} if job.key else {}
    return {
        "id": job.id,
        "operation": "hardDelete" if job.hard else job.operation.value,
        "object": job.sobject.name,
        "createdById": job.created_by,
        "createdDate": job.created,
        "systemModstamp": job.modified,
        "state": job.state.value,
        **key,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.api_version),
    }


def _full_info(job: Job) -> dict[str, Any]:
    counters: dict[str, Any] = {}
    if job.state is not JobState.OPEN:
        counters = {"numberRecordsProcessed": job.processed, "numberRecordsFailed": job.failed}
    message = {"errorMessage": job.error_message} if job.error_message else {}
    return {
        **_info(job),
        "jobType": "V2Ingest",
        "lineEnding": job.line_ending,
        "columnDelimiter": job.column_delimiter,
        **counters,
        "retries": 0,
        "totalProcessingTime": job.processing_ms,
        "apiActiveProcessingTime": job.processing_ms,
        "apexProcessingTime": 0,
        **message,
    }


def _word(state: JobState) -> str:
    return {JobState.COMPLETE: "Completed", JobState.IN_PROGRESS: "In Progress"}.get(state, state.value)


def _parts_of(call: Call) -> dict[str, bytes]:
    """The two parts of a multipart job, its declaration and its data, by name: job and content."""
    if len(call.text()) > _LONGEST_MULTIPART:
        raise RequestRefused(400, "INVALIDJOB", f"A multipart body holds at most {_LONGEST_MULTIPART} characters")
    try:
        found = {each.name: each.content for each in parts_of(call)}
    except NotMultipart as err:
        raise RequestRefused(400, "INVALIDJOB", str(err)) from err
    if not {"job", "content"} <= set(found):
        raise RequestRefused(400, "INVALIDJOB", "The multipart body needs the parts job and content")
    return found
