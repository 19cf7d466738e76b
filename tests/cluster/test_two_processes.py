"""Two worker processes over TLS: what one process cannot show about limits, logins, secrets and deaths."""

import json
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dask
import pytest
import requests
from distributed import Client, LocalCluster

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import (
    connection_to,
    counted,
    held,
    last_of_each_key,
    results,
    rows_with_repeats,
    run,
    write_parts,
)
from tests.support.planted import assert_no_secret
from ziggy_sf_write.cluster import ClusterError, ConnectionSource, connect
from ziggy_sf_write.contract import Connection, HostError, Mode

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class ConnectionFile:
    """A connection that every worker reads for itself from shared storage; only the file's path travels."""

    path: Path
    carries_secrets: bool = False

    def connection(self, name: str) -> Connection:
        if not self.path.exists():
            raise HostError(f"{self.path.name} is not there.")
        return Connection(name=name, type="salesforce", mode=Mode.DEV, config=json.loads(self.path.read_text()))


def _file_for(org: Sandbox, folder: Path) -> ConnectionFile:
    path = folder / "connection.json"
    path.write_text(json.dumps(connection_to(org).config))
    return ConnectionFile(path)


def _everything_the_engine_shows(client: Client) -> list[str]:
    """Logs, events and tasks of scheduler and workers: all that logs and dashboard are made of."""
    tasks = client.run_on_scheduler(_tasks)
    logs = [client.get_scheduler_logs(), client.get_worker_logs(), client.get_worker_logs(nanny=True)]
    return [str(one) for one in (*logs, client.get_events(), tasks)]


def _tasks(dask_scheduler: Any) -> str:
    tasks = [(str(key), repr(task.run_spec)) for key, task in dask_scheduler.tasks.items()]
    return str((tasks, list(dask_scheduler.transition_log)))


def _plugins(dask_scheduler: Any) -> str:
    return str(dask_scheduler.worker_plugins)


def test_two_processes_write_within_one_budget_and_show_no_secret(
    two_processes: Client, org: Sandbox, tmp_path: Path
) -> None:
    parts = rows_with_repeats(8, 500)
    org.inject("slow_answer", seconds=0.05, kinds=("collections_upsert",))
    shown: list[str] = []
    report = run(
        two_processes,
        org,
        write_parts(tmp_path / "in", parts),
        tmp_path / "out",
        on_progress=lambda _progress: shown.extend(_everything_the_engine_shows(two_processes)) if not shown else None,
        advanced={"concurrency": 3, "batchSize": 50},
    )
    assert counted(report) == {"written": 4000}
    assert held(org) == last_of_each_key(parts)
    assert len({one["worker"] for one in report.partitions.values()}) == 2
    stats = org.stats()
    # Three calls for the cluster, two workers: one call each, for two of one do not fit.
    assert stats.peak_concurrency <= 3
    # Driver and workers log in once each; the workers ask only whether the driver's describe still holds.
    assert (stats.calls["oauth_token"], stats.calls["describe"]) == (3, 3)
    shown += _everything_the_engine_shows(two_processes)
    assert "write-part-00007" in "".join(shown)
    assert_no_secret(*shown, json.dumps(report.to_json()), json.dumps(results(tmp_path / "out")))


def test_without_tls_secrets_do_not_travel(org: Sandbox, tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "in", rows_with_repeats(2, 20))
    options = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        with pytest.raises(ClusterError, match="would travel to the workers in clear") as refused:
            run(client, org, folder, tmp_path / "out")
        assert_no_secret(str(refused.value))
        source = _file_for(org, tmp_path)
        assert isinstance(source, ConnectionSource)
        during: list[str] = []
        report = run(
            client,
            org,
            folder,
            tmp_path / "out",
            source=source,
            on_progress=lambda _progress: during.append(client.run_on_scheduler(_plugins)),
        )
        assert counted(report) == {"written": 40}
        # What was shipped to the workers lies with the scheduler while the run is under way.
        assert "ConnectionFile" in during[0]
        assert_no_secret(*during, *_everything_the_engine_shows(client))


def _pages(client: Client) -> str:
    """What the scheduler's web pages say of each worker's tasks; they are served without bokeh too."""
    base = client.dashboard_link.rsplit("/", 1)[0]
    names = [quote(worker, safe="") for worker in client.scheduler_info()["workers"]]
    pages = []
    for name in names:
        page = requests.get(f"{base}/info/worker/{name}.html", timeout=10)
        page.raise_for_status()
        pages.append(page.text)
    return "".join(pages)


def test_the_schedulers_web_pages_show_the_partitions_by_name(org: Sandbox, tmp_path: Path) -> None:
    shown: list[str] = []
    org.inject("slow_answer", seconds=0.2, kinds=("collections_upsert",))
    folder = write_parts(tmp_path / "in", rows_with_repeats(4, 100))
    options = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        run(
            client,
            org,
            folder,
            tmp_path / "out",
            source=_file_for(org, tmp_path),
            on_progress=lambda progress: shown.append(_pages(client)) if progress.phase == "write" else None,
        )
    assert "write-part-00001" in "".join(shown)
    assert_no_secret(*shown)


def test_a_worker_that_cannot_resolve_the_connection_ends_the_run(
    two_processes: Client, org: Sandbox, tmp_path: Path
) -> None:
    source = _file_for(org, tmp_path)

    def take_away(_progress: object) -> None:
        source.path.unlink(missing_ok=True)

    folder = write_parts(tmp_path / "in", rows_with_repeats(3, 20))
    report = run(two_processes, org, folder, tmp_path / "out", source=source, on_progress=take_away)
    assert counted(report) == {"unprocessed": 60}
    assert report.error == "connection.json is not there."


def _kill_one_at(client: Client, org: Sandbox, kind: str, number: int) -> threading.Thread:
    """Kills a worker process once the org has seen so many calls of a kind."""
    pids = list(client.run(os.getpid).values())
    tick = threading.Event()

    def watch() -> None:
        while org.stats().calls.get(kind, 0) < number:
            tick.wait(0.002)
        os.kill(pids[0], signal.SIGKILL)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("api", "kind", "number"),
    [("collections", "collections_upsert", 25), ("bulk", "bulk_patch", 3), ("bulk", "bulk_results", 5)],
)
def test_a_killed_worker_leaves_the_same_end_state(
    two_processes: Client, org: Sandbox, tmp_path: Path, api: str, kind: str, number: int
) -> None:
    parts = rows_with_repeats(8, 400)
    killer = _kill_one_at(two_processes, org, kind, number)
    report = run(
        two_processes,
        org,
        write_parts(tmp_path / "in", parts),
        tmp_path / "out",
        # The call that the dead worker left behind is waited for, as long as a call may last.
        # Few rows a call, so that a job is worth its price beside keys that come again.
        advanced={"api": api, "batchSize": 40 if api == "collections" else 20, "concurrency": 4, "callTimeout": 1},
    )
    killer.join(1)
    assert not killer.is_alive()
    assert counted(report) == {"written": 3200}
    assert held(org) == last_of_each_key(parts)
    assert len(results(tmp_path / "out")) == 3200


def test_an_address_where_nobody_answers_is_said_in_words() -> None:
    with pytest.raises(ClusterError, match="is no address of a cluster"), connect("nonsense"):
        pass
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "200ms"}),
        pytest.raises(ClusterError, match=r"No scheduler answers at tcp://127\.0\.0\.1:1"),
        connect("tcp://127.0.0.1:1"),
    ):
        pass
