"""The streaming core: items in, results out in input order. Check, match, write, keep, window by window."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from operator import length_hint

from ziggy_sf_write.block.check import configuration_conflicts
from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import ConfigError, WriteBlockError
from ziggy_sf_write.run.bulk_writer import BulkWriter
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.choose_api import ApiChoice, choose_api
from ziggy_sf_write.run.collections_writer import CollectionsWriter
from ziggy_sf_write.run.context import LostCreates, RunContext, Writer
from ziggy_sf_write.run.edges import Window
from ziggy_sf_write.run.error_namespace import ErrorNamespace
from ziggy_sf_write.run.hierarchy import Hierarchy
from ziggy_sf_write.run.kept_failures import KeptFailures
from ziggy_sf_write.run.match import Found, Matcher, Rejected
from ziggy_sf_write.run.outcomes import Counts, Ledger, Outcome, Reason, lost_reason
from ziggy_sf_write.run.plan import MatchKey, Ready, Write, match_key
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.failures import CallFailed, Stopped
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.salesforce.metadata import describe_object
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
# Of a stream whose length nobody knows, so many items are read before an API is chosen.
_DEFAULT_WINDOW = 20_000


class Pipeline:
    """One run from its first item to its last. `choice` is the API and why, once the org has been asked."""

    def __init__(self, run: RunContext) -> None:
        self.choice = ApiChoice(api=Api.AUTO, reason="The run ended before an API was chosen.")
        self._run = run
        self._namespace = ErrorNamespace(run.config, run.host)

    def write(
        self,
        items: Iterable[JsonValue],
        *,
        window: int | None = None,
        on_written: Callable[[Window, Sequence[int]], None] | None = None,
    ) -> Iterator[Window]:
        """Settles every item and yields them window by window, in input order.

        What ends the run ends the writing, not the reading: the items that follow are unprocessed, and `guard.fatal`
        says why. A window is settled before the next one is read, so memory does not grow with the stream.

        Args:
            items: a sequence, or any iterable; `__length_hint__` tells how many are likely to come. Items of one key
                must come through one run, or two writes of it may be under way.
            window: how many items are held at once; None for as many as suit the API, where all are in memory anyway.
            on_written: told the places of items of an open window as they are written, from any thread; it must not
                raise.
        """
        run, source = self._run, iter(items)
        peeked = list(islice(source, window)) if window else []
        if window and not peeked:
            return
        expected = len(peeked) + length_hint(source)
        stages = None
        with self._what_ends_the_run(), run.progress.phase("connect"):
            stages = self._connect(count=min(expected, window) if window else expected, expected=expected)
        size = window or (stages.writer.window if stages is not None else _DEFAULT_WINDOW)
        rest, first = chain(peeked, source), 0
        while held := list(islice(rest, size)):
            one = Window(first, held, Ledger(len(held), run.counts))
            if on_written is not None:
                one.ledger.on_written = partial(on_written, one)
            first += len(held)
            run.progress.expect(first + length_hint(source))
            with self._what_ends_the_run():
                if stages is not None and run.guard.reason() is None:
                    stages.write(one)
            self._close(one, stages)
            yield one
        self._end()

    def _connect(self, *, count: int, expected: int) -> "_Stages":
        """Asks the org what must be known before the first item is looked at.

        Raises:
            ConfigError: object, match key or a setting do not go together.
            AccessError, LoginError, UnreachableError, CallFailed: the org does not let this connection begin.
        """
        run, config = self._run, self._run.config
        describe, field = describe_target(config, run.client)
        key = match_key(field, upsert=config.upsert, dry_run=config.advanced.dry_run)
        self.choice = choose_api(config.advanced, count=count, expected=expected, usage=run.client.org.usage)
        return _Stages(run, describe, key, self.choice.api)

    def _close(self, window: Window, stages: "_Stages | None") -> None:
        """Nothing stays open, outcomes add up, failures are kept; those of before end with what was written."""
        run = self._run
        window.ledger.close(run.guard.reason())
        with run.progress.phase("keep"), self._what_ends_the_run():
            own = self._namespace.keep(window)
            if stages is not None:
                stages.end_kept(window, own)

    def _end(self) -> None:
        with self._what_ends_the_run():
            self._run.jobs.close()

    @contextmanager
    def _what_ends_the_run(self) -> Iterator[None]:
        run = self._run
        try:
            with fatal_for(run.config.object, doing="look up"):
                yield
        except Stopped:
            pass  # the guard knows why; what is open stays unprocessed
        except WriteBlockError as err:
            run.guard.end(err)


@dataclass(frozen=True, slots=True)
class _Begun:
    """The window whose writing has begun, its items that passed the check, and when that was, in UTC."""

    window: Window
    writes: Sequence[Write]
    at: str


class _Stages:
    """What a window passes through, made when the object has been described."""

    def __init__(self, run: RunContext, describe: ObjectDescribe, key: MatchKey, api: Api) -> None:
        self._run = run
        self._key = key
        self._checks = Checks(run.config, run.client, describe)
        self._matcher = Matcher(run, describe, key, self._checks)
        self._hierarchy = Hierarchy(describe, key, self._matcher)
        self._kept = KeptFailures(run, describe, key, self._checks)
        self._begun: _Begun | None = None
        self.writer: Writer = (
            BulkWriter(run, describe, key) if api is Api.BULK else CollectionsWriter(run, describe, key.field)
        )

    def write(self, window: Window) -> None:
        """Settles what can be settled of a window; what raises leaves the rest open."""
        phase = self._run.progress.phase
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with phase("check"):
            self._checks.prepare(window.items)
            writes = list(self._check(window))
        self._begun = _Begun(window, writes, at)
        with phase("match"):
            self._matcher.look_up(writes)
        with phase("write"):
            for wave in self._hierarchy.waves(writes, window.ledger):
                self._write_wave(wave, window)

    def end_kept(self, window: Window, own: Mapping[str, int]) -> None:
        """Ends kept failures of the records that this window has written; `own` are those that it has kept itself."""
        begun = self._begun
        if begun is not None and begun.window is window:
            self._kept.end(window, begun.writes, began=begun.at, own=own)

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

    def _write_wave(self, wave: Sequence[Write], window: Window) -> None:
        ledger = window.ledger
        ready: list[Ready] = []
        for write, decided in zip(wave, self._matcher.decide(wave), strict=True):
            if isinstance(decided, Rejected):
                ledger.settle(write.index, decided.outcome, decided.reasons)
            else:
                ready.append(decided)
        if self._run.config.advanced.dry_run:
            ledger.settle_written(_previewed(one) for one in ready)
        else:
            self._send(ready, ledger)
        self._judge_again(ready, window)
        self._matcher.remember(ready, ledger)

    def _send(self, ready: Sequence[Ready], ledger: Ledger) -> None:
        """Writes; creates whose answer was lost are looked up. None of them is ever sent again."""
        unsettled = self.writer.write(ready, ledger)
        self._matcher.doubt(one.write for one in unsettled.at_work)
        if unsettled.lost:
            found = self._look_up_lost(unsettled.lost, ledger)
            # What an upsert has found, or made, is there: an update of it makes no second record.
            again = self.writer.write(found, ledger) if found else unsettled
            self._matcher.doubt(one.write for one in again.at_work)

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


def describe_target(config: WriteConfig, client: OrgClient) -> tuple[ObjectDescribe, FieldInfo]:
    """The object that is written, and the field of its match key.

    Raises:
        ConfigError: object, match key or a setting do not go together.
        AccessError, LoginError, UnreachableError, CallFailed: the org does not let this connection begin.
    """
    describe = describe_object(client, config.object)
    problems = configuration_conflicts(describe, config)
    field = describe.find_field(config.match_key)
    if problems or field is None:
        raise ConfigError(problems)
    return describe, field


def leave(
    items: Iterable[JsonValue], outcome: Outcome, reason: Reason, counts: Counts, *, window: int
) -> Iterator[Window]:
    """Items that nobody writes: each ends so, for this reason, window by window."""
    source, first = iter(items), 0
    while held := list(islice(source, window)):
        ledger = Ledger(len(held), counts)
        for index in range(len(held)):
            ledger.settle(index, outcome, (reason,))
        ledger.close(None)
        yield Window(first, held, ledger)
        first += len(held)


def _previewed(ready: Ready) -> tuple[int, str | None, Outcome]:
    outcome = Outcome.WOULD_CREATE if ready.operation is Operation.CREATE else Outcome.WOULD_UPDATE
    return ready.write.index, ready.body.get(ID_FIELD) or None, outcome


def _contradicts(reason: Reason) -> bool:
    return reason.code in _CONTRADICTING and not reason.message.startswith(_ABOUT_A_PARENT)
