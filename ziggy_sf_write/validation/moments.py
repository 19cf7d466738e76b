"""date, datetime, time (Salesforce API 3.2), in the forms that REST and Bulk both read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.validation.problems import Convert, ProblemCode, Unsuitable, shorten

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_DATETIME = re.compile(rf"{_DATE.pattern}T{_CLOCK}(?:\.[0-9]{{3}})?(?:Z|[+-][0-9]{{2}}:[0-5][0-9])")
_LOOSE_DATETIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:[.,]([0-9]+))?)?"
    r" ?([Zz]|[+-][0-9]{2}(?::?[0-5][0-9])?)?"
)
_TIME = re.compile(r"([0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:[.,]([0-9]+))?)?(?:[Zz]|[+-]00(?::?00)?)?")


def fast_date(rare: Convert) -> Convert:
    """The fast path for `YYYY-MM-DD`."""
    parse: Callable[[str], object] = date.fromisoformat

    def convert(value: JsonValue) -> JsonValue:
        try:
            # Python reads `2026-W47-1` and `20261123` too; the dashes keep those out.
            if type(value) is str and len(value) == 10 and value[4] == "-" == value[7] and parse(value):
                return value
        except ValueError:
            return rare(value)
        return rare(value)

    return convert


def fast_datetime(rare: Convert) -> Convert:
    """The fast path for Salesforce's own form, such as `2026-11-23T10:00:00.000+01:00`."""
    parse: Callable[[str], object] = datetime.fromisoformat
    is_exact = _DATETIME.fullmatch

    def convert(value: JsonValue) -> JsonValue:
        try:
            if type(value) is str and is_exact(value) and parse(value):
                return value
        except ValueError:
            return rare(value)
        return rare(value)

    return convert


def to_date(value: JsonValue) -> JsonValue:
    """A calendar day; midnight without a zone or in UTC is one, as databases and exports write it."""
    if isinstance(value, datetime):
        return _day_of(value.date(), value.time(), value.utcoffset(), shown=shorten(value))
    if isinstance(value, date):
        return value.isoformat()
    text = trimmed(value) if isinstance(value, str) else ""
    found = _LOOSE_DATETIME.fullmatch(text)
    try:
        if found:
            zoned = datetime.fromisoformat(_joined(found))
            # The fraction as it was given: a text of milliseconds keeps less than a moment has.
            clock = zoned.time() if not (found[4] or "").strip("0") else time.max
            return _day_of(zoned.date(), clock, zoned.utcoffset(), shown=shorten(value))
        if _DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _bad_date(f"{shorten(value)} is no day of the calendar; check month and day") from None
    raise _bad_date(f"{shorten(value)} is not a date; write year, month and day as 2026-11-23, without a time")


def _day_of(day: date, clock: time, offset: timedelta | None, *, shown: str) -> str:
    if offset:
        # Salesforce takes the day in UTC, which may be the one before or after (Salesforce API 3.2).
        cure = "write year, month and day alone, as 2026-11-23"
        raise _bad_date(f"{shown} has a time zone, and Salesforce would turn it to UTC: the day could shift; {cure}")
    if clock != time.min:
        raise _bad_date(f"{shown} has a time, which a date would lose; write year, month and day as 2026-11-23")
    return day.isoformat()


def to_datetime(value: JsonValue) -> JsonValue:
    """A moment with its zone. One without is refused: a silent shift of hours is damage."""
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise _no_zone(value)
        return moment_text(value)
    found = _LOOSE_DATETIME.fullmatch(trimmed(value)) if isinstance(value, str) else None
    if not found:
        cure = "write date, time and zone as 2026-11-23T10:00:00+01:00"
        raise _bad_date(f"{shorten(value)} is not a date and time; {cure}")
    if not found[5]:
        raise _no_zone(value)
    text = _joined(found)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise _bad_date(f"{shorten(value)} is no moment of the calendar; check day, time and zone") from None
    return text


def to_time(value: JsonValue) -> JsonValue:
    """A time of day as `HH:MM:SS.mmmZ`; the `Z` belongs to the form, a time field knows no zone."""
    if isinstance(value, time) and not (value.utcoffset() or timedelta()):
        return moment_text(value)
    found = _TIME.fullmatch(trimmed(value)) if isinstance(value, str) else None
    if found:
        clock, seconds, fraction = found.groups()
        text = f"{clock}{seconds or ':00'}.{_milliseconds(fraction)}"
        try:
            time.fromisoformat(text)
        except ValueError:
            found = None
        else:
            return f"{text}Z"
    sentence = f"{shorten(value)} is not a time of day; write hours, minutes and seconds as 14:30:00, without a zone"
    raise Unsuitable(ProblemCode.BAD_TIME, sentence)


def moment_text(value: date | time) -> str:
    """Salesforce's form of a Python day, moment or time; a moment without zone gets none, for nobody may guess it."""
    if isinstance(value, time):
        return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    if not isinstance(value, datetime):
        return value.isoformat()
    offset = value.utcoffset()
    if offset is not None and offset % timedelta(minutes=1):
        # Offsets of old local times carry seconds, which no Salesforce form has room for.
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise _bad_date(f"{shorten(value)} lies outside the calendar in UTC; check the year") from None
    return value.isoformat(timespec="milliseconds")


def _joined(found: re.Match[str]) -> str:
    """The moment in Salesforce's own form, in which Python can read it too."""
    day, clock, seconds, fraction, zone = found.groups(default="")
    offset = "Z" if zone in ("Z", "z") else zone and f"{zone[:3]}:{zone[3:].removeprefix(':') or '00'}"
    return f"{day}T{clock}{seconds or ':00'}.{_milliseconds(fraction)}{offset}"


def _milliseconds(fraction: str | None) -> str:
    return ((fraction or "") + "000")[:3]


def _bad_date(sentence: str) -> Unsuitable:
    return Unsuitable(ProblemCode.BAD_DATE, sentence)


def _no_zone(value: JsonValue) -> Unsuitable:
    sentence = f"{shorten(value)} has no time zone, and guessing it could shift the moment by hours"
    return Unsuitable(ProblemCode.NO_TIME_ZONE, f"{sentence}; add one, such as Z or +01:00")
