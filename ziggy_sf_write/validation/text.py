"""Texts, truth values and bytes (Salesforce API 3.2), and Python values in the form that JSON carries."""

import base64
import binascii
import re
import string
import sys
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from types import UnionType
from uuid import UUID

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo
from ziggy_sf_write.salesforce.encode import is_encodable, trimmed
from ziggy_sf_write.validation.moments import moment_text
from ziggy_sf_write.validation.numbers import exact_number, require_finite
from ziggy_sf_write.validation.problems import Convert, ProblemCode, Unsuitable, shorten

# A request holds at most 50 MB (Salesforce API 8.1), and Base64 is what travels in it.
LARGEST_BASE64 = 50 * 1024 * 1024
_DEEPEST = 50
# Python refuses to print an integer of more than 4,300 digits, so JSON cannot carry it.
_MOST_BITS = 14_000
_ALL_DIGITS_KNOWN = 10**16

# Dots may follow each other, but not at the start; letters of any script are fine (Salesforce API 3.2). A domain has a
# dot.
_NEVER = r"\s@,;:\"<>()\[\]\\"
_EMAIL = re.compile(rf"(?!\.)[^{_NEVER}]+@[^{_NEVER}._]+(?:\.[^{_NEVER}._]+)+")
_WITHOUT_BLANKS = str.maketrans("", "", string.whitespace)
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def fast_text(info: FieldInfo, rare: Convert) -> Convert:
    """The fast path for texts that need no second look."""
    limit = info.length or sys.maxsize
    return lambda value: value if type(value) is str and 0 < len(value) <= limit and value.isascii() else rare(value)


def text_converter(info: FieldInfo) -> Convert:
    """Texts, and scalars whose text is beyond doubt: 12 becomes "12", as a Bulk file would have it."""
    limit = info.length or sys.maxsize

    def convert(value: JsonValue) -> JsonValue:
        text = as_text(value)
        # Salesforce trims on save, so what is trimmed does not count (Salesforce API 3.2).
        if len(text) > limit and len(trimmed(text)) > limit:
            sentence = f"{shorten(text)} has {len(text):,} characters and the property takes {limit:,}; shorten it"
            raise Unsuitable(ProblemCode.TOO_LONG, sentence)
        return text

    return convert


def email_converter(info: FieldInfo) -> Convert:
    """An address with one `@`; stricter rules than Salesforce's own would refuse addresses that it takes."""
    to_text = text_converter(info)

    def convert(value: JsonValue) -> JsonValue:
        text = to_text(value)
        address = trimmed(text)
        if address and not _EMAIL.fullmatch(address):
            sentence = f"{shorten(text)} is not an e-mail address; write one address, such as ada@example.com"
            raise Unsuitable(ProblemCode.BAD_EMAIL, sentence)
        return text

    return convert


def fast_email(info: FieldInfo, rare: Convert) -> Convert:
    """The fast path for an address that needs no trimming."""
    limit = info.length or sys.maxsize
    is_address = _EMAIL.fullmatch

    def convert(value: JsonValue) -> JsonValue:
        if type(value) is str and len(value) <= limit and value.isascii() and is_address(value):
            return value
        return rare(value)

    return convert


def as_text(value: JsonValue) -> str:
    """The text of a scalar. A list or an object has none."""
    if isinstance(value, str):
        if not is_encodable(value):
            sentence = f"{shorten(value)} holds half of a character (a lone surrogate), which no request can carry"
            raise Unsuitable(ProblemCode.NOT_ENCODABLE, f"{sentence}; repair the text where it was cut")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _digits(value)
    if isinstance(value, date | time):
        return moment_text(value)
    if isinstance(value, UUID):
        return str(value)
    sentence = f"{shorten(value)} is not what the property takes, which is a text; write one"
    raise Unsuitable(ProblemCode.WRONG_TYPE, sentence)


