"""What comes in on the edge, and what leaves it: Python's values, the caller's own items, the chosen properties."""

import base64
import copy
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.run.executor import execute

APIS = ("collections", "bulk")
PROJECT = {"object": "Project__c", "matchKey": "Key__c"}
UNIQUE = UUID("12345678-1234-5678-1234-567812345678")

PYTHON_VALUES: dict[str, tuple[str, Any, Any]] = {
    "a date": ("StartDate__c", date(2026, 11, 23), "2026-11-23"),
    "a date-time": ("KickOff__c", datetime(2026, 11, 23, 9, tzinfo=UTC), "2026-11-23T09:00:00.000+0000"),
    "a time": ("DailyStandup__c", time(9, 30), "09:30:00.000Z"),
    # The org keeps 15 digits (Salesforce API 3.2).
    "a decimal": ("Budget__c", Decimal("1234567890123.45"), 1234567890123.45),
    "a UUID": ("Summary__c", UNIQUE, str(UNIQUE)),
    "bytes": ("Thumbnail__c", b"\x00\xffpicture", base64.b64encode(b"\x00\xffpicture").decode()),
}


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("is_validating", [True, False], ids=["validated", "as it is"])
@pytest.mark.parametrize(("field", "value", "held"), PYTHON_VALUES.values(), ids=PYTHON_VALUES.keys())
def test_values_of_python_are_written_in_salesforces_form(
    org: Sandbox,
    api: str,
    is_validating: bool,  # noqa: FBT001 (a case)
    field: str,
    value: Any,
    held: Any,
) -> None:
    item = {"Key__c": "a", "Name": "x", field: value}
    result = write(org, [item], {**PROJECT, "validate": is_validating, "advanced": {"api": api}})
    assert outcomes(result) == {"written": 1}, result.report
    assert org.records("Project__c")[0][field] == held


@pytest.mark.parametrize("is_validating", [True, False])
def test_what_is_no_object_is_invalid_or_without_validation_failed(org: Sandbox, is_validating: bool) -> None:  # noqa: FBT001 (a case)
    """Nothing vanishes: without validation such items follow the failures, to the namespace and to the second edge."""
    to_second = {"invalidToSecondEdge": True} if is_validating else {"advanced": {"failedToSecondEdge": True}}
    config = {"matchKey": "Ext__c", "validate": is_validating, **to_second, "errorNamespace": "bad"}
    context = context_for(org)
    strange: list[Any] = ["text", 7, 1.5, True, None, ["nested"], (1, 2)]
    result = write(org, [*strange, {"Ext__c": "a", "Name": "x"}], config, context)
    assert outcomes(result) == {"written": 1, "invalid" if is_validating else "failed": len(strange)}
    assert result.outputs[1] == strange
    assert len(context.store.records) == (0 if is_validating else len(strange))
    assert result.report is not None
    said = [line["errors"][0]["message"].split(",")[0] for line in result.report["notWritten"]]
    assert said == [
        "The item is a text", "The item is a number", "The item is a number", "The item is true or false",
        "The item is null", "The item is an array", "The item is a tuple",
    ]  # fmt: skip


def test_a_block_with_nothing_wired_to_it_writes_nothing_and_emits_two_arrays(org: Sandbox) -> None:
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Id"}
    result = execute(config, [], context_for(org))
    assert result.outputs == ([], [])
    assert org.stats().write_calls == 0


class TestEdgeZero:
    def test_items_are_the_callers_own_with_only_the_id_added(self, org: Sandbox) -> None:
        items = [{"Ext__c": "a", "Name": "x", "Phone": "", "extra": {"deep": [1]}}]
        before = copy.deepcopy(items)
        result = write(org, items, {"matchKey": "Ext__c", "properties": ["Name"]})
        assert result.outputs[0] == [{**before[0], "Id": org.records("Account")[0]["Id"]}]
        assert items == before

    @pytest.mark.parametrize("name", ["Id", "id", "ID"])
    def test_an_id_of_15_characters_is_completed_where_it_stands(self, org: Sandbox, name: str) -> None:
        (known,) = org.insert("Account", [{"Name": "old"}])
        result = write(org, [{name: known[:15], "Name": "new"}], {"matchKey": "Id"})
        assert result.outputs[0] == [{name: known, "Name": "new"}]

    def test_an_item_that_carries_its_id_already_is_the_very_same_object(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "old"}])
        item = {"Id": known, "Name": "new"}
        assert write(org, [item], {"matchKey": "Id"}).outputs[0][0] is item


