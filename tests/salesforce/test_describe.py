"""The parsed describe: facts of fields, found as Salesforce finds them."""

import base64

import pytest

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import (
    FieldInfo,
    FieldType,
    ObjectDescribe,
    PicklistValue,
    parse_object_describe,
)


def parse(*fields: dict[str, JsonValue], **facts: JsonValue) -> ObjectDescribe:
    """An object of these fields."""
    return parse_object_describe({"name": "Account", "fields": list(fields), **facts})


def one_field(**facts: JsonValue) -> FieldInfo:
    """The only field of an object."""
    return parse({"name": "X", "type": "string", **facts}).fields[0]


def entry(valid_for: bytes | None) -> PicklistValue:
    """A picklist value with this bit field."""
    text = base64.b64encode(valid_for).decode() if valid_for is not None else None
    return one_field(picklistValues=[{"value": "a", "active": True, "validFor": text}]).picklist_values[0]


@pytest.mark.parametrize("name", ["BillingCity", "billingcity", "BILLINGCITY"])
def test_a_field_is_found_in_any_case(name: str) -> None:
    found = parse({"name": "BillingCity", "type": "string"}).find_field(name)
    assert found is not None
    assert found.name == "BillingCity"


def test_a_reference_is_found_by_its_relationship() -> None:
    describe = parse({"name": "ParentId", "type": "reference", "relationshipName": "Parent"})
    found = describe.find_relationship("parent")
    assert found is not None
    assert found.name == "ParentId"
    assert describe.find_relationship("ParentId") is None
    assert describe.find_field("Parent") is None


@pytest.mark.parametrize("kind", [one.value for one in FieldType])
def test_each_type_is_known_by_its_name_in_the_describe(kind: str) -> None:
    assert one_field(type=kind).type == kind


def test_a_type_that_is_new_to_us_is_one_that_we_do_not_judge() -> None:
    assert one_field(type="complexvalue").type is FieldType.OTHER


def test_a_describe_of_an_old_version_changes_nothing_for_a_writer() -> None:
    describe = parse({"name": "X", "type": "string"})
    field = describe.fields[0]
    assert (describe.key_prefix, describe.can_create, describe.can_update) == (None, True, True)
    assert (field.label, field.length, field.is_nillable, field.is_filterable) == ("X", 0, True, True)
    assert (field.can_create, field.can_update, field.is_unique, field.reference_to) == (False, False, False, ())
    assert field.picklist_values == ()


@pytest.mark.parametrize(
    ("facts", "is_required"),
    [
        pytest.param({"createable": True, "nillable": False}, True, id="required"),
        pytest.param({"createable": True, "nillable": True}, False, id="may be empty"),
        pytest.param({"createable": False, "nillable": False}, False, id="not createable"),
        pytest.param({"createable": True, "nillable": False, "defaultedOnCreate": True}, False, id="defaulted"),
    ],
)
def test_what_a_create_must_bring(facts: dict[str, JsonValue], is_required: bool) -> None:  # noqa: FBT001 (a case)
    assert one_field(**facts).is_required_on_create is is_required


@pytest.mark.parametrize(
    ("facts", "is_native"),
    [({"externalId": True}, True), ({"idLookup": True}, True), ({"unique": True}, False)],
    ids=["external id", "id look-up", "unique only"],
)
def test_which_fields_salesforce_upserts_by(facts: dict[str, JsonValue], is_native: bool) -> None:  # noqa: FBT001
    assert one_field(**facts).is_native_key is is_native


@pytest.mark.parametrize(("targets", "is_polymorphic"), [(["User"], False), (["Group", "User"], True), ([], False)])
def test_a_reference_to_several_objects_is_polymorphic(targets: list[str], is_polymorphic: bool) -> None:  # noqa: FBT001
    assert one_field(type="reference", referenceTo=targets).is_polymorphic is is_polymorphic


@pytest.mark.parametrize(
    ("valid_for", "places"),
    [
        pytest.param(None, [0, 1, 8, 15, 16, 100], id="independent"),
        pytest.param(bytes([0x80, 0x01]), [0, 15], id="first and last bit"),
        pytest.param(b"", [], id="no bits at all"),
    ],
)
def test_the_bits_tell_which_controlling_values_allow_an_entry(valid_for: bytes | None, places: list[int]) -> None:
    asked = (0, 1, 8, 15, 16, 100)
    assert [place for place in asked if entry(valid_for).is_valid_for(place)] == [p for p in asked if p in places]


def test_a_picklist_value_without_a_label_is_its_own_label() -> None:
    (value,) = one_field(picklistValues=[{"value": "a", "label": None}]).picklist_values
    assert (value.value, value.label, value.is_active) == ("a", "a", True)
