"""One partition on its worker: when its rows are passed by, and what is laid down when the worker may not go on."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import CONFIG, connection_to, results
from tests.support.impatience import ImpatientEvent
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster import ClusterError, FileStore, GivenConnection, Missing, ResultFormat
from ziggy_sf_write.cluster.descriptions import Descriptions
from ziggy_sf_write.cluster.desk import RunDesk, RunSpec
from ziggy_sf_write.cluster.folder import RunFolder
from ziggy_sf_write.cluster.jobs import await_jobs
from ziggy_sf_write.cluster.lost import settle_lost
from ziggy_sf_write.cluster.partition import _Part
from ziggy_sf_write.cluster.staging import KEY, POSITION, stage
from ziggy_sf_write.cluster.stop import LOST_SIGHT, STOPPED, StopReason
from ziggy_sf_write.run.job_book import JobBook
from ziggy_sf_write.salesforce import bulk
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.limits import ApiUsage
from ziggy_sf_write.salesforce.retry import Bounds

ROWS = 30


class ForgettingNothing(FileStore):
    """The store of a worker that dies before it can strike a job."""

    def delete_key(self, name: str, key: str) -> bool:
        return False


@pytest.fixture
def desk(org: Sandbox, tmp_path: Path) -> RunDesk:
    """The desk of a run whose one partition is staged."""
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
    return RunDesk(spec)


def _write(
    desk: RunDesk,
    look: Callable[[], StopReason | None] = lambda: None,
    *,
    store: FileStore | None = None,
    **advanced: Any,
) -> _Part:
    own = store or FileStore(desk.spec.folder.jobs_of(0))
    part = _Part(0, desk, {**CONFIG, "advanced": advanced}, store=own, look=look, tell=lambda _news: None)
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


def _die_after_the_last_job(desk: RunDesk) -> None:
    """As if a worker had sent everything in Bulk jobs and died before it could say so."""
    folder = desk.spec.folder
    _write(desk, store=ForgettingNothing(folder.jobs_of(0)), api="bulk")
    _begin(desk, 9)


def test_without_repeats_the_bulk_job_of_a_dead_worker_is_taken_up(desk: RunDesk, org: Sandbox) -> None:
    _die_after_the_last_job(desk)
    part = _write(desk, store=FileStore(desk.spec.folder.jobs_of(0)), api="bulk", callTimeout=5)
    assert part.tally.counts["written"] == len(org.records("Account")) == ROWS
    assert org.stats().calls["bulk_upload"] == 1


def test_with_repeats_the_jobs_of_both_rows_of_a_key_are_taken_up(desk: RunDesk, org: Sandbox) -> None:
    folder = desk.spec.folder
    columns = {KEY: "k", POSITION: range(4), "Ext__c": ["a", "b", "a", "b"], "Name": ["a1", "b1", "a2", "b2"]}
    assert stage(pd.DataFrame(columns), folder.staged(0)) == 4
    _die_after_the_last_job(desk)
    assert org.stats().calls["bulk_upload"] == 2
    part = _write(desk, store=FileStore(folder.jobs_of(0)), api="bulk", callTimeout=5)
    assert part.tally.counts["written"] == 4
    assert [one["Name"] for one in org.records("Account")] == ["a2", "b2"]
    assert org.stats().calls["bulk_upload"] == 2


def _note_job(desk: RunDesk, job_id: str) -> list[Path]:
    folder = desk.spec.folder.jobs_of(0)
    JobBook(FileStore(folder), flow="cluster", block="part-00000").remember("fingerprint", job_id, target="org")
    return [folder]


def _client(desk: RunDesk) -> OrgClient:
    return OrgClient(desk.org(), bounds=Bounds(), cancelled=threading.Event())


def _filled_job(desk: RunDesk) -> str:
    job_id = bulk.create_job(
        _client(desk), "Account", bulk.BulkOperation.UPSERT, key_field="Ext__c", assignment_rule_id=None
    )
    bulk.upload(_client(desk), job_id, b"Ext__c,Name\nz,n\n")
    return job_id


def test_a_job_that_was_never_closed_is_aborted(desk: RunDesk, org: Sandbox) -> None:
    job_id = _filled_job(desk)
    assert await_jobs(_note_job(desk, job_id), desk.org(), parse_config(CONFIG), ImpatientEvent())
    assert bulk.read_job(_client(desk), job_id).state is bulk.JobState.ABORTED
    assert org.records("Account") == []


def test_a_job_that_still_runs_is_awaited_until_a_stop(desk: RunDesk, org: Sandbox) -> None:
    org.inject("bulk_job_stuck")
    job_id = _filled_job(desk)
    bulk.close(_client(desk), job_id)
    cancelled = ImpatientEvent()
    polls = iter(range(3))

    class StoppedAfterThreePolls(ImpatientEvent):
        def wait(self, timeout: float | None = None) -> bool:
            if next(polls, None) is None:
                cancelled.set()
            return cancelled.is_set()

    assert not await_jobs(_note_job(desk, job_id), desk.org(), parse_config(CONFIG), StoppedAfterThreePolls())
    assert org.stats().calls["bulk_poll"] == 4


def test_a_job_that_salesforce_has_forgotten_is_not_waited_for(desk: RunDesk) -> None:
    folders = _note_job(desk, "750000000000001AAA")
    assert await_jobs(folders, desk.org(), parse_config(CONFIG), ImpatientEvent())


def test_where_a_job_cannot_be_read_nothing_is_written(desk: RunDesk, org: Sandbox) -> None:
    _note_job(desk, _filled_job(desk))
    _begin(desk, 9)
    org.inject("reset_before_reading", kinds=("bulk_poll",))
    part = _write(desk, callTimeout=5, maxTries=1)
    assert part.tally.counts == {"received": ROWS, "unknown": ROWS}
    assert "whether a Bulk job of an earlier try still runs" in str(part.tally.error)


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
