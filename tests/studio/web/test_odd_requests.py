"""Requests that no page sends: each is told what is wrong with it, and none looks like a defect of the studio."""

from collections.abc import Callable

import pytest
import requests

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue

Make = Callable[..., dict[str, JsonValue]]
SALESFORCE: dict[str, JsonValue] = {"blockType": "SALESFORCE_WRITE_V1", "field": "object"}

BODIES: dict[str, tuple[str, str, dict[str, JsonValue], str]] = {
    "flow of a choice": ("POST", "/api/choices", {**SALESFORCE, "flow": []}, "`flow`"),
    "edge of a choice": ("POST", "/api/choices", {**SALESFORCE, "edge": {}}, "`edge`"),
    "config of a choice": ("POST", "/api/choices", {**SALESFORCE, "config": 5}, "`config`"),
    "block type of a choice": ("POST", "/api/choices", {**SALESFORCE, "blockType": []}, "`blockType`"),
    "field of a choice": ("POST", "/api/choices", {**SALESFORCE, "field": []}, "`field`"),
    "mode": ("POST", "/api/choices", {**SALESFORCE, "mode": []}, "`[]` is no mode"),
    "document of a check": ("POST", "/api/check", {"document": [1]}, "`document`"),
    "form": ("PUT", "/api/connections/c", {"type": "salesforce", "development": {"config": {}, "kept": 5}}, "`kept`"),
    "name of a copy": ("POST", "/api/flows/a/rename", {"name": []}, "`name`"),
    "document of a run": ("POST", "/api/runs", {"document": 5}, "must be a group of settings"),
}


@pytest.mark.parametrize(("method", "path", "body", "sentence"), BODIES.values(), ids=BODIES.keys())
def test_a_value_of_the_wrong_type_is_named(
    client: Client, method: str, path: str, body: dict[str, JsonValue], sentence: str
) -> None:
    answer = client.call(method, path, body)
    assert 400 <= answer.status_code < 500
    assert sentence in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [({"flow": []}, "`flow`"), ({"until": []}, "`until`"), ({"until": "nope"}, "This flow has no block `nope`")],
    ids=["flow", "until", "unknown block"],
)
def test_a_run_of_something_odd_does_not_start(
    client: Client, flow: Make, body: dict[str, JsonValue], sentence: str
) -> None:
    answer = client.call("POST", "/api/runs", {"document": flow(), **body})
    assert (answer.status_code, sentence in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    "blocks",
    [5, [1], [{"type": "RECEIVER_V1"}], [{"type": [], "id": "a"}], [{"type": "RECEIVER_V1", "id": "a", "config": 5}]],
    ids=["number", "no block", "no id", "no type", "no settings"],
)
def test_blocks_without_their_form_are_problems_of_the_flow(client: Client, blocks: JsonValue) -> None:
    answer = client.call("POST", "/api/check", {"document": {"name": "F", "blocks": blocks, "edges": []}})
    assert answer.status_code == 200
    assert answer.json()["blocks"] == {}
    assert answer.json()["flow"][0]["path"].startswith("/blocks")


@pytest.mark.parametrize("depth", [200, 5_000, 100_000])
def test_a_body_that_is_nested_too_deep_is_refused(client: Client, depth: int) -> None:
    body = b'{"document": ' + b"[" * depth + b"]" * depth + b"}"
    answer = requests.put(f"{client.url}/api/flows/x", data=body, timeout=10)
    assert (answer.status_code, "nested more than 100 deep" in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize("query", ["offset=99999999999999999999", f"offset={'9' * 5000}", "limit=-1", "offset=%C2%B2"])
@pytest.mark.parametrize("path", ["/api/namespaces/n", "/api/history"])
def test_a_place_that_no_list_has_is_refused(client: Client, path: str, query: str) -> None:
    answer = client.call("GET", f"{path}?{query}")
    assert (answer.status_code, "has to be a whole number" in answer.json()["error"]["message"]) == (400, True)


def test_a_stream_is_taken_up_from_its_beginning_where_the_last_event_is_none(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    assert next(iter(client.events(run, after=int("9" * 4000))))[0] == 1


def test_an_origin_that_is_no_address_is_a_foreign_one(client: Client) -> None:
    assert client.call("GET", "/api/about", Origin="http://[::1").status_code == 403


def test_settings_that_a_plugin_cannot_make_sense_of_are_no_defect_of_the_studio(client: Client) -> None:
    answer = client.call("POST", "/api/choices", {**SALESFORCE, "config": {"connection": []}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "host")
