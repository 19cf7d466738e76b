"""Writes ready items through sObject Collections: several calls at a time, each item settled by its position."""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from ziggy_sf_write.block.config import Api, DuplicateRules
from ziggy_sf_write.errors import StoreError, UnreachableError, WriteBlockError
from ziggy_sf_write.run.claims import Claims
from ziggy_sf_write.run.context import LostCreates, RunContext, Unsettled
from ziggy_sf_write.run.guard import run_all, write_or_break_off
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.run.outcomes import Ledger, Outcome, Reason, lost_reason, reasons_of, write_reason
from ziggy_sf_write.run.plan import Ready, group_by_parent
from ziggy_sf_write.salesforce import collections
from ziggy_sf_write.salesforce.collections import CallResult, RecordResult, SaveOptions
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped, unexplained
from ziggy_sf_write.salesforce.fatal import fatal_refusal, refused_alike
from ziggy_sf_write.salesforce.retry import TRANSIENT_ROW_CODES
from ziggy_sf_write.validation import Operation

log = logging.getLogger(__name__)

# A call's result, how it failed, or why it was not to be made.
_CallEnd = CallResult | Reason | NotSent | AnswerLost | Refused | Stopped | WriteBlockError
_DUPLICATE = "DUPLICATE_VALUE"
_LOCKED = write_reason(
    "UNABLE_TO_LOCK_ROW",
    "Salesforce could not lock the record, try after try. Run the flow again, or lower Calls at a time.",
    is_retryable=True,
)
# Codes of a whole call that no single record can have caused.
_NAMES_NO_RECORD = frozenset({"UNKNOWN_EXCEPTION", "TXN_SECURITY_NO_ACCESS", "UNSUPPORTED_API_VERSION"})
_MOST_GUILTY = 8
_LOST_BEFORE = lost_reason(AnswerLost("an earlier answer was lost"))


class CollectionsWriter:
    """One wave at a time: cut into calls that are sent at once; locked rows are sent again in smaller ones."""

    api = Api.COLLECTIONS
    window = 20_000

    def __init__(self, run: RunContext, describe: ObjectDescribe, key_field: FieldInfo, claims: Claims) -> None:
        advanced = run.config.advanced
        headers = {}
        if advanced.duplicate_rules is DuplicateRules.ALLOW_SAVE:
            headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
        if advanced.assignment_rule_id:
            headers["Sforce-Auto-Assign"] = advanced.assignment_rule_id
        self.run = run
        self.describe = describe
        self.key_field = key_field
        self.claims = claims
        self.batch_size = advanced.batch_size
        self.save = SaveOptions(is_all_or_none=advanced.all_or_none, headers=headers)

    def write(self, wave: Sequence[Ready], ledger: Ledger) -> Unsettled:
        """Settles every item of the wave but creates whose answer was lost, and what others have claimed; no two of
        them may have the same key.
        """
        self._supersede_jobs()
        with self.run.timed_calls(len(wave)):
            return _Wave(self, ledger).send(wave)

    def _supersede_jobs(self) -> None:
        """A Bulk job that a killed run has left behind must not stand for rows that are written anew without one."""
        try:
            self.run.jobs.supersede(target_of(self.run.client.org.identity, self.describe.name))
        except StoreError as err:
            # Calls without a job need no store: one that fails is told, and does not keep them from being made.
            log.warning("the run goes on without its store: %s", err)

    def may_create(self, call: Sequence[Ready]) -> bool:
        """Whether a twin of a lost try could be made: by a create, or by an upsert whose key is not unique."""
        operation = call[0].operation
        return operation is Operation.CREATE or (operation is Operation.UPSERT and not self.key_field.is_unique)

    def send(self, call: Sequence[Ready]) -> CallResult:
        """Makes one call; all of its items have the same operation."""
        client, name, bodies = self.run.client, self.describe.name, [ready.body for ready in call]
        match call[0].operation:
            case Operation.CREATE:
                return collections.create(client, name, bodies, self.save)
            case Operation.UPDATE:
                return collections.update(client, name, bodies, self.save)
            case Operation.UPSERT:
                key = self.key_field
                return collections.upsert(client, name, bodies, self.save, key_field=key.name, is_unique=key.is_unique)
            case never:
                assert_never(never)

    def cut(self, rows: Sequence[Ready], batch_size: int) -> Iterator[Sequence[Ready]]:
        """Cuts by operation, then by size: a call does one thing with at most `batch_size` records."""
        if len(rows) > batch_size:
            rows = group_by_parent(rows, self.describe)
        for operation in Operation:
            same = [ready for ready in rows if ready.operation is operation]
            for start in range(0, len(same), batch_size):
                yield same[start : start + batch_size]


