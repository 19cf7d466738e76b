"""The retry decision as a table: what is sent again, what never is."""

import pytest

from ziggy_sf_write.salesforce.retry import (
    LONGEST_WAIT_S,
    Bounds,
    Failure,
    GiveUp,
    LogInAgain,
    Signal,
    Wait,
    decide,
)

NOT_SENT = Failure(signal=Signal.NOT_SENT)
LOST = Failure(signal=Signal.ANSWER_LOST)
TOO_MANY = Failure(signal=Signal.REFUSED, status=429)
GATEWAY = Failure(signal=Signal.REFUSED, status=502)
UNAVAILABLE = Failure(signal=Signal.REFUSED, status=503, code="SERVER_UNAVAILABLE")
TIMED_OUT = Failure(signal=Signal.REFUSED, status=504)
EXPIRED = Failure(signal=Signal.REFUSED, status=401, code="INVALID_SESSION_ID")
DAY = Failure(signal=Signal.REFUSED, status=403, code="REQUEST_LIMIT_EXCEEDED", message="TotalRequests Limit exceeded.")
LONG = Failure(
    signal=Signal.REFUSED, status=403, code="REQUEST_LIMIT_EXCEEDED", message="ConcurrentPerOrgLongTxn Limit exceeded."
)
ILL_FORMED = Failure(signal=Signal.REFUSED, status=400, code="JSON_PARSER_ERROR")
SILENT_CRASH = Failure(signal=Signal.REFUSED, status=500, code="HTTP_500")
CRASH = Failure(signal=Signal.REFUSED, status=500, code="UNKNOWN_EXCEPTION")

TABLE = [
    # what happened, sent again if idempotent, sent again if not
    ("connection refused", NOT_SENT, Wait, Wait),
    ("answer lost", LOST, Wait, GiveUp),
    ("429", TOO_MANY, Wait, Wait),
    ("502", GATEWAY, Wait, GiveUp),
    ("503", UNAVAILABLE, Wait, GiveUp),
    ("504", TIMED_OUT, Wait, GiveUp),
    ("session expired", EXPIRED, LogInAgain, LogInAgain),
    ("day's allowance", DAY, GiveUp, GiveUp),
    ("too many long calls", LONG, Wait, Wait),
    ("ill-formed", ILL_FORMED, GiveUp, GiveUp),
    ("crash", CRASH, GiveUp, GiveUp),
    ("crash without a word", SILENT_CRASH, Wait, GiveUp),
]


def _decide(failure: Failure, *, is_idempotent: bool = True, attempt: int = 1, elapsed_s: float = 0) -> object:
    return decide(
        failure, attempt=attempt, elapsed_s=elapsed_s, is_idempotent=is_idempotent, bounds=Bounds(), jitter=0.5
    )


@pytest.mark.parametrize(("failure", "idempotent", "create"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_is_sent_again(failure: Failure, idempotent: type, create: type) -> None:
    assert isinstance(_decide(failure), idempotent)
    assert isinstance(_decide(failure, is_idempotent=False), create)


def test_tries_are_bounded() -> None:
    assert isinstance(_decide(NOT_SENT, attempt=5), Wait)
    assert isinstance(_decide(NOT_SENT, attempt=6), GiveUp)


def test_time_is_bounded() -> None:
    assert isinstance(_decide(NOT_SENT, elapsed_s=299), Wait)
    assert isinstance(_decide(NOT_SENT, elapsed_s=300), GiveUp)


def test_waits_double_up_to_a_ceiling() -> None:
    bounds = Bounds(max_tries=20, max_retry_time_s=10_000)
    waits = [
        decide(NOT_SENT, attempt=attempt, elapsed_s=0, is_idempotent=True, bounds=bounds, jitter=1.0)
        for attempt in (1, 2, 3, 12)
    ]
    assert waits == [Wait(0.5), Wait(1.0), Wait(2.0), Wait(LONGEST_WAIT_S)]


def test_jitter_spreads_waits_over_half_their_length() -> None:
    def wait(jitter: float) -> object:
        return decide(NOT_SENT, attempt=3, elapsed_s=0, is_idempotent=True, bounds=Bounds(), jitter=jitter)

    assert (wait(0.0), wait(1.0)) == (Wait(1.0), Wait(2.0))


def test_retry_after_is_respected() -> None:
    failure = Failure(signal=Signal.REFUSED, status=429, retry_after_s=17)
    assert _decide(failure) == Wait(17.5)


def test_a_retry_after_beyond_the_bound_is_given_up() -> None:
    assert isinstance(_decide(Failure(signal=Signal.REFUSED, status=429, retry_after_s=3600)), GiveUp)
