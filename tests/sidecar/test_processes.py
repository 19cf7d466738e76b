"""The two commands as processes: what they say to whom, and how they end."""

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
from tests.support.sidecar import COMMAND, Host, Told, sidecar_process

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
