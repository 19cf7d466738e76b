"""Waiting without waiting: retries and polls in microseconds."""

import threading


class ImpatientEvent(threading.Event):
    """A stop signal whose waits end at once, so that back-offs cost no time."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(0.001 if timeout else timeout)
