"""Writes ready items through sObject Collections: several calls at a time, each item settled by its position."""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ziggy_sf_write.errors import UnreachableError, WriteBlockError
from ziggy_sf_write.run.find import Found
from ziggy_sf_write.run.ledger import Outcome, Reason
from ziggy_sf_write.run.parents import group_by_parent
from ziggy_sf_write.run.plan import Action, Ready
from ziggy_sf_write.run.pool import run_all
from ziggy_sf_write.run.refusals import fatal_refusal, lost_reason, not_saved_reason, reasons_of, refused_reason
from ziggy_sf_write.run.worker import write_or_break_off
from ziggy_sf_write.run.writer import Capabilities, Desk, WriteOptions
from ziggy_sf_write.salesforce import collections
from ziggy_sf_write.salesforce.collections import CallResult, RowResult
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped
from ziggy_sf_write.salesforce.retry import FIRST_WAIT_S, LONGEST_WAIT_S, TRANSIENT_ROW_CODES

_DUPLICATE = "DUPLICATE_VALUE"
_LOCKED = refused_reason(
    "UNABLE_TO_LOCK_ROW",
    "Salesforce could not lock the record, try after try. Run the flow again, or lower Calls at a time.",
    is_retryable=True,
)


@dataclass(frozen=True, slots=True)
class _Again:
    """Rows that are to be sent once more, as one call where `is_whole`; what they end as if they may not be."""

    rows: Sequence[Ready]
    reasons: tuple[Reason, ...]
    outcome: Outcome = Outcome.FAILED
    is_whole: bool = False


