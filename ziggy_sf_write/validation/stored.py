"""What Salesforce keeps of a value, and whether saving one would leave a record as it is (Salesforce API 3.2)."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import lru_cache
from math import isfinite, nan

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import is_well_formed, to_18

# (what would be sent, what a REST answer holds) -> whether saving the first would leave the second as it is. False
# wherever that is not certain: then the value is sent, which is never wrong.
Same = Callable[[JsonValue, JsonValue], bool]

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_FRACTION = re.compile(r"[.,][0-9]*[1-9]")
_NO_NUMBERS = (bool, dict, list)


def stored_number(value: JsonValue) -> int | float | str:
    """The number that a double keeps: fifteen significant digits; what is no number comes back as its text."""
    text = str(value)
    try:
        # float() would cut off every blank of Unicode, and read every script's digits.
        number = float(text) if text.isascii() else nan
    except ValueError:
        number = nan
    if not isfinite(number):
        return text
    rounded = float(f"{number:.15g}")
    return int(rounded) if rounded.is_integer() else rounded


def same_value(field: FieldInfo) -> Same | None:
    """How values of this field are compared; None where what is there cannot be read as it is.

    An encrypted text comes masked, a file as an address, a compound in parts.
    """
    return _SAME.get(field.type)


def is_empty(read: JsonValue) -> bool:
    """Whether a field that was read so has no value. A checkbox always has one."""
    return read is None or read == ""


def _same_text(sent: JsonValue, read: JsonValue) -> bool:
    if sent == read and type(sent) is str:
        # What is there was saved, so it is saved as it is; most values take this way.
        return True
    if sent is None:
        return is_empty(read)
    return type(sent) is str and trimmed(sent) == (read or "")


def _same_email(sent: JsonValue, read: JsonValue) -> bool:
    if sent is None:
        return is_empty(read)
    return type(sent) is str and trimmed(sent).lower() == (read or "")


def _same_truth(sent: JsonValue, read: JsonValue) -> bool:
    return type(sent) is bool and sent is read


def _same_number(sent: JsonValue, read: JsonValue) -> bool:
    if sent is None or read is None:
        return sent is read
    # Python reads `1_000` too.
    if type(sent) in _NO_NUMBERS or (type(sent) is str and "_" in sent):
        return False
    return bool(stored_number(trimmed(sent) if type(sent) is str else sent) == read)


def _same_whole(sent: JsonValue, read: JsonValue) -> bool:
    if sent is None or read is None:
        return sent is read
    if type(sent) is str:
        return _WHOLE.fullmatch(trimmed(sent)) is not None and int(sent) == read
    return type(sent) is int and sent == read


def _same_day(sent: JsonValue, read: JsonValue) -> bool:
    return sent == read if sent is None else type(sent) is str and trimmed(sent) == read


def _same_parsed(parse: Callable[[str], datetime | time | None]) -> Same:
    """Texts that are parsed to the same; what cannot be parsed is the same as none."""

    def same(sent: JsonValue, read: JsonValue) -> bool:
        if sent is None or read is None:
            return sent is read
        if type(sent) is not str or type(read) is not str:
            return False
        parsed = parse(sent)
        return parsed is not None and parsed == parse(read)

    return same


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime | None:
    """The moment, if it has a zone and no fraction of a second: Salesforce stores none."""
    if _FRACTION.search(text) or ":" not in text:  # Python reads rows of digits as moments, Salesforce does not
        return None
    try:
        moment = datetime.fromisoformat(trimmed(text))
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment


@lru_cache(maxsize=4096)
def _clock(text: str) -> time | None:
    if ":" not in text:
        return None
    try:
        clock = time.fromisoformat(trimmed(text))
    except ValueError:
        return None
    # A time of day is kept in milliseconds.
    return None if clock.microsecond % 1000 else clock


def _same_values(sent: JsonValue, read: JsonValue) -> bool:
    """Of a multi-select picklist: kept once each, in the picklist's own order."""
    if sent is None:
        return is_empty(read)
    return type(sent) is str and _values(sent) == _values(read or "")


def _values(text: str) -> frozenset[str]:
    return frozenset(one for part in text.split(";") if (one := trimmed(part)))


def _same_id(sent: JsonValue, read: JsonValue) -> bool:
    if sent is None or read is None:
        return sent is read
    text = trimmed(sent) if type(sent) is str else ""
    return is_well_formed(text) and to_18(text) == read


_SAME: Mapping[FieldType, Same] = {
    **dict.fromkeys(
        (FieldType.STRING, FieldType.TEXTAREA, FieldType.PHONE, FieldType.URL, FieldType.PICKLIST, FieldType.COMBOBOX),
        _same_text,
    ),
    **dict.fromkeys((FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT), _same_number),
    **dict.fromkeys((FieldType.INT, FieldType.LONG), _same_whole),
    FieldType.EMAIL: _same_email,
    FieldType.BOOLEAN: _same_truth,
    FieldType.DATE: _same_day,
    FieldType.DATETIME: _same_parsed(_instant),
    FieldType.TIME: _same_parsed(_clock),
    FieldType.MULTIPICKLIST: _same_values,
    FieldType.REFERENCE: _same_id,
}
