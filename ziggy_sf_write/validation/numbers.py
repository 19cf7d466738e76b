"""int, long, double, currency, percent (Salesforce API 3.2): range by digits, numbers in texts, decimals."""

import math
import re
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.validation.problems import Convert, ProblemCode, Unsuitable, shorten

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INT_END = 2**31
_LONG_END = 2**63
_LARGEST_FLOAT = 1.7976931348623157e308
_WHOLE = frozenset({FieldType.INT, FieldType.LONG})
# Salesforce rounds to as many when it saves a double, a currency or a percent (Salesforce API 3.2).
_MOST_SIGNIFICANT = 15
_ROUNDED_FROM = 10**_MOST_SIGNIFICANT

_Number = TypeVar("_Number", bound=float | Decimal)


def exact_number(value: Decimal) -> int | float | Decimal:
    """The same number in a form that plain JSON prints digit for digit; a `Decimal` where no float can hold it."""
    if value == value.to_integral_value() and value.adjusted() < 400:
        return int(value)
    nearest = float(value)
    return nearest if math.isfinite(nearest) and Decimal(repr(nearest)) == value else value


def require_finite(value: _Number) -> _Number:
    """The number itself, if JSON has a word for it: any integer and any finite decimal, however large."""
    is_finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)
    if not is_finite:
        sentence = f"{shorten(value)} is not a finite number and JSON has no word for it; leave it out or write null"
        raise Unsuitable(ProblemCode.NOT_FINITE, sentence)
    return value


def fast_number(info: FieldInfo, describe: ObjectDescribe, rare: Convert) -> Convert:
    """The fast path for JSON numbers within the range, and for texts of nothing but digits, as files have them; all
    else goes to `rare`.
    """
    low, high = _bounds(info, describe)
    takes_floats = info.type not in _WHOLE
    if takes_floats:
        # Above these a whole number may have more digits than are kept.
        low, high = max(low, -_ROUNDED_FROM), min(high, _ROUNDED_FROM)
    low_float, high_float = float(low), float(high)

    def number(value: JsonValue) -> JsonValue:
        kind = type(value)
        if kind is int:
            return value if low < value < high else rare(value)
        if kind is str and len(value) <= _MOST_SIGNIFICANT and value.isascii() and value.isdigit():
            digits = int(value)
            return digits if low < digits < high else rare(value)
        return value if kind is float and takes_floats and low_float < value < high_float else rare(value)

    return number


def number_converter(info: FieldInfo, describe: ObjectDescribe) -> Convert:
    """Numbers, and texts that are numbers beyond doubt; Salesforce keeps decimals beyond the scale."""
    low, high = _bounds(info, describe)
    is_whole = info.type in _WHOLE
    what = "a whole number" if is_whole else "a number"

    def convert(value: JsonValue) -> JsonValue:
        number = _read(value, what)
        if number.is_zero():
            return 0
        # The exponent comes first: comparing 1E+999999999 with an integer would build that integer.
        if number.adjusted() > 400 or not low < number < high:
            raise Unsuitable(ProblemCode.OUT_OF_RANGE, _range_sentence(value, info, low, high))
        if is_whole and (number.adjusted() < 0 or number != number.to_integral_value()):
            sentence = f"{shorten(value)} has decimals and the property takes whole numbers only; round it first"
            raise Unsuitable(ProblemCode.WRONG_TYPE, sentence)
        if not is_whole:
            _require_exact(value, number)
        # A large float stays one: written out, 1.7e308 is 309 digits.
        return value if type(value) is float and not is_whole else exact_number(number)

    return convert


def _require_exact(value: JsonValue, number: Decimal) -> None:
    """Refuses a whole number that Salesforce would round: as an Id of another system it would be another one."""
    if number.adjusted() < _MOST_SIGNIFICANT or number != number.to_integral_value():
        return
    significant = len("".join(map(str, number.as_tuple().digits)).rstrip("0"))
    if significant > _MOST_SIGNIFICANT:
        sentence = (
            f"{shorten(value)} has {significant} significant digits and Salesforce would round it to "
            f"{_MOST_SIGNIFICANT}; keep it in a text property, or round it first"
        )
        raise Unsuitable(ProblemCode.OUT_OF_RANGE, sentence)


def _read(value: JsonValue, what: str) -> Decimal:
    if isinstance(value, float):
        return Decimal(repr(float(require_finite(value))))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(require_finite(value))
    if isinstance(value, str) and _NUMBER.fullmatch(trimmed(value)):
        try:
            return Decimal(trimmed(value))
        except InvalidOperation:  # an exponent of more than eighteen digits
            raise Unsuitable(ProblemCode.OUT_OF_RANGE, f"{shorten(value)} is out of every range; check it") from None
    example = "12" if what == "a whole number" else "12.5"
    sentence = f"{shorten(value)} is not {what}; write digits such as {example}, without separators or symbols"
    raise Unsuitable(ProblemCode.WRONG_TYPE, sentence)


def _bounds(info: FieldInfo, describe: ObjectDescribe) -> tuple[float, float]:
    """The open interval of what fits: digits left of the point for decimals, digits for whole numbers."""
    if info.type is FieldType.LONG:
        return -_LONG_END - 1, _LONG_END
    if info.type is FieldType.INT:
        end = min(10**info.digits, _INT_END) if info.digits else _INT_END
        return (-end, end) if end < _INT_END else (-end - 1, end)
    degrees = _degrees(info, describe)
    if degrees:
        # Just beyond the pole, so that ±90 itself is inside an open interval.
        return math.nextafter(-degrees, -math.inf), math.nextafter(degrees, math.inf)
    if info.precision > info.scale:
        return -(10 ** (info.precision - info.scale)), 10 ** (info.precision - info.scale)
    return -_LARGEST_FLOAT, _LARGEST_FLOAT


def _degrees(info: FieldInfo, describe: ObjectDescribe) -> float:
    """90 or 180 for a latitude or longitude of a location or address, else 0."""
    parent = describe.find_field(info.compound_field_name or "")
    if parent is None or parent.type not in (FieldType.LOCATION, FieldType.ADDRESS):
        return 0
    name = info.name.lower().removesuffix("__s")
    return 90.0 if name.endswith("latitude") else 180.0 if name.endswith("longitude") else 0


def _range_sentence(value: JsonValue, info: FieldInfo, low: float, high: float) -> str:
    if info.type in _WHOLE:
        allowed = f"whole numbers from {low + 1:,} to {high - 1:,}"
    elif isinstance(high, int):
        allowed = f"at most {info.precision - info.scale} digits before the decimal point"
    else:
        allowed = f"numbers between {low:.6g} and {high:.6g}"
    return f"{shorten(value)} is out of range; the property takes {allowed}; check the value and its unit"
