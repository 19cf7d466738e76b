"""Writes ready items through sObject Collections: several calls at a time, each item settled by its position."""

import random
import threading
from collections.abc import Iterator, Sequence
from functools import partial

from ziggy_sf_write.errors import UnreachableError, WriteBlockError
from ziggy_sf_write.run.find import Found
from ziggy_sf_write.run.ledger import Outcome, Reason
from ziggy_sf_write.run.parents import group_by_parent
from ziggy_sf_write.run.plan import Action, Ready
from ziggy_sf_write.run.pool import run_all
from ziggy_sf_write.run.refusals import fatal_refusal, lost_reason, reasons_of, refused_reason
from ziggy_sf_write.run.writer import Capabilities, Desk, WriteOptions
from ziggy_sf_write.salesforce import collections
from ziggy_sf_write.salesforce.collections import RowResult
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped
from ziggy_sf_write.salesforce.retry import FIRST_WAIT_S, LONGEST_WAIT_S, TRANSIENT_ROW_CODES


class CollectionsWriter:
    """One wave at a time: cut into calls, sent at once, locked rows sent again, lost answers settled."""

    capabilities = Capabilities(api="collections", window=20_000, is_atomic_per_call=True, takes_headers=True)

    def __init__(self, desk: Desk, options: WriteOptions) -> None:
        self._door = desk.door
        self._options = options
        self._ledger = desk.ledger
        self._verdicts = desk.verdicts
        self._brake = desk.brake
        self._meter = desk.meter
        self._find = desk.find
        self._object_name = options.describe.name
        self._locked: list[Ready] = []
        # Rows that a lost try may have saved before they were locked: they cannot simply have failed.
        self._in_doubt: set[int] = set()
        self._lock = threading.Lock()

    def write(self, wave: Sequence[Ready]) -> None:
        """Settles every item of the wave; no two of them may have the same key."""
        pending, attempt = wave, 1
        while pending:
            self._locked = []
            self._write_once(pending, attempt)
            pending = self._locked
            if pending and (attempt >= self._options.bounds.max_tries or self._is_stopped_in_wait(attempt)):
                self._give_up_locked(pending)
                return
            attempt += 1

    def _write_once(self, pending: Sequence[Ready], attempt: int) -> None:
        """Sends everything once; each further attempt with fewer calls at a time and fewer records in each.

        One locked row fails its whole chunk (section 3.3), so the rows that are not locked must get away from it.
        """
        concurrency = max(1, self._options.concurrency >> (attempt - 1))
        batch_size = max(1, self._options.batch_size >> 2 * (attempt - 1))
        if self._options.save.is_all_or_none:
            batch_size = self._options.batch_size
        if len(pending) > batch_size:
            pending = group_by_parent(pending, self._options.describe)
        run_all((partial(self._write_call, call) for call in _calls(pending, batch_size)), concurrency=concurrency)

    def _write_call(self, call: Sequence[Ready]) -> None:
        reason = self._brake.reason()
        if reason is not None:
            self._settle_not_sent(call, reason)
            return
        try:
            results = self._send(call)
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
            self._settle_results(call, results)
        self._meter.tick()

    def _send(self, call: Sequence[Ready]) -> list[RowResult]:
        bodies = [ready.body for ready in call]
        options = self._options
        match call[0].action:
            case Action.CREATE:
                return collections.create(self._door, self._object_name, bodies, options.save)
            case Action.UPDATE:
                return collections.update(self._door, self._object_name, bodies, options.save)
            case Action.UPSERT:  # pragma: no branch # there is no other action
                key = options.key_field
                return collections.upsert(self._door, self._object_name, bodies, options.save, key_field=key)

    def _settle_results(self, call: Sequence[Ready], results: Sequence[RowResult]) -> None:
        # Nearly all records of nearly all calls are written: only the others are looked at once more.
        refused = [(ready, result) for ready, result in zip(call, results, strict=True) if result.id is None]
        locked = [ready for ready, result in refused if _is_transient(result)]
        is_after_loss = any(result.is_after_loss for _, result in refused)
        if locked and self._options.save.is_all_or_none:
            # One locked row rolled all others back with it: they are sent again together.
            self._send_again(call, is_after_loss=is_after_loss)
            return
        self._send_again(locked, is_after_loss=is_after_loss)
        self._ledger.settle_all_written(
            (ready.write.index, result.id, Outcome.CREATED if result.is_created else Outcome.UPDATED)
            for ready, result in zip(call, results, strict=True)
            if result.id is not None
        )
        for ready, result in refused:
            if not _is_transient(result):
                self._verdicts.refuse(ready, reasons_of(result.errors))

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
            self._write_call(missing)

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

    def _send_again(self, locked: Sequence[Ready], *, is_after_loss: bool) -> None:
        with self._lock:
            self._locked.extend(locked)
            if is_after_loss:
                self._in_doubt.update(ready.write.index for ready in locked)

    def _is_stopped_in_wait(self, attempt: int) -> bool:
        ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1))
        spread: float = random.uniform(0.5, 1.0)  # noqa: S311 # jitter, no secret
        return self._door.cancelled.wait(ceiling * spread)

    def _give_up_locked(self, locked: Sequence[Ready]) -> None:
        message = "Salesforce could not lock the record, try after try. Run the flow again, or lower Calls at a time."
        locked_out = refused_reason("UNABLE_TO_LOCK_ROW", message, is_retryable=True)
        lost = lost_reason(AnswerLost("an earlier answer was lost", is_maybe_running=False))
        for ready in locked:
            if ready.write.index in self._in_doubt:
                self._ledger.settle(ready.write.index, Outcome.UNKNOWN, (lost, locked_out))
            else:
                self._ledger.settle(ready.write.index, Outcome.FAILED, (locked_out,))


def _calls(pending: Sequence[Ready], batch_size: int) -> Iterator[Sequence[Ready]]:
    """Cuts by action, then by size: a call does one thing with at most `batch_size` records."""
    for action in Action:
        same = [ready for ready in pending if ready.action is action]
        for start in range(0, len(same), batch_size):
            yield same[start : start + batch_size]


def _is_transient(result: RowResult) -> bool:
    return any(error.code in TRANSIENT_ROW_CODES for error in result.errors)
