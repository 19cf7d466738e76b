"""The streaming core: items in, results out in input order. Check, match, write, keep, window by window."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from operator import length_hint

from ziggy_sf_write.block.check import configuration_conflicts
from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import ConfigError, WriteBlockError
from ziggy_sf_write.run.bulk_writer import BulkWriter
from ziggy_sf_write.run.changes import Preview
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.error_namespace import ErrorNamespace
from ziggy_sf_write.run.hierarchy import Held, HeldWindows
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.run.outcomes import Counts, Ledger, Outcome, Reason, Window
from ziggy_sf_write.run.plan import ApiChoice, choose_api, match_key
from ziggy_sf_write.run.stages import Stages
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.failures import Stopped
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.metadata import describe_object

log = logging.getLogger(__name__)

# Of a stream whose length nobody knows, so many items are read before an API is chosen.
_DEFAULT_WINDOW = 20_000


class Pipeline:
    """One run from its first item to its last.

    `choice` is the API and why, once the org has been asked; `preview` what a dry run would change.
    """

    def __init__(self, run: RunContext) -> None:
        self.choice = ApiChoice(api=Api.AUTO, reason="The run ended before an API was chosen.")
        self.preview = Preview()
        self._run = run
        self._namespace = ErrorNamespace(run.config, run.host)
        self._weighed = ""  # the object in its org, in a run that is large enough to say how long its writes take

    def write(
        self,
        items: Iterable[JsonValue],
        *,
        window: int | None = None,
        bulk_window: int | None = None,
        on_written: Callable[[Window, Sequence[int]], None] | None = None,
    ) -> Iterator[Window]:
        """Settles every item and yields them window by window, in input order.

        What ends the run ends the writing, not the reading: the items that follow are unprocessed, and `guard.fatal`
        says why. A window is settled before the next one is read, so memory does not grow with the stream. Where a
        child waits for a parent that may come later, its window and all behind it wait on disk until the stream ends.

        Args:
            items: a sequence, or any iterable; `__length_hint__` tells how many are likely to come. Items of one key
                must come through one run, or two writes of it may be under way.
            window: how many items are held at once; None for as many as suit the API, where all are in memory anyway.
            bulk_window: how many where they go into Bulk jobs, each of which has its price; None for `window`.
            on_written: told the places of items of an open window as they are written, from any thread; it must not
                raise.
        """
        run, source = self._run, iter(items)
        peeked = list(islice(source, window or (0 if length_hint(source) else _DEFAULT_WINDOW)))
        if window and not peeked:
            return
        expected = len(peeked) + length_hint(source)
        stages = None
        with what_ends_the_run(self._run), run.progress.phase("connect"):
            stages = self._connect(count=expected, window=bulk_window or window)
        size = window or (stages.writer.window if stages is not None else _DEFAULT_WINDOW)
        if bulk_window and self.choice.api is Api.BULK:
            size = bulk_window
        rest, first = chain(iter(peeked), source), 0  # an iterator lets go of its list at the end
        del peeked
        waiting = HeldWindows(partial(self._resume, on_written))
        while held := list(islice(rest, size)):
            one = Window(first, held, Ledger(len(held), run.counts))
            self._resume(on_written, one)
            first += len(held)
            run.progress.expect(first + length_hint(source))
            with what_ends_the_run(self._run):
                if stages is not None and run.guard.reason() is None:
                    # Whoever waits in the last window waits for those that wait before it, or for nobody.
                    stages.write(one, may_wait=bool(waiting) or len(held) == size)
            if stages is not None and self._waits(one, stages, waiting):
                continue
            yield from self._released(waiting, stages)
            self._close(one, stages)
            yield one
            del one, held  # else the next window is read while this one is still held
        if waiting and stages is not None:
            with what_ends_the_run(run):
                waiting.send_again(partial(self._send_again, stages), stages.hierarchy)
        yield from self._released(waiting, stages)
        self._end(stages)

    def _connect(self, *, count: int, window: int | None) -> "Stages":
        """Asks the org what must be known before the first item is looked at; a job would take a `window` at the most.

        Raises:
            ConfigError: object, match key or a setting do not go together.
            AccessError, LoginError, UnreachableError, CallFailed: the org does not let this connection begin.
        """
        run, config = self._run, self._run.config
        describe, field = describe_target(config, run.client)
        key = match_key(field, upsert=config.upsert, dry_run=config.advanced.dry_run)
        if run.weighs(count):
            self._weighed = target_of(run.client.org.identity, describe.name)
            run.jobs.recall_pace(self._weighed, run.pace)
        costs = run.costs(count, window=window or BulkWriter.window)
        self.choice = choose_api(config.advanced, costs, usage=run.client.org.usage)
        return Stages(run, describe, key, choice=self.choice, preview=self.preview)

    def _resume(self, on_written: Callable[[Window, Sequence[int]], None] | None, window: Window) -> None:
        window.ledger.resume(self._run.counts)
        if on_written is not None:
            window.ledger.on_written = partial(on_written, window)

    def _waits(self, window: Window, stages: "Stages", waiting: HeldWindows) -> bool:
        """Whether a window waits for the end of the stream, as each one does that follows one with a waiting child."""
        if self._run.guard.reason() is not None or not (waiting or window.ledger.aside):
            return False
        held = stages.held(window)
        self._keep(window, stages)
        waiting.add(held)
        return True

    def _send_again(self, stages: "Stages", held: Held) -> None:
        if self._run.guard.reason() is not None:
            raise Stopped
        stages.write_children(held)
        stages.end_kept(held.window, {})

    def _released(self, waiting: HeldWindows, stages: "Stages | None") -> Iterator[Window]:
        """The windows that have waited, each once its last items are settled."""
        for held in waiting.take_all():
            window, guard = held.window, self._run.guard
            window.ledger.settle_aside(is_retryable=guard.reason() is not None)
            with what_ends_the_run(self._run):
                if stages is not None and held.behind and guard.reason() is None:
                    stages.write_behind(held)
            self._close(window, stages, among=held.late)
            yield window

    def _close(self, window: Window, stages: "Stages | None", among: Collection[int] | None = None) -> None:
        """Nothing stays open and outcomes add up; what is `among` these places was not kept before, None for all."""
        window.ledger.close(self._run.guard.reason())
        self._keep(window, stages, among)

    def _keep(self, window: Window, stages: "Stages | None", among: Collection[int] | None = None) -> None:
        """Failures are kept; those of before end with what was written."""
        with self._run.progress.phase("keep"), what_ends_the_run(self._run):
            own = self._namespace.keep(window, among)
            if stages is not None:
                stages.end_kept(window, own)

    def _end(self, stages: "Stages | None") -> None:
        with what_ends_the_run(self._run):
            self._run.jobs.close()
            if stages is not None:
                stages.claims.close()
        if self._weighed and self._run.pace.is_new:
            self._run.jobs.keep_pace(self._weighed, self._run.pace)


@contextmanager
def what_ends_the_run(run: RunContext) -> Iterator[None]:
    """What raises inside ends the run, whose guard knows why from then on."""
    try:
        with fatal_for(run.config.object, doing="look up"):
            yield
    except Stopped:
        pass  # the guard knows why; what is open stays unprocessed
    except WriteBlockError as err:
        run.guard.end(err)


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
