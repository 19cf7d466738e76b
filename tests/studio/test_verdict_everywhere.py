"""One truth on every surface: how a run ended, in words, exit code and JSON, in commands, log and history.

`verdicts.json` is the one table of it; `web/test_verdicts.py` and `ui/src/history/ends.test.tsx` hold the editor to it.
"""

import json
import logging
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from salesforce_sandbox import Sandbox
from tests.studio.verdicts import ENDS
from tests.support.orgs import password_config
from tests.support.signals import STUDIO
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_studio.cli import cli
from ziggy_studio.outcome import HistoryLevel
from ziggy_studio.project import Project
from ziggy_studio.store import History, open_store

# A stop takes a signal that is really sent; it has a test of its own.
ITEMS_OF = {name: end["items"] for name, end in ENDS.items() if "items" in end}


@pytest.fixture
def project(org: Sandbox, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "project"
    (folder / "flows").mkdir(parents=True)
    (folder / "project.yaml").write_text("history: all\n")
    connection = {"type": "salesforce", "development": password_config(org)}
    (folder / "connections.yaml").write_text(json.dumps({"sfDev": connection}))
    flow = {
        "name": "Accounts",
        "blocks": [
            {"id": "in", "type": "RECEIVER_V1"},
            {
                "id": "write",
                "type": "SALESFORCE_WRITE_V1",
                "config": {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"},
            },
            {"id": "end", "type": "SINKHOLE_V1"},
        ],
        "edges": [{"id": "a", "source": "in", "target": "write"}, {"id": "b", "source": "write", "target": "end"}],
    }
    (folder / "flows" / "accounts.yaml").write_text(yaml.safe_dump(flow))
    yield folder
    ORGS.clear()


@pytest.fixture
def end(request: pytest.FixtureRequest, project: Path, org: Sandbox) -> tuple[int, str, str]:
    """Prepares rows and org for this end; what every surface must say of it."""
    expected = ENDS[request.param]
    (project / "rows.jsonl").write_text("".join(json.dumps(item) + "\n" for item in ITEMS_OF[request.param]))
    if expected["fault"] is not None:
        org.inject(expected["fault"], kinds=("collections_upsert",))
    return expected["exitCode"], expected["verdict"]["state"], expected["verdict"]["sentence"]


def _command(project: Path, verb: str, *options: str) -> Result:
    rows = str(project / "rows.jsonl")
    arguments = {
        "run": ["run", str(project / "flows" / "accounts.yaml"), "--input", rows],
        "write": ["write", "Account", rows, "--match-key", "Ext__c", "--project", str(project)],
    }
    return CliRunner().invoke(cli, [*arguments[verb], *options])


every_end = pytest.mark.parametrize("end", ITEMS_OF, indirect=True)


@every_end
@pytest.mark.parametrize("verb", ["run", "write"])
def test_a_person_reads_it_from_a_command(project: Path, end: tuple[int, str, str], verb: str) -> None:
    code, _, sentence = end
    answer = _command(project, verb)
    assert answer.exit_code == code
    last = answer.stdout.splitlines()[-1]
    status = "error" if "unprocessed" in sentence else "ok"
    assert last == (sentence if verb == "write" else f"{status}; write: {sentence}")


REPORT_OF: dict[str, Callable[[Any], Any]] = {
    "run": lambda printed: printed["blocks"][1]["report"],
    "write": lambda printed: printed,
}


@every_end
@pytest.mark.parametrize("verb", REPORT_OF)
def test_a_machine_reads_the_same(project: Path, end: tuple[int, str, str], verb: str) -> None:
    code, state, sentence = end
    answer = _command(project, verb, "--json")
    printed = json.loads(answer.stdout)
    assert answer.exit_code == code
    assert REPORT_OF[verb](printed)["verdict"] == {"state": state, "sentence": sentence}
    assert (printed["error"] is not None) == ("unprocessed" in sentence)
    assert REPORT_OF[verb](printed)["apiCalls"]["used"] == sum(REPORT_OF[verb](printed)["apiCalls"]["byKind"].values())


@every_end
def test_the_log_says_it_once_and_warns_where_not_all_is_written(
    project: Path, end: tuple[int, str, str], caplog: pytest.LogCaptureFixture
) -> None:
    _, state, sentence = end
    with caplog.at_level(logging.INFO, logger="ziggy.flow"):
        _command(project, "run")
    (line,) = [one for one in caplog.records if sentence in one.getMessage()]
    assert (line.levelno > logging.INFO) == (state != "complete")


@every_end
def test_the_history_keeps_it(project: Path, end: tuple[int, str, str]) -> None:
    _, state, sentence = end
    _command(project, "run")
    assert _kept_verdict(project) == {"state": state, "sentence": sentence}


def _kept_verdict(project: Path) -> Any:
    store = open_store(Project(project).store_location)
    try:
        history = History(store, level=HistoryLevel.ALL, runs=10)
        (past,) = history.runs("Accounts")
        kept = history.run(past["id"])
        assert kept is not None
        blocks = {one["id"]: one for one in kept["blocks"]}
        return blocks["write"]["report"]["verdict"]
    finally:
        store.close()


@pytest.mark.parametrize("verb", ["run", "write"])
@pytest.mark.parametrize("is_json", [False, True], ids=["text", "json"])
def test_a_stop_is_told_alike(project: Path, org: Sandbox, verb: str, is_json: bool) -> None:  # noqa: FBT001 (a case)
    """A signal that is really sent, while some rows are written and others are not."""
    stopped = ENDS["stopped"]
    rows = range(stopped["rows"])
    (project / "rows.jsonl").write_text("".join(f'{{"Ext__c": "{at}", "Name": "n"}}\n' for at in rows))
    path = project / "flows" / "accounts.yaml"
    document = yaml.safe_load(path.read_text())
    document["blocks"][1]["config"]["advanced"] = {"batchSize": 5, "concurrency": 1}
    path.write_text(yaml.safe_dump(document))
    file, slow = str(project / "rows.jsonl"), ["--batch-size", "5", "--concurrency", "1"]
    arguments = {
        "run": ["run", str(path), "--input", file],
        "write": ["write", "Account", file, "--match-key", "Ext__c", "--project", str(project), *slow],
    }
    command = [*STUDIO, *arguments[verb], *(["--json"] if is_json else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        tick = threading.Event()
        while len(org.records("Account")) < 50:
            assert process.poll() is None
            tick.wait(0.01)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    written = len(org.records("Account"))
    sentence = stopped["verdict"]["sentence"].replace("1000", str(written)).replace("2000", str(len(rows) - written))
    verdict = {"state": stopped["verdict"]["state"], "sentence": sentence}
    assert (process.returncode, "Traceback" in err) == (stopped["exitCode"], False)
    if is_json:
        assert REPORT_OF[verb](json.loads(out))["verdict"] == verdict
    else:
        begin = {"run": "stopped; write: ", "write": "stopped by SIGTERM: "}[verb]
        assert out.splitlines()[-1] == begin + sentence
    if verb == "run":
        assert _kept_verdict(project) == verdict
