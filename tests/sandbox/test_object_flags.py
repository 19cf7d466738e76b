"""What nobody may do with an object, by the flags of its describe (Salesforce API 2.1, 3.2)."""

import json
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.bulk import result, run
from tests.sandbox.client import Api, Record, error_of, typed

CODE = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
OBJECT = """
name: Ledger__c
label: Ledger
prefix: aL0
{flag}: false
fields:
  Name: {{type: string, length: 80, name_field: true}}
  Key__c: {{type: string, length: 40, unique: true, external_id: true}}
"""


def org_with(flag: str, start_sandbox: StartSandbox, folder: Path) -> tuple[Sandbox, Api, str]:
    """An org whose ledgers may not be one thing, with one ledger."""
    path = folder / "ledger.yaml"
    path.write_text(OBJECT.format(flag=flag))
    org = start_sandbox(SandboxOptions(objects=(path,)))
    (held,) = org.insert("Ledger__c", [{"Name": "held", "Key__c": "held"}])
    return org, Api(org=org), held


def refusal(verb: str) -> tuple[str, str]:
    return CODE, f"entity type cannot be {verb}: Ledger"


def names(org: Sandbox) -> list[str]:
    return [each["Name"] for each in org.records("Ledger__c")]


def test_nothing_is_created(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    org, api, _ = org_with("createable", start_sandbox, tmp_path)
    new: Record = {"Name": "new", "Key__c": "new"}

    row = api.create("Ledger__c", new)
    assert (row.status_code, row.json()[0]["errorCode"]) == (400, CODE)
    assert error_of(api.create_many("Ledger__c", [new])[0]) == refusal("inserted")
    mixed = api.upsert_many("Ledger__c", "Key__c", [new, {"Key__c": "held", "Name": "changed"}])
    assert [each["success"] for each in mixed] == [False, True]
    part = {"method": "POST", "url": "/services/data/v67.0/sobjects/Ledger__c", "referenceId": "a", "body": new}
    answer = api.call("POST", "composite", json={"compositeRequest": [part]}).json()["compositeResponse"][0]
    assert (answer["httpStatusCode"], answer["body"][0]["errorCode"]) == (400, CODE)
    tree = {"records": [{"attributes": {"type": "Ledger__c", "referenceId": "a"}, **new}]}
    assert api.call("POST", "composite/tree/Ledger__c", json=tree).status_code == 400
    job = run(api, "Name\nnew\n", object="Ledger__c", operation="insert")
    assert result(api, job, "failedResults")[0]["sf__Error"] == f"{CODE}:entity type cannot be inserted: Ledger:--"
    assert names(org) == ["changed"]


def test_nothing_is_changed(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    org, api, held = org_with("updateable", start_sandbox, tmp_path)

    row = api.call("PATCH", f"sobjects/Ledger__c/{held}", json={"Name": "x"})
    assert (row.status_code, row.json()[0]["errorCode"]) == (400, CODE)
    assert error_of(api.update_many("Ledger__c", [{"Id": held, "Name": "x"}])[0]) == refusal("updated")
    mixed = api.upsert_many("Ledger__c", "Key__c", [{"Key__c": "held", "Name": "x"}, {"Key__c": "new", "Name": "new"}])
    assert [each["success"] for each in mixed] == [False, True]
    assert names(org) == ["held", "new"]


def test_nothing_is_deleted(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    org, api, held = org_with("deletable", start_sandbox, tmp_path)

    assert api.call("DELETE", f"sobjects/Ledger__c/{held}").json()[0]["errorCode"] == CODE
    assert api.call("DELETE", "sobjects/Ledger__c/Key__c/held").json()[0]["errorCode"] == CODE
    assert error_of(api.call("DELETE", f"composite/sobjects?ids={held}").json()[0]) == refusal("deleted")
    job = run(api, f"Id\n{held}\n", object="Ledger__c", operation="delete")
    assert result(api, job, "failedResults")[0]["sf__Error"].startswith(CODE)
    assert names(org) == ["held"]


def test_nothing_is_queried(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    _, api, _ = org_with("queryable", start_sandbox, tmp_path)

    answer = api.query("SELECT Id FROM Ledger__c")
    assert answer.json() == [
        {"message": "entity type Ledger__c does not support query", "errorCode": "INVALID_TYPE_FOR_OPERATION"}
    ]


@pytest.mark.parametrize("name", ["ContentDocument", "RecordType", "Profile", "Organization"])
def test_standard_objects_that_nobody_creates(api: Api, name: str) -> None:
    (result,) = api.collection("POST", "composite/sobjects", [typed(name, {})]).json()

    assert result["errors"][0]["statusCode"] == CODE


def test_a_describe_says_it_too(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    path = tmp_path / "Feed.json"
    fields = [{"name": "Id", "type": "id", "label": "Id"}, {"name": "Body", "type": "string", "length": 10}]
    flags = {"createable": False, "updateable": False, "deletable": False, "queryable": False}
    path.write_text(json.dumps({"name": "Feed", "label": "Feed", "keyPrefix": "0D9", "fields": fields, **flags}))
    api = Api(org=start_sandbox(SandboxOptions(objects=(path,))))

    assert error_of(api.create_many("Feed", [{"Body": "x"}])[0]) == (CODE, "entity type cannot be inserted: Feed")
    assert api.query("SELECT Id FROM Feed").status_code == 400
    described = api.get("sobjects/Feed").json()["objectDescribe"]
    assert {key: described[key] for key in flags} == flags


def test_the_rules_of_a_parents_describe_win(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    fields = [{"name": "Id", "type": "id", "label": "Id"}]
    children = [
        {"childSObject": "Pet__c", "field": "Owner1__c", "cascadeDelete": True, "restrictedDelete": False},
        {"childSObject": "Pet__c", "field": "Owner2__c", "cascadeDelete": False, "restrictedDelete": True},
    ]
    person = {"name": "Person__c", "keyPrefix": "aP0", "fields": fields, "childRelationships": children}
    links = [
        {"name": f"Owner{n}__c", "type": "reference", "length": 18, "referenceTo": ["Person__c"]} for n in (1, 2, 3)
    ]
    pet = {"name": "Pet__c", "keyPrefix": "aP1", "fields": [*fields, *links]}
    for each in (person, pet):
        (tmp_path / f"{each['name']}.json").write_text(json.dumps(each))
    org = start_sandbox(SandboxOptions(objects=(tmp_path,)))
    api = Api(org=org)
    people = org.insert("Person__c", [{}, {}, {}])
    org.insert("Pet__c", [{f"Owner{n}__c": person} for n, person in enumerate(people, 1)])  # a pet for each

    done = [api.call("DELETE", f"sobjects/Person__c/{each}").status_code for each in people]

    assert done == [204, 400, 204]
    left = [(each["Owner1__c"], each["Owner2__c"], each["Owner3__c"]) for each in org.records("Pet__c")]
    assert left == [(None, people[1], None), (None, None, None)]
