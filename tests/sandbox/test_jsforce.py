"""jsforce from npm, unpatched, against the sandbox."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.npm import jsforce

STORY = Path(__file__).with_name("jsforce_story.js")
ASKS = Path(__file__).with_name("jsforce_asks.js")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture(scope="module")
def modules() -> Path:
    """The folder of the installed client."""
    return jsforce()


@pytest.fixture
def story(modules: Path, sandbox: Sandbox) -> dict[str, Any]:
    """What the client saw."""
    login = sandbox.login
    facts = {"url": sandbox.url, "username": login.username, "password": login.password + login.token}
    return run(modules, sandbox, STORY, facts)


def run(modules: Path, sandbox: Sandbox, script: Path, facts: dict[str, str]) -> dict[str, Any]:
    """What a script prints, run by the client's own Node."""
    done = subprocess.run(
        [modules / ".bin" / "node", script, json.dumps(facts)],
        env={**os.environ, "NODE_PATH": str(modules), "NODE_EXTRA_CA_CERTS": str(sandbox.ca_file)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_whole_story(story: dict[str, Any], sandbox: Sandbox) -> None:
    """One process for all of it: starting node takes longer than the story."""
    assert story["user"]["id"].startswith("005")
    assert story["objects"] > 20
    assert "Ext__c" in story["fields"]
    assert story["upserted"] == 450
    assert (story["one"]["success"], story["one"]["created"]) == (True, False)
    assert [each["success"] for each in story["refused"]] == [True, False]
    assert story["refused"][1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert story["total"] == ["Changed", "N1"]
    assert story["all"] == 450
    bulk = story["bulk"]
    assert {each["Ext__c"]: each["sf__Created"] for each in bulk["successfulResults"]} == {"k1": "false", "b1": "true"}
    assert [each["Ext__c"] for each in bulk["failedResults"]] == ["b2"]
    assert bulk["failedResults"][0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    assert bulk["unprocessedRecords"] == []
    assert (story["limits"], story["identity"]) == (100_000, sandbox.login.username)


def test_what_the_org_holds_and_counted(story: dict[str, Any], sandbox: Sandbox) -> None:
    held = {each["Ext__c"]: each["Name"] for each in sandbox.records("Account")}

    assert story["upserted"] == 450
    assert len(held) == 451
    assert (held["k0"], held["k1"], held["b1"]) == ("Changed", "Loaded", "New")
    calls = sandbox.stats().calls
    assert (calls["soap_login"], calls["collections_upsert"], calls["row_upsert"]) == (2, 3, 1)
    assert (calls["bulk_create"], calls["bulk_upload"], calls["bulk_results"]) == (1, 1, 3)


def test_what_is_asked_of_an_org(modules: Path, sandbox: Sandbox) -> None:
    """The web server flow, files, children, groups, semi-joins, bulk queries, changes, and the end of a session."""
    login = sandbox.login
    facts = {"url": sandbox.url, "clientId": login.consumer_key, "clientSecret": login.consumer_secret}

    story = run(modules, sandbox, ASKS, {**facts, "day": "2001-01-01"})

    assert (story["resources"] >= 18, story["user"]) == (True, login.username)
    assert (story["file"], story["blob"]) == ("069", "hello")
    assert (story["children"], story["groups"], story["joined"]) == (["A", "B"], 10, 1)
    assert [each["LastName"] for each in story["rows"]] == ["A", "B"]
    assert (story["deleted"], story["updated"], story["revoked"]) == (1, 1, "INVALID_SESSION_ID")
