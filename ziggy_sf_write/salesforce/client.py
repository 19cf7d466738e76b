"""The one client to Salesforce: counts each call, ends it in time, retries it as far as that is safe."""

import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

from ziggy_sf_write.contract import Cancellation, JsonValue
from ziggy_sf_write.errors import LoginError, UserFixable
from ziggy_sf_write.salesforce.concurrency import AdaptiveConcurrency
from ziggy_sf_write.salesforce.failures import AnswerLost, CallFailed, NotSent, OrgError, Refused, Stopped, parse_errors
from ziggy_sf_write.salesforce.org import CallCount, Org, Session, parse_usage
from ziggy_sf_write.salesforce.retry import Bounds, Failure, GiveUp, LogInAgain, Signal, Wait, decide, is_ambiguous
from ziggy_sf_write.salesforce.transport import MOST_BYTES, MOST_BYTES_OF_A_FILE, Reply

log = logging.getLogger(__name__)

_NO_CONTENT, _NOT_SUCCESS, _NOT_MODIFIED, _BAD_REQUEST = 204, 300, 304, 400
_UNAUTHORIZED, _SERVER_ERROR = 401, 500
_JSON = "application/json; charset=UTF-8"
# What a query may hold as it is beside letters and digits (Salesforce API 6): with `%27` and `%2C` around its keys, a
# look-up holds a third fewer of them.
UNESCAPED = "'(),"
_RETRY_AFTER = Retry()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: `body` is encoded already, `path` is below `/services/data/vNN.N/` unless it begins with a slash.

    `is_idempotent` says whether making it twice leaves the same records as making it once; only such a call is made
    again when its answer was lost. The answer of a raw call is bytes: CSV, or nothing.
    """

    kind: str
    method: str
    path: str
    body: bytes | None = None
    params: dict[str, str] | None = None
    headers: Mapping[str, str] | None = None
    is_idempotent: bool = True
    is_raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the parsed body, None where there is none, bytes for a raw call; and the headers.

    `is_after_loss` tells that an earlier try of the same call may have been saved, or be at work even now.
    """

    payload: JsonValue
    headers: Mapping[str, str]
    is_unchanged: bool = False
    is_after_loss: bool = False


class OrgClient:
    """One run's way to an org. Threads of the run share it; each call is independent."""

    def __init__(
        self,
        org: Org,
        *,
        bounds: Bounds,
        cancelled: Cancellation,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        concurrency: AdaptiveConcurrency | None = None,
    ) -> None:
        self.org = org
        # None: whoever calls knows how many calls at a time are fine.
        self.concurrency = concurrency
        self.count = CallCount()
        self.cancelled = cancelled
        self.clock = clock
        self._bounds = bounds
        self._jitter = jitter

    def after_stop(self) -> "OrgClient":
        """The same way for what a stop itself needs, such as aborting a job: it does not look at the stop signal."""
        return self._like(cancelled=_NeverStopped(self.cancelled), concurrency=None)

    def patient(self) -> "OrgClient":
        """The same way for what must be known, such as what became of a job: with no fewer tries than by default."""
        bounds = replace(self._bounds, max_tries=max(self._bounds.max_tries, Bounds().max_tries))
        return self._like(bounds=bounds)

    def _like(self, **changes: Any) -> "OrgClient":
        same = {"bounds": self._bounds, "cancelled": self.cancelled, "clock": self.clock, "jitter": self._jitter}
        client = OrgClient(self.org, **{**same, "concurrency": self.concurrency, **changes})
        client.count = self.count
        return client

    def call(self, call: Call) -> Answer:
        """Makes a call, again and again as far as `retry.decide` allows.

        Raises:
            Stopped: the run was asked to stop, and nothing of the call has been done.
            NotSent, AnswerLost, Refused: the call failed and may not be made again.
            LoginError: the session could not be renewed.
            UnreachableError: the org's certificate is not trusted, or the login host does not answer.
        """
        lost: list[AnswerLost] = []
        try:
            answer = self._call(call, lost)
        except (NotSent, Refused, Stopped, UserFixable) as err:
            if lost:
                # An earlier try may have been saved: that this one was turned away says nothing about it.
                raise lost[0] from err
            raise
        return replace(answer, is_after_loss=bool(lost))

    def _call(self, call: Call, lost: list[AnswerLost]) -> Answer:
        """Makes the call until it is answered or given up; `lost` collects the tries that may have happened."""
        started, attempt, logins = self.clock(), 0, 0
        while True:
            if self.cancelled.is_set():
                raise Stopped
            attempt += 1
            session = None
            try:
                session = self.org.session(self.count)
                with self.concurrency.place(self.cancelled, _like(call)) if self.concurrency else nullcontext():
                    return self._send(session, call)
            except CallFailed as err:
                failed = err
            failure = _failure_of(failed)
            lost += _losses(failed, failure)
            step = decide(
                failure,
                attempt=attempt,
                elapsed_s=self.clock() - started,
                is_idempotent=call.is_idempotent,
                bounds=self._bounds,
                jitter=self._jitter(),
            )
            log.debug("%s failed on try %d (%s): %s", call.kind, attempt, failed, step)
            # A session that has let others in may end again; one that never did will not be mended by another login.
            is_hopeless = logins > 0 and session is not None and not session.accepted.is_set()
            if isinstance(step, GiveUp) or (isinstance(step, LogInAgain) and is_hopeless):
                raise _final(failed, failure)
            if isinstance(step, LogInAgain) and session is not None:
                logins += 1
                self.org.drop(session)
            elif isinstance(step, Wait) and self.cancelled.wait(step.seconds):
                raise Stopped from failed

    def _send(self, session: Session, call: Call) -> Answer:
        self.count.add(call.kind)
        started = self.clock()
        reply = self.org.transport.send(
            call.method,
            session.host,
            _target(call, session),
            body=call.body,
            headers={"Authorization": f"Bearer {session.id}", "Content-Type": _JSON, **(call.headers or {})},
            timeout_s=self._bounds.call_timeout_s,
            cancelled=self.cancelled,
            most_bytes=MOST_BYTES_OF_A_FILE if call.is_raw else MOST_BYTES,
        )
        ended = self.clock()
        if _is_let_in(reply.status):
            session.accepted.set()
        usage = parse_usage(reply.headers.get("Sforce-Limit-Info"))
        self.org.note_usage(usage, asked_at_s=started, noted_at_s=ended)
        log.debug("%s answered %d in %d ms", call.kind, reply.status, round((ended - started) * 1000))
        if reply.status == _NOT_MODIFIED:
            return Answer(payload=None, headers=reply.headers, is_unchanged=True)
        if reply.status >= _NOT_SUCCESS:
            raise _refusal(reply)
        return Answer(payload=_payload(reply, call, session.host), headers=reply.headers)


