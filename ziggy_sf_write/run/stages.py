"""What a window of items passes through: check, read, match, select, keep what was before, write."""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ziggy_sf_write.block.config import Api
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.bulk_writer import BulkWriter
from ziggy_sf_write.run.changes import Changes, Preview
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.claims import SKEW_S, Claims, clock
from ziggy_sf_write.run.collections_writer import CollectionsWriter
from ziggy_sf_write.run.context import LostCreates, RunContext, Writer
from ziggy_sf_write.run.hierarchy import Held, Hierarchy, Marks
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.run.kept_failures import KeptFailures
from ziggy_sf_write.run.match import Found, Matcher, Rejected
from ziggy_sf_write.run.outcomes import Ledger, Outcome, Reason, Stage, Window, lost_reason
from ziggy_sf_write.run.plan import ApiChoice, MatchKey, Ready, Write, is_worth_a_job
from ziggy_sf_write.run.previous_values import PreviousValues
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.failures import CallFailed, Stopped
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.validation import Operation

# A checked item is not refused for these unless the object has changed since it was described (section 3.3), or the
# org knows a rule that no describe tells, such as a record type's picklist.
_CONTRADICTING = frozenset(
    {
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "JSON_PARSER_ERROR",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "STRING_TOO_LONG",
    }
)
# The same code is used for a parent that does not exist, which the describe has nothing to do with.
_ABOUT_A_PARENT = "Foreign key external ID"
log = logging.getLogger(__name__)

# Pauses between the look-ups of a create whose answer was lost: they double up to the longest.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
# And between the looks at keys that another run has claimed.
_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.1, 20.0


@dataclass(frozen=True, slots=True)
class _Begun:
    """The window whose writing has begun, its items that passed the check, and when that was, in UTC.

    `window` is None once all has been done with it: the next one is read before it is written.
    """

    window: Window | None
    writes: Sequence[Write]
    at: str


