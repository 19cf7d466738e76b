"""Describes of real orgs as objects: how they come in files, and what they bring along (Salesforce API 2)."""

import json
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from salesforce_sandbox.schema.build import SchemaError
from salesforce_sandbox.schema.load import load_schema
from tests.sandbox.client import Api, error_of

Json = dict[str, Any]
OPEN, DEFAULT, CLOSED = "012300000000001AAA", "012300000000002AAA", "012300000000003AAA"


def field(name: str, kind: str = "string", **more: Any) -> Json:
    writable = name not in ("Id", "IsDeleted")
    return {"name": name, "type": kind, "label": name, "length": 80, "nillable": True, "createable": writable,
            "updateable": writable, "defaultedOnCreate": False, **more}  # fmt: skip


def described(name: str = "Crate__c", *fields: Json, **more: Any) -> Json:
    """As short as the rules need it."""
    own = [field("Id", "id", nillable=False), field("Name", nameField=True, defaultedOnCreate=True), *fields]
    return {"name": name, "label": "Crate", "keyPrefix": "aC0", "custom": True, "fields": own, **more}


@pytest.fixture
def org_of(start_sandbox: StartSandbox, tmp_path: Path) -> Any:
    """Starts an org with these describes and gives a client."""

    def start(*describes: Any) -> Api:
        for number, each in enumerate(describes):
            (tmp_path / f"{number}.json").write_text(json.dumps(each))
        return Api(org=start_sandbox(SandboxOptions(objects=(tmp_path,))))

    return start


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda one: one,
        lambda one: {"status": 0, "result": one, "warnings": []},
        lambda one: [one],
        lambda one: {"hasErrors": False, "results": [{"statusCode": 200, "result": one}]},
        lambda one: {"compositeResponse": [{"body": one, "httpStatusCode": 200, "referenceId": "a"}]},
    ],
    ids=["as it came", "sf sobject describe --json", "a list", "a batch", "composite"],
)
def test_a_describe_is_taken_in_each_of_its_wrappings(org_of: Any, wrapped: Any) -> None:
    assert org_of(wrapped(described())).create("Crate__c", {"Name": "A"}).status_code == 201


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [{"name": "A"}]}), "list of all objects"),
        (json.dumps({"status": 1, "name": "NOT_FOUND", "message": "no"}), "no describe of an object"),
        (json.dumps({"name": "X", "fields": [{"name": "Id", "type": "id"}, {"label": "?"}]}), "field number 2"),
        (json.dumps("x"), "no describe"),
        ("{", "no JSON"),
    ],
    ids=["global", "an error", "a field without a name", "a text", "broken"],
)
def test_what_is_no_describe_is_refused_with_its_file_and_a_cure(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "all.json").write_text(text)

    with pytest.raises(SchemaError, match=rf"all\.json: .*{said}.*sf sobject describe"):
        load_schema([tmp_path])


KINDS = [
    "string", "picklist", "multipicklist", "combobox", "reference", "base64", "boolean", "currency", "textarea", "int",
    "double", "percent", "phone", "id", "date", "datetime", "time", "url", "email", "encryptedstring", "anyType",
    "long", "datacategorygroupreference", "location", "address", "complexvalue", "json", "tomorrowsType",
]  # fmt: skip


def test_every_type_of_field_loads_and_is_served_as_it_came(org_of: Any) -> None:
    given = described("Crate__c", *(field(f"F{n}__c", kind) for n, kind in enumerate(KINDS)))
    api = org_of(given)

    served = api.get("sobjects/Crate__c/describe").json()["fields"]
    assert [each["type"] for each in served] == [each["type"] for each in given["fields"]]
    assert api.create("Crate__c", {"Name": "A"}).status_code == 201
    assert api.query("SELECT FIELDS(ALL) FROM Crate__c LIMIT 1").json()["totalSize"] == 1


def test_what_is_said_of_the_object_is_served_as_it_came(org_of: Any) -> None:
    children = [{"cascadeDelete": True, "childSObject": "Lid__c", "field": "Crate__c", "relationshipName": "Lids__r"}]
    said: Json = {
        "searchable": False,
        "mergeable": True,
        "labelPlural": "Crates of all kinds",
        "childRelationships": children,
        "supportedScopes": [],
        "aKeyOfTomorrow": [1],
    }
    api = org_of(described(**said))

    served = api.get("sobjects/Crate__c/describe").json()
    assert {key: served[key] for key in said} == said
    assert [each["name"] for each in served["fields"]] == ["Id", "Name"]
    assert served["urls"]["sobject"] == "/services/data/v67.0/sobjects/Crate__c"
    (listed,) = [each for each in api.get("sobjects").json()["sobjects"] if each["name"] == "Crate__c"]
    assert (listed["searchable"], listed["labelPlural"]) == (False, "Crates of all kinds")
    assert "aKeyOfTomorrow" not in listed


def record_type(record_id: str, name: str, **more: Any) -> Json:
    said = {"recordTypeId": record_id, "name": name, "developerName": name.replace(" ", "_"), "active": True,
            "available": True, "master": False, "defaultRecordTypeMapping": False}  # fmt: skip
    return {**said, **more}


