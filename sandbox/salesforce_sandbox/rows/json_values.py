"""JSON values by field type. REST is strictly typed: a mismatch refuses the whole call (reference section 3.2)."""

import re
from typing import Any

from salesforce_sandbox.schema.model import DECIMAL_TYPES, TEXT_TYPES, Field, FieldType

from .checks import trimmed
from .temporal import read_datetime, read_day, read_time

# Longer ones are no numbers of any type, and Python refuses to read very long ones.
_INTEGER = re.compile(r"-?[0-9]{1,1000}")
_TEXTS = TEXT_TYPES | {FieldType.BASE64, FieldType.ID, FieldType.REFERENCE}
_TEMPORAL = {FieldType.DATE: read_day, FieldType.DATETIME: read_datetime, FieldType.TIME: read_time}


class JsonMismatch(Exception):
    """A value of the wrong JSON type; `key` is where to look for it."""

    def __init__(self, kind: str, value: Any, *, key: str = "", field_name: str | None = None) -> None:
        self.token, self.shown = _token(value) if field_name is None else ("FIELD_NAME", field_name)
        self.kind = kind
        self.key = key
        super().__init__(kind)


def read_json(field: Field, value: Any) -> Any:
    """The value as it is stored; raises JsonMismatch."""
    if value is None:
        return None
    kind = field.type
    if kind in _TEXTS:
        if isinstance(value, str):
            return value
    elif kind is FieldType.BOOLEAN:
        # django-salesforce sends every boolean as such a string; upper-case ones are known to be refused.
        if isinstance(value, bool) or value in ("true", "false"):
            return value in (True, "true")
    elif kind in (FieldType.INT, FieldType.LONG):
        return _integer(field, value)
    elif kind in DECIMAL_TYPES:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
    elif kind in _TEMPORAL and isinstance(value, str):
        return _temporal(field, value)
    raise JsonMismatch(_type_name(field), value, key=field.name)


def _integer(field: Field, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # Recorded from a real org at v62.0: an Event with "DurationInMinutes": "31" is created. Other coercions of
    # strings are UNCONFIRMED and refused.
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise JsonMismatch(_type_name(field), value, key=field.name)


def _temporal(field: Field, value: str) -> str | None:
    text = trimmed(value)
    if not text:
        return None
    read = _TEMPORAL[field.type](text)
    if read is None:
        raise JsonMismatch(_type_name(field), value, key=field.name)
    return read


def _type_name(field: Field) -> str:
    """Compounds are named after themselves: `instance of BillingAddress from VALUE_STRING`."""
    return field.name if field.type in (FieldType.ADDRESS, FieldType.LOCATION) else field.type.value


def _token(value: Any) -> tuple[str, str]:
    """What Salesforce's parser calls the value, and how it shows it."""
    if isinstance(value, bool):
        return ("VALUE_TRUE", "true") if value else ("VALUE_FALSE", "false")
    if isinstance(value, str):
        return "VALUE_STRING", value
    if isinstance(value, int):
        return "VALUE_NUMBER_INT", str(value)
    if isinstance(value, float):
        return "VALUE_NUMBER_FLOAT", str(value)
    if isinstance(value, list):
        return "START_ARRAY", "["
    return "START_OBJECT", "{"


def mismatch_message(mismatch: JsonMismatch, body: str) -> str:
    """The text of the JSON_PARSER_ERROR, with the place of the first such key in the body."""
    line, column = _place(body, mismatch)
    return (
        f"Cannot deserialize instance of {mismatch.kind} from {mismatch.token} value {mismatch.shown} "
        f"or request may be missing a required field at [line:{line}, column:{column}]"
    )


def _place(body: str, mismatch: JsonMismatch) -> tuple[int, int]:
    lowered = body.lower()
    shown = mismatch.shown.lower()
    begins = re.compile({"FIELD_NAME": r'\{\s*"', "VALUE_STRING": '"'}.get(mismatch.token, "") + re.escape(shown))
    position = lowered.find(f'"{mismatch.key.lower()}"') if mismatch.key else 0
    while position >= 0:
        after = position + len(mismatch.key) + 2
        value_at = after + len(lowered[after:]) - len(lowered[after:].lstrip(" :\t\r\n"))
        if begins.match(lowered, value_at):
            break
        position = lowered.find(f'"{mismatch.key.lower()}"', after)
    else:
        value_at = 0
    before = body[:value_at]
    return before.count("\n") + 1, value_at - (before.rfind("\n") + 1) + 1
