"""What page and server say to each other: described once, spoken by the server, and known to the page as types."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from jsonschema import Draft202012Validator

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue, StoreRecord
from ziggy_studio.resources import load_schema

ROOT = Path(__file__).parents[3]
GENERATOR = ROOT / "scripts" / "generate_wire_types.py"
EDITOR = load_schema("editor.schema.json")
Make = Callable[..., dict[str, JsonValue]]


def _check(name: str, value: JsonValue) -> None:
    """Fails with the place and the rule where a value is not what the schema says."""
    validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": EDITOR["$defs"]})
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)] == []


@pytest.mark.skipif(not GENERATOR.exists(), reason="left out: the scripts are not in this distribution")
def test_the_pages_types_are_those_of_the_schemas() -> None:
    spec = importlib.util.spec_from_file_location("generate_wire_types", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.PAGE.read_text(encoding="utf-8") == generator.wire_types(), (
        "A schema changed. Run `python scripts/generate_wire_types.py`, then `make ui`."
    )


def _closed(schema: JsonValue, path: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties") is not False:
            yield f"{path}: takes unknown keys"
        for name, one in schema.get("properties", {}).items():
            if not str(one.get("description", "")).endswith("."):
                yield f"{path}/{name}: is not explained"
        for name, one in schema.items():
            yield from _closed(one, f"{path}/{name}")


def test_every_message_is_closed_and_explained() -> None:
    assert list(_closed(EDITOR["$defs"], "")) == []


def test_the_frame_of_the_page(client: Client, flow: Make) -> None:
    client.call("PUT", "/api/flows/orders", {"document": flow(), "version": None})
    _check("About", client.call("GET", "/api/about").json())
    for one in client.call("GET", "/api/flows").json()["flows"]:
        _check("FlowInfo", one)
    opened = client.call("GET", "/api/flows/orders").json()
    _check("Saved", {name: opened[name] for name in ("name", "version")})
    _check("Saved", client.call("PUT", "/api/flows/orders", opened).json())
    _check(
        "Saved",
        client.call("POST", "/api/flows/orders/rename", {"name": "sales", "version": opened["version"]}).json(),
    )


def test_forms(client: Client, flow: Make) -> None:
    document = flow("SALESFORCE_WRITE_V1", validatee=True)
    problems = client.call("POST", "/api/check", {"document": document}).json()
    assert problems["blocks"]["work"]
    _check("Problems", problems)
    question = {"blockType": "SALESFORCE_WRITE_V1", "field": "connection", "config": {}}
    (choice,) = client.call("POST", "/api/choices", question).json()["choices"]
    _check("Choice", choice)


def test_the_keys_of_an_edge(client: Client, flow: Make) -> None:
    client.call("PUT", "/api/flows/orders", {"document": flow(), "version": None})
    keys = client.call("GET", "/api/flows/orders/edges/first/keys").json()["keys"]
    assert keys
    for one in keys:
        _check("EdgeKey", one)


def test_the_rows_of_a_file(client: Client) -> None:
    answer = requests.post(f"{client.url}/api/rows?name=a.csv", data=b"a\n1\n", timeout=10)
    _check("RowFile", answer.json())


def test_runs(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    told = list(client.events(run))
    _check("ServerRun", client.call("GET", f"/api/runs/{run}").json())
    _check("EdgePage", client.call("GET", f"/api/runs/{run}/edges/first").json())
    rejected = client.call("GET", f"/api/runs/{run}/edges/first/rejected").json()
    assert rejected["rows"]
    _check("RejectedPage", rejected)
    _check("RejectedPage", client.call("GET", f"/api/runs/{run}/blocks/work/rejected").json())
    _check("RejectedPage", client.call("GET", f"/api/runs/{run}/blocks/in/rejected").json())
    report = next(data["report"] for _, kind, data in told if kind == "blockFinished" and data["block"] == "work")
    for group in report["notWrittenGroups"]:
        _check("NotWrittenGroup", group)


def test_connections_and_secrets(client: Client) -> None:
    values = {"config": {"username": "a@example.com", "password": "planted-Password-1"}, "kept": [], "kind": 0}
    sent = {"type": "salesforce", "isNew": True, "development": values, "production": values}
    _check("SentConnection", sent)
    client.call("PUT", "/api/connections/sfNew", sent)
    listed = client.call("GET", "/api/connections").json()
    assert [one["name"] for one in listed["connections"]] == ["sfDev", "sfNew"]
    for one in listed["connections"]:
        _check("ConnectionInfo", one)
    for one in listed["types"]:
        _check("ConnectionTypeInfo", one)
    _check("ConnectionReport", client.call("POST", "/api/connections/sfDev/test", {}).json())
    (secret, _) = client.call("GET", "/api/secrets").json()["secrets"]
    _check("SecretInfo", secret)
    (problem,) = client.call("PUT", "/api/connections/sfBad", {**sent, "production": None, "development": {
        "config": {"username": "a@example.com"}, "kept": [], "kind": 0}}).json()["problems"]  # fmt: skip
    _check("Problem", problem)


def test_the_data_store(client: Client) -> None:
    client.studio.host.store.upsert_many([StoreRecord(name="errors", key="k", data=[1])])
    (namespace,) = client.call("GET", "/api/namespaces").json()["namespaces"]
    _check("NamespaceInfo", namespace)
    _check("RecordPage", client.call("GET", "/api/namespaces/errors").json())


def test_the_history_of_runs(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    list(client.events(client.run(flow())))
    (run,) = client.call("GET", "/api/history?flow=Test").json()["runs"]
    _check("PastRun", run)
    _check("PastRun", client.call("GET", f"/api/history/{run['id']}").json())
