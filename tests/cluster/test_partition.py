"""One partition on its worker: when its rows are passed by, and what is laid down when the worker may not go on."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import CONFIG, connection_to, results
from tests.support.impatience import ImpatientEvent
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster import ClusterError, FileStore, GivenConnection, Missing, ResultFormat
from ziggy_sf_write.cluster.input import KEY, POSITION, stage
from ziggy_sf_write.cluster.liveness import LOST_SIGHT, STOPPED, await_jobs
from ziggy_sf_write.cluster.storage import RunFolder
from ziggy_sf_write.cluster.task import Descriptions, PartitionWrite, RunSpec, WorkerState, settle_lost
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.job_registry import JobRegistry
from ziggy_sf_write.run.outcomes import Reason
from ziggy_sf_write.salesforce import bulk
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import Operation
from ziggy_sf_write.salesforce.org import ApiUsage
from ziggy_sf_write.salesforce.retry import Bounds

ROWS = 30


class ForgettingNothing(FileStore):
    """The store of a worker that dies before it can strike a job."""

    def delete_key(self, name: str, key: str) -> bool:
        return False


@pytest.fixture
def state(org: Sandbox, tmp_path: Path) -> WorkerState:
    """A worker's state of a run whose one partition is staged."""
    folder = RunFolder(tmp_path)
    folder.open()
    numbers = range(ROWS)
    columns = {
        KEY: [f"k{one}" for one in numbers],
        POSITION: numbers,
        "Ext__c": [f"k{one}" for one in numbers],
        "Name": "n",
    }
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
    return WorkerState(spec)


def _write(
    state: WorkerState,
    look: Callable[[], Reason | None] = lambda: None,
    *,
    store: FileStore | None = None,
    **advanced: Any,
) -> tuple[PartitionWrite, dict[str, JsonValue]]:
    own = store or FileStore(state.spec.folder.jobs_of(0))
    part = PartitionWrite(0, state, {**CONFIG, "advanced": advanced}, store=own, look=look, tell=lambda _news: None)
    return part, part.write()


def _counts(report: Mapping[str, JsonValue]) -> dict[str, int]:
    return {name: count for name, count in report["counts"].items() if count}


def _begin(state: WorkerState, seconds_ago: float) -> None:
    """As if a worker had begun to write the partition, and was last seen so long ago."""
    path = state.spec.folder.heartbeat(0)
    path.touch()
    then = path.stat().st_mtime - seconds_ago
    os.utime(path, (then, then))


def test_a_partition_is_written_and_its_heartbeat_ends(state: WorkerState, org: Sandbox, tmp_path: Path) -> None:
    part, report = _write(state)
    assert report["counts"]["written"] == len(org.records("Account")) == len(results(tmp_path)) == ROWS
    assert part.stop is None
    assert report["apiCalls"]["orgUsed"] is not None
    assert not state.spec.folder.heartbeat(0).exists()


@pytest.mark.parametrize(("is_begun", "outcome"), [(False, "unprocessed"), (True, "unknown")])
def test_after_a_stop_rows_are_passed_by_and_unknown_if_someone_had_begun(
    state: WorkerState, org: Sandbox, tmp_path: Path, *, is_begun: bool, outcome: str
) -> None:
    if is_begun:
        _begin(state, 0)
    _, report = _write(state, lambda: STOPPED)
    assert _counts(report) == {"received": ROWS, outcome: ROWS}
    assert {(one["outcome"], one["code"]) for one in results(tmp_path)} == {(outcome, "stopped")}
    assert org.stats().total_calls == 0


def test_a_partition_that_someone_had_begun_is_written_again_once_all_is_quiet(
    state: WorkerState, org: Sandbox
) -> None:
    _begin(state, 9)
    _, report = _write(state, callTimeout=7)
    assert report["counts"]["written"] == len(org.records("Account")) == ROWS


