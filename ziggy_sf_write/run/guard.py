"""Whether another call may start, and the threads that make calls: the one place that starts any, and leaves none."""

import logging
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from ziggy_sf_write.contract import Cancellation
from ziggy_sf_write.errors import DefectError, StoreError, WriteBlockError
from ziggy_sf_write.run.outcomes import Counts, Ledger, Reason, stop_reason
from ziggy_sf_write.run.plan import Ready
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import FIRST_WAIT_S, LONGEST_WAIT_S

log = logging.getLogger(__name__)

# A signal may be taken by any thread, and Python runs its handler in the main thread alone, once that wakes: so
# whoever waits here wakes now and then, or a stop would be heard when all is written.
_LONGEST_SLEEP_S = 0.2


class StopSignal:
    """Asks the host whether the run is to stop. A host that raises is not asked again: the run goes on to its end, and
    what was written stays accounted for.
    """

    def __init__(self, signal: Cancellation) -> None:
        self._signal: Cancellation = signal
        self._lock = threading.Lock()

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        signal = self._signal
        try:
            return signal.is_set()
        except Exception as err:  # noqa: BLE001 # whatever a host raises here, the run goes on
            self._give_up(signal, err)
            return False

    def wait(self, timeout: float | None = None) -> bool:
        """Waits up to `timeout` seconds; True, at once, where the run is to stop."""
        signal = self._signal
        try:
            return signal.wait(timeout)
        except Exception as err:  # noqa: BLE001 # the pause is kept all the same, or a busy org would be asked without one
            return self._give_up(signal, err).wait(timeout)

    def _give_up(self, signal: Cancellation, err: Exception) -> Cancellation:
        """Takes a signal that is never given in its place; several threads may find out at once, one says so."""
        with self._lock:
            if self._signal is signal:
                log.error("the host's stop signal fails; the run cannot be stopped any more, and goes on", exc_info=err)
                self._signal = threading.Event()
            return self._signal


class StopCondition:
    """Asked before each call, by any thread: a stop, too many failures, a spent allowance or a fatal error forbids it.

    Once it says no it says no for good.
    """

    def __init__(
        self, *, cancelled: Cancellation, counts: Counts, org: Org, max_failures: int, reserve_percent: float
    ) -> None:
        self._cancelled = cancelled
        self._counts = counts
        self._org = org
        self._max_failures = max_failures
        self._reserve_percent = reserve_percent
        self._fatal: WriteBlockError | None = None
        self._reason: Reason | None = None
        self._under_way = 0
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)

    @property
    def fatal(self) -> WriteBlockError | None:
        """The error that ends the run, if one does."""
        return self._fatal

    def end(self, error: WriteBlockError) -> None:
        """Ends the run with this error, unless an earlier one has; what a store has not kept is told beside it."""
        with self._lock:
            if self._fatal is None:
                self._fatal = error
                self._reason = self._reason or stop_reason("run_stopped", f"Not sent, because the run ended: {error}")
            elif isinstance(error, StoreError) and str(error) not in str(self._fatal):
                # Neither may hide the other: why the run has ended, and that what it left behind was not kept.
                self._fatal = StoreError(f"{self._fatal} {error}")

    def reason(self) -> Reason | None:
        """Why no further call may start, or None while one may."""
        with self._lock:
            return self._known_reason()

    def is_stopped_in_backoff(self, attempt: int) -> bool:
        """Waits before the next try after try number `attempt`, from 1; True where the run is to stop meanwhile."""
        ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1))
        spread: float = random.uniform(0.5, 1.0)  # noqa: S311 # jitter, no secret
        return self.is_stopped_in(ceiling * spread)

    def is_stopped_in(self, seconds: float) -> bool:
        """Waits so long; True, at once, where the run is to stop meanwhile."""
        return self._cancelled.wait(seconds)

    @contextmanager
    def admitted(self) -> Iterator[Reason | None]:
        """Asks for one call: why it may not start, or None; then it counts as used until the block is left.

        Where calls under way may use up what is above the reserve, it waits until they have told.
        """
        with self._answered:
            while (reason := self._known_reason()) is None and self._is_reserve_near():
                self._answered.wait(_LONGEST_SLEEP_S)
            self._under_way += reason is None
        try:
            yield reason
        finally:
            with self._answered:
                self._under_way -= reason is None
                self._answered.notify_all()

    def final_reason(self) -> Reason:
        """Why the run has ended, for a caller that knows that it has."""
        return self.reason() or _STOPPED

    def _known_reason(self) -> Reason | None:
        if self._reason is None:
            self._reason = self._look()
        return self._reason

    def _is_reserve_near(self) -> bool:
        usage, percent = self._org.usage, self._reserve_percent
        return bool(usage and percent and self._under_way and usage.is_at_reserve(percent, under_way=self._under_way))

    def _look(self) -> Reason | None:
        if self._cancelled.is_set():
            return _STOPPED
        failures = self._counts.failures
        if 0 < self._max_failures <= failures:
            return stop_reason(
                "max_failures",
                f"Not sent, because {failures} writes had failed before; the block stops after "
                f"{self._max_failures}. Mend what failed, then run the flow again.",
            )
        usage = self._org.usage
        if usage and self._reserve_percent and usage.is_at_reserve(self._reserve_percent):
            return stop_reason(
                "api_reserve",
                f"Not sent, because only the reserve of {self._reserve_percent:g} % of the day's {usage.limit} "
                "API calls is left. Run the flow again later, or make the reserve smaller.",
            )
        return None


_STOPPED = stop_reason("stopped", "Not sent, because the run was stopped first. Run the flow again to send it.")


def run_all(tasks: Iterable[Callable[[], None]], *, concurrency: int) -> None:
    """Runs every task, at most `concurrency` at a time; returns when all have ended. Never called by a task itself.

    Tasks are drawn from the iterable as places become free, so it may be long. The first exception is raised after
    the tasks under way have ended; those not yet drawn are not begun.
    """
    ended: SimpleQueue[Future[None]] = SimpleQueue()
    under_way, error = 0, None
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="ziggy-sf-write") as pool:
        try:
            for task in tasks:
                pool.submit(task).add_done_callback(ended.put)
                under_way += 1
                if under_way == concurrency:
                    under_way, error = under_way - 1, _next_ended(ended).exception()
                if error is not None:
                    break
        finally:
            for _ in range(under_way):
                failed = _next_ended(ended).exception()
                error = error or failed
    if error is not None:
        raise error


def _next_ended(ended: SimpleQueue[Future[None]]) -> Future[None]:
    while True:
        try:
            return ended.get(timeout=_LONGEST_SLEEP_S)
        except Empty:
            continue


def write_or_break_off(write: Callable[[], None], rows: Sequence[Ready], ledger: Ledger, guard: StopCondition) -> None:
    """The top of a thread that writes: calls `write`, which settles these rows.

    What nobody has foreseen ends the run, but takes nothing with it that is known: the rows that nothing is known of
    end as unknown.
    """
    try:
        write()
    except Exception as err:  # a defect in one thread must not lose what the others know
        log.exception("a call could not be settled")
        name = type(err).__name__
        guard.end(
            DefectError(f"The block failed with an internal error ({name}). The log says where; please report it.")
        )
        ledger.break_off(ready.write.index for ready in rows)
