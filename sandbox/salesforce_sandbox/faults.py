"""Faults that can be switched on, by rate or by exact call number; the same seed gives the same run."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .errors import LOCKED_ROW


class FaultName(StrEnum):
    """What can go wrong."""

    CONNECTION_REFUSED = "connection_refused"
    RESET_BEFORE_READING = "reset_before_reading"
    ANSWER_LOST_AFTER_COMMIT = "answer_lost_after_commit"
    LATE_COMMIT = "late_commit"
    LATE_COMMIT_503 = "late_commit_503"
    LATE_COMMIT_504 = "late_commit_504"
    LATE_COMMIT_HTML = "late_commit_html"
    COMMIT_ORDER = "commit_order"
    REFUSE_RETRY = "refuse_retry"
    SLOW_ANSWER = "slow_answer"
    SLOW_BODY = "slow_body"
    TRUNCATED_ANSWER = "truncated_answer"
    HTTP_429 = "http_429"
    HTTP_502 = "http_502"
    HTTP_503 = "http_503"
    HTTP_504 = "http_504"
    HTTP_429_RETRY_AFTER = "http_429_retry_after"
    HTTP_502_RETRY_AFTER = "http_502_retry_after"
    HTTP_503_RETRY_AFTER = "http_503_retry_after"
    HTTP_504_RETRY_AFTER = "http_504_retry_after"
    EXPIRED_SESSION = "expired_session"
    REQUEST_LIMIT_TOTAL = "request_limit_total"
    REQUEST_LIMIT_CONCURRENT = "request_limit_concurrent"
    UNABLE_TO_LOCK_ROW = "unable_to_lock_row"
    SERVER_UNAVAILABLE = "server_unavailable"
    HTML_ERROR = "html_error"
    BULK_JOB_FAILED = "bulk_job_failed"
    BULK_JOB_STUCK = "bulk_job_stuck"
    BULK_JOB_GOES_ON = "bulk_job_goes_on"


# The client is turned away now, or its connection cut, and the call is carried out later all the same.
LATE_COMMITS = frozenset(
    {
        FaultName.LATE_COMMIT,
        FaultName.LATE_COMMIT_503,
        FaultName.LATE_COMMIT_504,
        FaultName.LATE_COMMIT_HTML,
        FaultName.COMMIT_ORDER,
    }
)
# Of these the connection is cut before any answer.
CUT = frozenset({FaultName.LATE_COMMIT, FaultName.COMMIT_ORDER})
_JOB_FAULTS = frozenset({FaultName.BULK_JOB_FAILED, FaultName.BULK_JOB_STUCK, FaultName.BULK_JOB_GOES_ON})
_CONNECTION_FAULTS = frozenset({FaultName.CONNECTION_REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One switch. Without a rate and call numbers it hits every matching call.

    A connection_refused of that kind is an outage: the port itself is closed, for as many seconds or until the faults
    are cleared. By rate or number it resets connections in their TLS handshake instead.

    Args:
        rate: share of the matching calls, 0 to 1.
        at: numbers of the matching calls, counted from 1.
        kinds: kinds of calls as the statistics name them; empty means all.
        seconds: how long a slow answer takes, each byte of a slow body, an outage lasts, a Bulk job goes on after its
            abort, or until a call that was cut is carried out (of commit_order, where no other call of its kind comes
            before).
        retry_after_s: what the `_retry_after` faults ask for.
        records: ids or key values that are locked; empty means whatever the call touches.
    """

    name: FaultName
    rate: float | None = None
    at: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    seconds: float = 2.0
    retry_after_s: int = 1
    records: tuple[str, ...] = ()

    @property
    def is_outage(self) -> bool:
        """Whether it closes the port."""
        return self.name is FaultName.CONNECTION_REFUSED and not self.at and self.rate is None


class Port(Protocol):
    """The listening port, which an outage closes."""

    def shut(self, seconds: float) -> None:
        """Closes it, and every connection, for so long."""
        ...

    def reopen(self) -> None:
        """Opens it again if it is closed."""
        ...