def fast_boolean(rare: Convert) -> Convert:
    """The fast path for JSON's own truth values."""
    return lambda value: value if value is True or value is False else rare(value)


def to_boolean(value: JsonValue) -> JsonValue:
    """True, false, 1 and 0, as Salesforce's documentation lists them, in any case; "yes" is ambiguous."""
    truth = _TRUTH.get(trimmed(value).lower()) if isinstance(value, str) else None
    if isinstance(value, int) and value in (0, 1):
        truth = bool(value)
    if truth is None:
        raise Unsuitable(ProblemCode.WRONG_TYPE, f"{shorten(value)} is neither true nor false; write true or false")
    return truth


def to_base64(value: JsonValue) -> JsonValue:
    """Bytes, or a text that is Base64 already; line breaks inside it are taken out."""
    if isinstance(value, bytes | bytearray):
        _require_room(-(-len(value) // 3) * 4)
        return base64.b64encode(value).decode()
    text = as_text(value).translate(_WITHOUT_BLANKS)
    _require_room(len(text))
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        sentence = f"{shorten(value)} is not Base64 (letters, digits, + and / in groups of four); encode the bytes"
        raise Unsuitable(ProblemCode.BAD_BASE64, sentence) from None
    return text


def _require_room(length: int) -> None:
    # Before anything is encoded or read: the largest files are the ones that cost.
    if length > LARGEST_BASE64:
        sentence = f"{length:,} characters of Base64 are more than the {LARGEST_BASE64:,} that one request takes"
        raise Unsuitable(ProblemCode.TOO_LONG, f"{sentence}; split or shrink the file")


def _digits(value: float | Decimal) -> str:
    require_finite(value)
    if isinstance(value, Decimal):
        # The short exponents of money and measures are written out; the absurd ones would fill the memory.
        return format(value, "f") if -40 < value.adjusted() < 40 else str(value)
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise Unsuitable(ProblemCode.TOO_LONG, f"{shorten(value)} is longer than any text field; check the value")
    return str(as_whole(value))


def as_whole(value: float) -> float:
    """A float that holds a whole number as that number: tables make floats of a column's numbers where one is missing.

    Beyond 10¹⁶ Python writes an exponent, and the digits of a float are no longer all known.
    """
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _ALL_DIGITS_KNOWN else value


def fast_json(rare: Convert) -> Convert:
    """The fast path for JSON's own scalars; an empty text, and what has to be looked at, goes to `rare`."""

    def convert(value: JsonValue) -> JsonValue:
        if type(value) is str:
            return value or rare(value)
        return value if type(value) in _AS_THEY_ARE else rare(value)

    return convert


def to_json_value(value: JsonValue, depth: int = 0) -> JsonValue:
    """The value as JSON carries it; raises `Unsuitable` for NaN, infinities and what is not JSON at all."""
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


def _nested(value: JsonValue, depth: int) -> JsonValue:
    if depth >= _DEEPEST:
        sentence = f"its value is nested more than {_DEEPEST} levels deep, which no Salesforce field is; flatten it"
        raise Unsuitable(ProblemCode.NOT_JSON, sentence)
    if not isinstance(value, dict):
        return [to_json_value(one, depth + 1) for one in value]
    if not all(isinstance(key, str) for key in value):
        odd = next(key for key in value if not isinstance(key, str))
        raise Unsuitable(ProblemCode.NOT_JSON, f"the key {shorten(odd)} inside it is not a text; write it as text")
    return {key: to_json_value(one, depth + 1) for key, one in value.items()}


_AS_THEY_ARE = frozenset({bool, type(None)})

_WRITTEN: Sequence[tuple[type | UnionType, Convert]] = (
    (int, _printable),
    (float, require_finite),
    (Decimal, lambda value: exact_number(require_finite(value))),
    (date | time, moment_text),
    (UUID, str),
    (bytes | bytearray, lambda value: base64.b64encode(value).decode()),
)
