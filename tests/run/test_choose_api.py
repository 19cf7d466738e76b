"""Which API writes: below the threshold the one, above it the other, and why."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.orgs import outcomes, write
from ziggy_sf_write.block.config import Api, parse_config
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.plan import choose_api, is_worth_a_job
from ziggy_sf_write.salesforce.org import ApiUsage

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
    choice = choose_api(parse_config(config).advanced, count=count, usage=left)
    assert choice.api is api
    assert reason in choice.reason


@pytest.mark.parametrize(
    ("concurrency", "threshold"),
    [(1, 1_220), (2, 3_125), (3, 6_522), (4, 14_286), (5, 50_000), (6, None), (25, None), ("auto", None)],
)
def test_without_a_threshold_the_faster_one_is_taken(concurrency: int | str, threshold: int | None) -> None:
    config = {"connection": "c", "object": "o", "matchKey": "k", "advanced": {"concurrency": concurrency}}
    advanced = parse_config(config).advanced
    if threshold is None:
        choice = choose_api(advanced, count=10_000_000, usage=None)
        assert (choice.api, "are faster than a job" in choice.reason) == (Api.COLLECTIONS, True)
    else:
        assert choose_api(advanced, count=threshold - 1, usage=None).api is Api.COLLECTIONS
        assert choose_api(advanced, count=threshold, usage=None).api is Api.BULK


@pytest.mark.parametrize(
    ("count", "used", "api"),
    [
        (100_000, 0, Api.COLLECTIONS),
        (600_000, 0, Api.COLLECTIONS),
        (600_200, 0, Api.BULK),
        (100_000, 13_000, Api.BULK),
        (2_000, 14_990, Api.COLLECTIONS),
    ],
)
def test_scarce_calls_are_left_to_others(count: int, used: int, api: Api) -> None:
    advanced = parse_config({"connection": "c", "object": "o", "matchKey": "k"}).advanced
    assert choose_api(advanced, count=count, usage=ApiUsage(used=used, limit=15_000)).api is api


def test_items_of_later_edges_count_for_the_calls_but_not_for_the_threshold() -> None:
    advanced = parse_config({"connection": "c", "object": "o", "matchKey": "k"}).advanced
    left = ApiUsage(used=99_000, limit=100_000)
    assert choose_api(advanced, count=20_000, expected=1_000_000, usage=None).api is Api.COLLECTIONS
    choice = choose_api(advanced, count=20_000, expected=1_000_000, usage=left)
    assert (choice.api, choice.reason) == (Api.BULK, "5000 calls would be needed, and only 1000 are left today.")


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
        # One call at a time is so slow that a job is faster.
        ({"concurrency": 1}, 1_300, True, True),
        ({"concurrency": 1}, 1_300, False, False),
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
