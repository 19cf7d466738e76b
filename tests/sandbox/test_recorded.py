"""Answers recorded from real orgs have the same status, keys and types as the sandbox's."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import Api

DATA = Path(__file__).parents[2] / "../shared/data"
RECORDED = DATA / "recorded" / "exchanges.json"
REFERENCES = {"AccountId": "Account", "ContactId": "Contact", "WhoId": "Contact", "WhatId": "Account"}
# Fields and objects that the recorded orgs had of their own.
OWN_ACCOUNT_FIELDS = "  email_field__c: {type: email, label: email_field}"
OWN_OBJECTS = """
name: TopicAssignment
label: Topic Assignment
prefix: 0FT
owner: null
fields:
  TopicId: {type: reference, to: Topic, required: true}
  EntityId: {type: reference, to: [Account, Contact], required: true}
"""

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not RECORDED.is_file(), reason=f"no file {RECORDED}"),
]


def exchanges() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(RECORDED.read_text("utf-8")) if RECORDED.is_file() else []
    return found


def collections_of(method: str) -> list[Any]:
    found = [each for each in exchanges() if "/composite/sobjects" in each["path"] and each["method"] == method]
    return [pytest.param(each, id=f"{index}-{each['source'].split()[-1]}") for index, each in enumerate(found)]


@pytest.fixture
def org(tmp_path: Path, start_sandbox: StartSandbox) -> Sandbox:
    """An org with the objects that the recorded ones had of their own."""
    built_in = resources.files("salesforce_sandbox") / "objects" / "account.yaml"
    account = built_in.read_text("utf-8").replace("fields:\n", f"fields:\n{OWN_ACCOUNT_FIELDS}\n", 1)
    (tmp_path / "own.yaml").write_text(f"{account}---\n{OWN_OBJECTS}")
    return start_sandbox(SandboxOptions(objects=(tmp_path,)))


def prepared(org: Sandbox, exchange: dict[str, Any]) -> list[dict[str, Any]]:
    """The recorded records, after the rows that they name have been put in."""
    records: list[dict[str, Any]] = exchange["requestBody"]["records"]
    results: list[dict[str, Any]] = exchange["body"]
    for record, result in zip(records, results, strict=True):
        name = record["attributes"]["type"]
        for field, target in REFERENCES.items():
            put(org, target, record.get(field))
        put(org, "Contact", record.get("EntityId"))
        known = record.get("Id") or record.get("id")
        converted = any(each["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD" for each in result["errors"])
        put(org, name, known, IsConverted=converted) if name == "Lead" else put(org, name, known)
    return records


def put(org: Sandbox, name: str, record_id: str | None, **values: Any) -> None:
    if record_id and record_id not in {each["Id"] for each in org.records(name)}:
        label = {"Contact": "LastName", "Lead": "LastName"}.get(name, "Name")
        org.insert(name, [{"Id": record_id, label: "x", **values}])


def shape(value: Any) -> Any:
    """Keys and types, without the values."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


@pytest.mark.parametrize("exchange", [*collections_of("POST"), *collections_of("PATCH")])
def test_collections_answer_as_recorded(org: Sandbox, exchange: dict[str, Any]) -> None:
    api = Api(org=org, version="62.0")
    records = prepared(org, exchange)
    path = exchange["path"].partition("/composite/")[2]

    answer = api.call(exchange["method"], f"composite/{path}", json={**exchange["requestBody"], "records": records})

    assert answer.status_code == exchange["status"]
    assert shape(answer.json()) == shape(exchange["body"])
    for ours, real in zip(answer.json(), exchange["body"], strict=True):
        assert ours["success"] == real["success"]
        assert ours["errors"] == real["errors"]


def test_a_deleted_collection_answers_as_recorded(org: Sandbox) -> None:
    (exchange,) = [each for each in exchanges() if each["method"] == "DELETE"]
    ids = [each["id"] for each in exchange["body"]]
    org.insert("Account", [{"Id": each, "Name": "x"} for each in ids])

    answer = Api(org=org).call("DELETE", f"composite/sobjects?ids={','.join(ids)}")

    assert (answer.status_code, answer.json()) == (exchange["status"], exchange["body"])


def test_record_counts_answer_as_recorded(org: Sandbox) -> None:
    found = [each for each in exchanges() if "recordCount" in each["path"]]
    assert len(found) == 2
    api = Api(org=org)

    empty = api.get("limits/recordCount?sObjects=Contact").json()
    org.insert("Contact", [{"LastName": "x"}] * 2)
    full = api.get("limits/recordCount?sObjects=Contact").json()

    assert [full, empty] == [each["body"] for each in found]


def test_a_composite_with_an_unknown_object_answers_as_recorded(org: Sandbox) -> None:
    (exchange,) = [each for each in exchanges() if each["path"].endswith("/composite")]
    body = json.loads(json.dumps(exchange["requestBody"]).replace("vxx.0", "v62.0"))

    answer = Api(org=org).call("POST", "composite", json=body)

    assert answer.status_code == exchange["status"]
    real = exchange["body"]["compositeResponse"][0]
    ours = answer.json()["compositeResponse"][0]
    assert ours == real


@pytest.mark.parametrize("name", ["Account", "Contact", "Lead"])
def test_rows_are_read_with_the_types_of_recorded_ones(org: Sandbox, name: str) -> None:
    """Every standard field that both have is of the same JSON type wherever neither is null."""
    real = next(
        each["body"] for each in exchanges() if each["method"] == "GET" and f"/sobjects/{name}/" in each["path"]
    )
    required = {"Account": {"Name": "x"}, "Contact": {"LastName": "x"}, "Lead": {"LastName": "x", "Company": "x"}}[name]
    (record_id,) = org.insert(name, [required])

    ours = Api(org=org).get(f"sobjects/{name}/{record_id}").json()

    common = [each for each in real if each in ours and real[each] is not None and ours[each] is not None]
    assert len(common) >= 10
    assert {each: shape(ours[each]) for each in common} == {each: shape(real[each]) for each in common}
