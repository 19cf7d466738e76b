"""SFDMU, a plugin of the Salesforce CLI that moves data between orgs, unpatched, against the sandbox."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.npm import installed
from tests.sandbox.test_salesforce_cli import cli

pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


def test_files_become_records_with_their_parents(sandbox: Sandbox, tmp_path: Path) -> None:
    """It follows `identity` of the list of resources, describes, queries, and inserts by collections."""
    sandbox.insert("Account", [{"Name": "Old", "Ext__c": "b"}])
    plugin = installed("sfdmu", "sfdmu@3.7.19", probe="sfdmu/package.json") / "sfdmu"
    (tmp_path / "Account.csv").write_text("Name,Ext__c,Industry\nAcme,a,Banking\nGlobex,b,Energy\n")
    (tmp_path / "Contact.csv").write_text("LastName,Email,Account.Ext__c\nNg,ng@example.com,a\n")
    script = {
        "orgs": [{"name": "box", "instanceUrl": sandbox.url, "accessToken": sandbox.access_token()}],
        "objects": [
            {"query": "SELECT Name, Ext__c, Industry FROM Account", "operation": "Upsert", "externalId": "Ext__c"},
            {
                "query": "SELECT LastName, Email, AccountId FROM Contact",
                "operation": "Upsert",
                "externalId": "LastName",
            },
        ],
    }
    (tmp_path / "export.json").write_text(json.dumps(script))
    env = {**os.environ, **sandbox.environment(), "HOME": str(tmp_path), "SF_SKIP_NEW_VERSION_CHECK": "true"}

    linked = subprocess.run([*cli(), "plugins", "link", plugin], env=env, capture_output=True, text=True, check=False)
    assert linked.returncode == 0, linked.stderr
    command = [*cli(), "sfdmu", "run", "--sourceusername", "csvfile", "--targetusername", "box", "--noprompt"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    accounts = {each["Ext__c"]: each for each in sandbox.records("Account")}
    assert {key: each["Name"] for key, each in accounts.items()} == {"a": "Acme", "b": "Globex"}
    (contact,) = sandbox.records("Contact")
    assert contact["AccountId"] == accounts["a"]["Id"]