def test_a_worker_that_has_lost_the_scheduler_sends_nothing_and_lays_nothing_down(
    state: WorkerState, org: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(ClusterError, match="give way to another worker's"):
        _write(state, lambda: LOST_SIGHT)
    assert org.records("Account") == []
    assert list((tmp_path / "results").iterdir()) == []


def _die_after_the_last_job(state: WorkerState, **advanced: JsonValue) -> None:
    """As if a worker had sent everything in Bulk jobs and died before it could say so."""
    folder = state.spec.folder
    _write(state, store=ForgettingNothing(folder.jobs_of(0)), api="bulk", **advanced)
    _begin(state, 9)


def test_without_repeats_the_bulk_job_of_a_dead_worker_is_taken_up(state: WorkerState, org: Sandbox) -> None:
    _die_after_the_last_job(state)
    _, report = _write(state, store=FileStore(state.spec.folder.jobs_of(0)), api="bulk", callTimeout=5)
    assert report["counts"]["written"] == len(org.records("Account")) == ROWS
    assert org.stats().calls["bulk_upload"] == 1


def test_with_repeats_the_jobs_of_both_rows_of_a_key_are_taken_up(state: WorkerState, org: Sandbox) -> None:
    folder = state.spec.folder
    # As many second rows as are worth a job where a call takes one.
    keys = [f"k{place}" for place in range(13)]
    columns = {KEY: "k", POSITION: range(26), "Ext__c": keys * 2, "Name": ["1"] * 13 + ["2"] * 13}
    assert stage(pd.DataFrame(columns), folder.staged(0)) == 26
    _die_after_the_last_job(state, batchSize=1)
    assert org.stats().calls["bulk_upload"] == 2
    _, report = _write(state, store=FileStore(folder.jobs_of(0)), api="bulk", batchSize=1, callTimeout=5)
    assert report["counts"]["written"] == 26
    assert [one["Name"] for one in org.records("Account")] == ["2"] * 13
    assert org.stats().calls["bulk_upload"] == 2


def _note_job(state: WorkerState, job_id: str) -> list[Path]:
    folder = state.spec.folder.jobs_of(0)
    JobRegistry(FileStore(folder), run="cluster", flow="cluster", block="part-00000").remember(
        "fingerprint", job_id, target="org"
    )
    return [folder]


def _client(state: WorkerState) -> OrgClient:
    return OrgClient(state.org(), bounds=Bounds(), cancelled=threading.Event())


def _filled_job(state: WorkerState) -> str:
    job_id = bulk.create_job(_client(state), "Account", Operation.UPSERT, key_field="Ext__c", assignment_rule_id=None)
    bulk.upload(_client(state), job_id, b"Ext__c,Name\nz,n\n")
    return job_id


def test_a_job_that_was_never_closed_is_aborted(state: WorkerState, org: Sandbox) -> None:
    job_id = _filled_job(state)
    assert await_jobs(_note_job(state, job_id), state.org(), parse_config(CONFIG), ImpatientEvent())
    assert bulk.read_job(_client(state), job_id).state is bulk.JobState.ABORTED
    assert org.records("Account") == []


def test_a_job_that_still_runs_is_awaited_until_a_stop(state: WorkerState, org: Sandbox) -> None:
    org.inject("bulk_job_stuck")
    job_id = _filled_job(state)
    bulk.close(_client(state), job_id)
    cancelled = ImpatientEvent()
    polls = iter(range(3))

    class StoppedAfterThreePolls(ImpatientEvent):
        def wait(self, timeout: float | None = None) -> bool:
            if next(polls, None) is None:
                cancelled.set()
            return cancelled.is_set()

    assert not await_jobs(_note_job(state, job_id), state.org(), parse_config(CONFIG), StoppedAfterThreePolls())
    assert org.stats().calls["bulk_poll"] == 4


def test_a_job_that_salesforce_has_forgotten_is_not_waited_for(state: WorkerState) -> None:
    folders = _note_job(state, "750000000000001AAA")
    assert await_jobs(folders, state.org(), parse_config(CONFIG), ImpatientEvent())


def test_where_a_job_cannot_be_read_nothing_is_written(state: WorkerState, org: Sandbox) -> None:
    _note_job(state, _filled_job(state))
    _begin(state, 9)
    org.inject("reset_before_reading", kinds=("bulk_poll",))
    part, report = _write(state, callTimeout=5, maxTries=1)
    assert _counts(report) == {"received": ROWS, "unknown": ROWS}
    assert "whether a Bulk job of an earlier try still runs" in str(part.error)


def test_where_the_reserve_is_reached_a_partition_makes_no_call_at_all(state: WorkerState, org: Sandbox) -> None:
    state.org().note_usage(ApiUsage(used=90, limit=100))
    part, report = _write(state, reserveApiCalls=10)
    assert _counts(report) == {"received": ROWS, "unprocessed": ROWS}
    assert part.stop is not None
    assert part.stop.code == "api_reserve"
    assert "only the reserve of 10 %" in part.stop.message
    assert org.stats().total_calls == 0


@pytest.mark.parametrize(("is_begun", "outcome"), [(False, "unprocessed"), (True, "unknown")])
def test_a_lost_partition_is_accounted_for(state: WorkerState, tmp_path: Path, *, is_begun: bool, outcome: str) -> None:
    if is_begun:
        _begin(state, 0)
    summary = settle_lost(0, ROWS, state.spec, "its workers died.")
    assert _counts(summary.report) == {"received": ROWS, outcome: ROWS}
    assert summary.error == "Partition 0 could not be finished: its workers died."
    found = results(tmp_path)
    assert {(one["outcome"], one["code"]) for one in found} == {(outcome, "worker_lost")}
    assert [one["data"]["Ext__c"] for one in found] == [f"k{number}" for number in range(ROWS)]


def test_a_lost_partition_whose_rows_cannot_be_read_is_still_counted(state: WorkerState, tmp_path: Path) -> None:
    state.spec.folder.staged(0).write_bytes(b"no Parquet")
    summary = settle_lost(0, ROWS, state.spec, "its workers died.")
    assert _counts(summary.report) == {"received": ROWS, "unprocessed": ROWS}
    assert "Its rows are not among the results either" in str(summary.error)
    assert list((tmp_path / "results").iterdir()) == []
