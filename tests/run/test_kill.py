"""Killed at any point and run again: the same end state as one undisturbed run."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesforce_sandbox import Sandbox
from tests.support.orgs import client_credentials_config

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from ziggy_studio.cli import main; main()"]
COUNT = 600


def _project(folder: Path, org: Sandbox, *, match_key: str, advanced: dict[str, Any]) -> Path:
    connection = {"type": "salesforce", "development": client_credentials_config(org)}
    (folder / "connections.yaml").write_text(yaml.safe_dump({"sfDev": connection}))
    config = {"connection": "sfDev", "object": "Account", "matchKey": match_key, "advanced": advanced}
    flow = {
        "name": "Kill me",
        "blocks": [
            {"id": "in", "type": "RECEIVER_V1"},
            {"id": "write", "type": "SALESFORCE_WRITE_V1", "config": config},
        ],
        "edges": [{"source": "in", "target": "write"}],
    }
    (folder / "flow.yaml").write_text(yaml.safe_dump(flow))
    # Every tenth key comes twice, the second time with another value.
    items = [{match_key: f"k{number}", "Phone": "1"} for number in range(COUNT)]
    items += [{match_key: f"k{number}", "Phone": "2"} for number in range(0, COUNT, 10)]
    named = items if match_key == "Name" else [{"Name": item[match_key], **item} for item in items]
    (folder / "items.json").write_text(json.dumps(named))
    return folder


def _run(folder: Path, org: Sandbox, *, kill_at: tuple[str, int] | None = None) -> Any:
    """Runs the flow in a process of its own; `kill_at` kills it when the org has seen so many calls of a kind."""
    command = [*COMMAND, "run", str(folder / "flow.yaml"), "--input", str(folder / "items.json"), "--json"]
    # Into a file: a full pipe would stop the process before it ends.
    told = folder / "told.json"
    with told.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL) as process:
        if kill_at is None:
            process.wait(timeout=120)
            return json.loads(told.read_text())
        kind, number = kill_at
        tick = threading.Event()
        while process.poll() is None and org.stats().calls.get(kind, 0) < number:
            tick.wait(0.001)
        process.kill()
    assert org.stats().calls.get(kind, 0) >= number, "the run had no such moment"
    return None


def _state(org: Sandbox) -> dict[str, str]:
    held = {one["Name"]: one["Phone"] for one in org.records("Account")}
    assert len(held) == len(org.records("Account")), "no key has two records"
    return held


EXPECTED = {f"k{number}": "2" if number % 10 == 0 else "1" for number in range(COUNT)}
SMALL_CALLS = {"api": "collections", "batchSize": 20, "concurrency": 3}
# A killed run's claims hold for as long as the org may be at work.
LOOKED_UP = {**SMALL_CALLS, "doubtTime": 3}
# The second items of keys are worth a job where they would take fifteen calls.
BULK = {"api": "bulk", "batchSize": 4}
KILLS = [
    ("Ext__c", SMALL_CALLS, ("oauth_token", 1)),
    ("Ext__c", SMALL_CALLS, ("collections_upsert", 1)),
    ("Ext__c", SMALL_CALLS, ("collections_upsert", 13)),
    ("Ext__c", SMALL_CALLS, ("collections_upsert", 31)),
    ("Name", LOOKED_UP, ("collections_create", 7)),
    ("Name", LOOKED_UP, ("collections_update", 1)),
    ("Ext__c", BULK, ("bulk_create", 1)),
    ("Ext__c", BULK, ("bulk_upload", 1)),
    ("Ext__c", BULK, ("bulk_patch", 1)),
    ("Ext__c", BULK, ("bulk_poll", 2)),
    ("Ext__c", BULK, ("bulk_results", 1)),
    ("Ext__c", BULK, ("bulk_create", 2)),
    ("Ext__c", BULK, ("bulk_patch", 2)),
    ("Ext__c", BULK, ("bulk_results", 2)),
    ("Ext__c", {"api": "bulk"}, ("collections_upsert", 1)),
    ("Name", {**BULK, "doubtTime": 3}, ("bulk_patch", 1)),
    ("Name", {**BULK, "doubtTime": 3}, ("bulk_results", 1)),
]


@pytest.mark.parametrize(
    ("match_key", "advanced", "kill_at"), KILLS, ids=[f"{key}-{kind}-{at}" for key, _, (kind, at) in KILLS]
)
def test_a_run_that_is_killed_and_run_again_ends_as_one_undisturbed_run(
    tmp_path: Path, org: Sandbox, match_key: str, advanced: dict[str, Any], kill_at: tuple[str, int]
) -> None:
    folder = _project(tmp_path, org, match_key=match_key, advanced=advanced)
    _run(folder, org, kill_at=kill_at)
    again = _run(folder, org)
    counts = again["blocks"][1]["report"]["counts"]
    assert counts["written"] == counts["received"] == COUNT + COUNT // 10
    assert _state(org) == EXPECTED


def test_an_uploaded_job_is_not_uploaded_twice(tmp_path: Path, org: Sandbox) -> None:
    folder = _project(tmp_path, org, match_key="Ext__c", advanced=BULK)
    _run(folder, org, kill_at=("bulk_patch", 1))
    _run(folder, org)
    # One upload for the first items of all keys, one for the keys that come twice.
    assert org.stats().calls["bulk_upload"] == 2
    assert org.stats().rows_created == COUNT
