"""What can be wrong with an item: stable codes, and the finding that carries one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation.wording import shorten

# No API name is longer; what is longer is data that went astray.
_LONGEST_NAME = 80

# Turns one value into the value to write; raises one of the three verdicts below, nothing else.
Convert: TypeAlias = Callable[[JsonValue], JsonValue]


class ProblemCode(StrEnum):
    """Why an item cannot be written. Reports and stores keep these words, so one that has shipped stays.

    What each means, with an example, is in `docs/validation.md`.
    """

    UNKNOWN_PROPERTY = "unknown_property"
    DUPLICATE_PROPERTY = "duplicate_property"
    NOT_WRITABLE = "not_writable"
    COMPOUND_FIELD = "compound_field"
    KEY_MISSING = "key_missing"
    REQUIRED_MISSING = "required_missing"
    NOT_NILLABLE = "not_nillable"
    WRONG_TYPE = "wrong_type"
    TOO_LONG = "too_long"
    OUT_OF_RANGE = "out_of_range"
    NOT_FINITE = "not_finite"
    NOT_JSON = "not_json"
    NOT_ENCODABLE = "not_encodable"
    BAD_ID = "bad_id"
    WRONG_ID_OBJECT = "wrong_id_object"
    BAD_EMAIL = "bad_email"
    BAD_DATE = "bad_date"
    BAD_TIME = "bad_time"
    NO_TIME_ZONE = "no_time_zone"
    NOT_IN_PICKLIST = "not_in_picklist"
    INACTIVE_PICKLIST_VALUE = "inactive_picklist_value"
    DEPENDENT_PICKLIST = "dependent_picklist"
    TOO_MANY_VALUES = "too_many_values"
    BAD_BASE64 = "bad_base64"
    BAD_RELATIONSHIP = "bad_relationship"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemProblem:
    """One thing that is wrong with an item; `field` is None where it concerns the item as a whole."""

    field: str | None
    code: ProblemCode
    message: str


class Unsuitable(Exception):
    """A value that cannot be written. Every problem of an item is collected; a converter can stop no other way."""

    def __init__(self, code: ProblemCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    def about(self, name: str) -> ItemProblem:
        """The finding as a person reads it, with the property in front."""
        is_plain = name.isprintable() and len(name) <= _LONGEST_NAME
        shown = name if is_plain else shorten(name)
        return ItemProblem(field=name, code=self.code, message=f"`{shown}`: {self.sentence}")


class LeftOut(Exception):
    """An empty text that means "leave this property alone"."""


class ParentCleared(Exception):
    """A relationship set to null: what is written is null in its reference field, the form that is documented."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
