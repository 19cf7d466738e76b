"""Signs of life of a partition, by which the one who writes it again knows that nothing of it is under way any more.

When a worker dies, a call that it has sent may still be at work in the org; and a worker that the scheduler has lost
sight of may live on. Both would make a second write of a key while the first is in flight.
"""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_SHORTEST_INTERVAL_S = 1.0
_LONGEST_WAIT_S = 1.0


class Pulse:
    """A file that is touched before each call, at most once a second."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._beaten_at_s = float("-inf")

    @property
    def exists(self) -> bool:
        """Whether someone has begun to write this partition and has not finished."""
        return self._path.exists()

    def beat(self) -> None:
        """Called before each call, by any thread."""
        now = self._clock()
        if now - self._beaten_at_s >= _SHORTEST_INTERVAL_S:
            self._beaten_at_s = now
            self._path.touch()

    def end(self) -> None:
        """The partition is written, and its results are in place."""
        self._path.unlink(missing_ok=True)


def quiet_after_s(call_timeout_s: float) -> float:
    """How long after the last sign of life no call can be under way: the longest call, and what beats leave open."""
    return call_timeout_s + 2 * _SHORTEST_INTERVAL_S


def await_quiet(paths: Iterable[Path], quiet_s: float, *, is_stopped_in: Callable[[float], bool]) -> bool:
    """Waits until none of the files was touched for so long; False where the run was stopped first.

    Ages are taken by the file system's own clock: those of two machines may differ.
    """
    for path in paths:
        while (left_s := quiet_s - _age_s(path)) > 0:
            if is_stopped_in(min(left_s, _LONGEST_WAIT_S)):
                return False
    return True


def _age_s(path: Path) -> float:
    try:
        # A network file system asks its server again when a file is opened, but not when it is only looked at.
        with path.open("rb") as file:
            touched = os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return float("inf")  # its writer was alive after all, and has finished
    clock = path.with_name(f".clock-{path.name}")
    clock.touch()
    now = clock.stat().st_mtime
    clock.unlink(missing_ok=True)
    return now - touched
