"""The platform's own plugin: its types and its build, `execute` in a double of the platform, its form in a browser."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesforce_sandbox import Sandbox
from tests.support.bridges import BRIDGES, CHROMIUM, alone, compiled, needs_chromium, needs_node_20, run, tools
from tests.support.orgs import client_credentials_config
from tests.support.planted import planted_in
from ziggy_sf_write.block.descriptor import write_block

PLUGIN = BRIDGES / "ziggy"
SCREENSHOT_ID = "001gL000002rbzaQAA"
COMMAND = [sys.executable, "-c", "from ziggy_studio.cli import main; main()", "sidecar"]


@pytest.fixture
def project(org: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The environment of the plugin, with a project folder whose one connection leads to the org."""
    stored = {"sfDev": {"type": "salesforce", "development": client_credentials_config(org)}}
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump(stored))
    org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
    return {"SALESFORCE_WRITE_PROJECT": str(tmp_path), "SALESFORCE_WRITE_COMMAND": json.dumps(COMMAND)}


@pytest.mark.slow
@pytest.mark.node
@needs_node_20
def test_it_type_checks_and_builds_without_a_node_module_in_what_the_browser_reads() -> None:
    compiled("ziggy")
    vite = tools() / "vite"
    with alone("bridges"):
        run(vite, "build", "ziggy", "--config", "ziggy/vite.config.ts", cwd=BRIDGES)
    built = (PLUGIN / "build" / "plugin" / "index.js").read_text(encoding="utf-8")
    assert not re.findall(r"^import .*node:", built, re.MULTILINE)
    assert "export { manifest as default }" in built or "export default" in built


@pytest.mark.slow
@pytest.mark.node
@needs_node_20
def test_execute_does_what_the_platform_asks_of_a_block(project: dict[str, str], org: Sandbox) -> None:
    compiled("ziggy/tsconfig.test.json")
    test = BRIDGES / "build" / "ziggy" / "test" / "server.test.js"
    said = run("node", "--test", "--test-reporter=spec", test, cwd=BRIDGES, env=project)
    assert "fail 0" in said
    assert planted_in(said) == []
    assert "Changed Name 1" in {one["Name"] for one in org.records("Account")}


@pytest.mark.slow
@pytest.mark.node
@needs_node_20
@needs_chromium
def test_the_form_is_that_of_the_screenshot(project: dict[str, str], tmp_path: Path) -> None:
    compiled("ziggy/tsconfig.test.json")
    env = {**project, "CHOICES_FILE": str(tmp_path / "choices.json")}
    run("node", PLUGIN / "scripts" / "take-choices.mjs", "Account", cwd=BRIDGES, env=env)
    vite, harness = tools() / "vite", "ziggy/test/harness"
    with alone("bridges"):
        run(vite, "build", harness, "--config", f"{harness}/vite.config.ts", cwd=BRIDGES, env=env)
    expected: dict[str, Any] = {
        **write_block().default_config,
        "connection": "sfDev",
        "object": "Account",
        "validate": True,
        "invalidToSecondEdge": True,
        "matchKey": "Id",
        "properties": ["Name"],
    }
    given = {
        "chromium": str(CHROMIUM),
        "folder": str(PLUGIN / "build" / "harness"),
        "pictures": str(tmp_path),
        "expected": expected,
    }
    said = run("node", "--test", PLUGIN / "test" / "form.mjs", cwd=BRIDGES, env={"FORM_TEST": json.dumps(given)})
    assert "fail 0" in said


def test_it_has_the_blocks_own_icon_and_help() -> None:
    block = write_block()
    assert (PLUGIN / "assets" / "icon.svg").read_text(encoding="utf-8") == block.icon
    assert (PLUGIN / "assets" / "help.md").read_text(encoding="utf-8") == block.help


def test_its_definition_is_that_of_the_descriptor() -> None:
    text = (PLUGIN / "src" / "SalesforceWrite.v1.definition.ts").read_text(encoding="utf-8")
    block = write_block()
    assert block.ai_info is not None
    for told in (block.type, block.name, block.header_color, block.info, block.version, block.ai_info.summary):
        assert f"'{told}'" in text
    for size in (f"width: {block.width}", f"height: {block.height}", f"numOutputs: {len(block.output_labels)}"):
        assert size in text
    assert [word for word in block.ai_info.key_words if f"'{word}'" not in text] == []


def test_no_choices_of_anybodys_org_are_committed() -> None:
    taken = json.loads((PLUGIN / "assets" / "choices.json").read_text(encoding="utf-8"))
    assert taken == {"namespaces": [], "connections": {}}