def _target(call: Call, session: Session) -> str:
    path = call.path if call.path.startswith("/") else f"/services/data/v{session.version}/{call.path}"
    return f"{path}?{urlencode(call.params, safe=UNESCAPED)}" if call.params else path


def _like(call: Call) -> tuple[str, int]:
    """What calls that take about as long have in common: their kind, and how much they carry, by powers of two."""
    return call.kind, len(call.body or b"").bit_length()


def _payload(reply: Reply, call: Call, host: str) -> JsonValue:
    if call.is_raw:
        return reply.body
    if reply.status == _NO_CONTENT:
        return None
    try:
        return reply.json()
    except ValueError as err:
        raise AnswerLost(f"the answer of {host} was cut short") from err


class _NeverStopped:
    """A stop signal that is never heard; once the real one is given, its waits end at once."""

    def __init__(self, signal: Cancellation) -> None:
        self._signal = signal

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        self._signal.wait(timeout)
        return False


def _is_let_in(status: int) -> bool:
    """Whether an answer shows that the org has accepted the session; a gateway's error page does not."""
    return status < _SERVER_ERROR and status != _UNAUTHORIZED


def _refusal(reply: Reply) -> Refused:
    if _NOT_SUCCESS <= reply.status < _BAD_REQUEST:
        # Followed, it would take the session along.
        where = urlsplit(reply.headers.get("Location", "")).netloc or "nowhere"
        message = (
            f"the call was answered by a redirect to {where}, which is not followed; correct the connection's domain"
        )
        return Refused(reply.status, (OrgError(code="REDIRECTED", message=message),))
    try:
        errors = parse_errors(reply.json(), reply.status)
    except ValueError:
        errors = parse_errors(None, reply.status)
    return Refused(reply.status, errors, retry_after_s=_seconds(reply.headers.get("Retry-After")))


def _seconds(retry_after: str | None) -> float | None:
    """Seconds from now, out of a header that holds a number of them or a date; None where it holds neither."""
    if retry_after is None:
        return None
    try:
        return _RETRY_AFTER.parse_retry_after(retry_after)
    except (InvalidHeader, ValueError, OverflowError):
        return None


def _failure_of(err: CallFailed) -> Failure:
    match err:
        case NotSent():
            return Failure(signal=Signal.NOT_SENT)
        case Refused():
            return Failure(
                signal=Signal.REFUSED,
                status=err.status,
                code=err.code,
                message=err.errors[0].message,
                retry_after_s=err.retry_after_s,
            )
        case _:
            return Failure(signal=Signal.ANSWER_LOST)


def _losses(failed: CallFailed, failure: Failure) -> list[AnswerLost]:
    """The failed try as a lost answer, if it may have been saved all the same."""
    if isinstance(failed, AnswerLost):
        return [failed]
    if failure.signal is Signal.REFUSED and is_ambiguous(failure):
        # An error page: what the org did with the call, or is still doing, is not known.
        message = f"Salesforce was unavailable ({failure.code})"
        return [AnswerLost(message)]
    return []


def _final(failed: CallFailed, failure: Failure) -> CallFailed | LoginError:
    """What the caller gets to see once a call is given up."""
    if failure.status == 401:
        return LoginError(
            "Salesforce does not accept the session, not even a new one "
            f"({failure.code}: {failure.message}). Check the connection, and the user's API permission."
        )
    return failed
