"""Whether a failed call is made again: one pure decision (Salesforce API 8.2)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from ziggy_sf_write.salesforce.failures import unexplained

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0

# Refused before anything was done, so even a create may be sent again.
_REFUSED_UNTOUCHED = frozenset({420, 429})
# The gateway speaks, not the org: what the org did is not known.
_AMBIGUOUS_STATUS = frozenset({502, 503, 504})
_SERVER_ERROR = 500
_TRANSIENT_CODES = frozenset(
    {"SERVER_UNAVAILABLE", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "TOO_MANY_APEX_REQUESTS"}
)
# A row that failed with one of these was not saved and may be sent again as it is.
TRANSIENT_ROW_CODES = _TRANSIENT_CODES | {"UNABLE_TO_LOCK_ROW"}


class Signal(StrEnum):
    """What came of the call."""

    NOT_SENT = "not sent"
    ANSWER_LOST = "answer lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """All that the decision needs of a failed call; `status`, `code` and `message` are Salesforce's if it answered."""

    signal: Signal
    status: int = 0
    code: str = ""
    message: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long and how often: seconds for one call, tries in all, seconds from the first try to the last."""

    call_timeout_s: float = 120.0
    max_tries: int = 6
    max_retry_time_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Send the same call again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LogInAgain:
    """The session has expired: log in, then send the same call again."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not send it again."""


def decide(  # a decision table: each parameter is one of its columns
    failure: Failure, *, attempt: int, elapsed_s: float, is_idempotent: bool, bounds: Bounds, jitter: float
) -> Wait | LogInAgain | GiveUp:
    """What to do after try number `attempt`, from 1, failed `elapsed_s` seconds after the first try began.

    A call is idempotent where making it twice leaves the same records as making it once. `jitter`, a random number
    from 0 to 1, spreads clients which failed together.
    """
    if failure.status == 401:
        # A session that has ended says nothing of the call: it is renewed once, however few tries there are.
        return LogInAgain() if attempt < max(bounds.max_tries, 2) else GiveUp()
    if not _may_be_sent_again(failure, is_idempotent=is_idempotent):
        return GiveUp()
    wait_s = _wait_s(failure, attempt, jitter)
    if attempt >= bounds.max_tries or elapsed_s + wait_s > bounds.max_retry_time_s:
        return GiveUp()
    return Wait(wait_s)


def is_daily_limit(failure: Failure) -> bool:
    """Whether the day's API calls are used up: `TotalRequests Limit exceeded` (Salesforce API 3.3)."""
    return failure.code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" not in failure.message


def _may_be_sent_again(failure: Failure, *, is_idempotent: bool) -> bool:
    match failure.signal:
        case Signal.NOT_SENT:
            return True
        case Signal.ANSWER_LOST:
            return is_idempotent
        case Signal.REFUSED if failure.status in _REFUSED_UNTOUCHED:
            return True
        case Signal.REFUSED if failure.code == "REQUEST_LIMIT_EXCEEDED":
            return not is_daily_limit(failure)
        case Signal.REFUSED:
            return is_idempotent and is_ambiguous(failure)
        case never:
            assert_never(never)


def is_ambiguous(failure: Failure) -> bool:
    """Whether an error answer leaves open what was saved: a gateway's, or a crash that Salesforce says nothing of."""
    is_unexplained = failure.status >= _SERVER_ERROR and failure.code == unexplained(failure.status)
    return failure.status in _AMBIGUOUS_STATUS or failure.code in _TRANSIENT_CODES or is_unexplained


def _wait_s(failure: Failure, attempt: int, jitter: float) -> float:
    if failure.retry_after_s is not None:
        return failure.retry_after_s + jitter
    ceiling: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1))
    return ceiling * (0.5 + jitter / 2)
