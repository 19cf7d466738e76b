"""Either side killed in the middle of a run, and the run made again: no twin, and nothing lost that was told."""

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import client_credentials_config, context_for
from tests.support.sidecar import Told, sidecar_process

pytestmark = pytest.mark.slow

ITEMS = [{"Ext__c": f"k{n}", "Name": f"N{n}"} for n in range(400)]
# Many small calls, so that there are many moments.
CONFIG: dict[str, Any] = {"advanced": {"api": "collections", "batchSize": 20, "concurrency": 3}}
MOMENTS = random.Random(21)  # noqa: S311 # the same moments in every run of the suite

# A host of its own, which tells its stdout what it was told, line by line.
HOST = """
import json, sys
from tests.support.host import FakeContext
from tests.support.sidecar import Told, sidecar_process
from ziggy_sf_write.contract import Connection

class Telling(Told):
    def take(self, event, params):
        if event == "items" and params["to"] == 0:
            print(json.dumps(params["items"]), flush=True)

given = json.load(sys.stdin)
connection = Connection(name="sfDev", type="salesforce", config=given["connection"])
with sidecar_process(FakeContext(connections={"sfDev": connection})) as (host, process):
    print(process.pid, flush=True)
    host.hello()
    number = host.begin_run(given["config"], Telling())
    for item in given["items"]:
        host.put(number, [item], chunk=1)
    host.tell("end", number)
    host.answer(number)
"""


def _wait_for_calls(org: Sandbox, calls: int, process: subprocess.Popen[Any], told: Told | None = None) -> None:
    """Waits for so many calls, or for the run's end where it makes fewer."""
    tick = threading.Event()
    while process.poll() is None and not (told and told.to(0)) and sum(org.stats().calls.values()) < calls:
        tick.wait(0.002)


def _kill_the_sidecar(org: Sandbox, calls: int) -> list[dict[str, Any]]:
    """What was told until it was killed, when the org had seen so many calls."""
    told = Told()
    with sidecar_process(context_for(org)) as (host, process):
        host.hello()
        number = host.begin_run(CONFIG, told)
        host.put(number, ITEMS)
        host.tell("end", number)
        _wait_for_calls(org, calls, process, told)
        process.kill()
        process.wait(10)
    return told.to(0)


def _kill_the_host(org: Sandbox, calls: int, folder: Path) -> list[dict[str, Any]]:
    given = {"connection": client_credentials_config(org), "config": CONFIG, "items": ITEMS}
    told = folder / "told.jsonl"
    with told.open("w") as out, _host(out) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(given))
        process.stdin.close()
        _wait_for_calls(org, calls, process)
        process.kill()
        process.wait(10)
    lines = told.read_text().splitlines()
    _wait_for_end(int(lines[0]))
    return [item for line in lines[1:] for item in json.loads(line)]


@contextmanager
def _host(out: Any) -> Iterator[subprocess.Popen[str]]:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", HOST]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=out, text=True) as process:
        yield process


def _wait_for_end(pid: int) -> None:
    """A sidecar whose host has gone ends by itself."""
    tick = threading.Event()
    for _ in range(3000):
        if not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes():
            return
        tick.wait(0.01)
    raise AssertionError("the sidecar has outlived its host")


def _assert_nothing_lost_and_no_twin(org: Sandbox, told: list[dict[str, Any]]) -> None:
    held = {one["Ext__c"]: one["Id"] for one in org.records("Account")}
    assert [one for one in told if held.get(one["Ext__c"]) != one["Id"]] == []
    with sidecar_process(context_for(org)) as (host, _):
        host.hello()
        again, answer = host.run(ITEMS, CONFIG)
    assert answer["report"]["counts"]["written"] == len(ITEMS)
    assert len(org.records("Account")) == len(ITEMS)
    ids = {one["Ext__c"]: one["Id"] for one in again.to(0)}
    assert [one for one in told if ids[one["Ext__c"]] != one["Id"]] == []


def test_a_killed_sidecar_leaves_no_twin_and_loses_nothing_that_it_told(org: Sandbox) -> None:
    _assert_nothing_lost_and_no_twin(org, _kill_the_sidecar(org, 8))


def test_a_killed_host_ends_its_sidecar_and_leaves_no_twin(org: Sandbox, tmp_path: Path) -> None:
    _assert_nothing_lost_and_no_twin(org, _kill_the_host(org, 8, tmp_path))


@pytest.mark.parametrize("calls", [MOMENTS.randrange(1, 26) for _ in range(25)], ids=lambda calls: f"after-{calls}")
@pytest.mark.parametrize("side", ["sidecar", "host"])
def test_killed_at_any_moment(org: Sandbox, tmp_path: Path, side: str, calls: int) -> None:
    """50 moments in all, between the first call of a run and its last."""
    told = _kill_the_sidecar(org, calls) if side == "sidecar" else _kill_the_host(org, calls, tmp_path)
    _assert_nothing_lost_and_no_twin(org, told)
