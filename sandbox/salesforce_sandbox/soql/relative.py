"""Relative dates such as LAST_MONTH and LAST_N_DAYS:3 as spans of days (SOQL and SOSL Reference, date literals)."""

from collections.abc import Callable
from datetime import date, timedelta

_MOST = 700_000  # days; about as far as a date goes back
Span = tuple[date, date]  # the second day is the first one after it


def span(name: str, count: int | None, today: date) -> Span | None:
    """The days that the literal means, or None where it is none."""
    if count is not None:
        found = _COUNTED.get(name)
        return None if found is None or count > _MOST else _safely(lambda: found(today, count))
    fixed = _FIXED.get(name)
    return None if fixed is None else fixed(today)


def _safely(make: Callable[[], Span]) -> Span | None:
    try:
        return make()
    except (OverflowError, ValueError):  # before the first day of the calendar or after the last
        return None


def _days(today: date, first: int, after: int) -> Span:
    return today + timedelta(days=first), today + timedelta(days=after)


def _weeks(today: date, first: int, after: int) -> Span:
    # In the locale of the org's user a week begins on Sunday.
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return sunday + timedelta(weeks=first), sunday + timedelta(weeks=after)


def _months(today: date, first: int, after: int, *, length: int = 1) -> Span:
    current = (today.year * 12 + today.month - 1) // length
    return _first_of((current + first) * length), _first_of((current + after) * length)


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _quarters(today: date, first: int, after: int) -> Span:
    return _months(today, first, after, length=3)


def _years(today: date, first: int, after: int) -> Span:
    return _months(today, first, after, length=12)


_UNITS: dict[str, Callable[[date, int, int], Span]] = {
    "WEEK": _weeks,
    "MONTH": _months,
    "QUARTER": _quarters,
    "YEAR": _years,
    "FISCAL_QUARTER": _quarters,
    "FISCAL_YEAR": _years,
}


def _fixed() -> dict[str, Callable[[date], Span]]:
    found: dict[str, Callable[[date], Span]] = {
        "YESTERDAY": lambda today: _days(today, -1, 0),
        "TODAY": lambda today: _days(today, 0, 1),
        "TOMORROW": lambda today: _days(today, 1, 2),
        "LAST_90_DAYS": lambda today: _days(today, -90, 1),
        "NEXT_90_DAYS": lambda today: _days(today, 1, 91),
    }
    for unit, make in _UNITS.items():
        for word, first in (("LAST", -1), ("THIS", 0), ("NEXT", 1)):
            found[f"{word}_{unit}"] = lambda today, make=make, first=first: make(today, first, first + 1)  # type: ignore[misc]  # the defaults bind the loop's values
    return found


def _counted() -> dict[str, Callable[[date, int], Span]]:
    found: dict[str, Callable[[date, int], Span]] = {
        "LAST_N_DAYS": lambda today, count: _days(today, -count, 1),
        "NEXT_N_DAYS": lambda today, count: _days(today, 1, count + 1),
        "N_DAYS_AGO": lambda today, count: _days(today, -count, -count + 1),
    }
    for unit, make in _UNITS.items():
        found[f"LAST_N_{unit}S"] = lambda today, count, make=make: make(today, -count, 0)  # type: ignore[misc]  # as above
        found[f"NEXT_N_{unit}S"] = lambda today, count, make=make: make(today, 1, count + 1)  # type: ignore[misc]  # as above
        found[f"N_{unit}S_AGO"] = lambda today, count, make=make: make(today, -count, -count + 1)  # type: ignore[misc]  # as above
    return found


_FIXED = _fixed()
_COUNTED = _counted()
