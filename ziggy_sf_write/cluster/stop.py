"""The stop of a run, told to all workers through one variable of the scheduler."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from distributed import Client, Variable

_POLL_S = 0.5
# Long enough for a scheduler that is busy; the writer waits in the meantime.
_ANSWER_WITHIN_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReason:
    """Why no further row is sent: a code and a sentence for each of these rows."""

    code: str
    message: str


STOPPED = StopReason(
    code="stopped", message="Not sent, because the run was stopped first. Run it again in a new folder to send it."
)
LOST_SIGHT = StopReason(
    code="worker_detached",
    message="Not sent, because this worker lost the scheduler: another one may be writing the same rows.",
)


class StopSign:
    """Holds the reason once there is one; the first is kept."""

    def __init__(self, name: str, client: Client, *, answer_within_s: float = _ANSWER_WITHIN_S) -> None:
        self._variable = Variable(f"{name}-stop", client=client)
        self._answer_within_s = answer_within_s

    def clear(self) -> None:
        """The run begins."""
        self._variable.set("")

    def give(self, reason: StopReason) -> None:
        """Tells every worker to send nothing more."""
        self._variable.set(json.dumps(asdict(reason)))

    def look(self) -> StopReason | None:
        """The reason, or None while the run goes on; a scheduler that does not answer means stop."""
        try:
            text = self._variable.get(timeout=self._answer_within_s)
        except (OSError, TimeoutError):
            return LOST_SIGHT
        return StopReason(**json.loads(text)) if text else None

    def remove(self) -> None:
        """The run is over."""
        self._variable.delete()


class WorkerStop:
    """A partition's stop signal, which `run/` looks at before each call and inside each wait.

    While the partition is written, it shows before each call that it is alive: see `pulse.py`.
    """

    def __init__(
        self,
        look: Callable[[], StopReason | None],
        *,
        beat: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._beat = beat
        self._clock = clock
        self._looked_at_s = float("-inf")
        self._stopped = threading.Event()
        self.reason: StopReason | None = None

    def is_set(self) -> bool:
        """Whether the run was asked to stop, or this worker no longer belongs to the cluster."""
        self._beat()
        if not self._stopped.is_set():
            self._ask()
        return self._stopped.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Sleeps up to `timeout` seconds; True, within half a second, when the run is asked to stop."""
        ends_at_s = self._clock() + timeout if timeout is not None else float("inf")
        while not self.is_set():
            left_s = ends_at_s - self._clock()
            if left_s <= 0:
                return False
            self._stopped.wait(min(left_s, _POLL_S))
        return True

    def _ask(self) -> None:
        now = self._clock()
        if now - self._looked_at_s < _POLL_S:
            return
        self._looked_at_s = now
        reason = self._look()
        if reason is not None:
            self.reason = reason
            self._stopped.set()