class CollectionsWriter:
    """One wave at a time: cut into calls, sent at once; locked rows and creates that got lost are sent again."""

    capabilities = Capabilities(api="collections", window=20_000, is_atomic_per_call=True, takes_headers=True)

    def __init__(self, desk: Desk, options: WriteOptions) -> None:
        self._client = desk.client
        self._options = options
        self._ledger = desk.ledger
        self._verdicts = desk.verdicts
        self._brake = desk.brake
        self._meter = desk.meter
        self._find = desk.find
        self._keys_in_doubt = desk.in_doubt
        self._object_name = options.describe.name
        self._again: list[_Again] = []
        # Rows that a lost try may have saved before they were locked: they cannot simply have failed.
        self._in_doubt: set[int] = set()
        self._lock = threading.Lock()

    def write(self, wave: Sequence[Ready]) -> None:
        """Settles every item of the wave; no two of them may have the same key."""
        calls, attempt = self._cut(wave, self._options.batch_size), 1
        while True:
            self._again = []
            concurrency = max(1, self._options.concurrency >> (attempt - 1))
            run_all((partial(self._write_safely, call) for call in calls), concurrency=concurrency)
            if not self._again:
                return
            if attempt >= self._options.bounds.max_tries:
                self._give_up(self._again)
                return
            if self._is_stopped_in_wait(attempt):
                for again in self._again:
                    self._settle_not_sent(again.rows, self._brake.final_reason())
                return
            calls = self._cut_again(self._again, attempt)
            attempt += 1

    def _cut(self, rows: Sequence[Ready], batch_size: int) -> Iterator[Sequence[Ready]]:
        if len(rows) > batch_size:
            rows = group_by_parent(rows, self._options.describe)
        return _calls(rows, batch_size)

    def _cut_again(self, again: Sequence[_Again], attempt: int) -> Iterator[Sequence[Ready]]:
        """The calls of the next attempt, with fewer records in each.

        One locked row fails its whole chunk (section 3.3), so the rows that are not locked must get away from it. What
        is all or none stays in the call that it was in.
        """
        yield from (one.rows for one in again if one.is_whole)
        rows = [ready for one in again if not one.is_whole for ready in one.rows]
        yield from self._cut(rows, max(1, self._options.batch_size >> 2 * attempt))

    def _write_safely(self, call: Sequence[Ready]) -> None:
        write_or_break_off(self._brake, call, partial(self._write_call, call))

    def _write_call(self, call: Sequence[Ready]) -> None:
        reason = self._brake.reason()
        if reason is not None:
            self._settle_not_sent(call, reason)
            return
        try:
            result = self._send(call)
        except Stopped:
            self._settle_not_sent(call, self._brake.final_reason())
        except NotSent as err:
            self._stop_run(call, UnreachableError(f"Salesforce cannot be reached: {err}. Run the flow again later."))
        except AnswerLost as err:
            self._settle_lost(call, err)
        except Refused as err:
            self._settle_refused(call, err)
        except WriteBlockError as err:
            self._stop_run(call, err)
        else:
            self._settle_result(call, result)
        self._meter.tick()

    def _send(self, call: Sequence[Ready]) -> CallResult:
        bodies = [ready.body for ready in call]
        options = self._options
        match call[0].action:
            case Action.CREATE:
                return collections.create(self._client, self._object_name, bodies, options.save)
            case Action.UPDATE:
                return collections.update(self._client, self._object_name, bodies, options.save)
            case Action.UPSERT:  # pragma: no branch # there is no other action
                key = options.key_field
                return collections.upsert(self._client, self._object_name, bodies, options.save, key_field=key)

    def _settle_result(self, call: Sequence[Ready], result: CallResult) -> None:
        if result.is_maybe_running:
            # Whatever this try has brought, an earlier one may come after it: no later write of these keys is safe.
            self._keys_in_doubt.update(ready.write.key for ready in call if ready.write.key is not None)
        # Nearly all records of nearly all calls are written: only the others are looked at once more.
        refused = [(ready, row) for ready, row in zip(call, result.rows, strict=True) if row.id is None]
        locked = [ready for ready, row in refused if _is_transient(row)]
        if locked:
            # One locked row rolls all others back with it where it is all or none: they are sent again together.
            is_whole = self._options.save.is_all_or_none
            again = _Again(call if is_whole else locked, (_LOCKED,), is_whole=is_whole)
            self._send_again(again, is_after_loss=result.is_after_loss)
            if is_whole:
                return
        twins = [(ready, row) for ready, row in refused if self._is_own_twin(ready, row, result)]
        if twins and self._options.save.is_all_or_none:
            self._send_again(_Again(call, reasons_of(twins[0][1].errors), is_whole=True), is_after_loss=True)
            return
        self._ledger.settle_all_written(
            (ready.write.index, row.id, Outcome.CREATED if row.is_created else Outcome.UPDATED)
            for ready, row in zip(call, result.rows, strict=True)
            if row.id is not None
        )
        for ready, row in refused:
            if self._is_own_twin(ready, row, result):
                self._send_again(_Again([ready], reasons_of(row.errors)), is_after_loss=True)
            elif not _is_transient(row):
                self._verdicts.refuse(ready, reasons_of(row.errors))

    def _is_own_twin(self, ready: Ready, row: RowResult, result: CallResult) -> bool:
        """Whether a row may have met itself: saved by a lost try beside this one, which did not see it yet."""
        is_after_loss = result.is_after_loss or ready.write.index in self._in_doubt
        is_duplicate = any(error.code == _DUPLICATE for error in row.errors)
        return is_after_loss and is_duplicate and ready.action is Action.UPSERT

    def _settle_refused(self, call: Sequence[Ready], err: Refused) -> None:
        """Halves a refused call until the guilty item stands alone; what no halving can mend ends the run."""
        fatal = fatal_refusal(err, self._object_name)
        if fatal is not None:
            self._stop_run(call, fatal)
        elif len(call) == 1 or self._options.save.is_all_or_none:
            for ready in call:
                self._verdicts.refuse(ready, reasons_of(err.errors))
        else:
            middle = len(call) // 2
            self._write_call(call[:middle])
            self._write_call(call[middle:])

    def _settle_lost(self, call: Sequence[Ready], err: AnswerLost) -> None:
        """After a lost answer: creates that have a key are looked up, everything else stays unknown.

        Updates and upserts come here only when all tries that their idempotence allows were lost.
        """
        looked_up = call[0].action is Action.CREATE and all(ready.write.key is not None for ready in call)
        found = self._find_again(call) if looked_up else None
        missing = []
        for ready in call:
            ids = found.get(ready.write.key or "", []) if found is not None else []
            if len(ids) == 1:
                self._ledger.settle_written(ready.write.index, ids[0], Outcome.CREATED)
            elif found is not None and not ids and not err.is_maybe_running:
                missing.append(ready)
            else:
                self._ledger.settle(ready.write.index, Outcome.UNKNOWN, (lost_reason(err),))
        if missing:
            self._send_again(_Again(missing, (not_saved_reason(err),), Outcome.UNPROCESSED, is_whole=True))

    def _find_again(self, call: Sequence[Ready]) -> Found | None:
        try:
            return self._find([ready.write for ready in call])
        except (NotSent, AnswerLost, Refused, Stopped, WriteBlockError):
            # Not even the look-up came through: what became of the records cannot be found out.
            return None

    def _stop_run(self, call: Sequence[Ready], error: WriteBlockError) -> None:
        self._brake.pull(error)
        self._settle_not_sent(call, self._brake.final_reason())

    def _settle_not_sent(self, call: Sequence[Ready], reason: Reason) -> None:
        for ready in call:
            outcome = Outcome.UNKNOWN if ready.write.index in self._in_doubt else Outcome.UNPROCESSED
            self._ledger.settle(ready.write.index, outcome, (reason,))

    def _send_again(self, again: _Again, *, is_after_loss: bool = False) -> None:
        with self._lock:
            self._again.append(again)
            if is_after_loss:
                self._in_doubt.update(ready.write.index for ready in again.rows)

    def _is_stopped_in_wait(self, attempt: int) -> bool:
        ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1))
        spread: float = random.uniform(0.5, 1.0)  # noqa: S311 # jitter, no secret
        return self._client.cancelled.wait(ceiling * spread)

    def _give_up(self, unsent: Sequence[_Again]) -> None:
        lost = lost_reason(AnswerLost("an earlier answer was lost", is_maybe_running=False))
        for again in unsent:
            for ready in again.rows:
                if ready.write.index in self._in_doubt:
                    self._ledger.settle(ready.write.index, Outcome.UNKNOWN, (lost, *again.reasons))
                else:
                    self._ledger.settle(ready.write.index, again.outcome, again.reasons)


def _calls(pending: Sequence[Ready], batch_size: int) -> Iterator[Sequence[Ready]]:
    """Cuts by action, then by size: a call does one thing with at most `batch_size` records."""
    for action in Action:
        same = [ready for ready in pending if ready.action is action]
        for start in range(0, len(same), batch_size):
            yield same[start : start + batch_size]


def _is_transient(result: RowResult) -> bool:
    return any(error.code in TRANSIENT_ROW_CODES for error in result.errors)
