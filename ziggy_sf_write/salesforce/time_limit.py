"""The time limit of a whole call: a socket's own time-out begins anew with each packet, and hears no stop."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from ziggy_sf_write.contract import Cancellation

# A call that is under way when the run is stopped has so long to bring its answer.
GRACE_AFTER_STOP_S = 10.0
# Nobody who waits for a packet waits longer without a look at the stop signal.
_LONGEST_WAIT_S = 0.2
_Done = TypeVar("_Done")


class TimeLimit:
    """So many seconds for one call, all in all; once the run is stopped, ten at the most."""

    def __init__(self, seconds: float, cancelled: Cancellation | None) -> None:
        self.is_stopped = False
        self._ends_at_s = time.monotonic() + seconds
        self._cancelled = cancelled

    def next_wait_s(self) -> float:
        """Seconds to wait for the next packet before this is asked again. Raises `TimeoutError` when none are left."""
        now_s = time.monotonic()
        if self._cancelled is not None and not self.is_stopped and self._cancelled.is_set():
            self.is_stopped = True
            self._ends_at_s = min(self._ends_at_s, now_s + GRACE_AFTER_STOP_S)
        left_s = self._ends_at_s - now_s
        if left_s <= 0:
            raise TimeoutError("the time of the call is over")
        return min(left_s, _LONGEST_WAIT_S)


# The limit of the call that this thread makes: between it and its socket lie urllib3 and http.client.
_LIMIT: ContextVar[TimeLimit | None] = ContextVar("_LIMIT", default=None)


@contextmanager
def limited(limit: TimeLimit) -> Iterator[None]:
    """What is sent and read inside it ends by this limit."""
    token = _LIMIT.set(limit)
    try:
        yield
    finally:
        _LIMIT.reset(token)


class LimitedSocket(ssl.SSLSocket):
    """A TLS socket that waits in short turns, for as long as the limit of the call allows.

    A turn that brought nothing has taken nothing either: OpenSSL goes on with the same bytes (SSL_read, SSL_write).
    """

    def recv_into(self, buffer, nbytes=None, flags=0):  # type: ignore[no-untyped-def]
        return _in_turns(self, lambda: super(LimitedSocket, self).recv_into(buffer, nbytes, flags))

    def send(self, data, flags=0):  # type: ignore[no-untyped-def]
        return _in_turns(self, lambda: super(LimitedSocket, self).send(data, flags))


def _in_turns(sock: ssl.SSLSocket, step: Callable[[], _Done]) -> _Done:
    limit = _LIMIT.get()
    if limit is None:
        return step()
    while True:
        sock.settimeout(limit.next_wait_s())
        try:
            return step()
        except TimeoutError:
            pass
