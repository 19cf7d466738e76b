"""The block in an unmodified Node-RED: installed as a package, deployed, run, and used by hand in its editor."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from salesforce_sandbox import Sandbox
from tests.support.bridges import BRIDGES, CHROMIUM, needs_chromium, needs_node, run, tools
from tests.support.node_red import NodeRed, node_red
from tests.support.orgs import client_credentials_config
from tests.support.planted import planted_in
from ziggy_sf_write.block.descriptor import write_block
from ziggy_sf_write.resources import load_schema

PACKAGE = BRIDGES / "node-red"
SCREENSHOT_ID = "001gL000002rbzaQAA"
VALID = {"Id": SCREENSHOT_ID, "Name": "Changed Name 1"}
INVALID = {"Id": "invalidId", "Name": "Changed Name 2"}
CONFIG = {"object": "Account", "validate": True, "invalidToSecondEdge": True, "matchKey": "Id", "properties": ["Name"]}
FLOW = "f1"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeRed]:
    with node_red(tmp_path_factory.mktemp("node-red")) as opened:
        yield opened
    assert planted_in("".join(opened.printed)) == []


@pytest.fixture
def red(running: NodeRed) -> NodeRed:
    """Without flows, and so without what the flows of other tests have kept."""
    running.deploy([])
    return running


def _keep(name: str, what: str = "msg.payload") -> dict[str, Any]:
    """A function node that keeps what comes to it, for the test to read."""
    code = f"flow.set('{name}', JSON.stringify({what})); return null;"
    return {"id": name, "type": "function", "z": FLOW, "func": code, "outputs": 0, "x": 0, "y": 0, "wires": []}


def _connection(org: Sandbox) -> dict[str, Any]:
    config = client_credentials_config(org)
    credentials = {name: config.pop(name) for name in ("consumerKey", "consumerSecret")}
    kind = {"type": "salesforce-connection", "name": "sfDev", "kind": "clientCredentials"}
    return {"id": "c1", **kind, **config, "credentials": credentials}


def _flow(org: Sandbox, payload: Any, config: dict[str, Any]) -> list[dict[str, Any]]:
    props = [{"p": "payload", "v": json.dumps(payload), "vt": "json"}]
    place = {"z": FLOW, "x": 0, "y": 0}
    return [
        {"id": FLOW, "type": "tab", "label": "Flow"},
        _connection(org),
        {"id": "in", "type": "inject", **place, "props": props, "wires": [["write"]]},
        {
            "id": "write",
            "type": "salesforce-write",
            **place,
            "connection": "c1",
            "config": config,
            "wires": [["first"], ["second"]],
        },
        _keep("first", "[msg.payload, msg.report.verdict.state, msg._msgid.length > 0]"),
        _keep("second"),
        {"id": "caught", "type": "catch", **place, "scope": ["write"], "wires": [["error"]]},
        _keep("error", "[msg.error.message, msg.report.counts.unprocessed, msg.written]"),
        {"id": "over", "type": "complete", **place, "scope": ["write"], "wires": [["done"]]},
        _keep("done", "true"),
        {"id": "told", "type": "status", **place, "scope": ["write"], "wires": [["status"]]},
        _keep("status", "{...msg.status, source: undefined}"),
    ]


@pytest.mark.slow
@pytest.mark.node
@needs_node
class TestThroughTheAdminApi:
    def test_the_flow_of_the_screenshot_leaves_one_item_on_each_output(self, red: NodeRed, org: Sandbox) -> None:
        org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
        red.deploy(_flow(org, [VALID, INVALID], CONFIG))
        red.post("inject/in")
        kept = red.kept(FLOW, "first", "second", "done", "status")
        assert kept["first"] == [[VALID], "partial", True]
        assert kept["second"] == [INVALID]
        assert kept["status"] == {"fill": "yellow", "shape": "dot", "text": "1 of 2 written: 1 invalid"}
        assert [one["Name"] for one in org.records("Account")] == ["Changed Name 1"]
        stored = json.dumps(red.get("flows"))
        assert planted_in(stored) == []

    def test_a_single_object_is_an_edge_of_one(self, red: NodeRed, org: Sandbox) -> None:
        red.deploy(_flow(org, {"Name": "Alone"}, {"object": "Account", "matchKey": "Id"}))
        red.post("inject/in")
        kept = red.kept(FLOW, "first", "second", "done")
        assert [one["Name"] for one in kept["first"][0]] == ["Alone"]
        assert kept["second"] == []

    def test_a_fatal_error_goes_to_the_catch_node_with_its_report(self, red: NodeRed, org: Sandbox) -> None:
        red.deploy(_flow(org, [VALID], {"object": "Nothing__c", "matchKey": "Id"}))
        red.post("inject/in")
        kept = red.kept(FLOW, "error", "status")
        assert "Nothing__c" in kept["error"][0]
        assert kept["error"][1:] == [1, []]
        assert (kept["status"]["fill"], kept["status"]["shape"]) == ("red", "ring")

    def test_the_form_is_served_before_anything_is_deployed(self, red: NodeRed, org: Sandbox) -> None:
        connection = _connection(org)
        block = red.get("salesforce-write/block")["block"]
        assert block["configSchema"] == load_schema("config.schema.json")
        asked = {"config": {"object": "Account"}, "connection": connection, "node": "x"}
        objects = red.post("salesforce-write/choices", {**asked, "field": "object"})["choices"]
        assert {"Account", "Contact"} <= {one["value"] for one in objects}
        problems = red.post("salesforce-write/check", asked)["problems"]
        assert [one["path"] for one in problems] == ["/matchKey"]
        told = red.post("salesforce-connection/test", connection)
        assert told["ok"], told
        wrong = {**connection, "credentials": {**connection["credentials"], "consumerSecret": "wrong"}}
        assert not red.post("salesforce-connection/test", wrong)["ok"]

    def test_the_editor_is_given_help_and_labels(self, red: NodeRed) -> None:
        page = requests.get(f"{red.url}/nodes", headers={"Accept": "text/html"}, timeout=30).text
        for name in ("salesforce-write", "salesforce-connection"):
            assert f'data-help-name="{name}"' in page
            assert f'data-template-name="{name}"' in page
        listed = red.get("library/examples/flows/")
        assert "@ziggy-sf-write/node-red-salesforce-write" in listed
        assert red.get("library/examples/flows/@ziggy-sf-write/node-red-salesforce-write/")[0]["fn"] == "screenshot"

    def test_the_forms_questions_need_a_permission(self, tmp_path: Path, org: Sandbox) -> None:
        nobody = {"username": "nobody", "password": "no hash", "permissions": "*"}
        with node_red(tmp_path, adminAuth={"type": "credentials", "users": [nobody]}) as locked:
            connection = _connection(org)
            for path in ("salesforce-write/choices", "salesforce-write/check", "salesforce-connection/test"):
                answer = requests.post(f"{locked.url}/{path}", json=connection, timeout=30)
                assert (path, answer.status_code) == (path, 401)
            assert requests.get(f"{locked.url}/salesforce-write/block", timeout=30).status_code == 401

    def test_failures_are_kept_in_a_file_of_the_user_folder(self, red: NodeRed, org: Sandbox) -> None:
        config = {"object": "Account", "matchKey": "Ext__c", "errorNamespace": "broken"}
        red.deploy(_flow(org, [{"Ext__c": "a", "Name": None}], config))
        red.post("inject/in")
        red.kept(FLOW, "first", "done")
        kept = json.loads((red.user / "ziggy-sf-write-store" / "broken.json").read_text())
        assert list(kept) == ["a"]


@pytest.mark.slow
@pytest.mark.node
@needs_node
@needs_chromium
def test_the_node_is_used_by_hand_in_the_real_editor(red: NodeRed, org: Sandbox, tmp_path: Path) -> None:
    org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
    tools()
    given = {
        "url": red.url,
        "chromium": str(CHROMIUM),
        "connection": client_credentials_config(org),
        "pictures": str(tmp_path),
        "items": [VALID, INVALID],
    }
    script = PACKAGE / "test" / "editor.mjs"
    said = run("node", "--test", "--test-reporter=spec", script, cwd=BRIDGES, env={"EDITOR_TEST": json.dumps(given)})
    assert "fail 0" in said
    assert [one["Name"] for one in org.records("Account")] == ["Changed Name 1"]


def test_the_package_follows_node_reds_conventions() -> None:
    package = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"@[a-z-]+/node-red-[a-z-]+", package["name"])
    assert "node-red" in package["keywords"]
    assert package["node-red"]["version"].startswith(">=")
    assert package["engines"]["node"]
    assert "dependencies" not in package
    for path in package["node-red"]["nodes"].values():
        assert (PACKAGE / path).exists()
        assert (PACKAGE / path).with_suffix(".html").exists()


def test_the_node_has_the_blocks_name_colour_and_handles() -> None:
    text = (PACKAGE / "resources" / "write.js").read_text(encoding="utf-8")
    labels = json.loads((PACKAGE / "nodes/locales/en-US/salesforce-write.json").read_text(encoding="utf-8"))
    block, words = write_block(), labels["salesforce-write"]
    assert f"paletteLabel: '{block.name}'" in text
    assert f"color: '{block.header_color}'" in text
    assert f"outputs: {len(block.output_labels)}" in text
    assert (words["written"], words["notWritten"]) == block.output_labels
    assert (words["items"],) == block.input_labels


def test_the_dialog_of_a_connection_has_every_value_of_its_schema() -> None:
    page = (PACKAGE / "nodes" / "salesforce-connection.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'id="node-config-input-(\w+)"', page)) - {"name", "kind"}
    schema = load_schema("connection.schema.json")
    assert shown == set(schema["properties"])
    secret = {name for name, one in schema["properties"].items() if one.get("writeOnly")}
    for file in ("resources/connection.js", "src/connections.ts"):
        text = (PACKAGE / file).read_text(encoding="utf-8")
        assert secret == set(re.findall(r"(\w+): \{ type: 'password' \}", text)), file


def test_the_example_is_a_flow_of_known_nodes() -> None:
    nodes = json.loads((PACKAGE / "examples" / "screenshot.json").read_text(encoding="utf-8"))
    (write,) = [one for one in nodes if one["type"] == "salesforce-write"]
    assert write["config"] == CONFIG
    assert len(write["wires"]) == 2
