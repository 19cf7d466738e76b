"""What a host must survive: two of it on one store, a kill in the middle of a run, many small flows."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesforce_sandbox import Sandbox
from tests.support.host import MemoryStore
from tests.support.orgs import client_credentials_config
from ziggy_sf_write.contract import Mode
from ziggy_studio.engine import Status, run_flow
from ziggy_studio.flow import Flow, FlowBlock, FlowEdge
from ziggy_studio.host import Host
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import open_store

COMMAND = [sys.executable, "-c", "from ziggy_studio.cli import main; main()"]


def _project(folder: Path, org: Sandbox, *, store: str | None = None, batch: int = 10) -> Path:
    """A project whose flow writes its items in batches and keeps what fails under the project's own name."""
    folder.mkdir(exist_ok=True)
    connection = {"type": "salesforce", "development": client_credentials_config(org)}
    (folder / "connections.yaml").write_text(yaml.safe_dump({"sfDev": connection}))
    (folder / "project.yaml").write_text(yaml.safe_dump({"store": store} if store else {}))
    write = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "errorNamespace": folder.name}
    blocks: list[dict[str, Any]] = [
        {"id": "in", "type": "RECEIVER_V1"},
        {"id": "batch", "type": "BATCH_V1", "config": {"batchSize": batch}},
        {"id": "write", "type": "SALESFORCE_WRITE_V1", "config": write},
        {"id": "end", "type": "BATCH_END_V1"},
    ]
    order = [block["id"] for block in blocks]
    edges = [{"source": a, "target": b} for a, b in pairwise(order)]
    (folder / "flow.yaml").write_text(yaml.safe_dump({"name": folder.name, "blocks": blocks, "edges": edges}))
    items = [{"Ext__c": f"{folder.name}-{n}", "Name": "x" * 256 if n % 2 else "fine"} for n in range(200)]
    (folder / "items.json").write_text(json.dumps(items))
    return folder


def _command(folder: Path) -> list[str]:
    return [*COMMAND, "run", str(folder / "flow.yaml"), "--input", str(folder / "items.json"), "--json"]


@pytest.mark.slow
@pytest.mark.postgres
def test_two_studios_on_one_store_do_not_disturb_each_other(tmp_path: Path, org: Sandbox, postgres_url: str) -> None:
    folders = [_project(tmp_path / name, org, store=postgres_url, batch=50) for name in ("north", "south")]
    started = [subprocess.Popen(_command(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for folder in folders]
    ended = [process.communicate(timeout=120) for process in started]
    assert [json.loads(out)["status"] for out, _ in ended] == ["ok", "ok"]
    store = open_store(postgres_url)
    for folder in folders:
        kept = store.find(folder.name, limit=999)
        assert {one.key for one in kept} == {f"{folder.name}-{n}" for n in range(1, 200, 2)}
        assert {one.data["flow"] for one in kept} == {folder.name}
    store.close()
    assert len(org.records("Account")) == 200


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_run_loses_no_failed_item_that_was_reported(tmp_path: Path, org: Sandbox) -> None:
    folder = _project(tmp_path / "killed", org)
    with subprocess.Popen(_command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        begun = 0
        for line in process.stderr:
            # A batch has 10 items, of which every second fails; with the eighth under way seven have been reported.
            begun += line.startswith("write: connect")
            if begun == 8:
                break
        os.kill(process.pid, signal.SIGKILL)
    store = open_store(Project(folder).store_location)
    kept = {one.key for one in store.find("killed", limit=999)}
    store.close()
    assert {f"killed-{n}" for n in range(1, 70, 2)} <= kept


def _small_flow() -> Flow:
    names = ["in", "a", "b", "c", "end"]
    mapper: dict[str, Any] = {"keys": {"n": "n"}}
    blocks = [
        FlowBlock(id="in", type="RECEIVER_V1", config={"testData": [{"n": 1}]}),
        *(FlowBlock(id=name, type="MAPPER_V1", config=mapper) for name in names[1:-1]),
        FlowBlock(id="end", type="TERMINATOR_V1", config={"sendDataInResponse": True}),
    ]
    edges = [
        FlowEdge(id=f"{a}-{b}", source=a, source_handle="o0", target=b, target_handle="i0") for a, b in pairwise(names)
    ]
    return Flow(name="Small", timeout_s=60, blocks=tuple(blocks), edges=tuple(edges))


@pytest.mark.slow
def test_ten_thousand_blocks_of_small_flows_run_in_a_minute_without_growing(tmp_path: Path) -> None:
    host = Host(plugins=make_plugin_manager(), project=Project(tmp_path), store=MemoryStore(), mode=Mode.DEV)
    flow = _small_flow()

    def run(times: int) -> None:
        for _ in range(times):
            finished = run_flow(flow, host)
            assert (finished.status, finished.response) == (Status.OK, {"data0": [{"n": 1}]})

    run(200)
    peak: Callable[[], int] = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # noqa: E731 # two looks
    before, threads, started = peak(), threading.active_count(), time.monotonic()
    run(2_000)
    assert time.monotonic() - started < 60
    assert peak() - before < 20_000, "kilobytes"
    assert threading.active_count() <= threads
