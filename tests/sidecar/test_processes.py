"""The two commands as processes: what they say to whom, and how they end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext
from tests.support.orgs import client_credentials_config, context_for
from tests.support.planted import planted_in
from tests.support.sidecar import COMMAND, Host, Told, sidecar_here, sidecar_process
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.sidecar import ProjectSource

pytestmark = pytest.mark.slow

STUDIO = (sys.executable, "-c", "from ziggy_studio.cli import main; main()", "sidecar", "--project")


def _project(folder: Path, org: Sandbox) -> Path:
    values = {**client_credentials_config(org), "consumerSecret": "secrets.sfSecret"}
    (folder / "connections.yaml").write_text(yaml.safe_dump({"sfDev": {"type": "salesforce", "development": values}}))
    return folder


def test_the_plugins_command_writes_through_the_hosts_connection(org: Sandbox) -> None:
    with sidecar_process(context_for(org)) as (host, process):
        assert host.hello()["source"] == "host"
        told, answer = host.run([{"Ext__c": "a", "Name": "A"}], {"errorNamespace": "broken"})
    assert answer["report"]["verdict"]["state"] == "complete"
    assert told.to(0)[0]["Id"] == org.records("Account")[0]["Id"]
    assert process.returncode == 0
    assert "connection" in host.asked


def test_the_studios_command_writes_through_the_projects_connection(org: Sandbox, tmp_path: Path) -> None:
    folder = _project(tmp_path, org)
    secrets = {"sfSecret": {"development": org.login.consumer_secret}}
    (folder / "secrets.yaml").write_text(yaml.safe_dump(secrets))
    (folder / "secrets.yaml").chmod(0o600)
    with sidecar_process(FakeContext(), command=(*STUDIO, str(folder))) as (host, process):
        assert host.hello()["source"] == "project"
        kept = {"errorNamespace": "broken"}
        told, _ = host.run([{"Ext__c": "a", "Name": "A"}, {"Ext__c": "b", "Name": None}], kept)
        asked = {"blockType": "SALESFORCE_WRITE_V1", "config": {}}
        assert [one["value"] for one in host.ask("choices", field="errorNamespace", **asked)["choices"]] == ["broken"]
        assert [one["value"] for one in host.ask("choices", field="connection", **asked)["choices"]] == ["sfDev"]
        blocks = [one["type"] for one in host.ask("describe")["blocks"]]
    assert [one["Ext__c"] for one in told.to(0)] == ["a"]
    assert {"SALESFORCE_WRITE_V1", "RECEIVER_V1"} <= set(blocks)
    assert process.returncode == 0
    assert host.asked == []
    assert planted_in(b"".join(host.seen).decode()) == []


def test_what_prints_goes_to_stderr_and_stdin_is_nobodys_but_the_protocols() -> None:
    script = """
import sys, threading
from ziggy_sf_write.sidecar import protocol_pipes
with protocol_pipes() as pipes:
    print("noise")
    print(repr(sys.stdin.read()))
    pipes.lines_out.write(pipes.lines_in.readline())
print("after")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], input=b"a line\n", capture_output=True, check=True, timeout=60
    )
    assert done.stdout == b"a line\nafter\n"
    assert done.stderr.split() == [b"noise", b"''"]


def _stopped(host: Host, process: subprocess.Popen[bytes]) -> Told:
    told = Told()
    number = host.begin_run({"matchKey": "Ext__c"}, told)
    host.put(number, [{"Ext__c": "a", "Name": "A"}])
    return told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_the_signals_code(number: signal.Signals) -> None:
    with sidecar_process() as (host, process):
        host.hello()
        process.send_signal(number)
        assert process.wait(20) == 128 + number


def test_a_closed_stdin_with_a_run_under_way_ends_with_1(org: Sandbox) -> None:
    with sidecar_process(context_for(org)) as (host, process):
        host.hello()
        _stopped(host, process)
        host.close()
        assert process.wait(30) == 1
    assert org.records("Account") == []


def test_a_host_that_no_longer_reads_ends_it_too(org: Sandbox) -> None:
    read, write = os.pipe()
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE) as process:
        os.close(write)
        os.close(read)
        assert process.stdin is not None
        process.stdin.write(b'{"id": 1, "method": "hello", "params": {"version": 1}}\n')
        process.stdin.flush()
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_a_stopped_sidecar_tells_its_host_what_became_of_each_item(org: Sandbox) -> None:
    with sidecar_process(context_for(org)) as (host, process):
        host.hello()
        told = Told()
        number = host.begin_run({}, told)
        host.put(number, [{"Ext__c": f"s{n}", "Name": "S"} for n in range(10)])
        host.ask("describe")  # what was sent before has been read
        process.send_signal(signal.SIGTERM)
        counts = host.answer(number)["report"]["counts"]
        assert process.wait(30) == 128 + signal.SIGTERM
    assert (counts["received"], counts["unprocessed"]) == (10, 10)
    assert [line["index"] for line in told.to("notWritten")] == list(range(10))


def test_a_host_that_does_not_read_cannot_keep_it_alive() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        lines = [{"id": 1, "method": "hello", "params": {"version": 1}}]
        lines += [{"id": 2 + n, "method": "describe"} for n in range(50)]
        process.stdin.write(b"".join(json.dumps(one).encode() + b"\n" for one in lines))
        process.stdin.close()
        assert process.wait(40) in (0, 1)


def test_a_project_that_is_not_there_is_named_on_stderr(tmp_path: Path) -> None:
    done = subprocess.run([*STUDIO, str(tmp_path / "none")], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not a project folder" in done.stderr


def test_the_projects_source_serves_every_hook(org: Sandbox, tmp_path: Path) -> None:
    folder = _project(tmp_path, org)
    (folder / "secrets.yaml").write_text(yaml.safe_dump({"sfSecret": {"development": org.login.consumer_secret}}))
    (folder / "secrets.yaml").chmod(0o600)
    with (
        open_host(folder, is_quiet=True) as (opened, _),
        sidecar_here(opened.plugins, source=ProjectSource(opened)) as host,
    ):
        assert host.hello()["source"] == "project"
        assert host.ask("testConnection", connectionType="salesforce", name="sfDev")["ok"]
        asked = {"blockType": "SALESFORCE_WRITE_V1", "config": {}}
        assert [one["value"] for one in host.ask("choices", field="connection", **asked)["choices"]] == ["sfDev"]
        told, _ = host.run([{"Ext__c": "a", "Name": "A"}], {"errorNamespace": "broken"})
    assert [one["Ext__c"] for one in told.to(0)] == ["a"]
