"""The TypeScript client: its own tests, against a real sidecar and an org; and its types, made from the schema."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from salesforce_sandbox import Sandbox
from scripts.generate_sidecar_types import PAGE, sidecar_types
from tests.support.bridges import BRIDGES, compiled, needs_node, run
from tests.support.orgs import client_credentials_config
from tests.support.planted import planted_in
from ziggy_sf_write import __version__


def test_the_clients_types_are_those_of_the_schema() -> None:
    assert PAGE.read_text(encoding="utf-8") == sidecar_types(), (
        "The schema changed. Run `python scripts/generate_sidecar_types.py`."
    )


@pytest.mark.parametrize("bridge", ["sidecar-client", "node-red", "ziggy"])
def test_a_bridge_has_the_version_of_the_plugin(bridge: str) -> None:
    package = json.loads((BRIDGES / bridge / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
    assert package["license"] == "MIT"


def test_the_client_needs_nothing_but_node() -> None:
    package = json.loads((BRIDGES / "sidecar-client" / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    sources = [path.read_text(encoding="utf-8") for path in (BRIDGES / "sidecar-client" / "src").glob("*.ts")]
    imported = {name for text in sources for name in re.findall(r"from '([^.'][^']*)'", text)}
    assert [name for name in imported if not name.startswith("node:")] == []


def _run_tests(name: str, org: Sandbox, folder: Path) -> None:
    """Compiles a file of the client's tests and runs it, with a project folder that leads to the org."""
    connection = client_credentials_config(org)
    stored = {"sfDev": {"type": "salesforce", "development": connection}}
    (folder / "connections.yaml").write_text(yaml.safe_dump(stored))
    compiled("sidecar-client/tsconfig.test.json")
    given = {"python": sys.executable, "project": str(folder), "connection": connection}
    tests = BRIDGES / "sidecar-client" / "build" / "for-tests" / "test" / f"{name}.test.js"
    said = run("node", "--test", "--test-reporter=spec", tests, cwd=BRIDGES, env={"SIDECAR_TEST": json.dumps(given)})
    assert "fail 0" in said
    assert not planted_in(said)


@pytest.mark.slow
@pytest.mark.node
@needs_node
def test_a_million_items_pass_through_the_client_in_flat_memory(org: Sandbox, tmp_path: Path) -> None:
    _run_tests("flat-memory", org, tmp_path)


@pytest.mark.slow
@pytest.mark.node
@needs_node
def test_the_clients_own_tests_pass(org: Sandbox, tmp_path: Path) -> None:
    _run_tests("client", org, tmp_path)
    # One record for each key, whatever was killed.
    keys = [one["Ext__c"] for one in org.records("Account")]
    assert len(keys) == len(set(keys)) > 1300
