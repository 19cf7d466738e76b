"""Keys that a look-up searches: one that cannot be searched harms no neighbour, and none finds another's record."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.contract import BlockResult

PROJECT = "Project__c"
NOWHERE = "001gL000002rbzaQAA"

UNSEARCHABLE: dict[str, tuple[str, str, Any, Any]] = {
    "an Id of another alphabet": ("Account", "ParentId", "nonsense", NOWHERE),
    "an Id with a wrong checksum": ("Account", "ParentId", "001gL000002rbzaAAA", NOWHERE),
    "a text for a number": (PROJECT, "Headcount__c", "many", 5),
    "a number without end": (PROJECT, "Budget__c", "1e400", 5),
    "a number of a million digits": (PROJECT, "Budget__c", "1e1000000", 5),
    "a number whose exponent is one": (PROJECT, "Budget__c", "1e9999999999999999999", 5),
    "a thirteenth month": (PROJECT, "StartDate__c", "2026-13-45", "2026-01-01"),
    "a date before any query's": (PROJECT, "StartDate__c", "1600-01-01", "1700-01-01"),
    "a date after any query's": (PROJECT, "StartDate__c", "4001-01-01", "4000-12-31"),
    "a moment after any query's": (PROJECT, "KickOff__c", "9999-12-31T00:00:00Z", "2026-01-01T10:00:00Z"),
    "a fraction of a second": (PROJECT, "KickOff__c", "2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00.000Z"),
    "a date-time without a zone": (PROJECT, "KickOff__c", "2026-01-01T10:00:00", "2026-01-01T10:00:00Z"),
    "a 25th hour": (PROJECT, "KickOff__c", "2026-01-01T25:00:00Z", "2026-01-01T10:00:00Z"),
}


def _codes(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


@pytest.mark.parametrize(
    ("name", "key", "bad", "good"),
    UNSEARCHABLE.values(),
    ids=UNSEARCHABLE.keys(),
)
def test_a_key_that_no_query_can_say_fails_alone(org: Sandbox, name: str, key: str, bad: Any, good: Any) -> None:
    org.insert("Account", [{"Id": NOWHERE, "Name": "parent"}])
    items = [{key: bad, "Name": "bad"}, {key: good, "Name": "good"}]
    result = write(org, items, {"object": name, "matchKey": key})
    assert _codes(result) == [(0, "failed", "key_not_searchable")]
    assert "good" in [one["Name"] for one in org.records(name)]
    assert "bad" not in [one["Name"] for one in org.records(name)]


def test_a_preview_of_the_screenshots_items_names_the_invalid_one(org: Sandbox) -> None:
    (known,) = org.insert("Account", [{"Name": "Original"}])
    items = [{"Id": known, "Name": "Changed Name 1"}, {"Id": "invalidId", "Name": "Changed Name 2"}]
    result = write(org, items, {"matchKey": "Id", "advanced": {"dryRun": True}})
    assert outcomes(result) == {"wouldUpdate": 1, "failed": 1}
    assert _codes(result) == [(1, "failed", "key_not_searchable")]


@pytest.mark.parametrize("is_validating", [True, False])
def test_a_time_of_day_in_any_spelling_finds_its_record(org: Sandbox, is_validating: bool) -> None:  # noqa: FBT001 (a case)
    config = {"object": PROJECT, "matchKey": "DailyStandup__c", "validate": is_validating}
    for spelling in ("09:00:00Z", "09:00:00.000Z"):
        assert outcomes(write(org, [{"DailyStandup__c": spelling, "Name": spelling}], config)) == {"written": 1}
    assert [one["Name"] for one in org.records(PROJECT)] == ["09:00:00.000Z"]


def test_a_preview_compares_a_native_key_as_the_upsert_would(org: Sandbox) -> None:
    """A query finds `ABC` by `abc`; Salesforce's own upsert by a key that is not unique does not."""
    org.insert(PROJECT, [{"Name": "n", "LegacyKey__c": "ABC"}])
    items = [{"LegacyKey__c": "abc", "Name": "1"}, {"LegacyKey__c": "Abc", "Name": "2"}]
    config = {"object": PROJECT, "matchKey": "LegacyKey__c"}
    preview = write(org, items, {**config, "advanced": {"dryRun": True}})
    assert outcomes(preview) == {"wouldCreate": 2}
    written = write(org, items, config)
    assert written.report is not None
    assert written.report["created"] == 2


def test_a_preview_of_a_native_number_is_no_stricter_than_the_upsert(org: Sandbox) -> None:
    config = {"matchKey": "ErpNumber__c", "advanced": {"dryRun": True}}
    assert outcomes(write(org, [{"ErpNumber__c": 5.5, "Name": "x"}], config)) == {"wouldCreate": 1}


@pytest.mark.parametrize("number", [1e17, "1E5", "12.00", "+7", -3])
def test_a_number_in_any_spelling_finds_its_record(org: Sandbox, number: Any) -> None:
    org.insert("Account", [{"Name": "old", "ErpNumber__c": float(number)}])
    config = {"matchKey": "ErpNumber__c", "upsert": False, "properties": ["Phone"]}
    write(org, [{"ErpNumber__c": number, "Phone": "1"}], {**config, "validate": True})
    assert [one["Phone"] for one in org.records("Account")] == ["1"]


