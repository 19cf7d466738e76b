"""One partition on its worker: when its rows are passed by, and what is laid down when the worker may not go on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cluster.helpers import CONFIG, connection_to, results
from ziggy_sf_write.cluster import ClusterError, GivenConnection, Missing, ResultFormat
from ziggy_sf_write.cluster.descriptions import Descriptions
from ziggy_sf_write.cluster.desk import RunDesk, RunSpec
from ziggy_sf_write.cluster.folder import RunFolder
from ziggy_sf_write.cluster.lost import settle_lost
from ziggy_sf_write.cluster.partition import _Part
from ziggy_sf_write.cluster.staging import KEY, POSITION, stage
from ziggy_sf_write.cluster.stop import LOST_SIGHT, STOPPED, StopReason
from ziggy_sf_write.salesforce.limits import ApiUsage
from ziggy_sf_write.sandbox import Sandbox

ROWS = 30


@pytest.fixture
def desk(org: Sandbox, tmp_path: Path) -> RunDesk:
    """The desk of a run whose one partition is staged."""
    folder = RunFolder(tmp_path)
    folder.open()
    numbers = range(ROWS)
    columns = {KEY: "k", POSITION: numbers, "Ext__c": [f"k{one}" for one in numbers], "Name": "n"}
    stage(pd.DataFrame(columns), folder.staged(0))
    spec = RunSpec(
        name="run",
        config=CONFIG,
        leases=1,
        source=GivenConnection(given=connection_to(org)),
        descriptions=Descriptions(objects={}, all_objects=None),
        folder=folder,
        results=ResultFormat.JSONL,
        missing=Missing.UNTOUCHED,
    )
    return RunDesk(spec)


def _write(desk: RunDesk, look: Callable[[], StopReason | None] = lambda: None, **advanced: Any) -> _Part:
    part = _Part(0, desk, {**CONFIG, "advanced": advanced}, look=look, tell=lambda _news: None)
    part.write()
    return part


def _begin(desk: RunDesk, seconds_ago: float) -> None:
    """As if a worker had begun to write the partition, and was last seen so long ago."""
    path = desk.spec.folder.pulse(0)
    path.touch()
    then = path.stat().st_mtime - seconds_ago
    os.utime(path, (then, then))


def test_a_partition_is_written_and_its_sign_of_life_ends(desk: RunDesk, org: Sandbox, tmp_path: Path) -> None:
    part = _write(desk)
    assert part.tally.counts["written"] == len(org.records("Account")) == len(results(tmp_path)) == ROWS
    assert part.stop is None
    assert part.usage is not None
    assert not desk.spec.folder.pulse(0).exists()


@pytest.mark.parametrize(("is_begun", "outcome"), [(False, "unprocessed"), (True, "unknown")])
def test_after_a_stop_rows_are_passed_by_and_unknown_if_someone_had_begun(
    desk: RunDesk, org: Sandbox, tmp_path: Path, *, is_begun: bool, outcome: str
) -> None:
    if is_begun:
        _begin(desk, 0)
    part = _write(desk, lambda: STOPPED)
    assert part.tally.counts == {"received": ROWS, outcome: ROWS}
    assert {(one["outcome"], one["code"]) for one in results(tmp_path)} == {(outcome, "stopped")}
    assert org.stats().total_calls == 0


def test_a_partition_that_someone_had_begun_is_written_again_once_all_is_quiet(desk: RunDesk, org: Sandbox) -> None:
    _begin(desk, 9)
    part = _write(desk, callTimeout=7)
    assert part.tally.counts["written"] == len(org.records("Account")) == ROWS


def test_a_worker_that_has_lost_the_scheduler_sends_nothing_and_lays_nothing_down(
    desk: RunDesk, org: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(ClusterError, match="give way to another worker's"):
        _write(desk, lambda: LOST_SIGHT)
    assert org.records("Account") == []
    assert list((tmp_path / "results").iterdir()) == []


def test_where_the_reserve_is_reached_a_partition_makes_no_call_at_all(desk: RunDesk, org: Sandbox) -> None:
    desk.org().note_usage(ApiUsage(used=90, limit=100))
    part = _write(desk, reserveApiCalls=10)
    assert part.tally.counts == {"received": ROWS, "unprocessed": ROWS}
    assert part.stop is not None
    assert part.stop.code == "api_reserve"
    assert "only the reserve of 10 %" in part.stop.message
    assert org.stats().total_calls == 0


@pytest.mark.parametrize(("is_begun", "outcome"), [(False, "unprocessed"), (True, "unknown")])
def test_a_lost_partition_is_accounted_for(desk: RunDesk, tmp_path: Path, *, is_begun: bool, outcome: str) -> None:
    if is_begun:
        _begin(desk, 0)
    summary = settle_lost(0, ROWS, desk.spec, "its workers died.")
    assert summary.tally.counts == {"received": ROWS, outcome: ROWS}
    assert summary.tally.error == "Partition 0 could not be finished: its workers died."
    found = results(tmp_path)
    assert {(one["outcome"], one["code"]) for one in found} == {(outcome, "worker_lost")}
    assert [one["data"]["Ext__c"] for one in found] == [f"k{number}" for number in range(ROWS)]


def test_a_lost_partition_whose_rows_cannot_be_read_is_still_counted(desk: RunDesk, tmp_path: Path) -> None:
    desk.spec.folder.staged(0).write_bytes(b"no Parquet")
    summary = settle_lost(0, ROWS, desk.spec, "its workers died.")
    assert summary.tally.counts == {"received": ROWS, "unprocessed": ROWS}
    assert "Its rows are not among the results either" in str(summary.tally.error)
    assert list((tmp_path / "results").iterdir()) == []
