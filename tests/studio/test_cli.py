"""The command line: exit codes, sentences instead of tracebacks, JSON on stdout."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from salesforce_sandbox import Sandbox
from tests.support.commands import Answer, run_command
from tests.support.orgs import password_config
from tests.support.signals import STUDIO, STUDIO_WITH_SIGNALS_ELSEWHERE
from ziggy_studio.cli import _COMMANDS, cli
from ziggy_studio.resources import quickstart_path

COMMAND = STUDIO


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(quickstart_path(), folder, ignore=shutil.ignore_patterns(".state"))
    return folder


def _run(*arguments: object) -> Answer:
    return run_command(*arguments, cwd=Path.cwd())


def _edit(flow: Path, change: Any) -> Path:
    document = yaml.safe_load(flow.read_text())
    change(document)
    flow.write_text(yaml.safe_dump(document))
    return flow


def test_the_screenshots_flow_puts_2_1_and_1_items_on_its_edges(project: Path) -> None:
    answer = _run("run", project / "flows" / "screenshot.yaml", "--json")
    assert answer.returncode == 0, answer.stderr
    run = json.loads(answer.stdout)
    assert [edge["count"] for edge in run["edges"]] == [2, 1, 1]
    assert run["edges"][1]["payload"] == [{"Id": "001gL000002rbzaQAA", "Name": "Changed Name 1"}]
    assert run["edges"][2]["payload"] == [{"Id": "invalidId", "Name": "Changed Name 2"}]
    assert set(run) == {"status", "error", "ms", "edges", "blocks"}


def test_the_demo_shows_edges_report_and_what_the_org_holds() -> None:
    answer = _run("demo")
    assert answer.returncode == 0, answer.stderr
    for part in ("(2) receiver", "(1) write o0", "(1) write o1", "is not a Salesforce Id", "What the org now holds"):
        assert part in answer.stdout


def test_the_demo_as_json_has_the_record() -> None:
    demo = json.loads(_run("demo", "--json").stdout)
    assert [one["Name"] for one in demo["records"]["Account"]] == ["Changed Name 1"]


def test_the_descriptor_is_json() -> None:
    assert json.loads(_run("descriptor").stdout)["type"] == "SALESFORCE_WRITE_V1"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.json", '[{"Id": "001gL000002rbzaQAA", "Name": "From a file"}]'),
        ("data.jsonl", '{"Id": "001gL000002rbzaQAA", "Name": "From a file"}\n\n'),
        ("data.csv", "Id,Name\n001gL000002rbzaQAA,From a file\n"),
    ],
)
def test_input_takes_the_place_of_the_test_data(project: Path, name: str, text: str) -> None:
    (project / name).write_text(text)
    answer = _run("run", project / "flows" / "screenshot.yaml", "--input", project / name, "--json")
    assert [edge["count"] for edge in json.loads(answer.stdout)["edges"]] == [1, 1, 0]


def test_an_input_that_is_uncertain_is_read_as_the_refusal_says(project: Path) -> None:
    polish = "Id;Name\n001gL000002rbzaQAA;Łódź Żółw\n;Paweł Święty\n".encode("cp1250")
    (project / "data.csv").write_bytes(polish)
    command = ("run", project / "flows" / "screenshot.yaml", "--json")
    refused = _run(*command, "--input", project / "data.csv")
    assert refused.returncode == 2
    assert "--encoding cp1250" in refused.stderr
    answer = _run(*command, "--input", project / "data.csv", "--encoding", "cp1250")
    assert json.loads(answer.stdout)["edges"][0]["count"] == 2
    useless = _run(*command, "--encoding", "cp1250")
    assert (useless.returncode, "Name it with --input" in useless.stderr) == (2, True)


def _remove_receiver_edge(document: Any) -> None:
    document["edges"].append({"source": "write", "sourceHandle": "o1", "target": "write"})


BAD_FLOWS = {
    "a cycle": (_remove_receiver_edge, "run in a circle"),
    "an unknown block type": (lambda d: d["blocks"][1].update(type="SALESFORCE_WRITE_V2"), "no plugin brings"),
    "a missing connection": (
        lambda d: d["blocks"][1]["config"].update(connection="sfProd"),
        "There is no Salesforce connection `sfProd`",
    ),
    "two Receivers": (lambda d: d["blocks"].append({"id": "r2", "type": "RECEIVER_V1"}), "exactly one Receiver"),
    "a misspelled key": (
        lambda d: d["blocks"][1]["config"].update(matchkey="Id"),
        "`matchkey` is not a setting of this block; did you mean `matchKey`?",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), BAD_FLOWS.values(), ids=BAD_FLOWS.keys())
def test_a_bad_flow_ends_with_exit_code_2_and_a_sentence(project: Path, change: Any, sentence: str) -> None:
    answer = _run("run", _edit(project / "flows" / "screenshot.yaml", change))
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "gone.yaml"], "does not exist"),
        (["run"], "Missing argument"),
        (["fly"], "There is no command `fly`"),
        (["run", "gone.yaml", "--mode", "test"], "is not one of"),
    ],
)
def test_wrong_usage_ends_with_exit_code_2(arguments: list[str], sentence: str) -> None:
    answer = _run(*arguments)
    assert (answer.returncode, "Traceback" in answer.stderr) == (2, False)
    assert sentence in answer.stderr


def test_an_unreadable_flow_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_bytes(b"\xff\xfe\x00 not text")
    answer = _run("run", tmp_path / "flow.yaml")
    assert (answer.returncode, "is not UTF-8" in answer.stderr) == (2, True)


def test_a_fatal_error_ends_with_exit_code_1_and_names_the_cause(project: Path) -> None:
    (project / "connections.yaml").write_text(
        "gone:\n  type: salesforce\n  development: {accessToken: x, instanceUrl: 'https://127.0.0.1:9'}\n"
    )
    quick = {"maxTries": 1}
    flow = _edit(
        project / "flows" / "screenshot.yaml",
        lambda d: d["blocks"][1]["config"].update(connection="gone", advanced=quick),
    )
    answer = _run("run", flow, "--json")
    assert answer.returncode == 1
    assert "Salesforce cannot be reached" in json.loads(answer.stdout)["error"]["message"]


def test_what_the_org_says_of_a_block_is_said_before_anything_runs(project: Path) -> None:
    flow = _edit(project / "flows" / "screenshot.yaml", lambda d: d["blocks"][1]["config"].update(object="Nowhere__c"))
    answer = _run("run", flow, "--json")
    assert (answer.returncode, list(json.loads(answer.stdout))) == (2, ["error"])
    assert re.search(r"screenshot.yaml line \d+: block `write`: The object `Nowhere__c` does not exist", answer.stderr)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("wrong", "Salesforce refused the username and password login"), ("secrets.none", "wants the secret `none`")],
)
def test_a_login_that_cannot_be_made_is_said_before_anything_runs(
    project: Path, org: Sandbox, password: str, sentence: str
) -> None:
    connection = {"type": "salesforce", "development": {**password_config(org), "password": password}}
    (project / "connections.yaml").write_text(json.dumps({"shut": connection}))
    flow = _edit(project / "flows" / "screenshot.yaml", lambda d: d["blocks"][1]["config"].update(connection="shut"))
    answer = _run("run", flow, "--json")
    assert (answer.returncode, list(json.loads(answer.stdout))) == (2, ["error"])
    assert sentence in answer.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", [STUDIO, STUDIO_WITH_SIGNALS_ELSEWHERE], ids=["any thread", "not the main one"])
@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
)
def test_a_signal_stops_a_run_that_accounts_for_every_item(
    project: Path, command: Sequence[str], number: signal.Signals
) -> None:
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(5_000)]
    (project / "items.json").write_text(json.dumps(items))
    settings = {"batchSize": 1, "concurrency": 1}
    flow = _edit(
        project / "flows" / "screenshot.yaml",
        lambda d: d["blocks"][1].update(
            config={"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "advanced": settings}
        ),
    )
    arguments = ["run", str(flow), "--input", str(project / "items.json"), "--json"]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "write: write" not in process.stderr.readline():
            pass  # it is still connecting and checking
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    run = json.loads(out)
    assert process.returncode == 128 + number
    counts = run["blocks"][1]["report"]["counts"]
    assert run["status"] == "stopped"
    assert counts["written"] + counts["unprocessed"] == counts["received"] == 5_000
    assert counts["unprocessed"] > 0


def test_the_garbage_collector_is_set_for_the_commands_alone() -> None:
    program = """
import gc, sys
pythons_own = gc.get_threshold()
import ziggy_sf_write.run.executor
from ziggy_studio.cli import main
assert gc.get_threshold() == pythons_own
sys.argv = ["ziggy-sf-write", "descriptor"]
try:
    main()
finally:
    assert gc.get_threshold() > pythons_own
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_commands_help_has_an_example(name: str) -> None:
    answer = CliRunner().invoke(cli, [name, "--help"], prog_name="ziggy-sf-write")
    assert "Example" in answer.output
    assert "ziggy-sf-write" in answer.output
