"""Values that break careless clients, through both writers and the look-up: what comes back is what was sent."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for, outcomes, write

TEXTS = {
    "quotes": 'O\'Brien said "no"',
    "backslashes": "C:\\new\\table",
    "newline": "two\nlines",
    "carriage return": "dos\r\nlines",
    "tab": "a\tb",
    "emoji": "👩‍👩‍👧‍👦 Zürich ß",
    "slash and percent": "a/b%2Fc%zz?x=1&y=#2",
    "N/A": "#N/A",
    "formula": "=cmd|' /C calc'!A0",
    "SOQL": "' OR Name != '",
    "wildcards": "100%_sure",
    "JSON": '{"a": [1, "\\u0000"]}',
    "XML": "<b>&amp;</b>",
    "CSV": '"a","b"\n"c"',
    "right to left": "שלום עולם",
    "combining": "e\u0301 and \u00e9",
    "unicode line separators": "a\u2028b\u2029c\u0085d",
}


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_texts_arrive_as_they_are(org: Sandbox, api: str) -> None:
    items = [{"Ext__c": name, "Name": "x", "Description": text} for name, text in TEXTS.items()]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": api}})
    assert outcomes(result) == {"written": len(TEXTS)}
    assert {one["Ext__c"]: one["Description"] for one in org.records("Account")} == TEXTS


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_texts_are_keys_of_an_upsert(org: Sandbox, api: str) -> None:
    for phone in ("1", "2"):
        items = [{"Ext__c": text, "Name": name, "Phone": phone} for name, text in TEXTS.items()]
        result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": api}})
        assert outcomes(result) == {"written": len(TEXTS)}, result.report
    assert {(one["Name"], one["Phone"]) for one in org.records("Account")} == {(name, "2") for name in TEXTS}


def test_texts_are_found_by_a_look_up(org: Sandbox) -> None:
    for phone in ("1", "2"):
        items = [{"Name": text, "Phone": phone} for text in TEXTS.values()]
        assert outcomes(write(org, items, {"matchKey": "Name"})) == {"written": len(TEXTS)}
    assert {(one["Name"], one["Phone"]) for one in org.records("Account")} == {(text, "2") for text in TEXTS.values()}


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_a_text_of_130_000_characters_fails_alone(org: Sandbox, api: str) -> None:
    items: list[dict[str, Any]] = [{"Ext__c": str(number), "Name": "x"} for number in range(5)]
    items[2]["Description"] = "y" * 130_000
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": api}})
    assert outcomes(result) == {"written": 4, "failed": 1}
    assert result.report is not None
    (line,) = result.report["notWritten"]
    assert (line["index"], line["errors"][0]["code"]) == (2, "STRING_TOO_LONG")
    assert len(line["errors"][0]["message"]) <= 500


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_nul_is_judged_by_the_org_and_harms_no_neighbour(org: Sandbox, api: str) -> None:
    items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "nul\0here"}, {"Ext__c": "c", "Name": "z"}]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": api}})
    assert outcomes(result).get("written", 0) >= 2
    assert {"a", "c"} <= {one["Ext__c"] for one in org.records("Account")}


HALF = "half \ud800"  # of a surrogate pair: JSON can say it, UTF-8 cannot


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_half_a_character_is_refused_and_harms_no_neighbour(org: Sandbox, api: str) -> None:
    items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": HALF}]
    for is_validating, outcome in ((True, "invalid"), (False, "failed")):
        config = {"matchKey": "Ext__c", "validate": is_validating, "advanced": {"api": api}}
        assert outcomes(write(org, items, config)) == {"written": 1, outcome: 1}
    assert [one["Ext__c"] for one in org.records("Account")] == ["a"]


def test_half_a_character_in_a_key_that_is_looked_up_fails_alone(org: Sandbox) -> None:
    result = write(org, [{"Name": "x"}, {"Name": HALF}], {"matchKey": "Name"})
    assert outcomes(result) == {"written": 1, "failed": 1}
    assert [one["Name"] for one in org.records("Account")] == ["x"]


def test_half_a_character_is_kept_in_the_namespace(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    write(org, [{"Name": HALF}], {"matchKey": "Ext__c", "errorNamespace": "bad"}, context)
    (kept,) = context.store.find("bad", limit=9)
    assert kept.data["data"] == {"Name": HALF}


UNSAYABLE = {
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "set": {1, 2},
    "object": object(),
}


@pytest.mark.parametrize("value", UNSAYABLE.values(), ids=UNSAYABLE.keys())
def test_what_json_cannot_say_is_invalid_or_without_validation_failed(org: Sandbox, value: object) -> None:
    for is_validating, outcome in ((True, "invalid"), (False, "failed")):
        item = {"Ext__c": "a", "Name": "x", "AnnualRevenue": value}
        assert outcomes(write(org, [item], {"matchKey": "Ext__c", "validate": is_validating})) == {outcome: 1}


@pytest.mark.parametrize("count", [0, 1, 9_999, 10_000, 10_001])
@pytest.mark.slow
def test_boundaries_of_the_threshold(org: Sandbox, count: int) -> None:
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(count)]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"bulkThreshold": 10_000}})
    assert result.report is not None
    assert result.report["counts"]["written"] == count == len(org.records("Account"))
    expected = "none" if count == 0 else "bulk" if count >= 10_000 else "collections"
    assert result.report["api"]["name"] == expected
