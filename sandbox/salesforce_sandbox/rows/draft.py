"""Records on the way in: what every API hands to the save, and what it gets back."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from salesforce_sandbox.errors import RowError
from salesforce_sandbox.schema.model import Field


class Operation(StrEnum):
    """What is to happen with the records of a call or a job."""

    INSERT = "insert"
    UPDATE = "update"
    UPSERT = "upsert"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A parent named by its external id; target is the object named with it, if any."""

    field: Field
    target: str | None
    key: str
    value: Any


@dataclass(slots=True, kw_only=True)
class Draft:
    """One record in flight. The APIs fill values, references and given_id; the save fills the rest."""

    values: dict[str, Any] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    given_id: str | None = None
    record_id: str | None = None
    created: bool = False
    errors: list[RowError] = field(default_factory=list)
    event_uuid: str | None = None  # of a platform event that was published
    matches: list[str] = field(default_factory=list)  # ids that an upsert's key found, if more than one

    @property
    def is_saved(self) -> bool:
        """Whether it reached its end without a refusal."""
        return not self.errors

    def notes(self) -> list[RowError]:
        """What the answer says although all went well: that an event is on its way."""
        if self.event_uuid is None:
            return []
        return [RowError(code="OPERATION_ENQUEUED", message=self.event_uuid)]

    def refuse(self, code: str, message: str, *fields: str) -> None:
        """Adds a reason against it."""
        self.errors.append(RowError(code=code, message=message, fields=fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveOptions:
    """What a caller's headers and parameters ask of the save."""

    user_id: str
    allow_duplicates: bool = False
    update_only: bool = False
