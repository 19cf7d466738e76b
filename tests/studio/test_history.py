"""The history of runs: what is kept, how much of it, and what a killed run leaves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ziggy_sf_write.contract import HostError, Mode
from ziggy_studio.engine import Host, RunOptions, run_flow
from ziggy_studio.flow import Flow, FlowBlock, FlowEdge
from ziggy_studio.outcome import BlockRun, FlowRun, HistoryLevel, Status
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import History, SqlStore, open_store

Make = Callable[..., History]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    where = f"sqlite:///{tmp_path / 'store.sqlite'}"
    opened = open_store(where if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


@pytest.fixture
def make(store: SqlStore) -> Make:
    return lambda level=HistoryLevel.ALL, runs=10: History(store, level=level, runs=runs)


def _run(status: Status = Status.OK, items: int = 3) -> FlowRun:
    report = {"counts": {"received": 1}, "notWritten": [{"index": 0, "outcome": "failed", "errors": []}]}
    return FlowRun(
        status=status,
        error=None if status is Status.OK else {"message": "It failed."},
        ms=12,
        payloads={"in>a": [{"n": number} for number in range(items)], "a>b": []},
        blocks=(BlockRun(id="a", type="A", status=status, ms=10, report=report),),
    )


@pytest.mark.parametrize("level", HistoryLevel)
def test_an_edge_without_items_has_nothing_to_be_kept(make: Make, level: HistoryLevel) -> None:
    history = make(level=level)
    history.begin("r1", flow="f", mode="DEV")
    assert history.items("r1", "a>b") is None
    history.finish("r1", _run())
    assert (history.items("r1", "a>b"), history.items("r1", "other"), history.items("gone", "a>b")) == ([], None, None)


def test_a_run_is_listed_with_its_counts_and_without_its_items(make: Make) -> None:
    history = make()
    history.begin("r1", flow="f", mode="DEV")
    history.finish("r1", _run())
    (kept,) = history.runs()
    assert (kept["id"], kept["flow"], kept["mode"], kept["status"], kept["ms"]) == ("r1", "f", "DEV", "ok", 12)
    assert kept["edges"] == {"in>a": 3, "a>b": 0}
    assert kept["blocks"][0]["report"] == {"counts": {"received": 1}, "notWrittenGroups": []}
    assert history.run("r1") == kept
    assert history.run("gone") is None


@pytest.mark.parametrize(
    ("level", "status", "is_kept"),
    [
        (HistoryLevel.NONE, Status.ERROR, False),
        (HistoryLevel.ERRORS, Status.OK, False),
        (HistoryLevel.ERRORS, Status.STOPPED, True),
        (HistoryLevel.ALL, Status.OK, True),
    ],
)
def test_items_are_kept_as_far_as_the_level_says(
    make: Make, level: HistoryLevel, status: Status, *, is_kept: bool
) -> None:
    history = make(level=level)
    history.begin("r1", flow="f", mode="DEV")
    history.finish("r1", _run(status, items=2_500))
    items = history.items("r1", "in>a")
    assert (items is not None) == is_kept
    assert items is None or [item["n"] for item in items] == list(range(2_500))
    assert items is None or [item["n"] for item in items[999:1_002]] == [999, 1_000, 1_001]
    assert items is None or (len(items), items[-1]) == (2_500, {"n": 2_499})


def test_the_oldest_runs_of_a_flow_are_forgotten_with_their_items(make: Make) -> None:
    history = make(runs=2)
    for number in range(4):
        history.begin(f"r{number}", flow="f", mode="DEV")
        history.finish(f"r{number}", _run())
    history.begin("other", flow="g", mode="DEV")
    history.finish("other", _run())
    assert {one["id"] for one in history.runs("f")} == {"r2", "r3"}
    assert len(history.runs()) == 3
    assert history.items("r0", "in>a") is None


def test_items_that_are_forgotten_while_somebody_reads_them_are_said_to_be(make: Make) -> None:
    history = make(runs=1)
    history.begin("r0", flow="f", mode="DEV")
    history.finish("r0", _run(items=1_500))
    items = history.items("r0", "in>a")
    assert items is not None
    assert items[0] == {"n": 0}
    history.begin("r1", flow="f", mode="DEV")
    history.finish("r1", _run())
    with pytest.raises(HostError, match="forgotten this run"):
        items[1_200]


def test_a_run_of_which_the_beginning_was_not_noted_has_no_items(make: Make) -> None:
    history = make()
    assert history.finish("r1", _run()) is False
    assert history.items("r1", "in>a") is None


def test_a_run_that_was_killed_stays_running_and_one_that_is_taken_up_begins_anew(make: Make) -> None:
    history = make()
    history.begin("r1", flow="f", mode="DEV")
    assert history.runs()[0]["status"] == "running"
    history.begin("r1", flow="f", mode="PROD")
    assert [(one["mode"], one["status"]) for one in history.runs()] == [("PROD", "running")]


class Broken(History):
    """A history whose database is gone."""

    def begin(self, run_id: str, *, flow: str, mode: str, kind: str = "run") -> None:
        raise HostError("The disk is full.")


def _host(folder: Path, store: SqlStore, history: History) -> Host:
    return Host(plugins=make_plugin_manager(), project=Project(folder), store=store, mode=Mode.DEV, history=history)


FLOW = Flow(
    name="Small",
    timeout_s=60,
    blocks=(
        FlowBlock(id="in", type="RECEIVER_V1", config={"testData": "[1]"}),
        FlowBlock(id="end", type="TERMINATOR_V1", config={"sendDataInResponse": True}),
    ),
    edges=(FlowEdge(id="e", source="in", source_handle="o0", target="end", target_handle="i0"),),
)


def test_the_engine_notes_each_run_under_its_execution_id(make: Make, store: SqlStore, tmp_path: Path) -> None:
    history = make()
    run_flow(FLOW, _host(tmp_path, store, history), options=RunOptions(execution_id="mine"))
    kept: Any = history.run("mine")
    assert (kept["flow"], kept["status"], kept["response"]) == ("Small", "ok", {"data0": [1]})


def test_a_history_that_fails_does_not_fail_the_run(
    store: SqlStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = Broken(store, level=HistoryLevel.ALL, runs=1)
    assert run_flow(FLOW, _host(tmp_path, store, history)).status is Status.OK
    assert "lacks a run: The disk is full." in caplog.text
