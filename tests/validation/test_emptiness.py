"""None, the empty text and an absent key: three things that two writers must understand alike."""

import pytest

from tests.validation.builders import checker, codes, field
from ziggy_sf_write.validation import EmptyValues, Operation, ProblemCode

KINDS = ["string", "int", "double", "date", "datetime", "time", "picklist", "multipicklist", "reference", "base64"]
REQUIRED = field("Name", "string", length=9, nillable=False)
KEY = field("Key__c", "string", length=9)


@pytest.mark.parametrize("kind", [*KINDS, "email", "boolean", "anyType"])
@pytest.mark.parametrize("empty_values", EmptyValues)
def test_none_clears_a_property_of_any_type(kind: str, empty_values: EmptyValues) -> None:
    assert checker(field("X", kind), empty_values=empty_values).check({"X": None})[0] == {"X": None}


@pytest.mark.parametrize("kind", [*KINDS, "email", "boolean", "anyType"])
def test_an_empty_text_is_left_out_or_clears(kind: str) -> None:
    one = field("X", kind)
    assert checker(one).check({"X": ""}) == ({}, [])
    assert checker(one, empty_values=EmptyValues.CLEAR).check({"X": ""}) == ({"X": None}, ())


@pytest.mark.parametrize("kind", KINDS)
def test_a_property_that_must_have_a_value_is_not_cleared(kind: str) -> None:
    one = field("X", kind, nillable=False)
    assert codes(checker(one), {"X": None}) == [("X", ProblemCode.NOT_NILLABLE)]
    assert codes(checker(one, empty_values=EmptyValues.CLEAR), {"X": ""}) == [("X", ProblemCode.NOT_NILLABLE)]


def test_an_empty_text_that_is_left_out_leaves_a_new_record_without_what_it_must_have() -> None:
    assert codes(checker(REQUIRED), {"Name": ""}) == [("Name", ProblemCode.REQUIRED_MISSING)]


def test_an_empty_text_leaves_an_existing_record_as_it_is() -> None:
    one = checker(REQUIRED, KEY, operation=Operation.UPDATE, match_key="Key__c")
    assert one.check({"Key__c": "a", "Name": ""}) == ({"Key__c": "a"}, [])


def test_an_absent_key_stays_absent() -> None:
    assert checker(KEY, REQUIRED).check({"Name": "Acme"})[0] == {"Name": "Acme"}