@dataclass(frozen=True, slots=True)
class _Again:
    """Rows that are to be sent once more, as one call where `is_whole`; why they have failed if they may not be."""

    rows: Sequence[Ready]
    reasons: tuple[Reason, ...]
    is_whole: bool = False


class _Wave:
    """The calls of one wave, in rounds."""

    def __init__(self, writer: CollectionsWriter, ledger: Ledger) -> None:
        self._writer = writer
        self._ledger = ledger
        self._guard = writer.run.guard
        self._again: list[_Again] = []
        # Rows that a lost try may have saved before they were locked: they cannot simply have failed.
        self._in_doubt: set[int] = set()
        self._unsettled = Unsettled()
        self._guilty: list[str] = []  # the codes of guilty items in a row
        self._are_columns_right = True
        # One search for guilty items at a time: where every call is refused, the others wait for what it finds out.
        self._searching = threading.Lock()
        self._lock = threading.Lock()

    def send(self, wave: Sequence[Ready]) -> Unsettled:
        writer, attempt = self._writer, 1
        self._in_doubt.update(ready.write.index for ready in wave if ready.is_after_loss)
        calls = writer.cut(wave, writer.batch_size)
        while True:
            self._again = []
            concurrency = max(1, writer.run.config.advanced.most_calls >> (attempt - 1))
            run_all((partial(self._write_safely, call) for call in calls), concurrency=concurrency)
            if not self._again:
                break
            if attempt >= writer.run.bounds.max_tries:
                self._give_up()
                break
            if self._guard.is_stopped_in_backoff(attempt):
                for again in self._again:
                    self._settle_not_sent(again.rows, self._guard.final_reason())
                break
            calls = self._cut_again(self._again, attempt)
            attempt += 1
        return self._unsettled

    def _cut_again(self, again: Sequence[_Again], attempt: int) -> Iterator[Sequence[Ready]]:
        """The calls of the next round, with fewer records in each.

        One locked row fails its whole chunk (section 3.3), so the rows that are not locked must get away from it. What
        is all or none stays in the call that it was in.
        """
        yield from (one.rows for one in again if one.is_whole)
        rows = [ready for one in again if not one.is_whole for ready in one.rows]
        yield from self._writer.cut(rows, max(1, self._writer.batch_size >> 2 * attempt))

    def _write_safely(self, call: Sequence[Ready]) -> None:
        write_or_break_off(partial(self._write_call, call), call, self._ledger, self._guard)

    def _write_call(self, call: Sequence[Ready]) -> None:
        try:
            own = self._claim(call) if self._writer.may_create(call) and self._guard.reason() is None else call
        except StoreError as err:
            self._stop_run(call, err)
            return
        if own:
            self._settle(own, self._attempt(own))
            self._strike_claims(own)

    def _strike_claims(self, call: Sequence[Ready]) -> None:
        try:
            self._writer.claims.settle(call, self._ledger)
        except StoreError as err:
            self._guard.end(err)

    def _claim(self, call: Sequence[Ready]) -> Sequence[Ready]:
        """The rows of a call that no other run is at work on; what is all or none waits for all of them."""
        claims, keys = self._writer.claims, [one.write.key for one in call if one.write.key is not None]
        taken = claims.take(keys)
        if not taken:
            return call
        if self._writer.save.is_all_or_none:
            claims.let_go(keys)
            taken = {*keys}
        with self._lock:
            self._unsettled.claimed.extend(one for one in call if one.write.key in taken)
        return [one for one in call if one.write.key not in taken]

    def _attempt(self, call: Sequence[Ready]) -> _CallEnd:
        """Makes one call: its result, how it failed, or why it was not to be made."""
        with self._guard.admitted() as reason:
            if reason is not None:
                return reason
            try:
                self._writer.claims.renew(one.write.key for one in call)
                return self._writer.send(call)
            except (NotSent, AnswerLost, Refused, Stopped, WriteBlockError) as err:
                return err

    def _settle(self, call: Sequence[Ready], end: _CallEnd) -> None:
        match end:
            case CallResult():
                self._settle_result(call, end)
            case Reason():
                self._settle_not_sent(call, end)
            case Stopped():
                self._settle_not_sent(call, self._guard.final_reason())
            case NotSent():
                cause = f"Salesforce cannot be reached: {end}. Run the flow again later."
                self._stop_run(call, UnreachableError(cause))
            case AnswerLost():
                self._settle_lost(call, end)
            case Refused():
                self._settle_refused(call, end)
            case WriteBlockError():
                self._stop_run(call, end)
            case never:
                assert_never(never)
        self._writer.run.progress.tick()

    def _settle_result(self, call: Sequence[Ready], result: CallResult) -> None:
        if result.is_after_loss:
            # Whatever this try has brought, an earlier one may come after it: no later write of these keys is safe.
            with self._lock:
                self._unsettled.at_work.extend(call)
        # Nearly all records of nearly all calls are written: only the others are looked at once more.
        refused = [(ready, row) for ready, row in zip(call, result.rows, strict=True) if row.id is None]
        locked = [ready for ready, row in refused if _is_transient(row)]
        if locked:
            if self._writer.run.client.concurrency is not None:
                self._writer.run.client.concurrency.lower("Records were locked.")
            # One locked row rolls all others back with it where it is all or none: they are sent again together.
            is_whole = self._writer.save.is_all_or_none
            again = _Again(call if is_whole else locked, (_LOCKED,), is_whole=is_whole)
            self._send_again(again, is_after_loss=result.is_after_loss)
            if is_whole:
                return
        twins = [(ready, row) for ready, row in refused if self._is_own_twin(ready, row, result)]
        if twins and self._writer.save.is_all_or_none:
            self._send_again(_Again(call, reasons_of(twins[0][1].errors), is_whole=True), is_after_loss=True)
            return
        if len(refused) < len(call):
            self._guilty = []
        self._ledger.settle_written(
            (ready.write.index, row.id, Outcome.CREATED if row.is_created else Outcome.UPDATED)
            for ready, row in zip(call, result.rows, strict=True)
            if row.id is not None
        )
        for ready, row in refused:
            if self._is_own_twin(ready, row, result):
                self._send_again(_Again([ready], reasons_of(row.errors)), is_after_loss=True)
            elif not _is_transient(row):
                self._settle_refused_row(ready, row, is_after_loss=result.is_after_loss)

    def _settle_refused_row(self, ready: Ready, row: RecordResult, *, is_after_loss: bool) -> None:
        reasons = reasons_of(row.errors)
        if is_after_loss or ready.write.index in self._in_doubt:
            # That this try was refused says nothing of the one before it, which may have been saved.
            self._ledger.settle(ready.write.index, Outcome.UNKNOWN, (_LOST_BEFORE, *reasons))
        else:
            self._ledger.settle(ready.write.index, Outcome.FAILED, reasons)

    def _is_own_twin(self, ready: Ready, row: RecordResult, result: CallResult) -> bool:
        """Whether a row may have met itself: saved by a lost try beside this one, which did not see it yet."""
        is_after_loss = result.is_after_loss or ready.write.index in self._in_doubt
        is_duplicate = any(error.code == _DUPLICATE for error in row.errors)
        return is_after_loss and is_duplicate and ready.operation is Operation.UPSERT

    def _settle_refused(self, call: Sequence[Ready], err: Refused) -> None:
        """A call that was refused as a whole: for a reason that no item has caused, or for a guilty item among them."""
        fatal = fatal_refusal(err, self._writer.describe.name)
        if fatal is not None:
            self._stop_run(call, fatal)
        elif len(call) == 1 or self._writer.save.is_all_or_none:
            self._settle_all_refused(call, err)
            self._count_guilty(err)
        else:
            with self._searching:
                self._search(call, err)

    def _search(self, call: Sequence[Ready], err: Refused) -> None:
        """Splits a refused call until the guilty items stand alone."""
        refused = [(call, err)]
        while refused:
            call, err = refused.pop()
            if self._guard.reason() is not None:
                self._settle_all_refused(call, err)
                continue
            place = self._named_by(call, err)
            parts = _split(call, place)
            ends = [self._attempt(part) for part in parts]
            if place is not None and not isinstance(ends[place > 0], Refused):
                self._are_columns_right = False
            names_no_record = err.code in _NAMES_NO_RECORD or err.code == unexplained(err.status)
            if names_no_record and all(isinstance(end, Refused) and end.code == err.code for end in ends):
                # No halving can mend it, and each further call would be refused alike.
                self._guard.end(refused_alike(err))
            for part, end in zip(parts, ends, strict=True):
                if isinstance(end, Refused) and len(part) > 1 and not fatal_refusal(end, self._writer.describe.name):
                    refused.append((part, end))
                else:
                    self._settle(part, end)

    def _named_by(self, call: Sequence[Ready], err: Refused) -> int | None:
        """The place of the record that a refusal names, as long as what it names has been right."""
        if err.code != "JSON_PARSER_ERROR" or not self._are_columns_right:
            return None
        bodies = [ready.body for ready in call]
        return collections.record_at(self._writer.describe.name, bodies, err.errors[0].message)

    def _settle_all_refused(self, call: Sequence[Ready], err: Refused) -> None:
        for ready in call:
            self._ledger.settle(ready.write.index, Outcome.FAILED, reasons_of(err.errors))

    def _count_guilty(self, err: Refused) -> None:
        """Ends the run after so many guilty records in a row with one code: the next will be no better."""
        self._guilty = [*self._guilty, err.code] if err.code in self._guilty[-1:] else [err.code]
        if len(self._guilty) >= _MOST_GUILTY:
            self._guard.end(refused_alike(err, is_validating=self._writer.run.config.validate))

    def _settle_lost(self, call: Sequence[Ready], err: AnswerLost) -> None:
        """After a lost answer: creates that have a key can be looked up, everything else stays unknown.

        An upsert by a key that is not unique may have been a create. Updates and other upserts come here only when all
        tries that their idempotence allows were lost.
        """
        if self._writer.may_create(call) and all(ready.write.key is not None for ready in call):
            with self._lock:
                self._unsettled.lost.append(LostCreates(call, err))
            return
        for ready in call:
            self._ledger.settle(ready.write.index, Outcome.UNKNOWN, (lost_reason(err),))

    def _stop_run(self, call: Sequence[Ready], error: WriteBlockError) -> None:
        self._guard.end(error)
        self._settle_not_sent(call, self._guard.final_reason())

    def _settle_not_sent(self, call: Sequence[Ready], reason: Reason) -> None:
        for ready in call:
            outcome = Outcome.UNKNOWN if ready.write.index in self._in_doubt else Outcome.UNPROCESSED
            self._ledger.settle(ready.write.index, outcome, (reason,))

    def _send_again(self, again: _Again, *, is_after_loss: bool) -> None:
        with self._lock:
            self._again.append(again)
            if is_after_loss:
                self._in_doubt.update(ready.write.index for ready in again.rows)

    def _give_up(self) -> None:
        for again in self._again:
            for ready in again.rows:
                if ready.write.index in self._in_doubt:
                    self._ledger.settle(ready.write.index, Outcome.UNKNOWN, (_LOST_BEFORE, *again.reasons))
                else:
                    self._ledger.settle(ready.write.index, Outcome.FAILED, again.reasons)


def _split(call: Sequence[Ready], place: int | None) -> Sequence[Sequence[Ready]]:
    """The parts in which a refused call is sent again: the record at this place by itself, or two halves."""
    if place is None:
        return call[: len(call) // 2], call[len(call) // 2 :]
    # What stands before it was read, so it is sound.
    parts = (call[:place], call[place : place + 1], call[place + 1 :])
    return [part for part in parts if part]


def _is_transient(result: RecordResult) -> bool:
    return any(error.code in TRANSIENT_ROW_CODES for error in result.errors)
