"""Platform events: published and gone (Platform Events Developer Guide, publishing through the APIs)."""

from pathlib import Path
from uuid import UUID

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.bulk import run
from tests.sandbox.client import Api, Record, error_of, typed

EVENT = """
name: Low_Ink__e
label: Low Ink
prefix: e01
fields:
  Printer_Model__c: {type: string, length: 10, required: true}
"""


@pytest.fixture
def printers(start_sandbox: StartSandbox, tmp_path: Path) -> Sandbox:
    (tmp_path / "event.yaml").write_text(EVENT)
    return start_sandbox(SandboxOptions(objects=(tmp_path,)))


def published(org: Sandbox) -> list[str]:
    return [each["Printer_Model__c"] for each in org.records("Low_Ink__e")]


def check_enqueued(result: Record) -> None:
    assert result["success"] is True
    (note,) = result["errors"]
    assert (note["statusCode"], note["fields"]) == ("OPERATION_ENQUEUED", [])
    UUID(note["message"])


def test_an_event_is_published_by_row(printers: Sandbox) -> None:
    answer = Api(org=printers).create("Low_Ink__e", {"Printer_Model__c": "XZO-5"})

    assert answer.status_code == 201
    assert answer.json()["id"].startswith("e01")
    check_enqueued(answer.json())
    (held,) = printers.records("Low_Ink__e")
    assert held["EventUuid"] == answer.json()["errors"][0]["message"]


def test_events_are_published_by_collections_composite_and_bulk(printers: Sandbox) -> None:
    api = Api(org=printers)
    good, bad = api.create_many("Low_Ink__e", [{"Printer_Model__c": "A"}, {"Printer_Model__c": "x" * 11}])
    part = {"method": "POST", "url": "/services/data/v67.0/sobjects/Low_Ink__e", "referenceId": "a"}
    body = {"compositeRequest": [{**part, "body": {"Printer_Model__c": "B"}}]}
    run(api, "Printer_Model__c\nC\n", object="Low_Ink__e", operation="insert")

    check_enqueued(good)
    assert error_of(bad)[0] == "STRING_TOO_LONG"
    check_enqueued(api.call("POST", "composite", json=body).json()["compositeResponse"][0]["body"])
    assert published(printers) == ["A", "C", "B"]


def test_an_event_is_never_seen_again(printers: Sandbox) -> None:
    api = Api(org=printers)
    event_id = api.create("Low_Ink__e", {"Printer_Model__c": "A"}).json()["id"]

    assert api.query("SELECT ReplayId FROM Low_Ink__e").json()[0]["errorCode"] == "INVALID_TYPE_FOR_OPERATION"
    assert api.get(f"sobjects/Low_Ink__e/{event_id}").status_code == 404
    assert api.call("DELETE", f"sobjects/Low_Ink__e/{event_id}").status_code == 400
    changed = typed("Low_Ink__e", {"Id": event_id, "Printer_Model__c": "B"})
    (result,) = api.collection("PATCH", "composite/sobjects", [changed]).json()
    assert error_of(result)[0] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert published(printers) == ["A"]


def test_the_describe_says_what_an_event_is(printers: Sandbox) -> None:
    described = Api(org=printers).get("sobjects/Low_Ink__e/describe").json()

    flags = ("createable", "updateable", "deletable", "queryable")
    assert [described[each] for each in flags] == [True, False, False, False]
    names = {each["name"] for each in described["fields"]}
    assert names == {"CreatedDate", "CreatedById", "ReplayId", "EventUuid", "Printer_Model__c"}