def parse_fault(text: str) -> Fault:
    """`NAME`, `NAME=RATE` or `NAME@CALL,CALL`, as the command line has it."""
    name, _, rate = text.partition("=")
    name, _, numbers = name.partition("@")
    try:
        return Fault(
            name=FaultName(name.strip()),
            rate=float(rate) if rate else None,
            at=tuple(int(each) for each in numbers.split(",")) if numbers else (),
        )
    except ValueError as err:
        known = ", ".join(FaultName)
        raise ValueError(f"fault {text!r}: expected NAME, NAME=RATE or NAME@CALL, with NAME one of {known}") from err


# While a call is at work of which every record is refused: with this code.
_refused_with: ContextVar[str | None] = ContextVar("_refused_with", default=None)


class FaultBoard:
    """The switches of one org."""

    def __init__(self, seed: int, *, on_hit: Callable[[str], None]) -> None:
        self._seed = seed
        self._on_hit = on_hit
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._refused_next: set[str] = set()
        self.port: Port | None = None  # the server puts its own here

    def arm(self, fault: Fault) -> None:
        """Switches a fault on."""
        if fault.is_outage and self.port is not None:
            self._on_hit(fault.name)
            self.port.shut(fault.seconds)
            return
        with self._lock:
            self._armed.append(_Armed(fault, random.Random(f"{self._seed}:{fault.name}:{len(self._armed)}")))  # noqa: S311

    def clear(self) -> None:
        """Switches all off."""
        with self._lock:
            self._armed = []
            self._refused_next = set()
        if self.port is not None:
            self.port.reopen()

    def on_call(self, kind: str) -> list[Fault]:
        """The faults that hit this call."""
        return self._hits(kind, lambda name: name not in _JOB_FAULTS | _CONNECTION_FAULTS)

    def on_connection(self) -> bool:
        """Whether this connection is refused."""
        return bool(self._hits("connection", lambda name: name in _CONNECTION_FAULTS))

    def on_job(self) -> list[Fault]:
        """The faults that hit this Bulk job."""
        return self._hits("bulk_job", lambda name: name in _JOB_FAULTS)

    def on_chunk(self) -> bool:
        """Whether this chunk of a Bulk job meets locked rows."""
        return bool(self._hits("bulk_chunk", lambda name: name is FaultName.UNABLE_TO_LOCK_ROW))

    def held(self, candidates: Sequence[str]) -> list[str]:
        """Those of the ids and key values that are locked."""
        if _refused_with.get() is not None:
            return list(candidates[:10]) or ["the parent record"]
        with self._lock:
            named = {each for armed in self._armed for each in armed.fault.records}
        return [each for each in candidates if each in named or each[:15] in named]

    @property
    def code(self) -> str:
        """With which code they are refused."""
        return _refused_with.get() or LOCKED_ROW

    def refuse_next(self, kind: str) -> None:
        """The next call of this kind finds its records locked by an approval."""
        with self._lock:
            self._refused_next.add(kind)

    def take_refused(self, kind: str) -> bool:
        """Whether this is that next call."""
        with self._lock:
            is_refused = kind in self._refused_next
            self._refused_next.discard(kind)
        return is_refused

    def _hits(self, kind: str, applies: Callable[[FaultName], bool]) -> list[Fault]:
        with self._lock:
            hits = [armed.fault for armed in self._armed if applies(armed.fault.name) and armed.strikes(kind)]
        for each in hits:
            self._on_hit(each.name)
        return hits


class LateCommits:
    """Counts the calls that were cut and are still to be carried out."""

    def __init__(self) -> None:
        self._open = 0
        self._changed = threading.Condition()

    def begin(self) -> None:
        """One more is on its way."""
        with self._changed:
            self._open += 1

    def end(self) -> None:
        """One has been carried out, or never will be."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Waits until all have been; False where that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, timeout_s)


class _Armed:
    def __init__(self, fault: Fault, dice: random.Random) -> None:
        self.fault = fault
        self._dice = dice
        self._seen = 0

    def strikes(self, kind: str) -> bool:
        fault = self.fault
        if fault.records or (fault.kinds and kind not in fault.kinds):
            return False  # chosen records are looked at row by row
        self._seen += 1
        if fault.at:
            return self._seen in fault.at
        return fault.rate is None or self._dice.random() < fault.rate


@contextmanager
def everything_refused(code: str | None) -> Iterator[None]:
    """Refuses every record of the block's saves with this code; with None nothing changes."""
    token = _refused_with.set(code)
    try:
        yield
    finally:
        _refused_with.reset(token)
