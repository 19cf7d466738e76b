"""Inputs after public reports of other loaders' users, each with what the org must hold afterwards; values are ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Items for an object and key, what the org holds before, and the fields that it holds after, sorted by key."""

    items: Rows
    kept: Rows
    key: str = "Key__c"
    object: str = "Project__c"
    seed: Rows = field(default_factory=list)
    ended: Mapping[str, int] | None = None


def _numbers(*values: float | str, kept: list[float], seed: float | None = None) -> Case:
    """Numbers as keys: which of them are one record."""
    return Case(
        key="Number__c",
        items=[{"Number__c": value, "Name": str(place)} for place, value in enumerate(values)],
        seed=[] if seed is None else [{"Number__c": seed, "Name": "seed"}],
        kept=[{"Number__c": value} for value in kept],
        ended={"written": len(values)},
    )


def _day(sent: str, kept: str | None) -> Case:
    rows = [{"StartDate__c": kept}] if kept else []
    ended = {"written": 1} if kept else {"invalid": 1}
    return Case(items=[{"Key__c": "M", "Name": "m", "StartDate__c": sent}], kept=rows, ended=ended)


def _choices(sent: str, kept: str) -> Case:
    return Case(items=[{"Key__c": "S", "Name": "s", "Skills__c": sent}], kept=[{"Skills__c": kept}])


def _budget(sent: float | str, kept: float) -> Case:
    return Case(
        key="Budget__c",
        items=[{"Budget__c": sent, "Name": "found by its budget"}],
        seed=[{"Budget__c": kept, "Name": "old"}],
        kept=[{"Budget__c": kept, "Name": "found by its budget"}],
    )


def _amounts(budget: float | str, progress: float | str, kept: tuple[float, float]) -> Case:
    return Case(
        items=[{"Key__c": "D1", "Name": "d", "Budget__c": budget, "Progress__c": progress}],
        kept=[dict(zip(("Budget__c", "Progress__c"), kept, strict=True))],
    )


def _emoji(text: str) -> Case:
    return Case(items=[{"Key__c": "E1", "Name": text}], kept=[{"Name": text}])


def _contact(name: str, key: str, value: str) -> Case:
    """A contact whose parent is named by one flat property; the account's name and e-mail are its keys' values."""
    return Case(
        object="Contact",
        key="Ext__c",
        items=[{"Ext__c": "C-1", "LastName": "Okafor", f"{name}.{key}": value}],
        kept=[{"LastName": "Okafor"}],
    )


