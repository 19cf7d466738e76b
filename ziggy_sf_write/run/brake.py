"""Tells whether another call may start: a stop, too many failures, a spent allowance or a fatal error forbids it."""

import threading
from collections.abc import Callable, Iterable, Sequence

from ziggy_sf_write.contract import Cancellation
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.ledger import Reason, Stage
from ziggy_sf_write.salesforce.org import Org


class Brake:
    """Asked before each call, by any thread; once it says no it says no for good."""

    def __init__(
        self,
        *,
        cancelled: Cancellation,
        failures: Callable[[], int],
        org: Org,
        max_failures: int,
        reserve_percent: float,
    ) -> None:
        self._cancelled = cancelled
        self._failures = failures
        self._org = org
        self._max_failures = max_failures
        self._reserve_percent = reserve_percent
        self._fatal: WriteBlockError | None = None
        self._reason: Reason | None = None
        self._broken_off: list[int] = []
        self._lock = threading.Lock()

    @property
    def fatal(self) -> WriteBlockError | None:
        """The error that ends the run, if one does."""
        return self._fatal

    def pull(self, error: WriteBlockError) -> None:
        """Ends the run with this error, unless an earlier one has."""
        with self._lock:
            if self._fatal is None:
                self._fatal = error
                self._reason = _stopped("run_stopped", f"Not sent, because the run ended: {error}")

    def break_off(self, indices: Iterable[int]) -> None:
        """The writing of these items has broken off: whatever else is not known of them by the end of the run."""
        with self._lock:
            self._broken_off.extend(indices)

    @property
    def broken_off(self) -> Sequence[int]:
        """The items whose writing has broken off."""
        return self._broken_off

    def reason(self) -> Reason | None:
        """Why no further call may start, or None while one may."""
        with self._lock:
            if self._reason is None:
                self._reason = self._look()
            return self._reason

    def final_reason(self) -> Reason:
        """Why the run has ended, for a caller that knows that it has."""
        return self.reason() or _STOPPED

    def _look(self) -> Reason | None:
        if self._cancelled.is_set():
            return _STOPPED
        failures = self._failures()
        if 0 < self._max_failures <= failures:
            return _stopped(
                "max_failures",
                f"Not sent, because {failures} writes had failed before; the block stops after "
                f"{self._max_failures}. Mend what failed, then run the flow again.",
            )
        usage = self._org.usage
        if usage and self._reserve_percent and usage.is_at_reserve(self._reserve_percent):
            return _stopped(
                "api_reserve",
                f"Not sent, because only the reserve of {self._reserve_percent:g} % of the day's {usage.limit} "
                "API calls is left. Run the flow again later, or make the reserve smaller.",
            )
        return None


def _stopped(code: str, message: str) -> Reason:
    return Reason(stage=Stage.STOP, code=code, message=message, is_retryable=True)


_STOPPED = _stopped("stopped", "Not sent, because the run was stopped first. Run the flow again to send it.")
