"""`sandbox serve`, `records` and `stats`."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from salesforce_sandbox import Sandbox
from salesforce_sandbox.cli import sandbox as command
from tests.sandbox.client import Api
from tests.support.signals import SANDBOX, SANDBOX_WITH_SIGNALS_ELSEWHERE

SERVE = [*SANDBOX, "serve", "--json"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: `serve` leaves its address there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("ZIGGY_SANDBOX_URL", raising=False)
    return tmp_path


@pytest.fixture
def server(home: Path) -> Iterator[subprocess.Popen[str]]:
    """An org in a process of its own."""
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_facts_answers_and_ends_cleanly(server: subprocess.Popen[str], number: signal.Signals) -> None:
    assert server.stdout is not None
    facts = json.loads(server.stdout.readline())
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{facts['url']}/services/data", verify=facts["ca_file"], timeout=10)
    assert answer.json()[-1]["version"] == "68.0"

    server.send_signal(number)

    assert server.wait(timeout=5) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_by_a_signal_that_another_thread_gets(number: signal.Signals) -> None:
    command = [*SANDBOX_WITH_SIGNALS_ELSEWHERE, "serve", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        try:
            assert process.wait(timeout=5) == 0
        finally:
            process.kill()


def test_serve_prints_an_environment_for_each_client(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    facts = json.loads(server.stdout.readline())

    assert {"python", "node", "sf", "curl"} <= set(facts["environments"])
    for client, expected in facts["environments"].items():
        said = CliRunner().invoke(command, ["env", client, "--json"])  # of the sandbox that was started last
        found = json.loads(said.output)
        assert found.keys() == expected.keys()
        assert {key: found[key] for key in found if key != "SF_ACCESS_TOKEN"} == {
            key: expected[key] for key in expected if key != "SF_ACCESS_TOKEN"
        }
    shown = CliRunner().invoke(command, ["env", "sf"]).output
    assert f"# sf org login access-token --instance-url {facts['url']} --no-prompt" in shown


def test_serve_refuses_an_unknown_fault_with_the_known_ones() -> None:
    result = CliRunner().invoke(command, ["serve", "--fault", "nope=1"])

    assert result.exit_code == 2
    assert "answer_lost_after_commit" in result.output


def test_serve_refuses_an_unknown_latency_profile() -> None:
    assert CliRunner().invoke(command, ["serve", "--latency", "warp"]).exit_code == 2


def test_records_prints_one_object_a_line(sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])

    result = CliRunner().invoke(command, ["records", "Account", "--url", sandbox.url])

    assert [json.loads(each)["Name"] for each in result.output.splitlines()] == ["A", "B"]


def test_records_as_json_is_an_array(sandbox: Sandbox) -> None:
    result = CliRunner().invoke(command, ["records", "Account", "--url", sandbox.url, "--json"])

    assert json.loads(result.output) == []


def test_records_of_an_unknown_object_is_a_usage_error(sandbox: Sandbox) -> None:
    result = CliRunner().invoke(command, ["records", "Nope", "--url", sandbox.url])

    assert result.exit_code == 2
    assert "no object Nope" in result.output


def test_stats_counts_by_kind(sandbox: Sandbox, api: Api) -> None:
    api.get("limits")

    as_text = CliRunner().invoke(command, ["stats", "--url", sandbox.url])
    as_json = CliRunner().invoke(command, ["stats", "--url", sandbox.url, "--json"])

    assert "limits" in as_text.output
    assert json.loads(as_json.output)["calls"]["limits"] == 1


def test_nobody_there_is_an_error_with_the_address(sandbox: Sandbox) -> None:
    sandbox.stop()

    result = CliRunner().invoke(command, ["stats", "--url", "https://127.0.0.1:1"])

    assert result.exit_code == 1
    assert "https://127.0.0.1:1" in result.output


@pytest.mark.parametrize("name", ["serve", "records", "stats"])
def test_every_help_text_has_an_example(name: str) -> None:
    assert "Example:" in CliRunner().invoke(command, [name, "--help"]).output


def test_the_sandbox_started_last_is_asked_unless_another_is_named(
    server: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.stdout is not None
    url = json.loads(server.stdout.readline())["url"]

    assert json.loads(CliRunner().invoke(command, ["records", "Organization"]).output)["Name"] == "Sandbox"
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=5)
    assert "name one with --url" in CliRunner().invoke(command, ["stats"]).output
    monkeypatch.setenv("ZIGGY_SANDBOX_URL", url)
    assert "no sandbox answers there" in CliRunner().invoke(command, ["stats"]).output


def test_another_machine_is_not_asked() -> None:
    assert CliRunner().invoke(command, ["stats", "--url", "https://login.salesforce.com"]).exit_code == 2
