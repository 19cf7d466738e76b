"""The built wheel in an empty environment: found by its entry point, described, and writing."""

import json
import os
import re
import signal
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
import yaml

from salesforce_sandbox import Sandbox
from tests.support.planted import planted_in

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

HOST = """
import json, sys
from importlib.metadata import entry_points
import pluggy
from jsonschema import Draft202012Validator
from ziggy_sf_write import hookspecs
from ziggy_sf_write.contract import BlockResult, Connection, Edge
from ziggy_sf_write.resources import load_schema
sys.path.insert(0, {root!r})

manager = pluggy.PluginManager("ziggy")
manager.add_hookspecs(hookspecs)
manager.load_setuptools_entrypoints("ziggy")
blocks = {{block.type: block for found in manager.hook.ziggy_blocks() for block in found}}
Draft202012Validator.check_schema(blocks["SALESFORCE_WRITE_V1"].config_schema)
assert "RECEIVER_V1" not in blocks
"""

WRITE = """
from tests.support.orgs import context_for
from salesforce_sandbox import Sandbox
with Sandbox() as org:
    result = manager.hook.ziggy_execute(
        block_type="SALESFORCE_WRITE_V1",
        config={"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"},
        edges=[Edge(index=0, items=[{"Ext__c": "a", "Name": "From a wheel"}])],
        context=context_for(org),
    )
    print(json.dumps({"blocks": sorted(blocks), "held": org.records("Account")[0]["Name"], "edges": result.outputs}))
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # The wheel is built from the sdist, so both must be whole.
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def environment(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    (wheel,) = dist.glob("*.whl")
    pins = folder / "pins.txt"
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins.write_text("\n".join(line.split()[0] for line in lines if "==" in line))
    _run(python, "-m", "pip", "install", "--quiet", "--constraint", pins, f"{wheel}[studio]")
    _run(python, "-m", "pip", "install", "--quiet", "--constraint", pins, "hatchling")
    plugin = ROOT / "examples" / "five_line_plugin"
    _run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", plugin)
    return folder


def _run(*command: object, cwd: Path | None = None, path: str | None = None) -> str:
    environment = {**os.environ, "PATH": path} if path is not None else dict(os.environ)
    answer = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_the_wheel_holds_everything_that_the_code_reads(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(ZipFile(wheel).namelist())
    for needed in (
        "_resources/plugin.yaml",
        "_resources/schemas/config.schema.json",
        "_resources/quickstart/flows/screenshot.yaml",
        "block/help.md",
        "block/icon.svg",
        "py.typed",
    ):
        assert f"ziggy_sf_write/{needed}" in names
    assert not [name for name in names if name.startswith("tests/") or ".state" in name]


def test_an_empty_environment_finds_both_plugins_and_one_upsert_arrives(environment: Path, tmp_path: Path) -> None:
    # From another folder, so that the sources of the checkout cannot answer in the wheel's place.
    script = tmp_path / "host.py"
    tests = tmp_path / "tests"
    tests.symlink_to(ROOT / "tests")
    script.write_text(HOST.format(root=str(tmp_path)) + WRITE)
    answer = json.loads(_run(environment / "bin" / "python", script, cwd=tmp_path))
    assert answer["blocks"] == ["SALESFORCE_WRITE_V1", "SHOUT_V1"]
    assert answer["held"] == "From a wheel"
    assert answer["edges"][0][0]["Ext__c"] == "a"


def test_the_demo_works_from_the_wheel_without_node(environment: Path, tmp_path: Path) -> None:
    out = _run(environment / "bin" / "ziggy-sf-write", "demo", cwd=tmp_path, path="/nonexistent")
    assert "Changed Name 1" in out


_FENCED = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def test_the_readmes_commands_work_for_a_newcomer(environment: Path, tmp_path: Path, org: Sandbox) -> None:
    """In the order of the page, in an empty home, with no Node on the path; only the org is another one."""
    home, project = tmp_path / "home", tmp_path / "my-project"
    home.mkdir()
    (project / "flows").mkdir(parents=True)
    blocks = _FENCED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    connections, flow = (yaml.safe_load(text) for kind, text in blocks if kind == "yaml")
    connections["sfDev"]["development"] |= {"domain": org.host, "caBundle": str(org.ca_file)}
    (project / "connections.yaml").write_text(yaml.safe_dump(connections))
    (project / "flows" / "accounts.yaml").write_text(yaml.safe_dump(flow))
    (project / "accounts.csv").write_text("Ext__c,Name\nA-2,Globex\n")
    secrets = {"sfConsumerKey": org.login.consumer_key, "sfConsumerSecret": org.login.consumer_secret}
    program = environment / "bin" / "ziggy-sf-write"
    newcomer = {"HOME": str(home), "PATH": "/nonexistent", "LANG": "C.UTF-8"}
    walked = []
    for line in "\n".join(text for kind, text in blocks if not kind).splitlines():
        if not line.startswith("ziggy-sf-write "):
            continue  # make, mkdir and cd, and the checkout's own .venv
        arguments = line.split()[1:]
        given = secrets[arguments[2]] + "\n" if arguments[0] == "secrets" else None
        answer = subprocess.run(
            [program, *arguments], cwd=project, env=newcomer, input=given, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, line + answer.stdout + answer.stderr
        assert not planted_in(answer.stdout + answer.stderr)
        walked.append(arguments[0])
    assert walked == ["secrets", "secrets", "connections", "run", "store", "check", "write"]
    assert {one["Ext__c"]: one["Name"] for one in org.records("Account")} == {"A-1": "Acme", "A-2": "Globex"}


def test_the_editor_starts_from_the_wheel_without_node(environment: Path, tmp_path: Path) -> None:
    program = environment / "bin" / "ziggy-sf-write"
    newcomer = {"HOME": str(tmp_path), "PATH": "/nonexistent", "LANG": "C.UTF-8"}
    command = [str(program), "studio", "--project", str(tmp_path)]
    with subprocess.Popen(command, env=newcomer, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        page = requests.get(url, timeout=10)
        assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
        assert assets
        assert [asset for asset in assets if requests.get(url + asset, timeout=10).status_code != 200] == []
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
