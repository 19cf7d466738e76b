"""Python values in Salesforce's form, JSON values untouched: all that happens to an item while validation is off."""

import base64
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from types import UnionType
from uuid import UUID

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation.moments import datetime_text, time_text
from ziggy_sf_write.validation.numbers import exact_number, is_finite
from ziggy_sf_write.validation.problems import Convert, ProblemCode, Unsuitable
from ziggy_sf_write.validation.wording import shorten

_DEEPEST = 50
# Python refuses to print an integer of more than 4,300 digits, so JSON cannot carry it.
_MOST_BITS = 14_000


def to_json_value(value: JsonValue) -> JsonValue:
    """The value as JSON carries it; raises `Unsuitable` for NaN, infinities and what is not JSON at all."""
    return _to_json(value, 0)


def fast_json(rare: Convert) -> Convert:
    """The fast path for JSON's own scalars; an empty text, and what has to be looked at, goes to `rare`."""

    def convert(value: JsonValue) -> JsonValue:
        if type(value) is str:
            return value or rare(value)
        return value if type(value) in _AS_THEY_ARE else rare(value)

    return convert


def _to_json(value: JsonValue, depth: int) -> JsonValue:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict | list | tuple):
        return _nested(value, depth)
    for kinds, write in _WRITTEN:
        if isinstance(value, kinds):
            return write(value)
    sentence = f"{shorten(value)} is nothing that JSON can carry; write a text, a number, true, false or null"
    raise Unsuitable(ProblemCode.NOT_JSON, sentence)


def _printable(value: int) -> int:
    if value.bit_length() > _MOST_BITS:
        sentence = f"{shorten(value)} is out of every range; check the value"
        raise Unsuitable(ProblemCode.OUT_OF_RANGE, sentence)
    return value


def _number(value: float | Decimal) -> JsonValue:
    if not is_finite(value):
        sentence = f"{shorten(value)} is not a finite number and JSON has no word for it; leave it out or write null"
        raise Unsuitable(ProblemCode.NOT_FINITE, sentence)
    return exact_number(value) if isinstance(value, Decimal) else value


def _nested(value: JsonValue, depth: int) -> JsonValue:
    if depth >= _DEEPEST:
        sentence = f"its value is nested more than {_DEEPEST} levels deep, which no Salesforce field is; flatten it"
        raise Unsuitable(ProblemCode.NOT_JSON, sentence)
    if not isinstance(value, dict):
        return [_to_json(one, depth + 1) for one in value]
    if not all(isinstance(key, str) for key in value):
        odd = next(key for key in value if not isinstance(key, str))
        raise Unsuitable(ProblemCode.NOT_JSON, f"the key {shorten(odd)} inside it is not a text; write it as text")
    return {key: _to_json(one, depth + 1) for key, one in value.items()}


_AS_THEY_ARE = frozenset({bool, type(None)})

# A `datetime` is a `date` too, so it stands first.
_WRITTEN: Sequence[tuple[type | UnionType, Convert]] = (
    (int, _printable),
    (float | Decimal, _number),
    (datetime, datetime_text),
    (date | UUID, str),
    (time, time_text),
    (bytes | bytearray, lambda value: base64.b64encode(value).decode()),
)