class Stages:
    """What a window passes through, made when the object has been described."""

    def __init__(
        self, run: RunContext, describe: ObjectDescribe, key: MatchKey, *, choice: ApiChoice, preview: Preview
    ) -> None:
        self._run = run
        self._object = describe.name
        self._is_for_speed = choice.is_for_speed
        self._key = key
        self._checks = Checks(run.config, run.client, describe)
        self._matcher = Matcher(run, describe, key, self._checks)
        self._changes = Changes(run, describe, key, self._matcher, preview)
        self._previous = PreviousValues(run, self._changes)
        self.hierarchy = Hierarchy(describe, key, self._matcher)
        self._kept = KeptFailures(run, describe, key, self._checks)
        self._waiting = Marks()
        self._begun: _Begun | None = None
        self.claims = Claims(run, describe, key)
        # Writes of this window whose keys another run has claimed, in the edge's order.
        self._claimed: list[Write] = []
        self._collections = CollectionsWriter(run, describe, key.field, self.claims)
        self.writer: Writer = self._collections
        if choice.api is Api.BULK:
            self.writer = BulkWriter(run, describe, key, self.claims, self._collections)

    def write(self, window: Window, *, may_wait: bool) -> None:
        """Settles what can be settled of a window; what raises leaves the rest open.

        Args:
            window: items of which none is settled.
            may_wait: whether children are set aside whose parents are not there; each call has to stand for itself
                where it is all or none.
        """
        if may_wait and not self._run.config.advanced.all_or_none:
            window.ledger.waits_for = self.hierarchy.missing_parent
        phase = self._run.progress.phase
        at = _now()
        with phase("check"):
            self._checks.prepare(window.items)
            writes = list(self._check(window))
        self._begun, self._claimed = _Begun(window, writes, at), []
        with phase("match"):
            self._read(writes, window)
        with phase("write"):
            waves = self.hierarchy.waves(writes, window.ledger)
            for place, wave in enumerate(waves):
                is_whole = len(waves) == 1 or (not place and self._has_left_jobs())
                self._write_in_order(wave, window, is_whole=is_whole)
            self._write_claimed(window)

    def held(self, window: Window) -> Held:
        """The window that was written last, with its items that were set aside."""
        aside, begun = window.ledger.aside, self._begun
        rest = [write for write in begun.writes if write.index in aside] if begun is not None and aside else []
        children = [write for write in rest if aside[write.index]]
        return Held(window, children, [write for write in rest if not aside[write.index]], sorted(aside))

    def write_children(self, held: Held) -> None:
        """Sends the children of a window once more, each of which may wait once more. No two of them have one key."""
        held.window.ledger.waits_for = self.hierarchy.missing_parent
        self._write_again(held.children, held.window)

    def write_behind(self, held: Held) -> None:
        """Sends what had to wait for an earlier item of its key."""
        self._write_again(held.behind, held.window)

    def _read(self, writes: Sequence[Write], window: Window) -> None:
        self.claims.begin_look_up()
        self._changes.read(writes, first=window.first)

    def _write_claimed(self, window: Window) -> None:
        """Writes what another run had claimed, once its claim is over or the record is there. Nothing is claimed
        meanwhile but keys that are in doubt.
        """
        guard, waited_s, pause_s = self._run.guard, 0.0, _FIRST_LOOK_S
        longest_s = self._run.config.advanced.doubt_time + 2 * SKEW_S
        while self._claimed and guard.reason() is None:
            writes, ends = self._claimed, self.claims.ends({write.key for write in self._claimed})
            claimed = [write for write in writes if write.key in ends]
            found = self._find_again(claimed) if claimed else {}
            self.claims.note_found(found)
            self._claimed = [write for write in claimed if write.key not in found]
            free = [write for write in writes if write.key not in ends or write.key in found]
            if free:
                self._read(free, window)
                for wave in self.hierarchy.waves(free, window.ledger):
                    self._write_in_order(wave, window)
            if self._claimed and not waited_s:
                log.warning("%d items wait for another run, which %s", len(self._claimed), _until(ends.values()))
            if self._claimed and (waited_s >= longest_s or guard.is_stopped_in(pause_s)):
                break
            waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, _LONGEST_LOOK_S)
        self._leave_claimed(window.ledger)

    def _leave_claimed(self, ledger: Ledger) -> None:
        if not self._claimed:
            return
        until = _until(self.claims.ends({write.key for write in self._claimed}).values())
        message = (
            f"Not sent, because another run {until}, and its record is not there yet. Run the flow again after that."
        )
        reason = Reason(stage=Stage.MATCH, code="key_claimed", message=message, is_retryable=True)
        for write in self._claimed:
            ledger.settle(write.index, Outcome.UNPROCESSED, (reason,))

    def end_kept(self, window: Window, own: Mapping[str, int]) -> None:
        """Ends kept failures of the records that this window has written; `own` are those that it has kept itself."""
        begun = self._begun
        if begun is not None:
            writes = begun.writes if begun.window is window else ()
            self._kept.end(window, writes, began=begun.at, own=own)
            self._begun = _Begun(None, (), begun.at)

    def _write_again(self, writes: Sequence[Write], window: Window) -> None:
        self._begun, self._claimed = _Begun(window, writes, _now()), []
        with self._run.progress.phase("match"):
            self._read(writes, window)
        with self._run.progress.phase("write"):
            for wave in self.hierarchy.waves(writes, window.ledger):
                self._write_wave(wave, window)
            self._write_claimed(window)

    def _write_in_order(self, wave: Sequence[Write], window: Window, *, is_whole: bool = False) -> None:
        """Writes a wave, but for items of keys of which an earlier one waits: they wait, too."""
        ledger = window.ledger
        if self._waiting:
            for write in wave:
                if write.key in self._waiting:
                    ledger.set_aside(write.index)
            wave = [write for write in wave if write.index not in ledger.aside]
        self._write_wave(wave, window, is_whole=is_whole)
        for write in wave if ledger.aside else ():
            if write.index in ledger.aside and write.key is not None:
                self._waiting.add(write.key)

    def _check(self, window: Window) -> Iterator[Write]:
        """The items that may go on. The others are invalid; without validation, where no edge takes invalid ones and no
        namespace keeps them, they have failed.
        """
        outcome = Outcome.INVALID if self._run.config.validate else Outcome.FAILED
        check, key_field, key_of = self._checks.check, self._key.field.name, self._key.of
        for index, item in enumerate(window.items):
            record, reasons = check(item)
            if reasons:
                window.ledger.settle(index, outcome, reasons)
                continue
            value = record.get(key_field)
            yield Write(index, record, None if value is None else key_of(value))

    def _write_wave(self, wave: Sequence[Write], window: Window, *, is_whole: bool = False) -> None:
        ledger = window.ledger
        if self._claimed:
            wave = self._without_later(wave)
        ready: list[Ready] = []
        for write, decided in zip(wave, self._matcher.decide(wave), strict=True):
            if isinstance(decided, Rejected):
                ledger.settle(write.index, decided.outcome, decided.reasons)
            else:
                ready.append(decided)
        ready = self._changes.select(ready, ledger)
        if self._run.config.advanced.dry_run:
            self._changes.count_calls(ready, in_jobs=self._goes_into_jobs(ready, is_whole=is_whole))
            ledger.settle_written(_previewed(one) for one in ready)
        else:
            self._previous.keep(ready)
            doubtful = self._send(ready, ledger, is_whole=is_whole)
            self.claims.settle(ready, ledger)
            # Children that wait for their parents were refused: nothing was made of them.
            self.claims.let_go(one.write.key for one in ready if one.write.index in ledger.aside)
            self._previous.complete(ready, ledger, doubtful=doubtful)
        self._judge_again(ready, window)
        self._matcher.remember(ready, ledger)
        self._changes.remember(ready, ledger)

    def _without_later(self, wave: Sequence[Write]) -> Sequence[Write]:
        """The wave without what must come after a write that waits: of the same key, or a child of its record."""
        keys = {write.key for write in self._claimed}
        later = [write for write in wave if write.key in keys or self.hierarchy.is_child_of(write, keys)]
        self._claimed += later
        is_later = set(map(id, later))
        return [write for write in wave if id(write) not in is_later]

    def _send(self, ready: Sequence[Ready], ledger: Ledger, *, is_whole: bool) -> set[int]:
        """Writes; creates whose answer was lost are looked up. None of them is ever sent again.

        Returns the places of the items of which an earlier try may have made the record.
        """
        if self.writer is not self._collections:
            # Every wave has its number, in a job or not: a run that is made again finds its jobs by it.
            self._run.jobs.begin_wave()
        if not ready:
            return set()
        writer = self.writer if self._goes_into_jobs(ready, is_whole=is_whole) else self._collections
        unsettled = writer.write(ready, ledger)
        self._claimed += [one.write for one in unsettled.claimed]
        self._matcher.doubt(one.write for one in unsettled.at_work)
        doubtful = [*unsettled.at_work, *unsettled.resent, *(one for call in unsettled.lost for one in call.rows)]
        if unsettled.lost:
            found = self._look_up_lost(unsettled.lost, ledger)
            # What an upsert has found, or made, is there: an update of it makes no second record.
            again = self._collections.write(found, ledger) if found else unsettled
            self._matcher.doubt(one.write for one in again.at_work)
        return {one.write.index for one in doubtful}

    def _has_left_jobs(self) -> bool:
        """Whether a job that a run has left behind is better taken up, or queued behind, than overtaken by calls."""
        if self.writer is self._collections or self._run.config.advanced.dry_run:
            return False
        return self._run.jobs.has_left_behind(target_of(self._run.client.org.identity, self._object))

    def _goes_into_jobs(self, ready: Sequence[Ready], *, is_whole: bool) -> bool:
        if self.writer is self._collections:
            return False
        # No job takes a create; by a native key there is none, whatever a preview calls it.
        count = len(ready) if self._key.is_native else sum(one.operation is not Operation.CREATE for one in ready)
        if self._is_for_speed and not self._run.costs(count).is_faster_by_jobs:
            return False
        return is_worth_a_job(self._run.config.advanced, count, is_whole=is_whole)

    def _look_up_lost(self, lost: Sequence[LostCreates], ledger: Ledger) -> list[Ready]:
        """Looks for lost creates with growing pauses, for as long as the org may be at work; what is not found by then
        stays unknown, and its key in doubt. The updates to make of upserts whose record is there.
        """
        guard, doubt_time_s = self._run.guard, self._run.config.advanced.doubt_time
        missing = [(one, call.error) for call in lost for one in call.rows]
        updates: list[Ready] = []
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while True:
            found = self._find_again([one.write for one, _ in missing])
            updates += self._settle_found([one for one, _ in missing], found, ledger)
            missing = [(one, err) for one, err in missing if len(found.get(one.write.key, [])) != 1]
            pause_s = min(pause_s, doubt_time_s - waited_s)
            if not missing or pause_s <= 0 or guard.reason() is not None:
                break
            log.warning(
                "%d creates whose answer was lost are looked up again in %d s: the org may be at work on them for %d s",
                len(missing), pause_s, doubt_time_s - waited_s,
            )  # fmt: skip
            if guard.is_stopped_in(pause_s):
                break
            waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, _LONGEST_PAUSE_S)
        for one, err in missing:
            ledger.settle(one.write.index, Outcome.UNKNOWN, (lost_reason(err),))
        self._matcher.doubt(one.write for one in (*updates, *(one for one, _ in missing)))
        return updates

    def _settle_found(self, ready: Iterable[Ready], found: Found, ledger: Ledger) -> list[Ready]:
        """Settles the creates of which one record is there; the updates to make of upserts."""
        updates = []
        for one in ready:
            ids = found.get(one.write.key, [])
            if len(ids) == 1 and one.operation is Operation.CREATE:
                ledger.settle_written([(one.write.index, ids[0], Outcome.CREATED)])
            elif len(ids) == 1:
                updates.append(replace(self._matcher.update_of(one.write, ids[0]), is_after_loss=True))
        return updates

    def _find_again(self, writes: Sequence[Write]) -> Found:
        try:
            return self._matcher.find_again(writes)
        except (CallFailed, Stopped, WriteBlockError) as err:
            log.warning("records whose answer was lost could not be looked up: %s", err)
            return {}

    def _judge_again(self, ready: Sequence[Ready], window: Window) -> None:
        """Records that Salesforce refused against its own describe: their items go through the check once more, by what
        the org says of itself now.
        """
        ledger = window.ledger
        if not ledger.has(Outcome.FAILED):
            return
        held = [one.write.index for one in ready if any(map(_contradicts, ledger.reasons(one.write.index)))]
        if held and not self._run.config.validate:
            # Nothing was checked, so only a field that is not there says something about the describe.
            if any(reason.code == "INVALID_FIELD" for index in held for reason in ledger.reasons(index)):
                self._checks.forget()
            return
        if held:
            self._checks.renew()
        for index in held:
            _, reasons = self._checks.check(window.items[index])
            if reasons:
                ledger.overrule(index, reasons)


def _until(ends: Iterable[float]) -> str:
    """Until when the keys of one's items are claimed by others, for a sentence that begins with who they are."""
    return f"has claimed their keys until {clock(max(ends, default=time.time()))} UTC"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _previewed(ready: Ready) -> tuple[int, str | None, Outcome]:
    outcome = Outcome.WOULD_CREATE if ready.operation is Operation.CREATE else Outcome.WOULD_UPDATE
    return ready.write.index, ready.body.get(ID_FIELD) or None, outcome


def _contradicts(reason: Reason) -> bool:
    return reason.code in _CONTRADICTING and not reason.message.startswith(_ABOUT_A_PARENT)
