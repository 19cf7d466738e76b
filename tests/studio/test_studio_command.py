"""`ziggy-sf-write studio` as a process: it says where it is, and Ctrl-C ends it at once."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.signals import STUDIO, STUDIO_WITH_SIGNALS_ELSEWHERE
from ziggy_studio.cli import cli
from ziggy_studio.outcome import HistoryLevel
from ziggy_studio.store import History, open_store

pytestmark = pytest.mark.slow


@contextmanager
def _studio(
    folder: Path, *options: str, program: Sequence[str] = STUDIO
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*program, "studio", "--project", str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_it_prints_its_address_and_brings_a_sandbox_whose_connection_works(tmp_path: Path) -> None:
    with _studio(tmp_path) as (_, url):
        connections = requests.get(f"{url}/api/connections", timeout=10).json()["connections"]
        assert [one["name"] for one in connections] == ["sfDev"]
        report = requests.post(f"{url}/api/connections/sfDev/test", json={}, timeout=10).json()
        assert report["ok"] is True


def test_without_a_sandbox_there_is_only_what_the_project_has(tmp_path: Path) -> None:
    with _studio(tmp_path, "--no-sandbox") as (_, url):
        assert requests.get(f"{url}/api/connections", timeout=10).json()["connections"] == []


@pytest.mark.parametrize("program", [STUDIO, STUDIO_WITH_SIGNALS_ELSEWHERE], ids=["any thread", "not the main one"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_a_second_while_a_page_listens(
    tmp_path: Path, program: Sequence[str], number: signal.Signals
) -> None:
    flow = {"name": "T", "blocks": [{"id": "in", "type": "RECEIVER_V1"}], "edges": []}
    begun = time.monotonic()
    with _studio(tmp_path, "--no-sandbox", program=program) as (process, url):
        # On a busy machine everything takes longer; the start shows by how much.
        a_second = max(1, time.monotonic() - begun)
        run = requests.post(f"{url}/api/runs", json={"document": flow, "flow": "t"}, timeout=10).json()["id"]
        with requests.get(f"{url}/api/runs/{run}/events", stream=True, timeout=10) as events:
            assert events.status_code == 200
            before = time.monotonic()
            process.send_signal(number)
            assert process.wait(10) == 0
        assert time.monotonic() - before < a_second
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


_MANY = 3_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_under_way_and_waits_until_it_is_accounted_for(
    tmp_path: Path, number: signal.Signals
) -> None:
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}
    one_by_one = {"batchSize": 1, "concurrency": 1}
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(_MANY)]
    flow = {
        "name": "T",
        "blocks": [
            {"id": "in", "type": "RECEIVER_V1", "config": {"testData": json.dumps(items)}},
            {"id": "write", "type": "SALESFORCE_WRITE_V1", "config": {**config, "advanced": one_by_one}},
        ],
        "edges": [{"source": "in", "target": "write"}],
    }
    with _studio(tmp_path) as (process, url):
        run = requests.post(f"{url}/api/runs", json={"document": flow, "flow": "t"}, timeout=20).json()["id"]
        with requests.get(f"{url}/api/runs/{run}/events", stream=True, timeout=20) as events:
            next(line for line in events.iter_lines(chunk_size=1) if b'"phase": "write"' in line)
            process.send_signal(number)
            assert process.wait(20) == 0
    with closing(open_store(f"sqlite:///{tmp_path / '.state' / 'store.sqlite'}")) as store:
        kept = History(store, level=HistoryLevel.ALL, runs=1).run(run)
    assert kept is not None
    assert kept["status"] == "stopped"


def test_a_taken_port_says_what_to_do(tmp_path: Path) -> None:
    with _studio(tmp_path, "--no-sandbox") as (_, url):
        port = url.rpartition(":")[2]
        second = subprocess.run(
            [*STUDIO, "studio", "--project", str(tmp_path), "--no-sandbox", "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )
    assert second.returncode == 2
    assert f"Port {port} is taken" in second.stderr


@pytest.mark.parametrize("name", ["studio"])
def test_its_help_has_an_example(name: str) -> None:
    command = cli.get_command(None, name)  # type: ignore[arg-type] # our group does not look at the context
    assert command is not None
    assert "Example:" in (command.help or "")
