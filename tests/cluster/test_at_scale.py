"""What the cluster is for: 200,000 rows in 50 parts, faults, a death in the middle, and memory that stays flat."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import (
    counted,
    held,
    last_of_each_key,
    outcomes,
    results,
    rows_with_repeats,
    run,
    write_parts,
)
from ziggy_sf_write.cluster import connect

pytestmark = pytest.mark.slow

PARTS, ROWS = 50, 4_000
FAULTS = ("answer_lost_after_commit", "reset_before_reading", "http_503")


@pytest.fixture
def kill_one(org: Sandbox) -> Iterator[Any]:
    """Kills a worker process once the org has seen so many calls of a kind."""
    ended, tick = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def begin(client: Client, kind: str, number: int) -> threading.Event:
        pid = next(iter(client.run(os.getpid).values()))
        killed = threading.Event()

        def watch() -> None:
            while not ended.is_set() and org.stats().calls.get(kind, 0) < number:
                tick.wait(0.002)
            if not ended.is_set():
                os.kill(pid, signal.SIGKILL)
                killed.set()

        threads.append(threading.Thread(target=watch))
        threads[-1].start()
        return killed

    yield begin
    ended.set()
    for thread in threads:
        thread.join()


def test_200_000_rows_with_faults_and_a_worker_killed_in_the_middle(
    two_processes: Client, org: Sandbox, tmp_path: Path, kill_one: Any
) -> None:
    """After a lost answer the later rows of a key wait for another run: the lost try might come after them."""
    parts = rows_with_repeats(PARTS, ROWS)
    assert len(last_of_each_key(parts)) == pytest.approx(PARTS * ROWS * 0.99, rel=0.001)
    for fault in FAULTS:
        org.inject(fault, rate=0.01, kinds=("collections_upsert",))
    # Not at a rate: two in a row look like sessions that are never accepted, and that would rightly end the run.
    org.inject("expired_session", at=tuple(range(50, 2_000, 97)), kinds=("collections_upsert",))
    killed = kill_one(two_processes, "collections_upsert", 500)
    report = run(
        two_processes,
        org,
        write_parts(tmp_path / "in", parts),
        tmp_path / "out",
        # A call that was lost on every try would rightly be unknown; on a busy machine five seconds make that likely.
        advanced={"api": "collections", "concurrency": 8, "callTimeout": 20, "maxTries": 12},
    )
    assert killed.is_set()
    assert report.counts["received"] == PARTS * ROWS
    assert org.stats().peak_concurrency <= 8 + 4  # the dead worker's calls beside those of the living
    assert all(org.stats().faults[fault] for fault in (*FAULTS, "expired_session"))
    found = results(tmp_path / "out")
    written = [one for one in found if one["outcome"] == "written"]
    assert {one["code"] for one in found if one["outcome"] != "written"} <= {"key_in_doubt"}
    assert len(written) == report.counts["written"] >= PARTS * ROWS * 0.999
    assert held(org) == last_of_each_key([[one["data"] for one in written]])
    assert [(one["part"], one["row"]) for one in found] == [(part, row) for part in range(PARTS) for row in range(ROWS)]
    ids = {one["Ext__c"]: one["Id"] for one in org.records("Account")}
    assert all(one["Id"] == ids[one["data"]["Ext__c"]] for one in written)


def test_200_000_rows_through_bulk_jobs_undisturbed(two_processes: Client, org: Sandbox, tmp_path: Path) -> None:
    parts = rows_with_repeats(PARTS, ROWS)
    org.inject("answer_lost_after_commit", rate=0.02, kinds=("bulk_create", "bulk_upload", "bulk_patch"))
    org.inject("http_503", rate=0.02, kinds=("bulk_poll", "bulk_results"))
    report = run(
        two_processes,
        org,
        write_parts(tmp_path / "in", parts),
        tmp_path / "out",
        advanced={"bulkThreshold": PARTS * ROWS},
    )
    assert (counted(report), report.total["api"]["name"]) == ({"written": PARTS * ROWS}, "bulk")
    assert held(org) == last_of_each_key(parts)


def test_a_worker_that_dies_while_parts_are_read_changes_nothing(
    two_processes: Client, org: Sandbox, tmp_path: Path
) -> None:
    pids = list(two_processes.run(os.getpid).values())

    def kill_the_first(progress: Any) -> None:
        if progress.phase == "read" and pids:
            os.kill(pids.pop(), signal.SIGKILL)
            pids.clear()

    parts = rows_with_repeats(20, 1_000)
    report = run(two_processes, org, write_parts(tmp_path / "in", parts), tmp_path / "out", on_progress=kill_the_first)
    assert counted(report) == {"written": 20_000}
    assert held(org) == last_of_each_key(parts)


def test_a_partition_that_takes_its_worker_with_it_is_accounted_for(
    org: Sandbox, tmp_path: Path, kill_one: Any
) -> None:
    parts = rows_with_repeats(8, 400)
    org.inject("slow_answer", seconds=0.1, kinds=("collections_upsert",))
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), connect("local:2") as client:
        killed = kill_one(client, "collections_upsert", 15)
        folder = write_parts(tmp_path / "in", parts)
        report = run(client, org, folder, tmp_path / "out", advanced={"batchSize": 40, "concurrency": 4})
    assert killed.is_set()
    counts = counted(report)
    assert sum(counts.values()) == 3200
    assert counts["unknown"] > 0
    assert "died one after the other" in str(report.error)
    found = results(tmp_path / "out")
    assert outcomes(found) == counts
    assert {one["code"] for one in found if one["outcome"] == "unknown"} == {"worker_lost"}
    written = {one["data"]["Ext__c"] for one in found if one["outcome"] == "written"}
    assert written <= set(held(org))


def test_a_stop_ends_a_run_whose_workers_are_all_gone(org: Sandbox, tmp_path: Path) -> None:
    org.inject("slow_answer", seconds=0.5, kinds=("collections_upsert",))
    cancelled = threading.Event()
    with connect("local:1") as client:

        def lose_all_workers(progress: Any) -> None:
            if progress.phase == "write" and progress.done and not cancelled.is_set():
                cluster = client.cluster
                assert cluster is not None
                cluster.scale(0)
                cancelled.set()

        report = run(
            client,
            org,
            write_parts(tmp_path / "in", rows_with_repeats(6, 400)),
            tmp_path / "out",
            cancelled=cancelled,
            on_progress=lose_all_workers,
        )
    assert sum(counted(report).values()) == 2400
    assert report.counts["unprocessed"] > 0
    assert outcomes(results(tmp_path / "out")) == counted(report)


def test_a_run_that_is_begun_again_in_its_folder_ends_as_one_undisturbed_run(org: Sandbox, tmp_path: Path) -> None:
    """The driver dies with its cluster; the folder tells the next one what may still be under way."""
    parts = rows_with_repeats(6, 400)
    folder = write_parts(tmp_path / "in", parts)

    def die(progress: Any) -> None:
        if progress.phase == "write" and progress.done > 300:
            raise InterruptedError

    settings = {"api": "bulk", "callTimeout": 1}
    with connect("local:2") as client, pytest.raises(InterruptedError):
        run(client, org, folder, tmp_path / "out", advanced=settings, on_progress=die)
    with connect("local:2") as client:
        report = run(client, org, folder, tmp_path / "out", advanced=settings)
    assert counted(report) == {"written": 2400}
    assert held(org) == last_of_each_key(parts)


def _peak_mb() -> float:
    """This process's own peak. `ru_maxrss` would be at least what its parent held when it was forked."""
    status = Path("/proc/self/status").read_text()
    kilobytes = int(status.split("VmHWM:")[1].split()[0])
    return kilobytes / 1024


def _peak_of_a_worker(org: Sandbox, folder: Path, count: int) -> float:
    """The most memory that a worker took for so many parts of 2 MB."""
    text = "x" * 1_000
    folder.mkdir()
    for part in range(count):
        rows = ({"Ext__c": f"k{part} {row}", "Name": "n", "Description": text} for row in range(2_000))
        (folder / f"{part:03d}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with connect("local:2") as client:
        report = run(client, org, folder, folder / "out", advanced={"api": "collections"})
        assert counted(report) == {"written": count * 2_000}
        peaks: dict[str, float] = client.run(_peak_mb)
        return max(peaks.values())


def test_the_peak_memory_of_a_worker_does_not_grow_with_the_number_of_parts(org: Sandbox, tmp_path: Path) -> None:
    few, many = (_peak_of_a_worker(org, tmp_path / str(count), count) for count in (10, 60))
    # Fifty parts more are 100 MB more of text, and several times that as rows.
    assert many - few < 40, f"{few:.0f} MB for 10 parts, {many:.0f} MB for 60"
