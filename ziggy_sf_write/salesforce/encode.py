"""What a request can carry: JSON text of records, with the digits of a `Decimal` that no float can hold."""

import json
import re
import string
from decimal import Decimal
from uuid import uuid4

import orjson

from ziggy_sf_write.contract import JsonValue

# What the standard library has no JSON form for is to have none here either.
_BLANKS = string.whitespace
_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def to_json_bytes(value: JsonValue) -> bytes:
    """JSON in UTF-8 without blanks; a `Decimal` becomes a number, digit for digit.

    A float has to be finite, as every one is that a checker has passed: others have no JSON form and become null.

    Raises:
        TypeError: something in the value has no JSON form.
    """
    try:
        return orjson.dumps(value, default=lambda one: orjson.Fragment(str(_finite(one))), option=_STRICT)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits and halves of surrogate pairs: JSON has a form for them, orjson has none.
        return _to_json_slowly(value)


def is_encodable(text: str) -> bool:
    """Whether UTF-8 has a form of this text: half of a surrogate pair is no character, so it has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def trimmed(text: str) -> str:
    """The text as Salesforce saves it (Salesforce API 3.2): only white space of ASCII is cut off its ends.

    A no-break space and its kin belong to a value; `str.strip()` would take them, and make two keys one.
    """
    return text.strip(_BLANKS)


def _finite(one: JsonValue) -> Decimal:
    if not isinstance(one, Decimal) or not one.is_finite():
        raise TypeError(f"{type(one).__qualname__} has no JSON form")
    return one


def _to_json_slowly(value: JsonValue) -> bytes:
    """The same by the standard library, which takes every number and text, but no digits of ours.

    So a `Decimal` goes in as a text that occurs nowhere else and is replaced afterwards.
    """
    mark = f"decimal-{uuid4().hex}-"
    decimals: list[Decimal] = []

    def hold_place(one: JsonValue) -> str:
        decimals.append(_finite(one))
        return f"{mark}{len(decimals) - 1}"

    text = json.dumps(value, default=hold_place, separators=(",", ":"), allow_nan=False)
    return re.sub(rf'"{mark}([0-9]+)"', lambda found: str(decimals[int(found[1])]), text).encode()
