"""Validation off: items go as they are, Python values in Salesforce's form, and the key is still guarded."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest

from tests.validation.builders import ACCOUNT_ID, describe, field
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import (
    Checker,
    CheckOptions,
    EmptyValues,
    Operation,
    ProblemCode,
    compile_converter,
)

NAME = field("Name", "string", length=4, nillable=False)
PARENT = field("ParentId", "reference", referenceTo=["Account"], relationshipName="Parent")


def converter(operation: Operation = Operation.CREATE, match_key: str = "Id", **rest: JsonValue) -> Checker:
    """A converter for an object with a name, a parent and nothing else."""
    return compile_converter(describe(NAME, PARENT), CheckOptions(operation=operation, match_key=match_key, **rest))


def codes(one: Checker, item: Mapping[str, JsonValue]) -> list[ProblemCode]:
    """Why an item is refused."""
    return [found.code for found in one.check(item)[1]]


@pytest.mark.parametrize(
    "value", ["far too long", 12, 1.5, True, None, {"a": [1, None]}, [], "03/04/2026", {"Nope": "x"}], ids=repr
)
def test_json_values_go_as_they_came(value: JsonValue) -> None:
    assert converter().check({"name": value}) == ({"Name": value}, ())


def test_names_take_the_spelling_of_the_describe_where_it_knows_them() -> None:
    item = {"NAME": "x", "parent": {"Ext__c": 1}, "Unknown__c": 2, "attributes": {"type": "Account"}}
    assert converter().check(item) == ({"Name": "x", "Parent": {"Ext__c": 1}, "Unknown__c": 2}, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23T10:00:00.000+00:00"),
        (datetime(2026, 11, 23, 10), "2026-11-23T10:00:00.000"),  # noqa: DTZ001 (Salesforce judges it)
        (time(9, 30), "09:30:00.000Z"),
        (Decimal("1.5"), 1.5),
        (Decimal("1234567890123456.78"), Decimal("1234567890123456.78")),
        (Decimal("12.00"), 12),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"hello", "aGVsbG8="),
        (("a", Decimal(1)), ["a", 1]),
        ({"day": date(2026, 11, 23)}, {"day": "2026-11-23"}),
    ],
    ids=repr,
)
def test_python_values_take_salesforces_form(value: JsonValue, expected: JsonValue) -> None:
    assert converter().check({"Name": value})[0] == {"Name": expected}


def deep(levels: int) -> JsonValue:
    """A list in a list in a list."""
    value: JsonValue = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param(float("nan"), ProblemCode.NOT_FINITE, id="nan"),
        pytest.param([{"x": float("-inf")}], ProblemCode.NOT_FINITE, id="nested infinity"),
        pytest.param(Decimal("sNaN"), ProblemCode.NOT_FINITE, id="signalling nan"),
        pytest.param({1}, ProblemCode.NOT_JSON, id="a set"),
        pytest.param(object(), ProblemCode.NOT_JSON, id="an object of Python"),
        pytest.param({"a": {1: 2}}, ProblemCode.NOT_JSON, id="a nested key that is no text"),
        pytest.param(deep(5_000), ProblemCode.NOT_JSON, id="absurdly deep"),
        pytest.param(10**5_000, ProblemCode.OUT_OF_RANGE, id="an integer that Python does not print"),
    ],
)
def test_what_json_cannot_carry_is_a_problem(value: JsonValue, code: ProblemCode) -> None:
    assert codes(converter(), {"Name": value}) == [code]


def test_one_property_in_two_spellings_cannot_be_written() -> None:
    assert codes(converter(), {"Name": "x", "name": "y"}) == [ProblemCode.DUPLICATE_PROPERTY]


@pytest.mark.parametrize("first", ["", ACCOUNT_ID], ids=["empty", "an Id"])
def test_an_upsert_by_id_refuses_an_id_in_two_spellings(first: str) -> None:
    item = {"Id": first, "ID": ACCOUNT_ID, "Name": "x"}
    assert ProblemCode.DUPLICATE_PROPERTY in codes(converter(Operation.UPSERT), item)


def test_items_that_look_alike_are_each_judged_by_their_own_values() -> None:
    one = converter()
    found = [one.check({"Name": value}) for value in ("x", "", "y", 10**400, 7)]
    assert [record for record, _ in found] == [{"Name": "x"}, {}, {"Name": "y"}, {"Name": 10**400}, {"Name": 7}]


def test_emptiness_means_the_same_as_with_validation() -> None:
    assert converter().check({"Name": "", "Other": None}) == ({"Other": None}, [])
    assert converter(empty_values=EmptyValues.CLEAR).check({"Name": ""}) == ({"Name": None}, ())


def test_chosen_properties_mean_the_same_as_with_validation() -> None:
    assert converter(properties=("name",)).check({"Name": "x", "Other": 1}) == ({"Name": "x"}, ())


@pytest.mark.parametrize("item", [{}, {"name": None}, {"Name": ""}], ids=repr)
def test_the_match_key_is_guarded_as_with_validation(item: dict[str, JsonValue]) -> None:
    assert codes(converter(Operation.UPDATE, "Name"), item) == [ProblemCode.KEY_MISSING]


@pytest.mark.parametrize("item", [{"Id": None}, {"id": ""}, {}], ids=repr)
def test_an_upsert_by_id_without_an_id_is_a_create(item: dict[str, JsonValue]) -> None:
    assert converter(Operation.UPSERT).check({**item, "Name": "x"}) == ({"Name": "x"}, ())


def test_an_id_goes_as_it_came() -> None:
    short = ACCOUNT_ID[:15]
    assert converter(Operation.UPDATE).check({"id": short, "Name": "x"}) == ({"Id": short, "Name": "x"}, ())


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE])
def test_no_branch_brings_problems(operation: Operation) -> None:
    assert list(converter(Operation.UPSERT, "Name").branch_problems({"Id": 1}, operation)) == []
