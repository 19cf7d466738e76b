"""When two match-key values mean the same record to Salesforce (sections 4, 5.2 and 6)."""

from collections.abc import Callable, Hashable
from datetime import datetime, time
from math import isfinite

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.bulk_csv import cell
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType
from ziggy_sf_write.salesforce.ids import to_18

_NUMBERS = frozenset({FieldType.INT, FieldType.LONG, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})

KeyOf = Callable[[JsonValue], Hashable]


def key_of(field: FieldInfo, *, is_native: bool) -> KeyOf:
    """A function that maps a key's value to something equal for equal keys.

    Args:
        field: the key's field.
        is_native: True where Salesforce's own upsert compares, False where a query does: their rules for case differ.
    """
    if field.type in (FieldType.ID, FieldType.REFERENCE):
        return lambda value: to_18(str(value).strip())
    if field.type in _NUMBERS:
        return _number_key
    if field.type is FieldType.DATETIME:
        return _instant_key
    if field.type is FieldType.TIME:
        return _time_key
    return _text_key if _is_case_sensitive(field, is_native=is_native) else _folded_key


def _is_case_sensitive(field: FieldInfo, *, is_native: bool) -> bool:
    if field.type is FieldType.EMAIL:
        return False  # stored in lower case (section 3.2)
    if is_native:
        # An upsert folds case only for unique fields that were declared so.
        return not field.is_unique or field.is_case_sensitive
    return field.is_unique and field.is_case_sensitive


def _text_key(value: JsonValue) -> Hashable:
    return (value if type(value) is str else cell(value)).strip()


def _folded_key(value: JsonValue) -> Hashable:
    # Not casefold(): "Straße" and "Strasse" are two records, which one key would mix up.
    return (value if type(value) is str else cell(value)).strip().lower()


def _number_key(value: JsonValue) -> Hashable:
    # Salesforce gives numbers back as doubles (section 7.3), so further digits tell no two keys apart.
    try:
        number = float(str(value))
    except ValueError:
        return str(value)
    return number if isfinite(number) else str(value)


def _instant_key(value: JsonValue) -> Hashable:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)


def _time_key(value: JsonValue) -> Hashable:
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        return str(value)
