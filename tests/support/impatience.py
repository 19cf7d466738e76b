"""Waiting without waiting: retries and polls in microseconds."""

import itertools
import threading


class ImpatientEvent(threading.Event):
    """A stop signal whose waits end at once, so that back-offs cost no time.

    After `most_waits` of them it is given by itself, as at the time-out of a flow.
    """

    def __init__(self, *, most_waits: int | None = None) -> None:
        super().__init__()
        self._most_waits = most_waits
        self._waits = itertools.count(1)

    def wait(self, timeout: float | None = None) -> bool:
        if next(self._waits) == self._most_waits:
            self.set()
        return super().wait(0.001 if timeout else timeout)
