"""`write --cluster`: a folder of parts in, a folder of outcomes out, exit codes, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from distributed import LocalCluster

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import (
    connection_to,
    held,
    last_of_each_key,
    outcomes,
    results,
    rows_with_repeats,
    write_parts,
)
from tests.support.commands import run_command
from tests.support.planted import assert_no_secret

PROGRAM = [sys.executable, "-c", "from ziggy_studio.cli import main; main()"]
COMMAND = [*PROGRAM, "write", "Account"]


@pytest.fixture
def project(org: Sandbox, tmp_path: Path) -> Path:
    """A project whose connection has a secret of its own file."""
    folder = tmp_path / "project"
    folder.mkdir()
    config = dict(connection_to(org).config)
    secrets = folder / "secrets.yaml"
    secrets.write_text(yaml.safe_dump({"sfSecret": config["consumerSecret"]}))
    secrets.chmod(0o600)
    development = {**config, "consumerSecret": "secrets.sfSecret"}
    connections = {"sfDev": {"type": "salesforce", "development": development}}
    (folder / "connections.yaml").write_text(yaml.safe_dump(connections))
    return folder


def _command(project: Path, parts: object, *arguments: object) -> list[str]:
    standard = ["--project", project, "--connection", "sfDev", "--match-key", "Ext__c"]
    return [*COMMAND, *map(str, [parts, *standard, *arguments])]


def _run(project: Path, parts: object, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = _command(project, parts, *arguments)
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert_no_secret(answer.stdout, answer.stderr)
    assert "Traceback" not in answer.stderr
    return answer


@pytest.mark.slow
def test_parts_are_written_by_processes_of_this_machine(project: Path, org: Sandbox, tmp_path: Path) -> None:
    parts = rows_with_repeats(3, 100)
    folder = write_parts(tmp_path / "in", parts)
    answer = _run(project, folder, "--cluster", "local:2", "--out", tmp_path / "out", "--json")
    assert answer.returncode == 0, answer.stderr
    assert "The scheduler's pages: http://127.0.0.1:" in answer.stderr
    report = json.loads(answer.stdout)
    assert (report["counts"]["received"], report["counts"]["written"]) == (300, 300)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["parts"] == [str(path) for path in sorted(folder.iterdir())]
    assert held(org) == last_of_each_key(parts)


@pytest.mark.slow
def test_workers_of_another_scheduler_resolve_the_connection_from_the_project(
    project: Path, org: Sandbox, tmp_path: Path
) -> None:
    write_parts(tmp_path / "in", [*rows_with_repeats(1, 50), [{"Ext__c": "long", "Name": "y" * 256}]])
    options = {"n_workers": 1, "threads_per_worker": 2, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster:
        pattern = str(tmp_path / "in" / "*.jsonl")
        answer = _run(project, pattern, "--cluster", cluster.scheduler_address, "--out", tmp_path / "out")
    assert answer.returncode == 1
    assert "51 received, 50 written, 1 failed" in answer.stdout
    assert len(org.records("Account")) == 50


REFUSED = {
    "no folder": (["--cluster", "local:2"], "--cluster needs --out DIR"),
    "a file for failures": (["--cluster", "local", "--out", "o", "--failed", "f"], "--failed does not go with"),
    "a namespace": (["--cluster", "local", "--out", "o", "--namespace", "n"], "--error-namespace does not go with"),
    "no address": (["--cluster", "local:0", "--out", "o"], "`local:0` is no address of a cluster"),
}


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_go_with_a_cluster_is_wrong_usage(
    project: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    answer = run_command(*_command(project, tmp_path, *arguments)[len(PROGRAM) :], cwd=project)
    assert answer.returncode == 2
    assert sentence in answer.stderr


@pytest.mark.slow
def test_an_object_that_is_not_there_is_a_fatal_error(project: Path, tmp_path: Path) -> None:
    command = _command(project, write_parts(tmp_path / "in", [[{"Ext__c": "a"}]]), "--cluster", "local:1")
    command[command.index("Account")] = "Acount"
    answer = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--json"], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 1
    assert "`Acount` does not exist" in json.loads(answer.stdout)["error"]


@pytest.mark.slow
def test_ctrl_c_ends_in_order_with_every_row_accounted_for(project: Path, org: Sandbox, tmp_path: Path) -> None:
    """A terminal sends it to every process of the command, so it is sent to the whole group here too."""
    folder = write_parts(tmp_path / "in", rows_with_repeats(20, 500))
    org.inject("slow_answer", seconds=0.3, kinds=("collections_upsert",))
    command = _command(project, folder, "--cluster", "local:2", "--out", tmp_path / "out", "--json")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        tick = threading.Event()
        while process.poll() is None and org.stats().calls.get("collections_upsert", 0) < 6:
            tick.wait(0.005)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err
    report: dict[str, Any] = json.loads(out)
    counts = {name: count for name, count in report["counts"].items() if count}
    assert set(counts) == {"received", "written", "unprocessed"}
    assert counts["received"] == counts["written"] + counts["unprocessed"] == 10_000
    assert report["stopped"]["code"] == "stopped"
    assert outcomes(results(tmp_path / "out")) == {name: counts[name] for name in ("written", "unprocessed")}
    assert len(org.records("Account")) <= counts["written"]
