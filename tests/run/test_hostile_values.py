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


# Salesforce trims white space of ASCII alone: two users' posts show a no-break space that survived the save.
BLANKS = ["\u00a0", "\u2003", "\u0085", "\u3000", "\ufeff", "\x1f"]


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("is_validating", [True, False])
@pytest.mark.parametrize("key", ["Ext__c", "Name"])
@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_key_that_ends_in_a_blank_beyond_ascii_touches_no_other_record(
    org: Sandbox,
    api: str,
    is_validating: bool,  # noqa: FBT001 (a case)
    key: str,
    blank: str,
) -> None:
    fixed = {"Ext__c": {"Name": "n"}, "Name": {}}[key]
    org.insert("Account", [{**fixed, key: "A-1", "Phone": "old"}])
    items = [{**fixed, key: f"A-1{blank}", "Phone": "1"}, {**fixed, key: f" A-1{blank}\t", "Phone": "2"}]
    config = {"matchKey": key, "validate": is_validating, "advanced": {"api": api}}
    for _ in range(2):
        assert outcomes(write(org, items, config)) == {"written": 2}
    assert [(one[key], one["Phone"]) for one in org.records("Account")] == [("A-1", "old"), (f"A-1{blank}", "2")]


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_a_parents_key_with_a_no_break_space_leads_to_no_other_parent(org: Sandbox, api: str) -> None:
    org.insert("Account", [{"Name": "n", "Ext__c": "A-1"}])
    item = {"Ext__c": "C-1", "LastName": "x", "Account": {"Ext__c": "A-1\u00a0"}}
    result = write(org, [item], {"object": "Contact", "matchKey": "Ext__c", "advanced": {"api": api}})
    assert outcomes(result) == {"failed": 1}
    assert org.records("Contact") == []


class TestMomentsForDates:
    """Salesforce takes a date-time for a date and keeps its day in UTC (NetCoreForce 34 and 55)."""

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    def test_midnight_is_that_day(self, org: Sandbox, api: str) -> None:
        midnights = ["2026-03-01T00:00:00", "2026-03-01 00:00:00", "2026-03-01T00:00:00Z", "2026-03-01T00:00"]
        items = [{"Key__c": f"M{n}", "Name": "m", "StartDate__c": day} for n, day in enumerate(midnights)]
        config = {"object": "Project__c", "matchKey": "Key__c", "validate": True, "advanced": {"api": api}}
        assert outcomes(write(org, items, config)) == {"written": 4}
        assert {one["StartDate__c"] for one in org.records("Project__c")} == {"2026-03-01"}

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    @pytest.mark.parametrize(
        ("moment", "kept"),
        [("2021-03-06T00:00:00+04:00", "2021-03-05"), ("2021-03-06T23:00:00-0300", "2021-03-07")],
    )
    def test_a_day_that_could_shift_is_refused_and_shifts_without_validation(
        self, org: Sandbox, api: str, moment: str, kept: str
    ) -> None:
        item = {"Key__c": "O1", "Name": "o", "StartDate__c": moment}
        config = {"object": "Project__c", "matchKey": "Key__c", "advanced": {"api": api}}
        result = write(org, [item], {**config, "validate": True})
        assert result.report is not None
        assert outcomes(result) == {"invalid": 1}
        assert "the day could shift" in result.report["notWritten"][0]["errors"][0]["message"]
        assert outcomes(write(org, [item], config)) == {"written": 1}
        assert [one["StartDate__c"] for one in org.records("Project__c")] == [kept]

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    def test_offsets_in_every_spelling_are_one_moment(self, org: Sandbox, api: str) -> None:
        moments = ["2026-11-23T10:00:00+01", "2026-11-23T06:00:00-03", "2026-11-23T14:30:00+0530"]
        items = [{"Key__c": f"Z{n}", "Name": "z", "KickOff__c": moment} for n, moment in enumerate(moments)]
        config = {"object": "Project__c", "matchKey": "Key__c", "validate": True, "advanced": {"api": api}}
        assert outcomes(write(org, items, config)) == {"written": 3}
        assert {one["KickOff__c"] for one in org.records("Project__c")} == {"2026-11-23T09:00:00.000+0000"}


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
