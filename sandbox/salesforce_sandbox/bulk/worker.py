"""The thread that runs ingest jobs, in chunks of 200 rows, one transaction each (reference section 7.6)."""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

from salesforce_sandbox.errors import LOCKED_ROW, RowError
from salesforce_sandbox.faults import FaultName, everything_refused
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.checks import trimmed
from salesforce_sandbox.rows.csv_values import NULL, CellMismatch, read_cell
from salesforce_sandbox.rows.draft import Draft, Operation, Reference, SaveOptions
from salesforce_sandbox.rows.temporal import stamp

from .csv_file import Column, FileRefused, read_header, read_rows
from .jobs import Job, JobState

CHUNK = 200
# A job is cut into batches of so many rows, which run side by side (reference section 7.6). How many of them at once is
# Salesforce's secret (UNCONFIRMED), so it is an option; it only shapes how long a job takes under a latency profile.
_BATCH = 10_000
_ABORT_POLL_S = 0.01
_CHUNKS_AFTER_ABORT = 2
_log = logging.getLogger(__name__)


class BulkWorker:
    """Takes jobs from a queue until it is stopped."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-bulk", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Runs a job after those before it."""
        self._queue.put(job)

    def stop(self) -> None:
        """Ends after the current chunk and waits for the thread."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                self._process(job)
            except Exception as err:  # noqa: BLE001  the top of a thread
                _log.exception("bulk job %s ended in an error of the sandbox", job.id)
                _give_back(job)
                self._end(job, JobState.FAILED, f"Unknown : {err}")

    def _process(self, job: Job) -> None:
        if not self._begin(job):
            return
        started = time.monotonic()
        hit = {each.name: each for each in self._org.faults.on_job()}
        if FaultName.BULK_JOB_STUCK in hit:
            job.is_at_work = False
            return  # stays InProgress until it is aborted
        goes_on = hit.get(FaultName.BULK_JOB_GOES_ON)
        try:
            if goes_on is not None:
                self._await_abort(job)
            state, message = self._work(
                job, fails=FaultName.BULK_JOB_FAILED in hit, goes_on_s=goes_on.seconds if goes_on else 0.0
            )
        except FileRefused as refused:
            _give_back(job)
            state, message = JobState.FAILED, str(refused)
        job.processing_ms = int((time.monotonic() - started) * 1000)
        self._end(job, state, message)

    def _begin(self, job: Job) -> bool:
        with self._org.jobs.lock:
            if job.state is not JobState.UPLOAD_COMPLETE or self._stopping.is_set():
                return False
            job.state = JobState.IN_PROGRESS
            job.is_at_work = True
            job.modified = stamp(self._org.now())
            return True

    def _end(self, job: Job, state: JobState, message: str | None) -> None:
        with self._org.jobs.lock:
            if job.state is JobState.IN_PROGRESS:
                job.state = state
            job.is_at_work = False
            job.error_message = message
            job.data = None
            job.modified = stamp(self._org.now())

    def _await_abort(self, job: Job) -> None:
        while job.state is not JobState.ABORTED and not self._stopping.wait(_ABORT_POLL_S):
            pass

    def _work(self, job: Job, *, fails: bool, goes_on_s: float) -> tuple[JobState, str | None]:
        rows = read_rows(job.data or b"", delimiter=job.column_delimiter, line_ending=job.line_ending)
        header = next(rows, None)
        if header is None:
            return JobState.COMPLETE, None
        columns = read_header(self._org.schema, job.sobject, header)
        job.results.columns = header
        _check_columns(job, columns)
        reader = _Reader(job, columns)
        rows_in_all = (job.data or b"").count(b"\n") - 1  # the header is no row
        share = longest_lane(rows_in_all, lanes=self._org.options.bulk_lanes)
        chunks_left = _CHUNKS_AFTER_ABORT if goes_on_s else 0
        while chunk := list(islice(rows, CHUNK)):
            is_aborted = job.state is JobState.ABORTED
            if is_aborted and chunks_left:
                # What is at work is brought to its end, whatever the job is called by now.
                chunks_left -= 1
                self._stopping.wait(goes_on_s / _CHUNKS_AFTER_ABORT)
            elif fails or self._stopping.is_set() or is_aborted:
                job.results.unprocessed += [*chunk, *rows]
                break
            self._chunk(job, reader, chunk, share)
        # The wording of a job that the server gives up is one of several (reference section 7.6).
        return (JobState.FAILED, "TooManyLockFailure : Too many lock failure") if fails else (JobState.COMPLETE, None)

    def _chunk(self, job: Job, reader: "_Reader", rows: Sequence[list[str]], share: float) -> None:
        org = self._org
        pause_s = org.latency.chunk_s(len(rows), org.dice) * share
        if pause_s:
            self._stopping.wait(pause_s)
        drafts = [reader.draft(row) for row in rows]
        with everything_refused(LOCKED_ROW if org.faults.on_chunk() else None), org.store.transaction():
            if job.operation is Operation.DELETE:
                org.deleter.delete(drafts, only=job.sobject)
                if job.hard:
                    _purge(org, job, drafts)
            else:
                options = SaveOptions(user_id=job.created_by)
                org.saver.save(job.sobject, drafts, job.operation, options=options, key=job.key)
        self._record(job, reader, rows, drafts)

    def _record(self, job: Job, reader: "_Reader", rows: Sequence[list[str]], drafts: Sequence[Draft]) -> None:
        done = [each for each in drafts if each.is_saved]
        for row, draft in zip(rows, drafts, strict=True):
            cells = reader.shown(row)
            if draft.is_saved:
                job.results.successful.append((draft.record_id or "", draft.created, cells))
            else:
                known = draft.record_id if not draft.created else ""
                job.results.failed.append((known or "", draft.errors[0].in_csv(), cells))
        with self._org.jobs.lock:
            job.processed += len(rows)
            job.failed += len(rows) - len(done)
        created = sum(each.created for each in done)
        deletes = job.operation is Operation.DELETE
        self._org.count_rows(
            created=created,
            updated=0 if deletes else len(done) - created,
            deleted=len(done) if deletes else 0,
            failed=len(rows) - len(done),
        )


def _give_back(job: Job) -> None:
    """Where a job fails before its header was read, Salesforce lists none of its rows."""
    if job.results.columns:
        job.give_back()


def _purge(org: Org, job: Job, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        if draft.is_saved and draft.record_id:
            org.store.purge(job.sobject, draft.record_id)


def _check_columns(job: Job, columns: Sequence[Column]) -> None:
    """Columns that the operation cannot do without."""
    named = {(each.field.name if each.field else "Id") for each in columns if each.parent_key is None}
    if job.operation is Operation.DELETE and named != {"Id"}:
        raise FileRefused("InvalidBatch : Invalid header for delete: only the Id column is allowed")
    needed = {Operation.UPDATE: "Id", Operation.UPSERT: job.key.name if job.key else "Id"}.get(job.operation)
    if needed is not None and needed not in named:
        raise FileRefused(f"InvalidBatch : Field name not found : {needed}")


def longest_lane(rows: int, *, lanes: int) -> float:
    """The share of a job's rows that its busiest lane works on: the others work beside it and take no time."""
    batches = -(-rows // _BATCH)
    if batches <= 1:
        return 1.0
    turns = -(-batches // lanes)
    return min(1.0, turns * _BATCH / rows)


class _Reader:
    """Turns rows of one file into drafts."""

    def __init__(self, job: Job, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._key = job.key
        self._operation = job.operation

    def draft(self, row: list[str]) -> Draft:
        """One row. An empty cell is left out, `#N/A` is null."""
        draft = Draft()
        if len(row) != len(self._columns):
            draft.refuse("INVALID_FIELD", f"Expected {len(self._columns)} columns, found {len(row)}")
            return draft
        for number, (column, cell) in enumerate(zip(self._columns, row, strict=True)):
            if cell:
                self._take(draft, column, cell, number)
        return draft

    def _take(self, draft: Draft, column: Column, cell: str, number: int) -> None:
        field = column.field
        if field is None:
            if self._operation is Operation.INSERT:
                draft.refuse("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
            elif cell != NULL:
                draft.given_id = trimmed(cell)
        elif cell == NULL:
            draft.values[field.name] = None
        else:
            try:
                if column.parent_key is None:
                    draft.values[field.name] = read_cell(field, cell)
                else:
                    value = read_cell(column.parent_key, cell)
                    draft.references.append(
                        Reference(field=field, target=column.target, key=column.parent_key.name, value=value)
                    )
            except CellMismatch as wrong:
                draft.errors.append(_mismatch(column, wrong, number))

    def shown(self, row: list[str]) -> list[Any]:
        """The cells as the result files repeat them: numbers re-serialised."""
        shown: list[Any] = []
        for column, cell in zip(self._columns, row, strict=False):
            value: Any = cell
            if column.field is not None and column.parent_key is None and cell and column.field.precision:
                try:
                    value = read_cell(column.field, cell)
                except CellMismatch:
                    value = cell
            shown.append(value)
        return shown


def _mismatch(column: Column, wrong: CellMismatch, number: int) -> RowError:
    name = column.field.name if column.field is not None else column.header
    message = (
        f"Failed to deserialize field at col {number}. Due to, '{wrong.cell}' is not a valid value for the type "
        f"xsd:{wrong.xsd}"
    )
    return RowError(code="INVALID_FIELD", message=message, fields=(name,))
