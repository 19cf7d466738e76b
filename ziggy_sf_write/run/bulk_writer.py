"""Writes ready items through Bulk API 2.0: a few large jobs, each item settled by its key."""

import re
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ziggy_sf_write.block.config import Api
from ziggy_sf_write.contract import HostError
from ziggy_sf_write.errors import UnreachableError, WriteBlockError
from ziggy_sf_write.run.claims import Claims
from ziggy_sf_write.run.collections_writer import CollectionsWriter
from ziggy_sf_write.run.context import RunContext, Unsettled
from ziggy_sf_write.run.guard import run_all, write_or_break_off
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.run.outcomes import (
    Ledger,
    Outcome,
    Reason,
    left_running_reason,
    lost_reason,
    reasons_of,
    write_reason,
)
from ziggy_sf_write.run.plan import MatchKey, Ready, group_by_parent
from ziggy_sf_write.salesforce import bulk
from ziggy_sf_write.salesforce.bulk import Job, JobState, RefusedRow, SavedRow
from ziggy_sf_write.salesforce.bulk_csv import encode_parts, fit_test
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.failures import AnswerLost, CallFailed, NotSent, Refused, Stopped
from ziggy_sf_write.salesforce.fatal import fatal_refusal
from ziggy_sf_write.salesforce.ids import ID_FIELD, is_well_formed, to_18
from ziggy_sf_write.salesforce.retry import TRANSIENT_ROW_CODES
from ziggy_sf_write.validation import Operation

FIRST_POLL_S = 0.25
LONGEST_POLL_S = 20.0
# Jobs of one wave have no key in common, so they may run side by side; more than a few only queue in the org.
_JOBS_AT_ONCE = 3
_UNKNOWN_COLUMN = re.compile(r"Field name not found : (\S+)")


class BulkWriter:
    """Large waves in jobs; what a job cannot carry or did not finish goes through sObject Collections."""

    api = Api.BULK
    window = 100_000

    def __init__(
        self,
        run: RunContext,
        describe: ObjectDescribe,
        key: MatchKey,
        claims: Claims,
        collections: CollectionsWriter,
        *,
        largest_bytes: int = bulk.LARGEST_UPLOAD_BYTES,
    ) -> None:
        self.run = run
        self.describe = describe
        self.key = key
        self.claims = claims
        self.largest_bytes = largest_bytes
        self.target = target_of(run.client.org.identity, describe.name)
        self._is_fit = fit_test(describe)
        self._collections = collections

    def write(self, wave: Sequence[Ready], ledger: Ledger) -> Unsettled:
        """Settles every item of the wave but creates whose answer was lost; no two of them may have the same key."""
        # Where speed decides and no call was seen yet, the first rows show how long one takes.
        is_choice = self.run.config.advanced.api is Api.AUTO and self.run.weighs(len(wave))
        by_call = self.run.config.advanced.batch_size if is_choice and self.run.pace.call_s is None else 0
        # A create has no key by which its result could be found, so it goes into no job.
        fit = [ready for ready in wave[by_call:] if self._fits(ready)]
        jobs = _Wave(self, ledger)
        for operation in (Operation.UPDATE, Operation.UPSERT):
            jobs.send([ready for ready in fit if ready.operation is operation])
        in_jobs = {id(ready) for ready in fit}
        left = [ready for ready in wave if id(ready) not in in_jobs] + jobs.left
        if not left:
            return Unsettled(claimed=jobs.claimed)
        self.run.jobs.supersede(self.target)
        unsettled = self._collections.write(left, ledger)
        unsettled.claimed.extend(jobs.claimed)
        unsettled.resent.extend(ready for ready in jobs.left if ready.is_after_loss)
        return unsettled

    def _fits(self, ready: Ready) -> bool:
        if ready.operation is Operation.CREATE or ready.is_after_loss:
            return False
        if ready.operation is Operation.UPDATE:
            record_id = ready.body[ID_FIELD]
            if not isinstance(record_id, str) or not is_well_formed(record_id):
                return False  # a job would trim it, or take a number for it
        return self._is_fit(ready.body)