class TestChosenProperties:
    def test_a_listed_property_that_an_item_lacks_is_left_alone(self, org: Sandbox) -> None:
        org.insert("Account", [{"Ext__c": key, "Name": key, "Phone": "1"} for key in ("a", "b")])
        items = [{"Ext__c": "a", "Phone": "2"}, {"Ext__c": "b", "Name": "new"}]
        write(org, items, {"matchKey": "Ext__c", "properties": ["Name", "Phone"]})
        assert [(one["Name"], one["Phone"]) for one in org.records("Account")] == [("a", "2"), ("new", "1")]

    def test_what_is_not_listed_is_not_judged_either(self, org: Sandbox) -> None:
        item = {"Ext__c": "a", "Name": "x", "NumberOfEmployees": "many", "nonsense": object()}
        config = {"matchKey": "Ext__c", "properties": ["name"], "validate": True}
        assert outcomes(write(org, [item], config)) == {"written": 1}
        assert org.records("Account")[0]["Name"] == "x"


@pytest.mark.parametrize("api", APIS)
class TestSameMeaningOfEmptiness:
    def test_an_absent_key_is_left_alone_null_clears_and_an_empty_text_follows_the_setting(
        self, org: Sandbox, api: str
    ) -> None:
        for setting, left in (("ignore", "1"), ("clear", None)):
            key = f"{api}-{setting}"
            org.insert("Account", [{"Ext__c": key, "Name": "x", "Phone": "1", "Fax": "2", "Site": "3"}])
            advanced = {"api": api, "emptyValues": setting}
            write(org, [{"Ext__c": key, "Phone": "", "Fax": None}], {"matchKey": "Ext__c", "advanced": advanced})
            record = next(one for one in org.records("Account") if one["Ext__c"] == key)
            assert (record["Phone"], record["Fax"], record["Site"]) == (left, None, "3")

    @pytest.mark.parametrize("empty", ["", None])
    def test_the_match_key_is_never_cleared(self, org: Sandbox, api: str, empty: str | None) -> None:
        org.insert("Account", [{"Ext__c": "a", "Name": "x"}])
        config = {"matchKey": "Ext__c", "advanced": {"api": api, "emptyValues": "clear"}}
        assert outcomes(write(org, [{"Ext__c": empty, "Name": "y"}], config)) == {"failed": 1}
        assert [(one["Ext__c"], one["Name"]) for one in org.records("Account")] == [("a", "x")]


class TestReferences:
    def test_an_id_of_another_object_is_invalid_with_validation(self, org: Sandbox) -> None:
        (contact,) = org.insert("Contact", [{"LastName": "x"}])
        item = {"Ext__c": "a", "Name": "x", "ParentId": contact}
        result = write(org, [item], {"matchKey": "Ext__c", "validate": True})
        assert outcomes(result) == {"invalid": 1}
        assert org.records("Account") == []
        assert org.stats().calls["describe_global"] == 1

    def test_key_prefixes_are_not_asked_for_where_no_item_refers_to_another(self, org: Sandbox) -> None:
        write(org, [{"Ext__c": "a", "Name": "x"}], {"matchKey": "Ext__c", "validate": True})
        assert org.stats().calls.get("describe_global", 0) == 0


@pytest.mark.parametrize("is_validating", [True, False])
@pytest.mark.parametrize("first", [None, "", "001gL000002rbzaQAA"])
def test_an_id_in_two_spellings_is_refused_whatever_the_first_one_says(
    org: Sandbox,
    is_validating: bool,  # noqa: FBT001 (a case)
    first: str | None,
) -> None:
    (known,) = org.insert("Account", [{"Name": "Untouched"}])
    result = write(org, [{"Id": first, "id": known, "Name": "x"}], {"matchKey": "Id", "validate": is_validating})
    assert outcomes(result) == {"invalid" if is_validating else "failed": 1}
    assert result.report is not None
    assert "duplicate_property" in {error["code"] for error in result.report["notWritten"][0]["errors"]}
    assert [one["Name"] for one in org.records("Account")] == ["Untouched"]
