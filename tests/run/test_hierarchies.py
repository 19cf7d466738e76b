"""Items that name each other as parents: written in one run, whatever their order.

Salesforce resolves no reference between the rows of one call or one job (SOAP API create(), Bulk API 2.0 guide).
"""

from random import Random

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.contract import BlockResult, JsonValue

APIS = pytest.mark.parametrize("api", ["collections", "bulk"])
# Level by level: 1, 2, 4 and 8 accounts; each names the one above it.
TREE: list[dict[str, JsonValue]] = [
    {"Ext__c": f"H{place}", "Name": "n", **({"Parent": {"Ext__c": f"H{place // 2}"}} if place > 1 else {})}
    for place in range(1, 16)
]
ORDERS = {
    "parents first": TREE,
    "children first": TREE[::-1],
    **{f"shuffled {seed}": Random(seed).sample(TREE, len(TREE)) for seed in range(3)},  # noqa: S311 (the same each time)
}


def _parents(
    org: Sandbox, name: str = "Account", field: str = "ParentId", key: str = "Ext__c"
) -> dict[str, str | None]:
    rows = org.records(name)
    keys = {one["Id"]: one[key] for one in rows}
    return {one[key]: keys.get(one[field]) for one in rows}


def _codes(result: BlockResult) -> list[str]:
    assert result.report is not None
    return [error["code"] for line in result.report["notWritten"] for error in line["errors"]]


@APIS
@pytest.mark.parametrize("is_validating", [True, False])
@pytest.mark.parametrize("items", ORDERS.values(), ids=ORDERS.keys())
def test_four_levels_are_written_in_one_run(
    org: Sandbox,
    api: str,
    items: list[dict[str, JsonValue]],
    is_validating: bool,  # noqa: FBT001 (a case)
) -> None:
    config = {"matchKey": "Ext__c", "validate": is_validating, "advanced": {"api": api}}
    result = write(org, items, config)
    assert outcomes(result) == {"written": 15}, _codes(result)
    assert _parents(org) == {f"H{place}": f"H{place // 2}" if place > 1 else None for place in range(1, 16)}
    assert [item["Ext__c"] for item in result.outputs[0]] == [item["Ext__c"] for item in items]
    if api == "collections":
        assert org.stats().write_calls == 4


@pytest.mark.parametrize("key", ["Name", "Ext__c"])
def test_a_flat_parent_orders_items_too(org: Sandbox, key: str) -> None:
    """`Name` is looked up: a parent by another key than that of the items is left to Salesforce."""
    org.insert("Account", [{"Name": "top", "Ext__c": "top"}])
    items = [
        {"Ext__c": "low", "Name": "low", "Parent.Ext__c": "mid" if key == "Ext__c" else "top"},
        {"Ext__c": "mid", "Name": "mid", "Parent.Ext__c": "top"},
    ]
    assert outcomes(write(org, items, {"matchKey": key, "validate": True})) == {"written": 2}
    assert _parents(org)["mid"] == "top"


def test_a_parent_that_comes_twice_is_there_before_its_child(org: Sandbox) -> None:
    items: list[JsonValue] = [
        {"Ext__c": "c", "Name": "1", "Parent": {"Ext__c": "p"}},
        {"Ext__c": "p", "Name": "1"},
        {"Ext__c": "p", "Name": "2"},
        {"Ext__c": "c", "Name": "2", "Parent": {"Ext__c": "p"}},
    ]
    assert outcomes(write(org, items, {"matchKey": "Ext__c"})) == {"written": 4}
    assert {one["Ext__c"]: one["Name"] for one in org.records("Account")} == {"p": "2", "c": "2"}
    assert _parents(org) == {"p": None, "c": "p"}


def test_a_new_record_may_name_a_parent_by_its_id(org: Sandbox) -> None:
    (top,) = org.insert("Account", [{"Name": "old", "Ext__c": "top"}])
    items = [{"Name": "low", "Ext__c": "low", "Parent": {"Id": top}}, {"Id": top, "Name": "new"}]
    assert outcomes(write(org, items, {"matchKey": "Id"})) == {"written": 2}
    assert _parents(org) == {"top": None, "low": "top"}


@APIS
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_circle_fails_by_name_and_stops_nobody_else(org: Sandbox, api: str, is_dry_run: bool) -> None:  # noqa: FBT001 (a case)
    circle: list[JsonValue] = [
        {"Ext__c": "A", "Name": "a", "Parent": {"Ext__c": "B"}},
        {"Ext__c": "B", "Name": "b", "Parent": {"Ext__c": "C"}},
        {"Ext__c": "C", "Name": "c", "Parent": {"Ext__c": "A"}},
    ]
    others: list[JsonValue] = [
        {"Ext__c": "self", "Name": "s", "Parent": {"Ext__c": "self"}},
        {"Ext__c": "top", "Name": "t"},
        {"Ext__c": "low", "Name": "l", "Parent": {"Ext__c": "top"}},
        {"Ext__c": "A", "Name": "a, without a parent"},
    ]
    config = {"matchKey": "Ext__c", "advanced": {"api": api, "dryRun": is_dry_run}}
    result = write(org, [*circle, *others], config)
    assert outcomes(result) == {"wouldCreate" if is_dry_run else "written": 3, "failed": 4}
    assert _codes(result) == ["circular_parents"] * 4
    assert result.report is not None
    first, *_, own = [line["errors"][0]["message"] for line in result.report["notWritten"]]
    assert "in a circle: 'A' → 'B' → 'C' → 'A'" in first
    assert "in a circle: 'self' → 'self'" in own
    assert _parents(org) == ({} if is_dry_run else {"A": None, "top": None, "low": "top"})


def test_a_large_circle_is_named_by_its_first_items(org: Sandbox) -> None:
    items: list[JsonValue] = [
        {"Ext__c": f"K{place}", "Name": "k", "Parent": {"Ext__c": f"K{(place + 1) % 7}"}} for place in range(7)
    ]
    items.append({"Ext__c": "below", "Name": "b", "Parent": {"Ext__c": "K0"}})
    result = write(org, items, {"matchKey": "Ext__c"})
    assert _codes(result) == ["circular_parents"] * 7 + ["INVALID_FIELD"]
    assert result.report is not None
    assert "'K0' → 'K1' → 'K2' → 'K3' → 'K4' → …" in result.report["notWritten"][0]["errors"][0]["message"]


@APIS
def test_a_circle_is_written_where_one_of_its_records_is_there(org: Sandbox, api: str) -> None:
    org.insert("Project__c", [{"Key__c": "B", "Name": "b"}])
    items: list[JsonValue] = [
        {"Key__c": "B", "Name": "b", "Parent__r": {"Key__c": "A"}},
        {"Key__c": "A", "Name": "a", "Parent__r": {"Key__c": "B"}},
    ]
    config = {"object": "Project__c", "matchKey": "Key__c", "validate": True, "advanced": {"api": api}}
    assert outcomes(write(org, items, config)) == {"written": 2}
    assert _parents(org, "Project__c", "Parent__c", "Key__c") == {"A": "B", "B": "A"}
