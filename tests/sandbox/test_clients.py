"""Clients that nobody here wrote, unpatched, against the sandbox: every scenario ends as the committed list says."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from scripts.generate_client_docs import PAGE, ListedClient, listed_clients, page
from tests.sandbox.npm import installed, jsforce
from tests.sandbox.pypi import python_with

SCRIPTS = Path(__file__).with_name("scenarios")
ROOT = Path(__file__).parents[2]
CLIENTS = listed_clients()
LEAST = 150
LEAST_SHARE = 0.86
Command = Callable[[], list[str | Path]]


def _jsforce() -> list[str | Path]:
    modules = jsforce()
    return ["env", f"NODE_PATH={modules}", modules / ".bin" / "node"]


def _nforce() -> list[str | Path]:
    modules = installed("nforce", "nforce@1.13.0", probe="nforce/index.js")
    return ["env", f"NODE_PATH={modules}", "node"]


# Of Django the newest that django-salesforce takes without a key of its own.
COMMANDS: dict[str, Command] = {
    "simple-salesforce": lambda: [sys.executable],
    "aiosalesforce": lambda: [python_with("aiosalesforce", "aiosalesforce[jwt]==0.6.2")],
    "django-salesforce": lambda: [python_with("django-salesforce", "django-salesforce==6.0", "Django==5.1.*")],
    "CumulusCI": lambda: [python_with("cumulusci", "cumulusci==4.10.1")],
    "jsforce": _jsforce,
    "nforce": _nforce,
    # Their scripts start the command themselves.
    "Salesforce CLI": lambda: [sys.executable],
    "SFDMU": lambda: [sys.executable],
}
NEEDS_NODE = {"jsforce", "nforce", "Salesforce CLI", "SFDMU"}


def _marked(name: str) -> object:
    without_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
    return pytest.param(name, marks=(pytest.mark.node, without_npm) if name in NEEDS_NODE else ())


@pytest.mark.slow
@pytest.mark.parametrize("name", [_marked(name) for name in CLIENTS])
def test_each_scenario_ends_as_listed(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    client = CLIENTS[name]

    played = _played([*COMMANDS[name](), SCRIPTS / client.played_by], sandbox, tmp_path)

    assert sorted(played) == sorted(client.scenarios)
    assert {each: error for each, error in played.items() if error and each in client.passing} == {}
    assert [each for each in client.failing if not played[each]] == [], "these pass by now"
    assert {each: played[each] for each, known in client.failing.items() if known.shows not in str(played[each])} == {}


def _played(command: list[str | Path], sandbox: Sandbox, folder: Path) -> dict[str, str | None]:
    """What a script says of each of its scenarios: why it failed, or nothing."""
    done = subprocess.run(
        command,
        env={**os.environ, **sandbox.environment(), "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,  # the CLI takes a second or more for each command, on a busy machine many
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    assert done.returncode == 0, done.stderr
    assert max(Counter(each["name"] for each in lines).values()) == 1
    return {each["name"]: each["error"] for each in lines}


def test_the_list_is_long_and_most_of_it_passes() -> None:
    everything = [each for client in CLIENTS.values() for each in client.scenarios]
    passing = [each for client in CLIENTS.values() for each in client.passing]

    assert len(everything) >= LEAST
    assert len(passing) / len(everything) >= LEAST_SHARE


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_no_scenario_is_listed_twice_and_none_fails_without_a_reason(client: ListedClient) -> None:
    assert len(set(client.scenarios)) == len(client.scenarios)
    assert all(each.because and each.shows for each in client.failing.values())


def test_the_page_of_the_clients_is_the_list() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
