"""Names with a dot, as in Salesforce's own CSV files: flat and nested mean the same (Bulk API 2.0 guide)."""

import pytest

from tests.validation.builders import ACCOUNT_ID, checker, codes, describe, field
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import CheckOptions, EmptyValues, Operation, ProblemCode, compile_converter

KEY = field("Ext__c", "string", length=20, externalId=True)
NAME = field("Name", "string", length=80)
PARENT = field("ParentId", "reference", length=18, referenceTo=["Account"], relationshipName="Parent")
WHO = field("WhoId", "reference", length=18, referenceTo=["Contact", "Lead"], relationshipName="Who")
FIELDS = (KEY, NAME, PARENT, WHO)

SAME = {
    "a parent": ({"Parent.Ext__c": "a"}, {"Parent": {"Ext__c": "a"}}),
    "in any case": ({"parent.EXT__c": "a"}, {"Parent": {"Ext__c": "a"}}),
    "by its Id": ({"Parent.Id": ACCOUNT_ID[:15]}, {"Parent": {"Id": ACCOUNT_ID}}),
    "one of several objects": (
        {"lead:who.Email": "a@b.cd"},
        {"Who": {"attributes": {"type": "Lead"}, "Email": "a@b.cd"}},
    ),
    "cleared": ({"Parent.Ext__c": None}, {"ParentId": None}),
}


@pytest.mark.parametrize(("item", "record"), SAME.values(), ids=SAME.keys())
def test_a_flat_name_is_written_nested(item: dict[str, JsonValue], record: dict[str, JsonValue]) -> None:
    written, problems = checker(*FIELDS).check(item)
    assert (written, list(problems)) == (record, [])


@pytest.mark.parametrize("name", ["parent.Ext__c", "Parent.Ext__c"])
def test_it_is_written_nested_without_validation_too(name: str) -> None:
    one = compile_converter(describe(*FIELDS), CheckOptions(operation=Operation.CREATE, match_key="Id"))
    assert one.check({name: "a"}) == ({"Parent": {name.partition(".")[2]: "a"}}, ())
    assert one.check({name: None, "Name": "x"})[0] == {"ParentId": None, "Name": "x"}
    assert one.check({name: "", "Name": "x"})[0] == {"Name": "x"}


def test_an_empty_text_clears_where_the_configuration_says_so() -> None:
    one = checker(*FIELDS, empty_values=EmptyValues.CLEAR)
    assert one.check({"Parent.Ext__c": ""})[0] == {"ParentId": None}


TWICE = [
    {"Name": "a", "name": "b"},
    {"Parent.Ext__c": "a", "Parent": {"Ext__c": "b"}},
    {"Parent": {"Ext__c": "b"}, "parent.ext__c": "a"},
    {"Parent.Ext__c": "a", "Parent.Id": ACCOUNT_ID},
    {"Lead:Who.Email": "a@b.cd", "Contact:Who.Email": "a@b.cd"},
]


@pytest.mark.parametrize("is_validating", [True, False])
@pytest.mark.parametrize("item", TWICE, ids=str)
def test_two_keys_that_mean_one_property_are_a_problem(item: dict[str, JsonValue], is_validating: bool) -> None:  # noqa: FBT001 (a case)
    lenient = compile_converter(describe(*FIELDS), CheckOptions(operation=Operation.CREATE, match_key="Id"))
    one = checker(*FIELDS) if is_validating else lenient
    assert [code for _, code in codes(one, item)] == [ProblemCode.DUPLICATE_PROPERTY]


@pytest.mark.parametrize("chosen", ["Parent", "parent.Ext__c"])
@pytest.mark.parametrize("item", [{"Parent.Ext__c": "a"}, {"Parent": {"Ext__c": "a"}}], ids=["flat", "nested"])
def test_chosen_properties_mean_both_forms(item: dict[str, JsonValue], chosen: str) -> None:
    one = checker(*FIELDS, properties=(chosen,))
    assert one.check({**item, "Name": "x"})[0] == {"Parent": {"Ext__c": "a"}}


@pytest.mark.parametrize("name", ["Nobody.Ext__c", "Parent.Parent.Ext__c", "Name.Ext__c"])
def test_a_path_that_leads_nowhere_is_unknown(name: str) -> None:
    assert codes(checker(*FIELDS), {name: "a"}) == [(name, ProblemCode.UNKNOWN_PROPERTY)]