CASES = {
    "a day at midnight": _day("2026-03-01T00:00:00", "2026-03-01"),
    "a day at midnight after a blank": _day("2026-03-01 00:00:00", "2026-03-01"),
    "a day at midnight in UTC": _day("2026-03-01T00:00:00Z", "2026-03-01"),
    "a day at midnight in UTC after a blank": _day("2026-03-01 00:00:00Z", "2026-03-01"),
    "a leap day at midnight": _day("2024-02-29T00:00:00", "2024-02-29"),
    "a day with an offset": _day("2021-03-06T00:00:00+04:00", None),
    "a day with a short offset": _day("2021-03-06T00:00:00-03", None),
    "a day with an offset without a colon": _day("2021-03-06T00:00:00+0530", None),
    "a day at noon": _day("2021-03-06T12:00:00Z", None),
    "decimals beyond the scale": _amounts(237.631, 12.3456, (237.631, 12.3456)),
    "decimals beyond the scale as texts": _amounts("237.631", " 12.3456 ", (237.631, 12.3456)),
    "decimals with an exponent": _amounts(2.37631e2, "123456e-4", (237.631, 12.3456)),
    "amounts below a cent": _amounts(0.001, -0.0001, (0.001, -0.0001)),
    "a half beside a whole key": _numbers(42.5, kept=[42, 42.5], seed=42),
    "a quarter beside a whole key": _numbers(7, 7.25, kept=[7, 7.25]),
    "keys of one number": _numbers(42.0, "42", "4.2e1", kept=[42]),
    "keys that differ in the sixth decimal": _numbers(1.000001, 1.000002, kept=[1.000001, 1.000002]),
    "a negative key and its amount": _numbers(-7.5, 7.5, kept=[-7.5, 7.5]),
    "a look-up by three decimals": _budget(237.631, 237.631),
    "a look-up by a text": _budget("237.6310", 237.631),
    "a look-up by a sum of fractions": _budget(0.1 + 0.2, 0.3),
    "a look-up by an exponent": _budget("1.25e3", 1250),
    "a parent under a flat name": _contact("Account", "Ext__c", "A-1"),
    "a parent under a flat name in another case": _contact("account", "ext__C", "a-1"),
    "a parent under a flat name with a blank": _contact("Account", "Ext__c", " A-1"),
    "a parent by a number under a flat name": _contact("Account", "ErpNumber__c", "7.0"),
    "a hierarchy": Case(
        object="Account",
        key="Ext__c",
        items=[
            {"Ext__c": "H3", "Name": "Plant", "Parent": {"Ext__c": "H2"}},
            {"Ext__c": "H1", "Name": "Group"},
            {"Ext__c": "H2", "Name": "Country", "Parent": {"Ext__c": "H1"}},
        ],
        kept=[{"Name": "Group"}, {"Name": "Country"}, {"Name": "Plant"}],
    ),
    **{
        f"an Id that is {empty!r}": Case(
            object="Account",
            key="Ext__c",
            items=[{name: empty, "Ext__c": "A-1", "Name": "Werft"}],
            kept=[{"Ext__c": "A-1", "Name": "Werft"}],
        )
        for name, empty in (("Id", None), ("Id", ""), ("id", None))
    },
    "choices in another order, one twice": _choices("SQL;Python;SQL", "Python;SQL"),
    "choices with blanks": _choices("SQL; React", "React;SQL"),
    "all choices backwards": _choices("SQL;React;Salesforce;Python", "Python;Salesforce;React;SQL"),
    "one choice, three times": _choices("React;React;React", "React"),
    "emoji that may be too long": _emoji("\U0001f600" * 80),
    "emoji of several characters": _emoji("\U0001f469\u200d\U0001f469\u200d\U0001f467" * 16),
    "letters and emoji that just fit": _emoji("x" * 79 + "\U0001f600"),
    "letters with marks of their own": _emoji("e\u0301" * 40),
}


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_org_holds_what_was_meant(org: Sandbox, case: Case, api: str) -> None:
    if case.object == "Contact":
        accounts = org.insert("Account", [{"Name": "x", "Ext__c": "A-1", "ErpNumber__c": 7}])
    org.insert(case.object, case.seed)
    config = {"object": case.object, "matchKey": case.key, "validate": True, "advanced": {"api": api}}
    for _ in range(2):
        result = write(org, case.items, config)
        assert outcomes(result) == (case.ended or {"written": len(case.items)}), result.report
    rows = sorted(org.records(case.object), key=lambda row: row[case.key])
    assert len(rows) == len(case.kept)
    assert [{name: row[name] for name in kept} for row, kept in zip(rows, case.kept, strict=True)] == case.kept
    if case.object == "Contact":
        assert [row["AccountId"] for row in rows] == accounts


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_a_day_that_shifts_is_what_an_unchecked_offset_costs(org: Sandbox, api: str) -> None:
    """NetCoreForce #34 and #55: the date in UTC."""
    items = [{"Key__c": "O1", "Name": "o", "StartDate__c": "2021-03-06T00:00:00+04:00"}]
    config = {"object": "Project__c", "matchKey": "Key__c", "advanced": {"api": api}}
    assert outcomes(write(org, items, config)) == {"written": 1}
    assert [one["StartDate__c"] for one in org.records("Project__c")] == ["2021-03-05"]
