"""A run that is killed can be taken back, and so it is after its undo was killed: the end state is what was before."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesforce_sandbox import Sandbox
from tests.support.orgs import client_credentials_config
from ziggy_sf_write.run.previous_values import kept_runs
from ziggy_studio.project import Project
from ziggy_studio.store import open_store

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from ziggy_studio.cli import main; main()"]
STAMPS = ("LastModifiedDate", "SystemModstamp")
THERE, COUNT = 300, 500
SMALL = ("--batch-size", "20", "--concurrency", "3", "--api", "collections")
KILLS: list[tuple[str, tuple[str, ...], tuple[str, int], tuple[str, int]]] = [
    ("Ext__c", SMALL, ("collections_upsert", 4), ("collections_update", 1)),
    ("Ext__c", SMALL, ("collections_upsert", 13), ("collections_update", 5)),
    ("Ext__c", SMALL, ("collections_upsert", 24), ("collections_delete", 1)),
    ("Name", SMALL, ("collections_create", 3), ("collections_update", 2)),
    ("Name", SMALL, ("collections_update", 7), ("collections_update", 3)),
    # A job that was closed, for sure: the org counts a call when its head is there, before its body.
    ("Ext__c", ("--api", "bulk"), ("bulk_poll", 1), ("collections_read", 1)),
    ("Ext__c", ("--api", "bulk"), ("bulk_poll", 1), ("collections_update", 1)),
]


def _run(folder: Path, org: Sandbox, *arguments: str, kill_at: tuple[str, int] | None = None) -> int:
    """Runs a command in a process of its own; `kill_at` kills it when the org has seen so many calls of a kind."""
    org.reset_stats()
    told = folder / "told.txt"
    with told.open("w") as out, subprocess.Popen([*COMMAND, *arguments], cwd=folder, stdout=out, stderr=out) as process:
        if kill_at is None:
            return process.wait(timeout=120)
        kind, number = kill_at
        tick = threading.Event()
        while process.poll() is None and org.stats().calls.get(kind, 0) < number:
            tick.wait(0.001)
        process.kill()
    # What is under way is carried out whether anybody waits for it or not.
    tick.wait(1.0)
    return -9


def _held(org: Sandbox) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name not in STAMPS} for one in org.records("Account")]


def _await_first_write(org: Sandbox, before: list[dict[str, Any]]) -> None:
    """A job begins when the org comes to it; the undo ends what is left of it."""
    tick, until = threading.Event(), time.monotonic() + 30
    while _held(org) == before:
        assert time.monotonic() < until, "the run has written nothing"
        tick.wait(0.05)


@pytest.mark.parametrize(("key", "options", "kill_run", "kill_undo"), KILLS)
def test_killed_twice_and_taken_back(
    org: Sandbox,
    tmp_path: Path,
    key: str,
    options: tuple[str, ...],
    kill_run: tuple[str, int],
    kill_undo: tuple[str, int],
) -> None:
    connection = {"type": "salesforce", "development": client_credentials_config(org)}
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump({"sfDev": connection}))
    org.insert("Account", [{"Ext__c": f"k{n}", "Name": f"k{n}", "Phone": "old"} for n in range(THERE)])
    before = _held(org)
    rows = [{"Ext__c": f"k{n}", "Name": f"k{n}", "Phone": "new"} for n in range(COUNT)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    command = ("write", "Account", "rows.json", "--match-key", key, "--previous-values", *options)
    _run(tmp_path, org, *command, kill_at=kill_run)
    _await_first_write(org, before)
    store = open_store(Project(tmp_path).store_location)
    (kept,) = kept_runs(store)
    store.close()
    undo = ("undo", kept.run_id, "--delete-created")
    _run(tmp_path, org, *undo, kill_at=kill_undo)
    assert _run(tmp_path, org, *undo) == 0, (tmp_path / "told.txt").read_text()
    assert _held(org) == before
