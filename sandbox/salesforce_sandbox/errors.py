"""Refusals: of one record (data, travels in the answer) and of a whole request (raised, becomes the answer).

RowError          one record: statusCode in Collections, CODE:message:fields in Bulk
RequestRefused    the request: shape A of reference section 3.1, an array with errorCode
"""

from dataclasses import dataclass
from typing import Any

# A record that somebody else holds: for a moment, or for an approval.
LOCKED_ROW, LOCKED_ENTITY = "UNABLE_TO_LOCK_ROW", "ENTITY_IS_LOCKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """Why one record was refused."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    details: dict[str, Any] | None = None  # only DUPLICATES_DETECTED on a single row has any

    def in_collection(self) -> dict[str, Any]:
        """Shape B: the key is statusCode."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def in_request(self) -> dict[str, Any]:
        """Shape A: the key is errorCode."""
        return {**(self.details or {}), "message": self.message, "errorCode": self.code, "fields": list(self.fields)}

    def in_csv(self) -> str:
        """The text of sf__Error (reference section 7.3)."""
        return f"{self.code}:{self.message}:{','.join(self.fields)}{' ' if self.fields else ''}--"


class RequestRefused(Exception):
    """Answers the whole request with an error array."""

    def __init__(self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body: list[dict[str, Any]] = [{"message": message, "errorCode": code}]
        self.headers = headers or {}


def not_found(message: str = "The requested resource does not exist") -> RequestRefused:
    """404 for whatever the path does not lead to."""
    return RequestRefused(404, "NOT_FOUND", message)
