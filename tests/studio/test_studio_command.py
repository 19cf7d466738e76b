"""`ziggy-sf-write studio` as a process: it says where it is, and Ctrl-C ends it at once."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ziggy_studio.cli import cli

_COMMAND = (sys.executable, "-c", "from ziggy_studio.cli import main; main()", "studio")


@contextmanager
def _studio(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*_COMMAND, "--project", str(folder), *options]
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


def test_ctrl_c_ends_it_within_a_second_while_a_page_listens(tmp_path: Path) -> None:
    flow = {"name": "T", "blocks": [{"id": "in", "type": "RECEIVER_V1"}], "edges": []}
    with _studio(tmp_path, "--no-sandbox") as (process, url):
        run = requests.post(f"{url}/api/runs", json={"document": flow, "flow": "t"}, timeout=10).json()["id"]
        with requests.get(f"{url}/api/runs/{run}/events", stream=True, timeout=10) as events:
            assert events.status_code == 200
            before = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.wait(10)
        assert time.monotonic() - before < 1
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_taken_port_says_what_to_do(tmp_path: Path) -> None:
    with _studio(tmp_path, "--no-sandbox") as (_, url):
        port = url.rpartition(":")[2]
        second = subprocess.run(
            [*_COMMAND, "--project", str(tmp_path), "--no-sandbox", "--port", port],
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
