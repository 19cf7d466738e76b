"""What can be wrong with an item: stable codes, the finding that carries one, and the words that it is put in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import TypeAlias
from uuid import UUID

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.encode import trimmed

# No API name is longer; what is longer is data that went astray.
_LONGEST_NAME = 80
_LONGEST = 40

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
    NOT_IN_RECORD_TYPE = "not_in_record_type"
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

    def about(self, name: str, key: JsonValue = None) -> ItemProblem:
        """The finding as a person reads it, with the property in front, and the item's key where it is mapped to it."""
        is_mapped = isinstance(key, str) and key.lower() != name.lower() and "." not in key
        shown = f"{_shown(name)}`, from `{_shown(key)}" if is_mapped else _shown(name)
        return ItemProblem(field=name, code=self.code, message=f"`{shown}`: {self.sentence}")


def _shown(name: str) -> str:
    is_plain = name.isprintable() and len(name) <= _LONGEST_NAME
    return name if is_plain else shorten(name)


def is_blank(value: JsonValue) -> bool:
    """Whether a value names nothing: null, or a text of blanks."""
    if value is None or value == "":
        return True
    # Few texts get as far as the trimming.
    return isinstance(value, str) and value.isspace() and not trimmed(value)


class LeftOut(Exception):
    """An empty text that means "leave this property alone"."""


class ParentCleared(Exception):
    """A relationship set to null: what is written is null in its reference field, the form that is documented."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def shorten(value: JsonValue) -> str:
    """The value as a message shows it: one line, at most forty characters of it, whatever it is."""
    return next((show(value) for kinds, show in _SHOWN if isinstance(value, kinds)), f"a {type(value).__qualname__}")


def kind(value: JsonValue) -> str:
    """What sort of value this is, in a user's words."""
    return next((name for kinds, name in _KINDS if isinstance(value, kinds)), "of a sort that JSON does not know")


def listed(names: Iterable[str], *, at_most: int = 5) -> str:
    """Names in a row, cut off where they get many."""
    every = list(names)
    shown = ", ".join(every[:at_most])
    return shown if len(every) <= at_most else f"{shown} and {len(every) - at_most} more"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST + 2 else text[:_LONGEST] + "…"


_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "infinity": "Infinity", "-infinity": "-Infinity"}
_SHOWN: Sequence[tuple[type | UnionType, Callable[[JsonValue], str]]] = (
    (str, lambda value: _cut(repr(str.__str__(value[: _LONGEST + 1])))),
    (bool, lambda value: "true" if value else "false"),
    # Python refuses to print an integer of more than 4,300 digits.
    (int, lambda value: _cut(str(value)) if value.bit_length() < 1_000 else f"a number of {value.bit_length():,} bits"),
    (float | Decimal, lambda value: _cut(_NO_NUMBERS.get(str(value).lower(), str(value)))),
    (date | time | UUID, lambda value: _cut(str(value))),
    (dict, lambda value: "an object" if value else "{}"),
    (list | tuple, lambda value: f"a list of {len(value)}" if value else "[]"),
    (bytes | bytearray, lambda value: f"{len(value):,} bytes"),
    (type(None), lambda _: "null"),
)
_KINDS: Sequence[tuple[type | UnionType, str]] = (
    (str, "text"),
    (bool, "true or false"),
    (int | float | Decimal, "a number"),
    (dict, "an object"),
    (list | tuple, "a list"),
)
