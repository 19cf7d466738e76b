"""date, datetime and time."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from tests.validation.builders import checker, field, refusal, written
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import ProblemCode

DATE = field("X", "date")
DATETIME = field("X", "datetime")
TIME = field("X", "time")
AN_HOUR_EAST = timezone(timedelta(hours=1))


class NoOffset(tzinfo):
    """A zone that does not know its offset, which Python allows."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    dst = tzname = utcoffset

    def __repr__(self) -> str:
        return "no offset"


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-23", "2026-11-23"),
        (" 2026-11-23 ", "2026-11-23"),
        ("2024-02-29", "2024-02-29"),
        ("1699-12-31", "1699-12-31"),
        ("2026-03-01T00:00:00", "2026-03-01"),
        ("2026-03-01 00:00:00", "2026-03-01"),
        ("2026-03-01T00:00:00Z", "2026-03-01"),
        ("2026-03-01T00:00:00.000000", "2026-03-01"),
        ("2026-03-01t00:00z", "2026-03-01"),
        ("2026-03-01T00:00:00.000+0000", "2026-03-01"),
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01"),
        ("4001-01-01", "4001-01-01"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23), "2026-11-23"),  # noqa: DTZ001 (as a database returns a DATE)
    ],
    ids=repr,
)
def test_a_day_is_written_as_year_month_day(value: JsonValue, day: str) -> None:
    assert written(DATE, value) == day


@pytest.mark.parametrize(
    "value",
    [
        "03/04/2026",
        "23-11-2026",
        "2026-1-2",
        "20261123",
        "2026-W47-1",
        "2026-02-30",
        " 2026-13-01 ",
        "2026-11-23T00:00:01Z",
        "2026-11-23T00:00:00.0000001",
        "2026-11-23T10:00",
        "2026-02-30T00:00:00",
        "2026-11-23T25:00:00",
        "2021-03-06T00:00:00+04:00",
        "2021-03-06T00:00:00-03",
        "2021-03-06T00:00:00+99:00",
        "٢٠٢٦-11-23",
        "today",
        20261123,
        True,
        {},
        datetime(2026, 11, 23, 9),  # noqa: DTZ001 (it has a time, which a date would lose)
        datetime(2026, 11, 23, tzinfo=AN_HOUR_EAST),
        time(9),
    ],
    ids=repr,
)
def test_what_is_not_plainly_a_day_is_refused(value: JsonValue) -> None:
    assert refusal(DATE, value) is ProblemCode.BAD_DATE


@pytest.mark.parametrize("value", ["2021-03-06T00:00:00+04:00", datetime(2021, 3, 6, tzinfo=AN_HOUR_EAST)], ids=repr)
def test_a_day_that_could_shift_is_refused_with_the_reason(value: JsonValue) -> None:
    """Salesforce takes the day in UTC, as users of NetCoreForce report (issues 34 and 55)."""
    (problem,) = checker(DATE).check({"X": value})[1]
    assert "the day could shift" in problem.message


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00.123+01:00", "2026-11-23T10:00:00.123+01:00"),
        ("2026-11-23 10:00+01:00", "2026-11-23T10:00:00.000+01:00"),
        ("2026-11-23T10:00:00+0100", "2026-11-23T10:00:00.000+01:00"),
        ("2026-11-23T10:00:00+01", "2026-11-23T10:00:00.000+01:00"),
        ("2026-11-23 10:00-03", "2026-11-23T10:00:00.000-03:00"),
        ("2026-11-23T10:00:00.5+0530", "2026-11-23T10:00:00.500+05:30"),
        ("2026-11-23T10:00:00.000+0000", "2026-11-23T10:00:00.000+00:00"),
        ("2026-11-23t10:00:00.123456z", "2026-11-23T10:00:00.123Z"),
        (" 2026-11-23T10:00:00,5 -05:30 ", "2026-11-23T10:00:00.500-05:30"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00.000+00:00"),
        (datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=AN_HOUR_EAST), "2026-11-23T10:00:00.123+01:00"),
        (datetime(1900, 1, 1, tzinfo=ZoneInfo("Europe/Amsterdam")), "1899-12-31T23:40:28.000+00:00"),
    ],
    ids=repr,
)
def test_a_moment_keeps_its_zone(value: JsonValue, moment: str) -> None:
    assert written(DATETIME, value) == moment


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23T10:00:00",
        "2026-11-23 10:00",
        datetime(2026, 11, 23, 10),  # noqa: DTZ001 (that it has no zone is the point)
        datetime(2026, 11, 23, 10, tzinfo=NoOffset()),
    ],
    ids=repr,
)
def test_a_moment_without_a_zone_is_refused(value: JsonValue) -> None:
    assert refusal(DATETIME, value) is ProblemCode.NO_TIME_ZONE


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23",
        "23.11.2026 10:00Z",
        "2026-02-30T10:00:00Z",
        "2026-02-30 10:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T10:00:00+99:00",
        "2026-11-23T10:00:00+01:75",
        "2026-11-23T10:00:00 CET",
        "2026-11-23T10:00.5Z",
        1_764_000_000,
        1.5,
        date(2026, 11, 23),
        [],
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1, seconds=1))),
    ],
    ids=repr,
)
def test_what_is_no_moment_is_refused(value: JsonValue) -> None:
    assert refusal(DATETIME, value) is ProblemCode.BAD_DATE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("09:30", "09:30:00.000Z"),
        ("09:30:15", "09:30:15.000Z"),
        ("09:30:15.5Z", "09:30:15.500Z"),
        ("09:30:15.123z", "09:30:15.123Z"),
        ("09:30:15+00:00", "09:30:15.000Z"),
        ("09:30:15+00", "09:30:15.000Z"),
        (time(9, 30, 15, 123999), "09:30:15.123Z"),
        (time(9, 30, tzinfo=UTC), "09:30:00.000Z"),
    ],
    ids=repr,
)
def test_a_time_of_day_is_written_in_salesforces_form(value: JsonValue, text: str) -> None:
    assert written(TIME, value) == text


@pytest.mark.parametrize(
    "value", ["9:30", "24:00:00", "09:30 PM", "09:30:15+01:00", "noon", 930, {}, time(9, tzinfo=AN_HOUR_EAST)], ids=repr
)
def test_what_is_no_time_of_day_is_refused(value: JsonValue) -> None:
    assert refusal(TIME, value) is ProblemCode.BAD_TIME
