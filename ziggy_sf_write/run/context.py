"""What all stages of one run share, made once and whole, and the progress that is told of it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, Self

from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import ExecutionContext, Progress
from ziggy_sf_write.run.guard import StopCondition, StopSignal
from ziggy_sf_write.run.job_registry import JobRegistry
from ziggy_sf_write.run.outcomes import Counts, Ledger
from ziggy_sf_write.run.plan import Costs, Ready, costs_of, is_large
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.failures import AnswerLost
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.pace import Pace
from ziggy_sf_write.salesforce.retry import Bounds

log = logging.getLogger(__name__)

_SHORTEST_INTERVAL_S = 0.1


class RunProgress:
    """One run's progress and times; `tick` may be called by any thread."""

    def __init__(self, host: ExecutionContext, counts: Counts, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._counts = counts
        self._clock = clock
        self._total = 0
        self._phase = ""
        self._reported_at_s = -_SHORTEST_INTERVAL_S
        self._elapsed_s: dict[str, float] = {}
        self._has_failed = False
        self._lock = threading.Lock()

    def expect(self, total: int) -> None:
        """So many items will come in all, as far as it is known."""
        self._total = total

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times a phase, which may come in several parts, and reports at its end."""
        self._phase, started = name, self._clock()
        try:
            yield
        finally:
            self._elapsed_s[name] = self._elapsed_s.get(name, 0.0) + self._clock() - started
            self._report()

    def tick(self, *, under_way: int = 0) -> None:
        """Something was settled, or `under_way` rows of a job were: reports if the last report is long enough ago."""
        with self._lock:
            now = self._clock()
            if now - self._reported_at_s < _SHORTEST_INTERVAL_S:
                return
            self._reported_at_s = now
        self._report(under_way)

    def phases(self) -> list[tuple[str, int]]:
        """The phases in order, with their milliseconds."""
        return [(name, round(elapsed * 1000)) for name, elapsed in self._elapsed_s.items()]

    def say(self, sentence: str, *, is_complete: bool) -> None:
        """How the run has ended, into the operator's log."""
        try:
            level = logging.INFO if is_complete else logging.WARNING
            self._host.log.log(level, "block %s: %s", self._host.block_id, sentence)
        except Exception:  # whatever a host raises here, what was written stays accounted for
            log.exception("the host's log could not be written: %s", sentence)

    def _report(self, under_way: int = 0) -> None:
        done = min(self._counts.settled + under_way, self._total)
        failures = self._counts.failures
        try:
            self._host.progress(Progress(phase=self._phase, done=done, total=self._total, failures=failures))
        except Exception:  # whatever a host raises here, what was written stays accounted for
            if not self._has_failed:
                log.exception("the host could not take progress; it is told on, and this is said once")
            self._has_failed = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """One run of the block.

    `is_repeatable` tells that an engine may make the whole run again: then nothing is created that has no key.
    """

    config: WriteConfig
    host: ExecutionContext
    client: OrgClient
    counts: Counts
    guard: StopCondition
    progress: RunProgress
    jobs: JobRegistry
    bounds: Bounds
    is_repeatable: bool = False

    @classmethod
    def start(cls, config: WriteConfig, host: ExecutionContext, *, is_repeatable: bool = False) -> Self:
        """Nothing is asked of the org yet.

        Raises:
            HostError: the host does not give the connection.
            ConfigError: the connection is incomplete.
        """
        advanced = config.advanced
        org = ORGS.org(require_salesforce(host.connection(config.connection)))
        bounds = Bounds(
            call_timeout_s=advanced.call_timeout, max_tries=advanced.max_tries, max_retry_time_s=advanced.max_retry_time
        )
        counts, cancelled = Counts(), StopSignal(host.cancelled)
        guard = StopCondition(
            cancelled=cancelled,
            counts=counts,
            org=org,
            max_failures=advanced.max_failures,
            reserve_percent=advanced.reserve_api_calls,
        )
        return cls(
            config=config,
            host=host,
            client=OrgClient(
                org,
                bounds=bounds,
                cancelled=cancelled,
                concurrency=org.concurrency if advanced.concurrency is None else None,
            ),
            counts=counts,
            guard=guard,
            progress=RunProgress(host, counts),
            jobs=JobRegistry(host.store, run=host.execution_id, flow=host.flow_name, block=host.block_id),
            bounds=bounds,
            is_repeatable=is_repeatable,
        )

    @property
    def pace(self) -> Pace:
        """What this process knows of how long writes of the object take."""
        return self.client.org.paces[self.config.object]

    def weighs(self, count: int) -> bool:
        """Whether so many items are written in the way that is faster, or say something about it."""
        return self.config.advanced.bulk_threshold is None and is_large(self.config.advanced, count)

    def costs(self, count: int, *, window: int | None = None) -> Costs:
        """What writing so many items would take, in jobs of at most `window` rows."""
        at_first = self.client.org.concurrency.settled.calls
        return costs_of(self.config.advanced, count, pace=self.pace, at_first=at_first, window=window)

    @contextmanager
    def timed_calls(self, count: int) -> Iterator[None]:
        """Notes how long so many items take by calls, unless they are too few to tell more than is known."""
        advanced, clock, concurrency = self.config.advanced, self.client.clock, self.client.org.concurrency
        at_first, started = advanced.concurrency or concurrency.settled.calls, clock()
        yield
        is_telling = self.weighs(count) or (self.pace.call_s is None and count >= advanced.batch_size)
        if is_telling and self.guard.reason() is None:
            took_s, most = clock() - started, advanced.concurrency or concurrency.most
            self.pace.note_calls(count, took_s, records=advanced.batch_size, at_first=at_first, most=most)
            if advanced.concurrency is None:
                self.pace.calls = most


@dataclass(frozen=True, slots=True)
class LostCreates:
    """Creates with a key that were sent in one call whose answer was lost: they are to be looked up."""

    rows: Sequence[Ready]
    error: AnswerLost


@dataclass(slots=True)
class Unsettled:
    """What a writer leaves to the pipeline.

    `lost` are creates to look up, `at_work` rows of which an earlier try may be at work yet, `resent` rows of which an
    earlier try is over and may have saved them, and `claimed` creates that were not sent, because another run is at
    work on their keys, or has been since they were looked up.
    """

    lost: list[LostCreates] = field(default_factory=list)
    at_work: list[Ready] = field(default_factory=list)
    resent: list[Ready] = field(default_factory=list)
    claimed: list[Ready] = field(default_factory=list)


class Writer(Protocol):
    """Writes one wave at a time; another way to write is another class with this signature.

    `api` is the name for the report, `window` how many items of an edge it wants to see at once.
    """

    api: Api
    window: int

    def write(self, wave: Sequence[Ready], ledger: Ledger) -> Unsettled:
        """Settles every item of the wave that it does not hand back; no two of them may have the same key."""
        ...
