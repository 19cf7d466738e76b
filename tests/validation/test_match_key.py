"""The match key: present, never cleared, and free of the rules for what is written."""

from collections.abc import Callable

import pytest

from tests.validation.builders import ACCOUNT_ID, checker, codes, describe, field
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.validation import (
    Checker,
    CheckOptions,
    EmptyValues,
    Operation,
    ProblemCode,
    compile_checker,
    compile_converter,
)

KEY = field("Key__c", "string", length=9)
NAME = field("Name", "string", length=9)


@pytest.mark.parametrize("empty_values", EmptyValues)
@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.UPSERT])
@pytest.mark.parametrize("item", [{}, {"Key__c": None}, {"Key__c": ""}, {"key__C": "  "}], ids=repr)
def test_a_missing_key_is_a_problem(
    item: dict[str, JsonValue], operation: Operation, empty_values: EmptyValues
) -> None:
    one = checker(KEY, NAME, operation=operation, match_key="key__c", empty_values=empty_values)
    assert codes(one, {**item, "Name": "x"}) == [("Key__c", ProblemCode.KEY_MISSING)]


def test_an_update_by_id_without_an_id_has_no_key() -> None:
    one = checker(NAME, operation=Operation.UPDATE)
    assert codes(one, {"Name": "x"}) == [("Id", ProblemCode.KEY_MISSING)]
    assert codes(one, {"Id": None, "Name": "x"}) == [("Id", ProblemCode.KEY_MISSING)]


def test_a_key_that_only_finds_the_record_need_not_be_writable() -> None:
    number = field("CaseNumber", "string", length=9, createable=False, updateable=False, autoNumber=True)
    one = checker(number, NAME, operation=Operation.UPSERT, match_key="CaseNumber")
    record, problems = one.check({"casenumber": "0001", "Name": "x"})
    assert (record, problems) == ({"CaseNumber": "0001", "Name": "x"}, ())
    assert list(one.branch_problems(record, Operation.CREATE)) == []


def test_a_key_obeys_its_own_type() -> None:
    one = checker(KEY, operation=Operation.UPDATE, match_key="Key__c")
    assert codes(one, {"Key__c": "x" * 10}) == [("Key__c", ProblemCode.TOO_LONG)]


def test_an_id_is_written_in_eighteen_characters() -> None:
    one = checker(NAME, operation=Operation.UPDATE)
    assert one.check({"id": ACCOUNT_ID[:15], "Name": "x"}) == ({"Id": ACCOUNT_ID, "Name": "x"}, ())


def test_an_id_beside_another_key_is_not_writable() -> None:
    one = checker(KEY, operation=Operation.UPDATE, match_key="Key__c")
    assert codes(one, {"Key__c": "a", "Id": ACCOUNT_ID}) == [("Id", ProblemCode.NOT_WRITABLE)]


@pytest.mark.parametrize("compile_one", [compile_checker, compile_converter])
@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.UPSERT])
@pytest.mark.parametrize("empty_values", EmptyValues)
@pytest.mark.parametrize("properties", [(), ("Id", "Name"), ("Name",)], ids=repr)
@pytest.mark.parametrize(("id_key", "empty"), [("Id", None), ("Id", ""), ("iD", None)])
def test_an_empty_id_beside_another_key_counts_as_absent(
    compile_one: Callable[[ObjectDescribe, CheckOptions], Checker],
    operation: Operation,
    empty_values: EmptyValues,
    properties: tuple[str, ...],
    id_key: str,
    empty: JsonValue,
) -> None:
    options = CheckOptions(operation=operation, match_key="Key__c", properties=properties, empty_values=empty_values)
    item = {id_key: empty, "Key__c": "a", "Name": "x"}
    record, problems = compile_one(describe(KEY, NAME), options).check(item)
    assert (record, list(problems)) == ({"Key__c": "a", "Name": "x"}, [])
    assert item == {id_key: empty, "Key__c": "a", "Name": "x"}


def test_an_empty_id_does_not_excuse_a_second_one() -> None:
    one = checker(KEY, operation=Operation.UPDATE, match_key="Key__c")
    found = codes(one, {"Key__c": "a", "Id": None, "id": ACCOUNT_ID})
    assert ("Id", ProblemCode.DUPLICATE_PROPERTY) in found


def test_a_key_that_the_object_lacks_is_unknown_on_every_item() -> None:
    one = compile_checker(describe(NAME), CheckOptions(operation=Operation.UPSERT, match_key="Ext"))
    assert codes(one, {"Name": "x", "Ext": "a"}) == [("Ext", ProblemCode.UNKNOWN_PROPERTY)]
    assert codes(one, {"Name": "x"}) == [("Ext", ProblemCode.KEY_MISSING)]


def test_an_unusable_id_in_the_screenshots_item_is_refused_with_a_helpful_sentence() -> None:
    _, (problem,) = checker(NAME, operation=Operation.UPSERT).check({"Id": "invalidId", "Name": "Acme"})
    assert problem.message == (
        "`Id`: 'invalidId' is not a Salesforce Id: an Id has 15 or 18 letters and digits, this has 9; "
        "copy the Id from the record's address or a report"
    )
