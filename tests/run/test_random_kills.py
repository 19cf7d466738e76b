"""Killed at a random moment, with calls that may be carried out later, and run again at once (specification 7)."""

import multiprocessing
import random
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext
from tests.support.orgs import client_credentials_config, outcomes
from ziggy_sf_write.contract import BlockResult, Connection, Edge
from ziggy_sf_write.run.executor import execute
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_studio.store import SqlStore, open_store

COUNT = 120
DOUBT_S = 1.5
# A key that Salesforce upserts by and keeps unique, one that it does not keep unique, and two that are looked up.
KEYS = {"Ext__c": "Account", "LegacyKey__c": "Project__c", "Name": "Account", "Phone": "Account"}
LATE = ("late_commit", "late_commit_503", "late_commit_504", "late_commit_html")


def run_once(config: dict[str, Any], store_url: str, items: list[dict[str, Any]], settings: dict[str, Any]) -> None:
    """In a process of its own: one run, which may be killed at any moment."""
    store = open_store(store_url)
    try:
        _write(config, store, items, settings)
    finally:
        store.close()


def _write(
    config: dict[str, Any], store: SqlStore, items: list[dict[str, Any]], settings: dict[str, Any]
) -> BlockResult:
    connection = Connection(name="sfDev", type="salesforce", config=config)
    context = FakeContext(connections={"sfDev": connection}, store=store)  # type: ignore[arg-type]
    return execute({"connection": "sfDev", **settings}, [Edge(index=0, items=items)], context)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.run.test_random_kills"])
    return context


@pytest.fixture(scope="module")
def org() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox
    ORGS.clear()


def _kill_and_run_again(org: Sandbox, processes: ForkServerContext, folder: Path, seed: int) -> bool:
    """Whether the first run was still under way when it was killed."""
    dice = random.Random(seed)  # noqa: S311 (the same each time)
    key, is_late = dice.choice(list(KEYS)), seed % 2 == 0
    sobject, prefix = KEYS[key], f"{seed}-"
    items: list[dict[str, Any]] = [{key: f"{prefix}{number}", "Name": f"{prefix}{number}"} for number in range(COUNT)]
    settings = {
        "object": sobject,
        "matchKey": key,
        "advanced": {
            "api": dice.choice(["collections", "collections", "bulk"]),
            "batchSize": dice.choice([5, 20, 200]),
            "concurrency": dice.choice([1, 3, "auto"]),
            "doubtTime": DOUBT_S,
        },
    }
    if is_late:
        kinds = ("collections_create", "collections_upsert", "bulk_patch")
        at = tuple(sorted(dice.sample(range(1, 8), 2)))
        org.inject(dice.choice(LATE), at=at, kinds=kinds, seconds=dice.uniform(0.2, 0.9))
    config, url = client_credentials_config(org), f"sqlite:///{folder / 'store.sqlite'}"
    process: BaseProcess = processes.Process(target=run_once, args=(config, url, items, settings))
    process.start()
    process.join(dice.uniform(0.05, 0.45))
    was_running = process.is_alive()
    process.kill()
    process.join()
    org.clear_faults()
    store = open_store(url)
    try:
        result = _write(config, store, items, settings)
    finally:
        store.close()
    org.await_late_commits()
    assert outcomes(result) == {"written": COUNT}
    held = sorted(one[key] for one in org.records(sobject) if str(one[key]).startswith(prefix))
    assert held == sorted(item[key] for item in items), f"seed {seed}: {settings}"
    return was_running


def _many(org: Sandbox, processes: ForkServerContext, folder: Path, seeds: range) -> None:
    killed = 0
    for seed in seeds:
        (folder / str(seed)).mkdir()
        killed += _kill_and_run_again(org, processes, folder / str(seed), seed)
    # Some are done before the kill, or have not begun; how many, says how busy the machine is.
    assert killed > len(seeds) / 4


@pytest.mark.long
def test_ten_kills(org: Sandbox, processes: ForkServerContext, tmp_path: Path) -> None:
    _many(org, processes, tmp_path, range(10))


@pytest.mark.slow
@pytest.mark.long
def test_two_hundred_kills(org: Sandbox, processes: ForkServerContext, tmp_path: Path) -> None:
    _many(org, processes, tmp_path, range(100, 300))
