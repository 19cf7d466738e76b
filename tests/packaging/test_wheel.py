"""The built wheels in empty environments: each of the three alone, found, started and used there."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import requests
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name
from simple_salesforce.api import Salesforce

from salesforce_sandbox import Sandbox
from scripts.licences import brought
from scripts.sbom import sbom, write_sbom
from tests.support.orgs import client_credentials_config
from tests.support.planted import planted_in

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PRODUCTS = {
    "ziggy_sf_write": ROOT,
    "ziggy_studio": ROOT / "studio",
    "salesforce_sandbox": ROOT / "sandbox",
}
NEEDED = {
    "ziggy_sf_write": (
        "ziggy_sf_write/_resources/plugin.yaml",
        "ziggy_sf_write/_resources/schemas/config.schema.json",
        "ziggy_sf_write/_resources/schemas/sidecar.schema.json",
        "ziggy_sf_write/block/help.md",
        "ziggy_sf_write/block/icon.svg",
    ),
    "ziggy_studio": (
        "ziggy_studio/_resources/quickstart/flows/screenshot.yaml",
        "ziggy_studio/schemas/flow.schema.json",
        "ziggy_studio/static/app.js",
    ),
    "salesforce_sandbox": ("salesforce_sandbox/objects/account.yaml", "salesforce_sandbox/soql/grammar.lark"),
}

HOST = """
import json, sys
import pluggy
from jsonschema import Draft202012Validator
from ziggy_sf_write import hookspecs
from ziggy_sf_write.contract import BlockResult, Connection, Edge
from ziggy_sf_write.resources import load_schema

manager = pluggy.PluginManager("ziggy")
manager.add_hookspecs(hookspecs)
manager.load_setuptools_entrypoints("ziggy")
blocks = {block.type: block for found in manager.hook.ziggy_blocks() for block in found}
Draft202012Validator.check_schema(blocks["SALESFORCE_WRITE_V1"].config_schema)
assert "RECEIVER_V1" not in blocks
"""

WRITE = """
from ziggy_sf_write.testing import MemoryContext
connection = Connection(name="sfDev", type="salesforce", config=json.load(sys.stdin))
result = manager.hook.ziggy_execute(
    block_type="SALESFORCE_WRITE_V1",
    config={"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"},
    edges=[Edge(index=0, items=[{"Ext__c": "a", "Name": "From a wheel"}])],
    context=MemoryContext(connections={"sfDev": connection}),
)
print(json.dumps({"blocks": sorted(blocks), "edges": [list(edge) for edge in result.outputs]}))
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    for source in PRODUCTS.values():
        # The wheel is built from the unpacked sdist alone, so both must be whole.
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source))
    return folder


