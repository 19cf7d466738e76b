"""What the Salesforce CLI from npm writes, read by the sandbox and by the command `write`."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.schema.describe import describe_object
from tests.sandbox.npm import salesforce_cli_json
from tests.support.orgs import client_credentials_config

Run = Callable[..., dict[str, Any]]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture
def sf(sandbox: Sandbox, tmp_path: Path) -> Run:
    """Runs a command in a home of its own that is logged in to the sandbox."""
    env = {
        **os.environ,
        "HOME": str(tmp_path),
        "NODE_EXTRA_CA_CERTS": str(sandbox.ca_file),
        "SF_ACCESS_TOKEN": sandbox.access_token(),
        "SF_AUTOUPDATE_DISABLE": "true",
        "SF_DISABLE_TELEMETRY": "true",
        "SF_SKIP_NEW_VERSION_CHECK": "true",
        "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    }
    run = partial(salesforce_cli_json, folder=tmp_path, env=env)
    login = run("org", "login", "access-token", "--instance-url", sandbox.url, "--no-prompt", "--alias", "box")
    assert login["result"]["username"] == sandbox.login.username, login
    return run


def test_what_a_describe_prints_is_an_object_of_another_org(sf: Run, tmp_path: Path) -> None:
    described = sf("sobject", "describe", "-s", "Project__c", "-o", "box")
    (tmp_path / "project.json").write_text(json.dumps(described))

    with Sandbox(SandboxOptions(objects=(tmp_path / "project.json",))) as other:
        served = {each["name"]: each for each in describe_object(other.org.schema, other.org.object("Project__c"),
                                                                 "67.0", [])["fields"]}  # fmt: skip
    assert served == {each["name"]: each for each in described["result"]["fields"]}


def test_an_exported_plan_is_loaded_by_the_write_command(sf: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.insert("Account", [{"Name": f"A{number}", "AnnualRevenue": number, "Phone": None} for number in range(3)])
    query = "SELECT Name, AnnualRevenue, Phone FROM Account ORDER BY Name"
    tree = sf("data", "export", "tree", "-q", query, "--plan", "-d", "out", "-o", "box")
    assert tree["status"] == 0, tree
    with Sandbox() as other:
        connection = {"type": "salesforce", "development": client_credentials_config(other)}
        (tmp_path / "connections.yaml").write_text(json.dumps({"other": connection}))
        command = ["write", "Account", str(tmp_path / "out"), "--match-key", "Name", "--project", str(tmp_path)]
        main = "from ziggy_studio.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", main, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        held = [(one["Name"], one["AnnualRevenue"]) for one in other.records("Account")]
    assert held == [("A0", 0), ("A1", 1), ("A2", 2)]