class TestDecimalsBeyondTheScale:
    """Salesforce's help articles 000387302 and 000212661: the API keeps them, only the page rounds what it shows."""

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    @pytest.mark.parametrize("is_validating", [True, False])
    @pytest.mark.parametrize("number", [42.5, 42.000001, 41.99999])
    def test_a_number_beside_a_whole_one_is_another_record(
        self,
        org: Sandbox,
        api: str,
        is_validating: bool,  # noqa: FBT001 (a case)
        number: float,
    ) -> None:
        org.insert(PROJECT, [{"Number__c": 42, "Name": "whole"}])
        config = {"object": PROJECT, "matchKey": "Number__c", "validate": is_validating, "advanced": {"api": api}}
        for name in ("half", "again"):
            assert outcomes(write(org, [{"Number__c": number, "Name": name}], config)) == {"written": 1}
        assert [(one["Number__c"], one["Name"]) for one in org.records(PROJECT)] == [(42, "whole"), (number, "again")]

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    @pytest.mark.parametrize("numbers", [(7, 7.25), (0, -0.125), (1e-7, 2e-7)], ids=repr)
    def test_two_of_one_edge_are_two_records(self, org: Sandbox, api: str, numbers: tuple[float, float]) -> None:
        items = [{"Number__c": number, "Name": f"{place}"} for place, number in enumerate(numbers)]
        config = {"object": PROJECT, "matchKey": "Number__c", "validate": True, "advanced": {"api": api}}
        result = write(org, items, config)
        held = {one["Id"]: (one["Number__c"], one["Name"]) for one in org.records(PROJECT)}
        assert [held[one["Id"]] for one in result.outputs[0]] == [(numbers[0], "0"), (numbers[1], "1")]

    @pytest.mark.parametrize("is_validating", [True, False])
    @pytest.mark.parametrize(("key", "number"), [("Budget__c", 237.631), ("Progress__c", 12.3456), ("Budget__c", 1e-7)])
    def test_a_look_up_finds_what_was_stored(
        self,
        org: Sandbox,
        is_validating: bool,  # noqa: FBT001 (a case)
        key: str,
        number: float,
    ) -> None:
        config = {"object": PROJECT, "matchKey": key, "validate": is_validating}
        for name in ("first", "second"):
            assert outcomes(write(org, [{key: number, "Name": name}], config)) == {"written": 1}
        assert [(one[key], one["Name"]) for one in org.records(PROJECT)] == [(number, "second")]

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    def test_they_are_stored_as_sent(self, org: Sandbox, api: str) -> None:
        item = {"Key__c": "D1", "Name": "d", "Budget__c": 237.631, "Progress__c": 12.3456}
        config = {"object": PROJECT, "matchKey": "Key__c", "validate": True, "advanced": {"api": api}}
        assert outcomes(write(org, [item], config)) == {"written": 1}
        assert [(one["Budget__c"], one["Progress__c"]) for one in org.records(PROJECT)] == [(237.631, 12.3456)]


@pytest.mark.parametrize("is_validating", [True, False])
def test_blanks_around_a_key_do_not_make_a_second_record_on_every_run(
    org: Sandbox,
    is_validating: bool,  # noqa: FBT001 (a case)
) -> None:
    for phone in ("1", "2"):
        item = {"Name": " Acme ", "Phone": phone}
        assert outcomes(write(org, [item], {"matchKey": "Name", "validate": is_validating})) == {"written": 1}
    assert [(one["Name"], one["Phone"]) for one in org.records("Account")] == [("Acme", "2")]


def test_blanks_around_a_key_are_the_same_key_as_none(org: Sandbox) -> None:
    items = [{"Name": "Acme", "Phone": "1"}, {"Name": " Acme", "Phone": "2"}, {"Name": "ACME ", "Phone": "3"}]
    assert outcomes(write(org, items, {"matchKey": "Name"})) == {"written": 3}
    assert [one["Phone"] for one in org.records("Account")] == ["3"]


@pytest.mark.parametrize(("one", "other"), [("Straße", "Strasse"), ("ﬁne", "fine"), ("İzmir", "izmir")])
def test_texts_that_only_look_alike_are_two_records(org: Sandbox, one: str, other: str) -> None:
    org.insert("Account", [{"Name": one}, {"Name": other}])
    items = [{"Name": one, "Phone": "1"}, {"Name": other, "Phone": "2"}]
    assert outcomes(write(org, items, {"matchKey": "Name"})) == {"written": 2}
    assert [(held["Name"], held["Phone"]) for held in org.records("Account")] == [(one, "1"), (other, "2")]


class TestItemsThatCarryAnId:
    """The match key decides, and an Id that says otherwise is no reason to write to another record."""

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    def test_one_that_leads_to_another_record_fails_and_neither_record_is_touched(self, org: Sandbox, api: str) -> None:
        first, second = org.insert("Account", [{"Name": "a"}, {"Name": "b"}])
        config = {"matchKey": "Name", "advanced": {"api": api}}
        result = write(org, [{"Id": second, "Name": "a", "Phone": "1"}], config)
        assert _codes(result) == [(0, "failed", "ambiguous")]
        assert result.report is not None
        message = result.report["notWritten"][0]["errors"][0]["message"]
        assert first in message
        assert second in message
        assert [(one["Name"], one["Phone"]) for one in org.records("Account")] == [("a", None), ("b", None)]

    def test_one_that_leads_to_the_same_record_is_written(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "a"}])
        items = [{"Id": known[:15], "Name": "a", "Phone": "1"}]
        result = write(org, items, {"matchKey": "Name"})
        assert result.outputs[0] == [{"Id": known, "Name": "a", "Phone": "1"}]
        assert [one["Phone"] for one in org.records("Account")] == ["1"]
