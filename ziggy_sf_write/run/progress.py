"""Reports progress as it happens, at most ten times a second and at the end of each phase; times the phases."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ziggy_sf_write.contract import ExecutionContext, Progress
from ziggy_sf_write.run.outcomes import Counts

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
