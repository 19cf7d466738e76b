"""How a call can fail. These never leave this room and the writers: a run turns them into outcomes or fatal errors.

CallFailed
├── NotSent       nothing reached Salesforce: safe to send again
├── AnswerLost    it may have happened: only an idempotent call may be sent again
└── Refused       Salesforce answered, and the answer is no: nothing of the call was saved
Stopped           the run was asked to stop before the call was made
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ziggy_sf_write.contract import JsonValue


class CallFailed(Exception):
    """One call did not bring the answer that it was made for."""


class NotSent(CallFailed):
    """The connection was refused, or no route or name was found, before anything was sent."""


class AnswerLost(CallFailed):
    """Something was sent and no whole answer came back.

    It says nothing of whether the org is done: behind a connection that was cut it may be at work for as long as
    Salesforce lets a call run, ten minutes (Salesforce API 8.1).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgError:
    """One error as Salesforce words it: `errorCode` or `statusCode`, message and fields (Salesforce API 3.1)."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


class Refused(CallFailed):
    """Salesforce answered with an error status for the call as a whole."""

    def __init__(self, status: int, errors: tuple[OrgError, ...], *, retry_after_s: float | None = None) -> None:
        super().__init__("; ".join(f"{error.code}: {error.message}" for error in errors))
        self.status = status
        self.errors = errors
        self.retry_after_s = retry_after_s

    @property
    def code(self) -> str:
        """The first error's code."""
        return self.errors[0].code


class Stopped(Exception):
    """A person, a timeout or the process asked the run to stop; the call was not made."""


def unexplained(status: int) -> str:
    """The code of an answer that brings none of Salesforce's own, such as an HTML page."""
    return f"HTTP_{status}"


@contextmanager
def readable(what: str) -> Iterator[None]:
    """An answer that lacks what every answer of its kind has is nonsense: `AnswerLost`, so that it is doubted."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as err:
        raise AnswerLost(f"Salesforce answered {what} with something that cannot be read") from err


def parse_errors(payload: JsonValue, status: int) -> tuple[OrgError, ...]:
    """The errors of an answer in any of Salesforce's shapes; an HTML page or nothing becomes `HTTP_{status}`."""
    if isinstance(payload, dict):
        payload = [payload]
    if isinstance(payload, list):
        found = tuple(_parse_error(one) for one in payload if isinstance(one, dict))
        if found:
            return found
    return (OrgError(code=unexplained(status), message=f"Salesforce answered with status {status} and no explanation"),)


def _parse_error(raw: dict[str, JsonValue]) -> OrgError:
    # Row errors say statusCode, request errors errorCode, OAuth says error (Salesforce API 3.1).
    code = raw.get("errorCode") or raw.get("statusCode") or raw.get("error") or "UNKNOWN"
    message = raw.get("message") or raw.get("error_description") or str(code)
    return OrgError(code=str(code), message=str(message).strip(), fields=tuple(raw.get("fields") or ()))
