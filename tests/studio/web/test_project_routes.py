"""What the page asks of a project: blocks, problems, choices."""

from collections.abc import Callable

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue

Make = Callable[..., dict[str, JsonValue]]


def test_the_page_learns_of_every_block_of_every_plugin(client: Client) -> None:
    about = client.call("GET", "/api/about").json()
    assert {"RECEIVER_V1", "SALESFORCE_WRITE_V1", "SLOW_V1"} <= {block["type"] for block in about["blocks"]}


def test_flows_are_saved_and_opened_over_http(client: Client, flow: Make) -> None:
    saved = client.call("PUT", "/api/flows/orders", {"document": flow(), "version": None}).json()
    opened = client.call("GET", "/api/flows/orders").json()
    assert opened == {**saved, "document": flow()}
    stale = client.call("PUT", "/api/flows/orders", {"document": flow("SINKHOLE_V1"), "version": "older"})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "changedOnDisk")


def test_flows_are_listed_renamed_and_deleted_over_http(client: Client, flow: Make) -> None:
    version = client.call("PUT", "/api/flows/orders", {"document": flow(), "version": None}).json()["version"]
    renamed = client.call("POST", "/api/flows/orders/rename", {"name": "sales", "version": version}).json()
    assert renamed == {"name": "sales", "version": version}
    (listed,) = client.call("GET", "/api/flows").json()["flows"]
    assert (listed["name"], listed["changedAt"][:2]) == ("sales", "20")
    assert client.call("DELETE", "/api/flows/sales").status_code == 200
    assert client.call("DELETE", "/api/flows/sales").json()["error"]["code"] == "notFound"


def test_problems_are_told_for_the_flow_and_for_each_block(client: Client, flow: Make) -> None:
    document = flow("SALESFORCE_WRITE_V1", connection="sfDev")
    document["blocks"].append({"id": "second", "type": "RECEIVER_V1", "config": {"testDta": ""}})
    found = client.call("POST", "/api/check", {"document": document}).json()
    assert "exactly one Receiver" in found["flow"][0]["message"]
    assert {one["path"] for one in found["blocks"]["work"]} == {"/object", "/matchKey"}
    assert "did you mean `testData`" in found["blocks"]["second"][0]["message"]


def test_a_block_whose_plugin_checks_nothing_is_checked_against_its_schema(client: Client, flow: Make) -> None:
    assert client.call("POST", "/api/check", {"document": flow()}).json()["blocks"]["work"] == []


def test_a_choice_that_cannot_be_had_is_an_error_and_no_empty_list(client: Client) -> None:
    question = {"blockType": "SALESFORCE_WRITE_V1", "field": "object", "config": {}}
    answer = client.call("POST", "/api/choices", question)
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, "Choose a connection first.")


def test_a_body_that_is_not_json_is_refused(client: Client) -> None:
    assert client.call("POST", "/api/check").status_code == 400
    assert client.call("POST", "/api/check", [1]).json()["error"]["code"] == "badRequest"