@pytest.fixture(scope="module")
def plugin_alone(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin without studio and sandbox; beside it the five-line plugin."""
    folder = _environment(tmp_path_factory, _wheel(dist, "ziggy_sf_write"), "hatchling")
    plugin = ROOT / "examples" / "five_line_plugin"
    _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", plugin)
    return folder


@pytest.fixture(scope="module")
def sandbox_alone(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _environment(tmp_path_factory, _wheel(dist, "salesforce_sandbox"))


@pytest.fixture(scope="module")
def environment(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The studio as the plugin's extra brings it, with the two others that it stands on and no extra of its own."""
    return _environment(tmp_path_factory, "--find-links", dist, f"{_wheel(dist, 'ziggy_sf_write')}[studio]")


def _environment(factory: pytest.TempPathFactory, *requirements: object) -> Path:
    folder = factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pins = folder / "pins.txt"
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins.write_text("\n".join(line.split()[0] for line in lines if "==" in line))
    _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--constraint", pins, *requirements)
    return folder


def _wheel(dist: Path, name: str) -> Path:
    (wheel,) = dist.glob(f"{name}-*.whl")
    return wheel


def _run(*command: object, cwd: Path | None = None, path: str | None = None, given: str | None = None) -> str:
    environment = {**os.environ, "PATH": path} if path is not None else dict(os.environ)
    answer = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
        input=given,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def _ours_in(environment: Path) -> set[str]:
    """The products that an environment holds, by the names of their distributions."""
    listed = json.loads(_run(environment / "bin" / "python", "-m", "pip", "list", "--format", "json"))
    return {one["name"] for one in listed} & {"ziggy-sf-write", "ziggy-studio", "salesforce-sandbox"}


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_wheel_holds_everything_that_the_code_reads(dist: Path, name: str) -> None:
    names = set(ZipFile(_wheel(dist, name)).namelist())
    assert {*NEEDED[name], f"{name}/py.typed"} - names == set()
    assert [one for one in names if one.endswith(".dist-info/licenses/LICENSE")]
    assert not [one for one in names if one.startswith("tests/") or ".state" in one]
    assert {one.split("/")[0].split("-")[0] for one in names} == {name}


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_sdist_brings_its_readme_and_licence_and_no_tests(dist: Path, name: str) -> None:
    (sdist,) = dist.glob(f"{name}-*.tar.gz")
    with tarfile.open(sdist) as unpacked:
        names = {one.partition("/")[2] for one in unpacked.getnames()}
    assert {"README.md", "LICENSE", "pyproject.toml", f"{name}/py.typed"} - names == set()
    assert not [one for one in names if one.startswith("tests/") or ".state" in one]


def test_all_wheels_have_one_version_and_the_studio_asks_for_the_others_at_it(dist: Path) -> None:
    versions = {path.name.split("-")[1] for path in dist.glob("*.whl")}
    (version,) = versions
    wheel = ZipFile(_wheel(dist, "ziggy_studio"))
    (metadata,) = [one for one in wheel.namelist() if one.endswith(".dist-info/METADATA")]
    asked = re.findall(r"^Requires-Dist: (.*)$", wheel.read(metadata).decode(), re.MULTILINE)
    assert {f"ziggy-sf-write=={version}", f"salesforce-sandbox=={version}"} <= set(asked)


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_bill_of_materials_is_valid_and_has_hashes_of_the_wheel_and_every_part(dist: Path, name: str) -> None:
    bill = write_sbom(_wheel(dist, name)).read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    told = json.loads(bill)
    (digest,) = told["metadata"]["component"]["hashes"]
    assert digest["content"] == hashlib.sha256(_wheel(dist, name).read_bytes()).hexdigest()
    assert [one["name"] for one in told["components"] if not one.get("hashes")] == []


def test_the_bill_of_the_studio_names_the_other_two_by_their_wheels_and_what_the_page_is_built_of(dist: Path) -> None:
    parts = {one["purl"]: one for one in json.loads(sbom(_wheel(dist, "ziggy_studio")))["components"]}
    (plugin,) = (one for one in parts.values() if one["name"] == "ziggy-sf-write")
    assert plugin["hashes"][0]["content"] == hashlib.sha256(_wheel(dist, "ziggy_sf_write").read_bytes()).hexdigest()
    used = json.loads((ROOT / "ui" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    missing = {f"{name.lstrip('@')}@{version}" for name, version in used.items()}
    missing -= {one.removeprefix("pkg:npm/").removeprefix("%40") for one in parts}
    assert missing == set()


def test_the_bill_names_exactly_what_pip_installs(
    dist: Path, plugin_alone: Path, sandbox_alone: Path, environment: Path
) -> None:
    places = {"ziggy_sf_write": plugin_alone, "salesforce_sandbox": sandbox_alone, "ziggy_studio": environment}
    for name, place in places.items():
        listed = json.loads(_run(place / "bin" / "python", "-m", "pip", "list", "--format", "json"))
        installed = {(canonicalize_name(one["name"]), one["version"]) for one in listed}
        told = json.loads(sbom(_wheel(dist, name)))
        required = [one for one in told["components"] if one["scope"] == "required" and "pypi" in one["purl"]]
        named = {(one["name"], one["version"]) for one in [told["metadata"]["component"], *required]}
        # What venv brings; beside the plugin alone the five-line one, with what builds it.
        others = {"pip", "setuptools", *(["shout-plugin", *brought(["hatchling"])] if place is plugin_alone else [])}
        assert named - installed == set()
        assert {one for one, _ in installed - named} <= others


def test_the_plugin_alone_is_found_and_one_upsert_arrives(plugin_alone: Path, tmp_path: Path, org: Sandbox) -> None:
    # From another folder, so that the sources of the checkout cannot answer in the wheel's place.
    script = tmp_path / "host.py"
    script.write_text(HOST + WRITE)
    connection = json.dumps(client_credentials_config(org))
    answer = json.loads(_run(plugin_alone / "bin" / "python", script, cwd=tmp_path, given=connection))
    assert answer["blocks"] == ["SALESFORCE_WRITE_V1", "SHOUT_V1"]
    assert [one["Name"] for one in org.records("Account")] == ["From a wheel"]
    assert answer["edges"][0][0]["Ext__c"] == "a"


def test_the_plugin_alone_brings_no_command_and_none_of_the_others(plugin_alone: Path) -> None:
    assert _ours_in(plugin_alone) == {"ziggy-sf-write"}
    commands = {path.name for path in (plugin_alone / "bin").iterdir()}
    assert commands & {"ziggy-sf-write", "salesforce-sandbox"} == set()


def test_the_sandbox_alone_serves_a_client_that_nobody_here_wrote(sandbox_alone: Path, tmp_path: Path) -> None:
    assert _ours_in(sandbox_alone) == {"salesforce-sandbox"}
    program = sandbox_alone / "bin" / "salesforce-sandbox"
    home = {"HOME": str(tmp_path), "PATH": "/nonexistent", "LANG": "C.UTF-8"}
    with subprocess.Popen([program, "serve", "--json"], env=home, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        with requests.Session() as session:
            session.trust_env, session.verify = False, facts["ca_file"]
            key = {"client_id": facts["consumer_key"], "client_secret": facts["consumer_secret"]}
            login = {"grant_type": "client_credentials", **key}
            token = session.post(f"{facts['url']}/services/oauth2/token", data=login, timeout=10).json()["access_token"]
            # Its handlers are made up at run time, hence Any.
            client: Any = Salesforce(instance_url=facts["url"], session_id=token, session=session)
            made = client.Account.create({"Name": "By a client"})
        shown = subprocess.run([program, "records", "Account"], env=home, capture_output=True, text=True, check=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    assert made["success"]
    assert json.loads(shown.stdout)["Name"] == "By a client"


STRANGERS = """\
import json, urllib.request
def test_the_org_lists_what_it_holds(salesforce_org):
    salesforce_org.insert("Account", [{"Name": "Acme"}])
    asked = f"query?q=SELECT+Name+FROM+Account&oauth_token={salesforce_org.access_token()}"
    found = json.load(urllib.request.urlopen(f"{salesforce_org.url}/services/data/v67.0/{asked}"))
    assert found["records"][0]["Name"] == "Acme"
"""


def test_a_strangers_test_passes_with_the_wheel_and_pytest_alone(
    dist: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    folder = _environment(tmp_path_factory, f"{_wheel(dist, 'salesforce_sandbox')}[pytest]")
    (tmp_path / "test_mine.py").write_text(STRANGERS)

    said = _run(folder / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", cwd=tmp_path)

    assert "1 passed" in said


@pytest.mark.parametrize("command", [[], ["serve"], ["env"], ["records"], ["stats"]], ids=" ".join)
def test_the_help_of_the_sandbox_names_the_command_that_was_called(
    sandbox_alone: Path, environment: Path, command: list[str]
) -> None:
    own = _run(sandbox_alone / "bin" / "salesforce-sandbox", *command, "--help")
    assert "Usage: salesforce-sandbox" in own
    assert "ziggy-sf-write" not in own
    below = _run(environment / "bin" / "ziggy-sf-write", "sandbox", *command, "--help")
    assert "Usage: ziggy-sf-write sandbox" in below
    assert "salesforce-sandbox" not in below


def _refusal(environment: Path, *arguments: object, cwd: Path) -> str:
    """What a command that cannot run says: one line, and exit code 2."""
    program = environment / "bin" / "ziggy-sf-write"
    answer = subprocess.run(
        [str(one) for one in (program, *arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2, answer.stdout + answer.stderr
    (line,) = answer.stderr.splitlines()
    return line


def test_without_dask_a_write_on_a_cluster_says_what_to_install(environment: Path, tmp_path: Path) -> None:
    where = ["--connection", "sfDev", "--match-key", "Ext__c", "--cluster", "local:2", "--out", "results"]
    said = _refusal(environment, "write", "Account", "parts", *where, cwd=tmp_path)
    assert said == "Error: --cluster needs Dask. Install it with: pip install 'ziggy-sf-write[cluster]'"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
@pytest.mark.parametrize("command", [["store", "list"], ["studio", "--no-sandbox"]], ids=" ".join)
def test_without_psycopg_a_store_on_postgresql_says_what_to_install(
    environment: Path, tmp_path: Path, scheme: str, command: list[str]
) -> None:
    (tmp_path / "project.yaml").write_text(f"store: {scheme}://flows@db.example.com/flows\n")
    said = _refusal(environment, *command, cwd=tmp_path)
    assert said == (
        "Error: A Data Store on PostgreSQL needs psycopg. Install it with: pip install 'ziggy-studio[postgresql]'"
    )


def test_the_demo_works_from_the_wheel_without_node(environment: Path, tmp_path: Path) -> None:
    out = _run(environment / "bin" / "ziggy-sf-write", "demo", cwd=tmp_path, path="/nonexistent")
    assert "Changed Name 1" in out


_FENCED = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def test_the_first_commands_work_for_a_newcomer(environment: Path, tmp_path: Path, org: Sandbox) -> None:
    """In the order of the page, in an empty home, with no Node on the path; only the org is another one."""
    home, project = tmp_path / "home", tmp_path / "my-project"
    home.mkdir()
    (project / "flows").mkdir(parents=True)
    page = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
    blocks = _FENCED.findall(page.partition("## With an org")[2])  # the words of `init` have a test of their own
    (connections,) = (yaml.safe_load(text) for kind, text in blocks if kind == "yaml")
    readme = _FENCED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (flow,) = (yaml.safe_load(text) for kind, text in readme if kind == "yaml")
    connections["sfDev"]["development"] |= {"domain": org.host, "caBundle": str(org.ca_file)}
    (project / "connections.yaml").write_text(yaml.safe_dump(connections))
    (project / "flows" / "accounts.yaml").write_text(yaml.safe_dump(flow))
    (project / "accounts.csv").write_text("Ext__c,Name\nA-2,Globex\n")
    secrets = {"sfConsumerKey": org.login.consumer_key, "sfConsumerSecret": org.login.consumer_secret}
    program = environment / "bin" / "ziggy-sf-write"
    newcomer = {"HOME": str(home), "PATH": "/nonexistent", "LANG": "C.UTF-8"}
    walked = []
    for line in "\n".join(text for kind, text in blocks if not kind).splitlines():
        if not line.startswith("ziggy-sf-write ") or " studio " in line:
            continue  # pip, mkdir and cd; the editor has a test of its own
        arguments = line.split()[1:]
        given = secrets[arguments[2]] + "\n" if arguments[0] == "secrets" else None
        answer = subprocess.run(
            [program, *arguments], cwd=project, env=newcomer, input=given, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, line + answer.stdout + answer.stderr
        assert not planted_in(answer.stdout + answer.stderr)
        walked.append(arguments[0])
    assert walked == ["secrets", "secrets", "connections", "check", "write", "run", "store"]
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
