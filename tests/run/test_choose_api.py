"""Which API writes: below the threshold the one, above it the other, and why."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.orgs import outcomes, write
from ziggy_sf_write.block.config import Api, parse_config
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.plan import choose_api, costs_of, is_worth_a_job
from ziggy_sf_write.salesforce.org import ApiUsage
from ziggy_sf_write.salesforce.pace import Pace

THRESHOLD = 1_000
CASES = {
    "below the threshold": ({}, 999, None, Api.COLLECTIONS, "below the threshold of 1000"),
    "at the threshold": ({}, 1_000, None, Api.BULK, "at or above the threshold of 1000"),
    "asked for by name": ({"api": "bulk"}, 1, None, Api.BULK, "The configuration asks for it"),
    "all or none": ({"allOrNone": True}, 5_000, None, Api.COLLECTIONS, "All or none"),
    "past duplicate rules": ({"duplicateRules": "allowSave"}, 5_000, None, Api.COLLECTIONS, "duplicate-rule header"),
    "too few calls left": ({"batchSize": 1}, 900, (99_900, 100_000), Api.BULK, "only 100 are left today"),
    "too few even for a job": ({"batchSize": 1}, 900, (99_999, 100_000), Api.COLLECTIONS, "below the threshold"),
    "enough calls left": ({"batchSize": 1}, 900, (0, 100_000), Api.COLLECTIONS, "below the threshold"),
}


@pytest.mark.parametrize(("settings", "count", "usage", "api", "reason"), CASES.values(), ids=CASES.keys())
def test_the_api_and_its_reason(
    settings: dict[str, Any], count: int, usage: tuple[int, int] | None, api: Api, reason: str
) -> None:
    config = {"connection": "c", "object": "o", "matchKey": "k", "advanced": {"bulkThreshold": THRESHOLD, **settings}}
    left = ApiUsage(used=usage[0], limit=usage[1]) if usage else None
    advanced = parse_config(config).advanced
    choice = choose_api(advanced, costs_of(advanced, count), usage=left)
    assert choice.api is api
    assert reason in choice.reason


SLOW, FAST = ((100_000, 60.0),), ((100_000, 12.0),)
DECISIONS: dict[str, tuple[dict[str, Any], int, Pace, int | None, Api, str]] = {
    "no job was seen": ({}, 100_000, Pace(), None, Api.COLLECTIONS, "500 calls take about 22 s; how long a job takes"),
    "jobs are slower": (
        {},
        100_000,
        Pace(jobs=SLOW),
        None,
        Api.COLLECTIONS,
        "500 calls take about 22 s, 1 job about 60 s",
    ),
    "jobs are faster": ({}, 100_000, Pace(jobs=FAST), None, Api.BULK, "500 calls take about 22 s, 1 job about 12 s"),
    "five calls at a time": (
        {"concurrency": 5},
        100_000,
        Pace(jobs=SLOW),
        None,
        Api.BULK,
        "about 100 s, 1 job about 60 s",
    ),
    "calls are faster than assumed": (
        {"concurrency": 5},
        100_000,
        Pace(call_s=0.3, records=200, jobs=SLOW),
        None,
        Api.COLLECTIONS,
        "about 30 s, 1 job about 60 s",
    ),
    "calls of another size were measured": (
        {"concurrency": 5, "batchSize": 100},
        100_000,
        Pace(call_s=9.0, records=200, jobs=SLOW),
        None,
        Api.BULK,
        "1000 calls take about 100 s",
    ),
    "the org takes few calls at a time": (
        {},
        100_000,
        Pace(call_s=1.0, records=200, calls=5, jobs=SLOW),
        None,
        Api.BULK,
        "500 calls take about 100 s, 1 job about 60 s",
    ),
    "window by window": (
        {},
        110_000,
        Pace(jobs=((20_000, 4.0), (10_000, 3.0))),
        20_000,
        Api.BULK,
        "550 calls take about 24 s, 6 jobs about 23 s",
    ),
    "few items": (
        {},
        2_400,
        Pace(jobs=((2_400, 0.1),)),
        None,
        Api.COLLECTIONS,
        "12 calls would do, and a job costs about 12",
    ),
    "one item": ({}, 1, Pace(jobs=FAST), None, Api.COLLECTIONS, "1 call would do"),
    "no item": ({}, 0, Pace(jobs=FAST), None, Api.COLLECTIONS, "0 calls would do"),
    "small windows": ({}, 100_000, Pace(jobs=((2_400, 0.1),)), 2_000, Api.COLLECTIONS, "50 jobs about"),
}


@pytest.mark.parametrize(
    ("settings", "count", "pace", "window", "api", "reason"), DECISIONS.values(), ids=DECISIONS.keys()
)
def test_the_way_that_is_faster_by_what_was_seen_is_taken_and_the_report_quotes_both(
    settings: dict[str, Any], count: int, pace: Pace, window: int | None, api: Api, reason: str
) -> None:
    advanced = parse_config({"connection": "c", "object": "o", "matchKey": "k", "advanced": settings}).advanced
    choice = choose_api(advanced, costs_of(advanced, count, pace=pace, window=window), usage=None)
    assert choice.api is api
    assert reason in choice.reason
    assert choice.is_for_speed is (api is Api.BULK)


@pytest.mark.parametrize(
    ("count", "used", "window", "api"),
    [
        (100_000, 0, None, Api.COLLECTIONS),
        (600_000, 0, None, Api.COLLECTIONS),
        (600_200, 0, None, Api.BULK),
        (600_200, 0, 20_000, Api.BULK),
        (600_200, 0, 2_000, Api.COLLECTIONS),
        (100_000, 13_000, None, Api.BULK),
        (2_000, 14_990, None, Api.COLLECTIONS),
    ],
)
def test_scarce_calls_are_left_to_others(count: int, used: int, window: int | None, api: Api) -> None:
    advanced = parse_config({"connection": "c", "object": "o", "matchKey": "k"}).advanced
    choice = choose_api(advanced, costs_of(advanced, count, window=window), usage=ApiUsage(used=used, limit=15_000))
    assert choice.api is api
    assert not choice.is_for_speed


@pytest.mark.parametrize(("count", "name"), [(9, "collections"), (10, "bulk")])
def test_the_report_says_which_api_wrote(org: Sandbox, count: int, name: str) -> None:
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(count)]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"bulkThreshold": 10}})
    assert outcomes(result) == {"written": count}
    assert result.report is not None
    assert result.report["api"]["name"] == name
    assert org.stats().calls.get("bulk_create", 0) == (name == "bulk")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"allOrNone": True}, "has no all-or-none"),
        ({"duplicateRules": "allowSave"}, "cannot save past duplicate rules"),
    ],
)
def test_bulk_by_name_with_what_it_cannot_do_is_refused_with_the_cure(
    org: Sandbox, settings: dict[str, Any], sentence: str
) -> None:
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", **settings}}
    with pytest.raises(ConfigError, match=f"{sentence}.*Choose API auto or collections"):
        write(org, [{"Ext__c": "a", "Name": "x"}], config)
    assert org.stats().write_calls == 0


@pytest.mark.parametrize(
    ("advanced", "count", "is_whole", "is_worth_it"),
    [
        ({"api": "bulk"}, 1, True, True),
        ({"bulkThreshold": 1}, 1, True, True),
        # Nobody has asked for a job: it was chosen for more rows than a comparison has left.
        ({}, 2_400, True, False),
        ({}, 2_401, True, True),
        ({"bulkThreshold": 2}, 1, True, False),
        ({"api": "bulk"}, 2_400, False, False),
        ({"api": "bulk"}, 2_401, False, True),
        ({"api": "bulk", "batchSize": 1}, 13, False, True),
    ],
)
def test_a_wave_goes_into_a_job_where_that_was_asked_for_or_takes_fewer_calls(
    advanced: dict[str, Any], count: int, *, is_whole: bool, is_worth_it: bool
) -> None:
    config = parse_config({"connection": "c", "object": "o", "matchKey": "k", "advanced": advanced})
    assert is_worth_a_job(config.advanced, count, is_whole=is_whole) is is_worth_it


def test_what_a_comparison_has_left_is_written_by_calls_although_calls_are_scarce() -> None:
    with Sandbox(SandboxOptions(api_limit=100)) as org:
        items = [{"Ext__c": f"k{number}", "Name": "1"} for number in range(30)]
        org.insert("Account", items)
        settings = {"matchKey": "Ext__c", "advanced": {"batchSize": 1, "compare": "skipUnchanged"}}
        changed = [{**item, "Name": "2"} if place < 5 else item for place, item in enumerate(items)]
        report = write(org, changed, settings).report
        assert report is not None
        assert report["api"]["name"] == "collections"
        assert (report["counts"]["written"], report["counts"]["unchanged"]) == (5, 25)
        assert (org.stats().calls.get("bulk_create", 0), org.stats().calls["collections_upsert"]) == (0, 5)
