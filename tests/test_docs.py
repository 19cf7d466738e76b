"""The documents: links lead somewhere, code runs, every code of the block is explained."""

import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pluggy
import pytest
import yaml

from salesforce_sandbox import Sandbox
from scripts.generate_command_docs import PAGE as COMMANDS_PAGE
from scripts.generate_command_docs import page as commands_page
from scripts.generate_option_docs import PAGE as OPTIONS_PAGE
from scripts.generate_option_docs import page as options_page
from tests.support.commands import run_command
from tests.support.orgs import client_credentials_config, context_for
from ziggy_sf_write import hookspecs
from ziggy_sf_write.contract import Edge
from ziggy_sf_write.salesforce.login import connection_problems
from ziggy_sf_write.schema_check import schema_problems
from ziggy_sf_write.testing import MemoryContext
from ziggy_studio.flow import flow_problems
from ziggy_studio.plugins import descriptors, make_plugin_manager
from ziggy_studio.resources import load_schema

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("*.md")) + sorted(
    path
    for folder in ("docs", "ziggy_sf_write", "studio", "sandbox", "bridges")
    for path in (ROOT / folder).rglob("*.md")
    if "node_modules" not in path.parts
)
_LINK = re.compile(r"\[[^\]]+\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
_CODE = re.compile(r"""code="([a-z_]+)"|_failed\(\s*"([a-z_]+)"|(?:stop|write)_reason\(\s*"([a-z_]+)\"""")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), f"{target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in readme] == []