TYPED = described(
    "Crate__c",
    field("RecordTypeId", "reference", referenceTo=["RecordType"], relationshipName="RecordType"),
    recordTypeInfos=[
        record_type(OPEN, "Open One"),
        record_type(DEFAULT, "Usual", defaultRecordTypeMapping=True),
        record_type(CLOSED, "Closed", available=False),
        record_type("012000000000000AAA", "Master", master=True),
    ],
)


def test_the_record_types_of_the_file_are_the_orgs(org_of: Any) -> None:
    api = org_of(TYPED)

    assert api.get("sobjects/Crate__c/describe").json()["recordTypeInfos"] == TYPED["recordTypeInfos"]
    found = api.rows("SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Crate__c' ORDER BY Id")
    assert [(each["Id"], each["DeveloperName"]) for each in found] == [
        (OPEN, "Open_One"),
        (DEFAULT, "Usual"),
        (CLOSED, "Closed"),
    ]
    api.create("Crate__c", {"Name": "A"})
    api.create("Crate__c", {"Name": "B", "RecordTypeId": OPEN})
    held = [each["RecordType"]["DeveloperName"] for each in api.rows("SELECT RecordType.DeveloperName FROM Crate__c")]
    assert held == ["Usual", "Open_One"]


def test_a_record_type_of_somebody_else_is_refused(org_of: Any) -> None:
    api = org_of(TYPED)
    other = api.rows("SELECT Id FROM RecordType WHERE SobjectType = 'Account'")[0]["Id"]

    for each in (CLOSED, other):
        (result,) = api.create_many("Crate__c", [{"Name": "A", "RecordTypeId": each}])
        assert error_of(result) == (
            "INVALID_CROSS_REFERENCE_KEY",
            f"RecordTypeId: this ID value isn't valid for the user: {each}",
        )


def test_an_older_describe_gives_its_record_types_a_developer_name(org_of: Any) -> None:
    old = {**TYPED, "recordTypeInfos": [{"name": "House Hold", "recordTypeId": OPEN, "available": True}]}

    assert org_of(old).rows("SELECT DeveloperName FROM RecordType WHERE SobjectType = 'Crate__c'") == [
        {"DeveloperName": "House_Hold"}
    ]


def test_a_custom_record_without_a_name_reads_its_id(org_of: Any) -> None:
    api = org_of(described())
    first = api.create("Crate__c", {}).json()["id"]
    second = api.create("Crate__c", {"Name": "B"}).json()["id"]
    api.call("PATCH", f"sobjects/Crate__c/{second}", json={"Name": None})

    assert [each["Name"] for each in api.rows("SELECT Name FROM Crate__c")] == [first, second]


def test_a_persons_name_is_made_of_its_parts(org_of: Any) -> None:
    parts = [field(each) for each in ("FirstName", "MiddleName", "LastName")]
    name = field("Name", nameField=True, createable=False, updateable=False)
    given = {"name": "Contact", "label": "Contact", "keyPrefix": "003", "fields": [field("Id", "id"), *parts, name]}
    api = org_of(given)
    api.create("Contact", {"FirstName": "Ada", "LastName": "Lovelace"})
    api.create("Contact", {"FirstName": "Ada", "MiddleName": "K", "LastName": "L"})

    assert [each["Name"] for each in api.rows("SELECT Name FROM Contact")] == ["Ada Lovelace", "Ada K L"]
    assert api.query("SELECT Id FROM Contact WHERE Name = 'ada lovelace'").json()["totalSize"] == 1
    assert api.get("sobjects/Contact/describe").json()["fields"][-1]["calculated"] is False
    refused = api.create("Contact", {"LastName": "X", "Name": "Y"}).json()[0]
    assert refused["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_what_a_describe_leaves_open_is_the_usual(org_of: Any) -> None:
    bare = {"name": "Name", "type": "string", "nameField": True}
    nulls = dict.fromkeys(("label", "length", "precision", "scale", "nillable", "createable", "picklistValues"))
    api = org_of(
        {
            **dict.fromkeys(("label", "keyPrefix", "createable", "queryable", "recordTypeInfos", "childRelationships")),
            "name": "Crate__c",
            "fields": [{"name": "Id", "type": "id"}, bare, {"name": "Size__c", "type": "double", **nulls}],
        }
    )

    assert api.create("Crate__c", {"Name": "A", "Size__c": 1.5}).status_code == 201
    assert api.rows("SELECT Name, Size__c FROM Crate__c") == [{"Name": "A", "Size__c": 1.5}]
    assert len(api.get("sobjects/Crate__c/describe").json()["fields"]) == 3


def test_a_real_key_prefix_wins_over_a_built_in_object(org_of: Any) -> None:
    api = org_of(described(keyPrefix="a00"))

    assert api.create("Crate__c", {"Name": "A"}).json()["id"].startswith("a00")
    project = api.create("Project__c", {"Name": "P"}).json()["id"]
    assert not project.startswith("a00")
    assert api.call("DELETE", f"composite/sobjects?ids={project}").json()[0]["success"]


def test_objects_of_two_orgs_with_one_prefix_live_side_by_side(org_of: Any) -> None:
    api = org_of(described(), described("Barrel__c"))

    crate, barrel = (api.create(each, {"Name": "A"}).json()["id"] for each in ("Crate__c", "Barrel__c"))
    assert crate[:3] != barrel[:3]
    assert all(each["success"] for each in api.call("DELETE", f"composite/sobjects?ids={crate},{barrel}").json())
