"""Picklists by record type (User Interface API Developer Guide, "Get Values for a Picklist Field")."""

from pathlib import Path

import pytest

from salesforce_sandbox import SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from salesforce_sandbox.schema.build import SchemaError
from salesforce_sandbox.schema.load import load_schema
from tests.sandbox.client import Api, Record, error_of

OBJECT = """
name: Crate__c
prefix: aC0
record_types:
  - {name: Small, developer_name: Small, default: true, picklists: {Size__c: [S, M], Tags__c: [a], Free__c: [x]}}
  - {name: Large, developer_name: Large, picklists: {Size__c: [L]}}
fields:
  Name: {type: string, length: 80, name_field: true}
  RecordTypeId: {type: reference, to: RecordType, defaulted: true}
  Size__c: {type: picklist, label: Size, restricted: true, values: [S, {value: M, default: true}, L]}
  Tags__c: {type: multipicklist, label: Tags, restricted: true, values: [a, b]}
  Free__c: {type: picklist, values: [x, y]}
  Part__c: {type: picklist, controller: Size__c, values: [{value: lid, for: [0, 2]}, {value: gone, active: false}]}
"""
MASTER = "012000000000000AAA"


@pytest.fixture
def crates(start_sandbox: StartSandbox, tmp_path: Path) -> Api:
    (tmp_path / "crate.yaml").write_text(OBJECT)
    return Api(org=start_sandbox(SandboxOptions(objects=(tmp_path,))))


def type_of(api: Api, name: str) -> str:
    found = api.rows(f"SELECT Id FROM RecordType WHERE SobjectType = 'Crate__c' AND Name = '{name}'")  # noqa: S608
    return str(found[0]["Id"])


def test_a_record_type_lists_what_it_leaves(crates: Api) -> None:
    small = type_of(crates, "Small")
    found = crates.get(f"ui-api/object-info/Crate__c/picklist-values/{small}").json()

    assert len(found["eTag"]) == 32
    size = found["picklistFieldValues"]["Size__c"]
    medium: Record = {"attributes": None, "label": "M", "validFor": [], "value": "M"}
    assert [each["value"] for each in size["values"]] == ["S", "M"]
    assert (size["defaultValue"], size["controllerValues"]) == (medium, {})
    assert size["url"] == f"/services/data/v67.0/ui-api/object-info/Crate__c/picklist-values/{small}/Size__c"
    part = found["picklistFieldValues"]["Part__c"]
    assert part["controllerValues"] == {"S": 0, "M": 1, "L": 2}
    assert [(each["value"], each["validFor"]) for each in part["values"]] == [("lid", [0, 2])]
    assert crates.get(f"ui-api/object-info/Crate__c/picklist-values/{small}/Size__c").json() == size


def test_the_master_leaves_everything(crates: Api) -> None:
    found = crates.get(f"ui-api/object-info/Crate__c/picklist-values/{MASTER}/Size__c").json()

    assert [each["value"] for each in found["values"]] == ["S", "M", "L"]


@pytest.mark.parametrize("path", [f"Nope/picklist-values/{MASTER}", "Crate__c/picklist-values/rubbish",
                                  f"Crate__c/picklist-values/{MASTER}/Name"])  # fmt: skip
def test_what_is_not_there_is_not_found(crates: Api, path: str) -> None:
    assert crates.get(f"ui-api/object-info/{path}").status_code == 404


def test_another_objects_record_type_is_not_found(crates: Api) -> None:
    assert crates.get(f"ui-api/object-info/Account/picklist-values/{type_of(crates, 'Small')}").status_code == 404


def test_what_a_record_type_leaves_out_is_refused(crates: Api) -> None:
    large = type_of(crates, "Large")
    results = crates.create_many(
        "Crate__c",
        [
            {"Size__c": "S"},
            {"Size__c": "L"},
            {"Size__c": "L", "RecordTypeId": large},
            {"Size__c": "S", "RecordTypeId": large},
            {"Tags__c": "a;b"},
            {"Free__c": "y"},
        ],
    )

    refused = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert [each["success"] for each in results] == [True, False, True, False, False, True]
    assert error_of(results[1]) == (refused, "Size: bad value for restricted picklist field: L")
    assert error_of(results[4]) == (refused, "Tags: bad value for restricted picklist field: b")
    held = results[2]["id"]
    assert error_of(crates.update_many("Crate__c", [{"Id": held, "Size__c": "S"}])[0])[0] == refused
    moved = {"Id": held, "Size__c": "S", "RecordTypeId": type_of(crates, "Small")}
    assert crates.update_many("Crate__c", [moved])[0]["success"]


def test_a_value_that_the_picklist_does_not_have_cannot_be_left(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(OBJECT.replace("[L]}}", "[XL]}}"))

    with pytest.raises(SchemaError, match=r"bad\.yaml: record type Large: Size__c has no values \['XL'\]"):
        load_schema([tmp_path])