def test_the_options_of_a_form_are_those_that_the_editor_reads() -> None:
    read_by_the_editor = (ROOT / "ui" / "src" / "api" / "schema.ts").read_text(encoding="utf-8")
    options = re.search(r"interface UiOptions \{(.*?)\n\}", read_by_the_editor, re.DOTALL)
    assert options is not None
    page = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(\w+)` \|", page.partition("| option | means |")[2], re.MULTILINE)
    assert sorted(explained) == sorted(re.findall(r"^  (\w+)\?:", options[1], re.MULTILINE))


def test_the_settings_are_those_of_the_schema() -> None:
    text = OPTIONS_PAGE.read_text(encoding="utf-8")
    assert text == options_page(text)


def test_the_commands_are_those_of_the_program() -> None:
    text = COMMANDS_PAGE.read_text(encoding="utf-8")
    assert text == commands_page(text)


def test_the_readme_is_a_door_and_no_reference() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 90


def test_the_flow_of_the_readme_can_run() -> None:
    examples = [yaml.safe_load(text) for text in _YAML.findall((ROOT / "README.md").read_text(encoding="utf-8"))]
    (flow,) = [one for one in examples if "blocks" in one]
    assert flow_problems(flow, descriptors(make_plugin_manager())) == []


def test_the_host_of_the_readme_writes(org: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = _PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert example.count("login = {") == 1
    mine = re.sub(r"login = \{.*?\}", f"login = {client_credentials_config(org)!r}", example)
    exec(compile(mine, "README.md", "exec"), {})  # noqa: S102 # our own page
    assert capsys.readouterr().out.startswith("1 of 1 written [{'Ext__c': 'A-1', 'Name': 'Acme', 'Id': '001")
    assert [one["Name"] for one in org.records("Account")] == ["Acme"]


@pytest.mark.parametrize("command", ["run flows/accounts.yaml", "write Account data/accounts.csv --match-key Name"])
def test_the_first_commands_of_the_readme_write_a_record(tmp_path: Path, command: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in ("init my-project", command):
        assert f"\nziggy-sf-write {line}\n" in readme
    assert run_command("init", "my-project", cwd=tmp_path).returncode == 0
    said = run_command(*command.split(), cwd=tmp_path / "my-project")
    assert said.returncode == 0
    assert "of 2 written" in said.stdout + said.stderr


@pytest.mark.parametrize("name", ["docs/getting-started.md", "docs/connections.md"])
def test_the_connections_of_the_pages_are_whole(name: str) -> None:
    examples = [yaml.safe_load(text) for text in _YAML.findall((ROOT / name).read_text(encoding="utf-8"))]
    (connections,) = [one for one in examples if "sfDev" in one]
    assert schema_problems(load_schema("connections.schema.json"), connections, what=name) == []
    for values in (value for value in connections["sfDev"].values() if isinstance(value, dict)):
        assert connection_problems(values) == []


@pytest.mark.parametrize("setting", load_schema("project.schema.json")["properties"])
def test_every_setting_of_a_project_is_explained(setting: str) -> None:
    assert f"| `{setting}` |" in (ROOT / "docs" / "studio.md").read_text(encoding="utf-8")


def test_every_core_block_is_explained() -> None:
    page = (ROOT / "docs" / "studio.md").read_text(encoding="utf-8")
    assert [one.name for one in descriptors(make_plugin_manager()).values() if one.name not in page] == []


def test_every_hook_is_in_the_table_of_embedding() -> None:
    page = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(hookspecs) if name.startswith("ziggy_")]
    assert [name for name in hooks if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("page", ["docs/sandbox.md", "sandbox/README.md"])
def test_the_sandbox_example_runs(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    examples = _PYTHON.findall((ROOT / page).read_text(encoding="utf-8"))
    (example,) = [one for one in examples if "def test_" not in one]
    exec(compile(example, page, "exec"), {})  # noqa: S102 # our own page
    assert "Acme" in capsys.readouterr().out


@pytest.mark.slow
def test_the_test_of_the_sandboxs_readme_passes(tmp_path: Path) -> None:
    examples = _PYTHON.findall((ROOT / "sandbox" / "README.md").read_text(encoding="utf-8"))
    (example,) = [one for one in examples if "def test_" in one]
    # Where the package was installed before it had the fixture, pytest does not know it by itself.
    fixture = "from salesforce_sandbox.pytest_plugin import *\n"
    (tmp_path / "conftest.py").write_text(fixture)
    (tmp_path / "test_readme.py").write_text(example)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_readme.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


EMBEDDING = ROOT / "docs" / "embedding.md"


def _example_of_embedding(word: str) -> str:
    (example,) = [one for one in _PYTHON.findall(EMBEDDING.read_text(encoding="utf-8")) if word in one]
    return str(example)


def test_the_host_of_embedding_writes_and_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(_example_of_embedding("with Sandbox"), "docs/embedding.md", "exec"), {})  # noqa: S102 # our own page
    assert f"```\n{capsys.readouterr().out}```" in EMBEDDING.read_text(encoding="utf-8")


def test_the_context_of_embedding_is_the_one_of_the_package() -> None:
    assert _example_of_embedding("class MemoryContext") == inspect.getsource(MemoryContext)


@pytest.mark.parametrize(("limit_s", "outcome"), [(60, "written"), (0, "unprocessed")])
def test_the_asyncio_example_of_embedding_writes_and_stops(
    org: Sandbox, plugins: pluggy.PluginManager, limit_s: float, outcome: str
) -> None:
    names: dict[str, Any] = {}
    exec(compile(_example_of_embedding("import asyncio"), "docs/embedding.md", "exec"), names)  # noqa: S102 # our own page
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}
    items = [{"Ext__c": "a", "Name": "Acme"}]
    result = asyncio.run(names["write"](plugins, config, items, context_for(org), limit_s=limit_s))
    assert result.report["counts"][outcome] == 1


def test_the_plugin_of_embedding_shouts() -> None:
    names: dict[str, Any] = {}
    exec(compile(_example_of_embedding("SHOUT = "), "docs/embedding.md", "exec"), names)  # noqa: S102 # our own page
    result = names["ziggy_execute"](block_type="SHOUT_V1", edges=[Edge(index=0, items=[{"a": "b", "n": 1}])])
    assert result.outputs == ([{"a": "B", "n": 1}],)


def test_the_example_of_the_changes_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "changes-and-undo.md").read_text(encoding="utf-8")
    (example,) = _PYTHON.findall(page)
    exec(compile(example, "docs/changes-and-undo.md", "exec"), {})  # noqa: S102 # our own page
    told = capsys.readouterr().out
    assert f"```\n{told}```" in page


def test_every_code_of_a_run_is_explained() -> None:
    used = {
        code
        for path in (ROOT / "ziggy_sf_write" / "run").glob("*.py")
        for found in _CODE.findall(path.read_text(encoding="utf-8"))
        for code in found
        if code
    }
    page = (ROOT / "docs" / "outcomes-and-replay.md").read_text(encoding="utf-8")
    assert len(used) >= 10
    assert [code for code in sorted(used) if f"| `{code}` |" not in page] == []