class _Wave:
    """The jobs of one wave; `left` are the rows that no job has finished and that may be sent by themselves."""

    def __init__(self, writer: BulkWriter, ledger: Ledger) -> None:
        self.left: list[Ready] = []
        self.claimed: list[Ready] = []
        self._writer = writer
        self._ledger = ledger
        self._run = writer.run
        self._client = writer.run.client
        self._guard = writer.run.guard
        self._jobs = writer.run.jobs
        self._next: list[Sequence[Ready]] = []
        self._completed, self._began_s = 0, 0.0
        self._lock = threading.Lock()

    def send(self, rows: Sequence[Ready]) -> None:
        """Writes rows of one operation; those of a job that failed for its columns go into another."""
        self._next = [rows] if rows else []
        while self._next:
            rounds, self._next = self._next, []
            for one in rounds:
                self._write_jobs(one)

    def _write_jobs(self, rows: Sequence[Ready]) -> None:
        writer = self._writer
        self._completed, self._began_s = 0, self._client.clock()
        rows = group_by_parent(rows, writer.describe)
        bodies = [ready.body for ready in rows]
        parts = encode_parts(bodies, writer.describe, largest_bytes=writer.largest_bytes)
        tasks = (partial(self._write_safely, rows[part.start : part.stop], data) for part, data in parts)
        run_all(tasks, concurrency=min(_JOBS_AT_ONCE, self._run.config.advanced.most_calls))

    def _write_safely(self, rows: Sequence[Ready], data: bytes) -> None:
        write_or_break_off(partial(self._write_part, rows, data), rows, self._ledger, self._guard)

    def _write_part(self, rows: Sequence[Ready], data: bytes) -> None:
        part = _Part(rows, data, self._fingerprint(rows, data))
        reason = self._guard.reason()
        if reason is not None:
            self._settle_all(part.rows, Outcome.UNPROCESSED, (reason,))
            return
        try:
            own = self._claim(part)
            if len(own) < len(rows):
                # The rows that no other run has claimed go into a job of their own.
                self._next.append(own)
                return
            self._run_part(part)
        except Stopped:
            self._stop_run(part, None)
        except NotSent as err:
            self._stop_run(part, UnreachableError(f"Salesforce cannot be reached: {err}. Run the flow again later."))
        except Refused as err:
            self._settle_refused(part, err)
        except AnswerLost as err:
            if part.is_running:
                self._settle_all(part.open_rows(), Outcome.UNKNOWN, (lost_reason(err),))
            else:
                self._stop_run(part, UnreachableError(f"No Bulk job could be begun: {err}. Run the flow again later."))
        except HostError as err:
            self._stop_run(part, err if isinstance(err, WriteBlockError) else UnreachableError(str(err)))
        self._run.progress.tick()

    def _settle_refused(self, part: "_Part", err: Refused) -> None:
        fatal = fatal_refusal(err, self._writer.describe.name)
        # An org that is too busy for a job may well take calls.
        if fatal is not None and not isinstance(fatal, UnreachableError):
            self._stop_run(part, fatal)
        elif part.is_running and not part.has_ended:
            self._settle_all(part.open_rows(), Outcome.UNKNOWN, (left_running_reason(f"cannot be read ({err.code})"),))
        elif part.has_ended:
            # What the job has saved is not told, but nothing of it is under way: the same write once more is safe.
            self._leave([replace(ready, is_after_loss=True) for ready in part.open_rows()])
        else:
            # The org takes no such job; record by record it may well take the rows, or say what is wrong.
            self._leave(part.open_rows())

    def _claim(self, part: "_Part") -> Sequence[Ready]:
        """The rows of a job that may be written: by a key that is not unique, two runs at once would make two records.

        A job that an earlier run has left behind has its rows already, unless it is superseded.
        """
        rows, is_unique = part.rows, self._writer.key.field.is_unique
        if rows[0].operation is not Operation.UPSERT or is_unique:
            return rows
        noted = self._jobs.find(part.fingerprint)
        if noted is not None and not noted.is_superseded:
            return rows
        taken = self._writer.claims.take(ready.write.key for ready in rows)
        if not taken:
            return rows
        with self._lock:
            self.claimed.extend(ready for ready in rows if ready.write.key in taken)
        return [ready for ready in rows if ready.write.key not in taken]

    def _run_part(self, part: "_Part") -> None:
        self._jobs.begin(part.fingerprint)
        taken_up = self._take_up(part)
        job = self._await_end(taken_up or self._start(part), part)
        part.has_ended = True
        client = self._client.after_stop().patient()
        if job.has_saved:
            self._ledger.settle_written(self._saved(part, bulk.saved_rows(client, job)))
        if job.has_refused:
            self._settle_refused_rows(part, bulk.refused_rows(client, job))
        self._settle_rest(part, job)
        self._jobs.settle(part.fingerprint)
        if job.state is JobState.COMPLETE and not taken_up:
            self._note_pace(len(part.rows))

    def _note_pace(self, rows: int) -> None:
        """Parts of a wave run side by side: together they have taken so long as the last of them."""
        with self._lock:
            self._completed += rows
            if self._run.weighs(self._completed):
                self._run.pace.note_job(self._completed, self._client.clock() - self._began_s)

    def _fingerprint(self, rows: Sequence[Ready], data: bytes) -> str:
        writer = self._writer
        return self._jobs.fingerprint(data, writer.target, rows[0].operation.value, writer.key.field.name)

    def _take_up(self, part: "_Part") -> str | None:
        """The job that an earlier, killed run has uploaded for these rows, running or done."""
        noted = self._jobs.find(part.fingerprint)
        if noted is None:
            return None
        job_id = noted.id
        # Until Salesforce has told what became of it, it may be at work.
        part.is_running = True
        job = bulk.find_job(self._client.patient(), job_id)
        if job is None:
            part.is_running = False
            return None
        if noted.is_superseded and not job.state.is_final:
            bulk.abort(self._client, job_id)
            job = self._await_end(job_id, part)
        if noted.is_superseded or job.state in (JobState.FAILED, JobState.ABORTED):
            part.is_running = False
            return None
        if job.state is JobState.OPEN:
            self._close(part, job_id)
        return job_id

    def _start(self, part: "_Part") -> str:
        """Opens, fills, notes and closes a job; one that could not be filled is aborted."""
        self._jobs.supersede(self._writer.target)
        for _ in range(self._run.bounds.max_tries):
            job_id = self._create(part)
            try:
                bulk.upload(self._client, job_id, part.data)
                self._jobs.remember(part.fingerprint, job_id, target=self._writer.target)
            except AnswerLost:
                # Nothing runs before the job is closed, so another job with the same rows is safe.
                self._abort_open(job_id)
            except (Stopped, HostError, Refused, NotSent):
                self._abort_open(job_id)
                raise
            else:
                self._close(part, job_id)
                return job_id
        raise NotSent("no Bulk job could be filled")

    def _close(self, part: "_Part", job_id: str) -> None:
        """From here on the job may run, whatever becomes of the answer; only a stop before the call says that not."""
        part.is_running = True
        try:
            bulk.close(self._client, job_id)
        except Stopped:
            part.is_running = False
            self._abort_open(job_id)
            raise
        except Refused:
            job = bulk.end(self._client, job_id)
            # Nothing was done in it, and nothing will be.
            part.is_running = job.state is not JobState.ABORTED or job.processed > 0
            raise

    def _create(self, part: "_Part") -> str:
        writer = self._writer
        return bulk.create_job(
            self._client,
            writer.describe.name,
            part.rows[0].operation,
            key_field=writer.key.field.name,
            assignment_rule_id=self._run.config.advanced.assignment_rule_id,
        )

    def _await_end(self, job_id: str, part: "_Part") -> Job:
        """Polls until the job has ended, as seldom as its own progress allows; a stop aborts it."""
        client, clock = self._client.patient(), self._client.clock
        started, wait_s = clock(), FIRST_POLL_S
        while True:
            try:
                job = bulk.read_job(client, job_id)
            except (Stopped, CallFailed):
                if client.cancelled.is_set():
                    return bulk.end(self._client, job_id)
                raise
            self._run.progress.tick(under_way=job.processed)
            self._writer.claims.renew((ready.write.key for ready in part.rows), is_at_work=True)
            if job.state.is_final:
                return job
            wait_s = next_poll_s(wait_s, elapsed_s=clock() - started, done=job.processed, count=len(part.rows))
            if client.cancelled.wait(wait_s):
                return bulk.end(self._client, job_id)

    def _abort_open(self, job_id: str) -> None:
        """Aborts a job that was not closed: nothing runs in it."""
        bulk.abort(self._client.after_stop(), job_id)

    def _saved(self, part: "_Part", rows: Iterable[SavedRow]) -> Iterator[tuple[int, str, Outcome]]:
        """The items behind these rows, as the ledger takes them; rows that nobody here has sent are passed over."""
        key_of = self._key_reader(part)
        for row in rows:
            ready = part.take(key_of(row.row, row.id))
            if ready is not None:
                yield ready.write.index, row.id, Outcome.CREATED if row.is_created else Outcome.UPDATED

    def _settle_refused_rows(self, part: "_Part", rows: Iterable[RefusedRow]) -> None:
        key_of = self._key_reader(part)
        for row in rows:
            ready = part.take(key_of(row.row, row.row.get(ID_FIELD, "")))
            if ready is None:
                continue
            if row.error.code in TRANSIENT_ROW_CODES:
                self._leave([ready])
            else:
                self._ledger.settle(ready.write.index, Outcome.FAILED, reasons_of((row.error,)))

    def _key_reader(self, part: "_Part") -> Callable[[Mapping[str, str], str], Hashable]:
        """How to tell a row's key as the ledger's side knows it, from its columns and its Id.

        Values come back rewritten, so the field's type decides.
        """
        if part.rows[0].operation is Operation.UPDATE:
            return lambda _row, record_id: to_18(record_id)
        key_of, name = self._writer.key.of, self._writer.key.field.name
        return lambda row, _record_id: key_of(row.get(name, ""))

    def _settle_rest(self, part: "_Part", job: Job) -> None:
        """Rows that are in neither result file: never looked at, unless the job says that it is complete."""
        rest = part.open_rows()
        if not rest:
            return
        column = _UNKNOWN_COLUMN.search(job.message)
        stopped = self._guard.reason()
        if job.state is JobState.COMPLETE:
            lost = AnswerLost("the Bulk job does not list it among its results")
            self._settle_all(rest, Outcome.UNKNOWN, (lost_reason(lost),))
        elif stopped is not None:
            self._settle_unprocessed(part, job, stopped)
        elif column is not None and job.processed == 0:
            self._settle_unknown_column(rest, column[1])
        else:
            self._leave(rest)

    def _settle_unprocessed(self, part: "_Part", job: Job, reason: Reason) -> None:
        """After a stop: only what Salesforce lists as unprocessed surely was not saved."""
        key_of = self._key_reader(part)
        for row in bulk.unprocessed_rows(self._client.after_stop().patient(), job):
            ready = part.take(key_of(row, row.get(ID_FIELD, "")))
            if ready is not None:
                self._ledger.settle(ready.write.index, Outcome.UNPROCESSED, (reason,))
        lost = AnswerLost("its Bulk job was stopped, which lists it neither as done nor as unprocessed")
        self._settle_all(part.open_rows(), Outcome.UNKNOWN, (lost_reason(lost),))

    def _settle_unknown_column(self, rest: Sequence[Ready], column: str) -> None:
        """One unknown column fails a whole job: rows that have it are refused, the others go into another job."""
        name = column.split(".", maxsplit=1)[0].rsplit(":", maxsplit=1)[-1]
        guilty = [ready for ready in rest if name in ready.body]
        if not guilty:
            self._leave(rest)
            return
        object_name = self._writer.describe.name
        message = f"No such column '{column}' on sobject of type {object_name}"
        self._settle_all(guilty, Outcome.FAILED, (write_reason("INVALID_FIELD", message, fields=(column,)),))
        others = [ready for ready in rest if name not in ready.body]
        with self._lock:
            self._next.append(others)

    def _stop_run(self, part: "_Part", error: WriteBlockError | None) -> None:
        if error is not None:
            self._guard.end(error)
        if part.is_running:
            self._settle_all(part.open_rows(), Outcome.UNKNOWN, (left_running_reason("could not be awaited"),))
        else:
            self._settle_all(part.open_rows(), Outcome.UNPROCESSED, (self._guard.final_reason(),))

    def _settle_all(self, rows: Sequence[Ready], outcome: Outcome, reasons: Sequence[Reason]) -> None:
        for ready in rows:
            self._ledger.settle(ready.write.index, outcome, reasons)

    def _leave(self, rows: Sequence[Ready]) -> None:
        with self._lock:
            self.left.extend(rows)


def next_poll_s(last_s: float, *, elapsed_s: float, done: int, count: int) -> float:
    """Seconds until the next look: half of what the job's own pace says is left, for its pace may change, or a little
    longer than the last time.
    """
    wait_s = elapsed_s * (count - done) / done / 2 if 0 < done < count else last_s * 1.5
    return min(max(wait_s, FIRST_POLL_S), LONGEST_POLL_S)


class _Part:
    """The rows of one job and which of them are still open, by key."""

    def __init__(self, rows: Sequence[Ready], data: bytes, fingerprint: str) -> None:
        self.rows = rows
        self.data = data
        self.fingerprint = fingerprint
        # Its rows may be saved, from the moment when it is closed; and nothing more will happen to them.
        self.is_running = False
        self.has_ended = False
        is_update = rows[0].operation is Operation.UPDATE
        self._open: dict[Hashable, Ready] = {
            to_18(ready.body[ID_FIELD]) if is_update else ready.write.key: ready for ready in rows
        }

    def take(self, key: Hashable) -> Ready | None:
        """The open row of this key, which is open no longer."""
        return self._open.pop(key, None)

    def open_rows(self) -> list[Ready]:
        """The rows that no result was found for."""
        return list(self._open.values())
