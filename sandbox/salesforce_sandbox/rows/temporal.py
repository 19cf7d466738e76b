"""Dates, datetimes and times: what is accepted, and the one form in which each is kept (reference section 3.2)."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
# A zone without a colon and a missing zone are UNCONFIRMED in the reference; both are taken, the latter as UTC.
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
# The exact accepted set is UNCONFIRMED; django-salesforce writes six digits of a fraction, and reads the time again.
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z?")
_FIRST_YEAR, _LAST_YEAR = 1700, 4000
_HOURS, _MINUTES = 24, 60
_TOO_FINE_FOR_A_DAY = 6


def read_day(text: str) -> str | None:
    """What a date field takes: a date, or a date-time with its zone, of which the day in UTC is kept.

    So users report it (NetCoreForce 34 and 55); with six digits of a fraction it is refused (qore 3908).
    """
    found = _DATETIME.fullmatch(text)
    if not found:
        return read_date(text)
    is_taken = found[6] and len(found[5] or "") < _TOO_FINE_FOR_A_DAY
    moment = read_datetime(text) if is_taken else None
    return moment[:10] if moment else None


def read_date(text: str) -> str | None:
    """`YYYY-MM-DD`, or None where the text is no date."""
    found = _DATE.fullmatch(text)
    if not found or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return None


def read_datetime(text: str) -> str | None:
    """UTC to the second in the server's own form, or None where the text is no datetime."""
    found = _DATETIME.fullmatch(text)
    day = found and read_date(found[1])
    if not found or not day:
        return None
    try:
        clock = time(int(found[2]), int(found[3]), int(found[4] or 0))
    except ValueError:
        return None
    zone = _zone(found[6])
    return stamp(datetime.combine(date.fromisoformat(day), clock, tzinfo=zone)) if zone else None


def read_time(text: str) -> str | None:
    """`HH:MM:SS.mmmZ`, or None where the text is no time."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    try:
        clock = time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return None
    return f"{clock.isoformat()}.{(found[4] or '0')[:3].ljust(3, '0')}Z"


def stamp(moment: datetime) -> str:
    """A moment as the REST API prints it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


def _zone(text: str | None) -> timezone | None:
    if text is None or text.upper() == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours >= _HOURS or minutes >= _MINUTES:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
