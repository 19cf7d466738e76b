"""Runs the block on a Dask cluster: preflight, shuffle, write, add up. Read it top to bottom."""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import dask.dataframe as dd
from distributed import Client, Future, KilledWorker

from ziggy_sf_write.block.config import Advanced, Api, WriteConfig, parse_config
from ziggy_sf_write.cluster.input import FrameParts, Missing, TextParts, find_parts, input_of, is_csv, stage_tasks
from ziggy_sf_write.cluster.liveness import STOPPED, StopSign, await_jobs, await_quiet, quiet_after_s
from ziggy_sf_write.cluster.storage import ClusterError, ClusterReport, FileStore, ResultFormat, RunFolder, part_name
from ziggy_sf_write.cluster.task import (
    ClusterContext,
    ConnectionSource,
    Descriptions,
    GivenConnection,
    PartSummary,
    RunSpec,
    WorkerState,
    find_keys,
    make_leases,
    settle_lost,
    write_partition,
)
from ziggy_sf_write.contract import Cancellation, Config, Connection, HostError, JsonValue, Problem, Progress
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.outcomes import Counts, Reason, stop_reason
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.run.plan import choose_api, costs_of
from ziggy_sf_write.run.report import make_report, too_many_not_written
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.org import ORGS, ApiUsage, require_salesforce

Parts = str | Path | Sequence[str | Path]
T = TypeVar("T")

_POLL_S = 0.2
# Tries of a partition whose task raised, such as for a moment without the shared storage. How often a partition may
# take its worker with it is the engine's own setting, distributed.scheduler.allowed-failures.
_RETRIES = 2
# Within one process nothing travels at all.
_SAFE_PROTOCOLS = ("tls://", "inproc://")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions:
    """How a run is laid out. `partitions` is how many there are after the shuffle; by default as many as before."""

    results: ResultFormat = ResultFormat.JSONL
    missing: Missing = Missing.UNTOUCHED
    partitions: int | None = None


def write_dataframe(
    data: dd.DataFrame | Parts,
    config: Config,
    connection: Connection | ConnectionSource,
    *,
    client: Client,
    out: str | Path,
    options: ClusterOptions = ClusterOptions(),  # frozen
    cancelled: Cancellation | None = None,
    on_progress: Callable[[Progress], object] = lambda _progress: None,
) -> ClusterReport:
    """Writes a Dask dataframe, or parts on shared storage, into Salesforce through the workers of a cluster.

    Args:
        data: a dataframe; or a folder, a pattern or a list of CSV, JSON Lines or Parquet parts.
        config: the block's configuration, as a flow stores it; `advanced.concurrency` counts the calls at a time of
            the whole cluster. CSV is always validated, for its cells are text.
        connection: where the workers get the connection from; a connection with its secrets only where the engine's
            TLS encrypts them.
        client: of the cluster.
        out: a folder that driver and workers share: results, `report.json`, and the state of the run.
        options: see there.
        cancelled: a stop signal: no further partition starts, calls in flight are awaited, the rest is unprocessed.
        on_progress: told how many rows are done, a few times a second.

    Raises:
        ConfigError: the configuration is wrong, or asks for what a cluster cannot do.
        ClusterError: the input, the folder or the cluster is not fit.
        WriteBlockError: the org does not let this connection begin; nothing was sent. What ends the run later is the
            report's `error`.
    """
    rows, config = _input(data, config)
    parsed = parse_config(config)
    _refuse_stores(parsed)
    source = connection if isinstance(connection, ConnectionSource) else GivenConnection(given=connection)
    refuse_secrets_in_clear(source, _address(client))
    folder = RunFolder(Path(out).absolute())
    folder.open()
    stopped = cancelled if cancelled is not None else threading.Event()
    org_client, descriptions = preflight(parsed, source, folder, rows.sample())
    usage = org_client.org.usage
    count = options.partitions or rows.count
    budget = cut_budget(parsed.advanced.concurrency or _CALLS, slots=_slots(client), partitions=count)
    spec = RunSpec(
        name=f"ziggy-{uuid.uuid4().hex[:8]}",
        config=config,
        leases=budget.leases,
        source=source,
        descriptions=descriptions,
        folder=folder,
        results=options.results,
        missing=options.missing,
    )
    report = ClusterReport(total=make_report(parsed, Counts(), client=org_client), parts=rows.names)
    with _shipped(spec, client) as sign:
        tasks = _Tasks(spec, client, report=report, stopped=stopped, on_progress=on_progress)
        with _timed(report, "read"):
            is_ready = _await_earlier_run(spec, parsed, stopped, on_progress)
            is_ready = is_ready and tasks.stage(rows, count)
        if not is_ready:
            report.stop = STOPPED
            return report
        total = sum(report.staged.values())
        own = for_partitions(config, parsed.advanced, budget, rows=total, usage=usage)
        with _timed(report, "write"):
            tasks.write(own, sign, most_failures=parsed.advanced.max_failures)
    report.check()
    too_many = too_many_not_written(parsed, report.total["counts"])
    if too_many is not None and report.error is None:
        report.error = str(too_many)
    folder.close(report.to_json())
    return report


def _input(data: dd.DataFrame | Parts, config: Config) -> tuple[TextParts | FrameParts, Config]:
    if isinstance(data, dd.DataFrame):
        return input_of(data), config
    parts = find_parts(data)
    return input_of(parts), {**config, "validate": True} if is_csv(parts[0]) else config


def _refuse_stores(parsed: WriteConfig) -> None:
    if parsed.error_namespace is not None:
        problem = Problem(
            path="/errorNamespace",
            message="A run on a cluster keeps no namespace for errors: a Data Store is made for thousands of records, "
            "not for what may fail of millions. Clear it; the parts of results carry every failure with its reason.",
        )
        raise ConfigError([problem])
    if parsed.advanced.previous_values:
        problem = Problem(
            path="/advanced/previousValues",
            message="A run on a cluster keeps no previous values: a Data Store is made for thousands of records, not "
            "for millions. Switch it off, or write the rows on one machine.",
        )
        raise ConfigError([problem])


def _address(client: Client) -> str:
    return str(client.scheduler_info(n_workers=0)["address"])


def _slots(client: Client) -> int:
    """How many tasks the cluster runs at once now; later it may have more, or fewer."""
    slots: int = sum(client.nthreads().values())
    if not slots:
        raise ClusterError(f"The cluster at {_address(client)} has no workers. Start some, then run it again.")
    return slots


@contextmanager
def _shipped(spec: RunSpec, client: Client) -> Iterator[StopSign]:
    """Ships the run to every worker, and takes it back; whoever still writes when an error ends it is told to stop."""
    sign = StopSign(spec.name, client)
    sign.clear()
    with client.as_current():
        leases = make_leases(spec)
        leases.register()
    client.register_plugin(WorkerState(spec))
    try:
        yield sign
    except BaseException:
        sign.give(STOPPED)
        raise
    else:
        sign.remove()
    finally:
        client.unregister_worker_plugin(spec.name)
        leases.refresh_callback.stop()
        if not leases.get_value():  # a dead worker's lease ends by itself
            leases.close()


def _await_earlier_run(
    spec: RunSpec, parsed: WriteConfig, stopped: Cancellation, on_progress: Callable[[Progress], object]
) -> bool:
    """Waits for what an earlier run in this folder, whose driver died, may still have under way."""
    folder = spec.folder
    heartbeats, jobs = sorted(folder.heartbeats.iterdir()), sorted(folder.jobs.glob("*"))
    if heartbeats or jobs:
        on_progress(Progress(phase="wait", done=0, total=len(heartbeats) + len(jobs)))
    is_quiet = await_quiet(heartbeats, quiet_after_s(parsed.advanced.call_timeout), is_stopped_in=stopped.wait)
    org = ORGS.org(require_salesforce(spec.source.connection(parsed.connection)))
    if not (is_quiet and await_jobs(jobs, org, parsed, stopped)):
        return False
    for path in heartbeats:
        path.unlink(missing_ok=True)
    return True


@contextmanager
def _timed(report: ClusterReport, phase: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        report.elapsed_ms[phase] = round((time.monotonic() - started) * 1000)


def refuse_secrets_in_clear(source: ConnectionSource, scheduler_address: str) -> None:
    """Raises `ClusterError` where secrets would cross a network that nobody has encrypted."""
    if source.carries_secrets and not scheduler_address.startswith(_SAFE_PROTOCOLS):
        raise ClusterError(
            "The connection's secrets would travel to the workers in clear, because the scheduler at "
            f"{scheduler_address} does not use TLS. Set up the engine's TLS (distributed.comm.tls), or let the workers "
            "resolve the connection themselves: from a project folder on shared storage, or from their environment."
        )


def preflight(
    config: WriteConfig, source: ConnectionSource, folder: RunFolder, names: Sequence[str]
) -> tuple[OrgClient, Descriptions]:
    """Asks the org before the first row what the workers will need to know: what a configuration cannot do is said
    before anything is shuffled.

    Args:
        config: the block's configuration.
        source: gives the connection.
        folder: of the run.
        names: the keys of the rows, as far as they are known.

    Raises:
        WriteBlockError: object, match key or a setting do not go together, or the org does not let this connection in.
    """
    context = ClusterContext(
        given=require_salesforce(source.connection(config.connection)),
        store=FileStore(folder.jobs),
        execution_id="preflight",
        block_id="preflight",
        cancelled=threading.Event(),
    )
    client = RunContext.start(config, context).client
    with fatal_for(config.object, doing="describe", cure="Run it again later."):
        describe, _ = describe_target(config, client)
        Checks(config, client, describe).prepare([dict.fromkeys(names)])
    return client, Descriptions.of(client.org.catalog, config.object)


# Processes that know nothing of each other cannot find out together how much an org takes.
_CALLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`leases` partitions write at once, each with `calls_each` calls at a time: together at most `concurrency`.

    A lease is held for a whole partition, not for a call: two messages to the scheduler for thousands of rows. With few
    workers each gets many calls; with more workers than calls, each gets one, and the others read, check and wait.
    """

    leases: int
    calls_each: int


def cut_budget(concurrency: int, *, slots: int, partitions: int) -> Budget:
    """Cuts the calls at a time by the tasks that the cluster can run at once, or by as many as there are."""
    leases = max(1, min(slots, partitions, concurrency))
    return Budget(leases=leases, calls_each=concurrency // leases)


def for_partitions(config: Config, advanced: Advanced, budget: Budget, *, rows: int, usage: ApiUsage | None) -> Config:
    """The configuration for one partition of a run of so many rows.

    - The API is chosen by the rows of the whole run: partition by partition, 50 million rows would go through
      Collections, in more calls than a day has.
    - The reserve grows by the calls that may be under way when the first worker reads that it is reached.
    """
    own = {**config.get("advanced", {}), "concurrency": budget.calls_each}
    if advanced.api is Api.AUTO:
        whole = replace(advanced, concurrency=advanced.concurrency or _CALLS)
        is_bulk = choose_api(whole, costs_of(whole, rows), usage=usage).api is Api.BULK
        own["bulkThreshold"] = 1 if is_bulk else rows + 1
    if advanced.reserve_api_calls and usage is not None:
        under_way = budget.leases * budget.calls_each
        own["reserveApiCalls"] = min(100.0, advanced.reserve_api_calls + 100 * under_way / usage.limit)
    return {**config, "advanced": own}


@dataclass(frozen=True, slots=True)
class _News:
    """How far a partition is, while it is being written."""

    done: int
    failures: int


class _Tasks:
    """The tasks of a run, given to the engine and awaited: rows staged, partitions written, a stop passed on."""

    def __init__(
        self,
        spec: RunSpec,
        client: Client,
        *,
        report: ClusterReport,
        stopped: Cancellation,
        on_progress: Callable[[Progress], object],
    ) -> None:
        self._spec = spec
        self._client = client
        self._report = report
        self._stopped = stopped
        self._on_progress = on_progress
        self._news: dict[int, _News] = {}

    def stage(self, rows: TextParts | FrameParts, count: int) -> bool:
        """Brings the rows into `count` partitions and counts them; False where the run was stopped meanwhile.

        Raises:
            ClusterError: a part cannot be read, or its rows cannot travel.
        """
        spec = self._spec
        paths = [spec.folder.staged(number) for number in range(count)]
        tasks = stage_tasks(rows, partial(find_keys, spec.name), paths, spec.name)
        futures: list[Future[int]] = self._client.compute(tasks, retries=_RETRIES)
        staged: dict[int, int] = {}
        for number, future in self._finished(futures, on_turn=lambda: not self._stopped.is_set()):
            staged[number] = _staged(future)
            self._on_progress(Progress(phase="read", done=len(staged), total=count))
        if len(staged) < count:
            self._client.cancel(futures)
            return False
        self._report.staged = staged
        return True

    def write(self, config: Config, sign: StopSign, *, most_failures: int) -> None:
        """Has every partition written and adds it to the report. After a stop, what is left is passed by."""
        self._client.subscribe_topic(self._spec.name, self._hear)
        futures = [self._submit(number, config) for number in range(len(self._report.staged))]
        for number, future in self._finished(futures, on_turn=partial(self._turn, futures, sign, most_failures)):
            summary = self._summary(number, future)
            self._news.pop(number, None)
            self._report.add(number, summary.report, worker=summary.worker, elapsed_ms=summary.elapsed_ms)
            self._report.error = self._report.error or summary.error
            self._spec.folder.staged(number).unlink(missing_ok=True)
            if summary.stop is not None:
                self._stop(sign, summary.stop)
        self._tell()
        self._client.unsubscribe_topic(self._spec.name)

    def _submit(self, number: int, config: Config) -> "Future[PartSummary]":
        return self._client.submit(
            write_partition,
            number,
            self._spec.name,
            config,
            # The engine takes a key that it knows for the task that it knows, so the run is part of it.
            key=f"write-{part_name(number)}-{self._spec.name}",
            retries=_RETRIES,
            pure=False,
        )

    def _finished(
        self, futures: Sequence[Future[T]], *, on_turn: Callable[[], bool]
    ) -> Iterator[tuple[int, Future[T]]]:
        """The futures as they finish. `on_turn` is called all the while; once it is False, no more are awaited."""
        finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        open_ones = dict(enumerate(futures))
        for number, future in open_ones.items():
            future.add_done_callback(partial(_note, finished, number))
        while open_ones and on_turn():
            try:
                number = finished.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            future = open_ones.pop(number)
            yield number, future
            # Once its result is here the engine may forget it: else a worker's death would have it done again.
            future.release()

    def _turn(self, futures: Sequence["Future[PartSummary]"], sign: StopSign, most_failures: int) -> bool:
        self._tell()
        failures = self._report.counts["failed"] + sum(one.failures for one in self._news.values())
        if self._stopped.is_set():
            self._stop(sign, STOPPED)
            if not self._client.nthreads():
                # The engine would wait for workers to come; whoever has asked for the stop would wait with it.
                self._client.cancel([one for one in futures if not one.done()])
        elif 0 < most_failures <= failures:
            self._stop(sign, _too_many(failures, most_failures))
        return True

    def _stop(self, sign: StopSign, reason: Reason) -> None:
        if self._report.stop is None:
            self._report.stop = reason
            sign.give(reason)

    def _summary(self, number: int, future: "Future[PartSummary]") -> PartSummary:
        if future.status == "finished":
            summary: PartSummary = future.result()
            return summary
        return settle_lost(number, self._report.staged[number], self._spec, _why(future))

    def _hear(self, event: tuple[float, dict[str, JsonValue]]) -> None:
        """News of a partition, from the engine's event loop. What comes after its result is old."""
        _, news = event
        if news["part"] not in self._report.partitions:
            self._news[news["part"]] = _News(done=news["done"], failures=news["failures"])

    def _tell(self) -> None:
        news = list(self._news.values())
        counts, total = self._report.counts, sum(self._report.staged.values())
        done = counts["received"] + sum(one.done for one in news)
        failures = counts["failed"] + sum(one.failures for one in news)
        self._on_progress(Progress(phase="write", done=min(done, total), total=total, failures=failures))


def _note(finished: "queue.SimpleQueue[int]", number: int, _future: "Future[object]") -> None:
    finished.put(number)


def _staged(future: "Future[int]") -> int:
    """A staged partition; raises in words what has kept its rows from travelling."""
    error = future.exception() if future.status == "error" else None
    if isinstance(error, HostError):
        raise error
    if future.status != "finished":
        raise ClusterError(f"The rows could not be brought together: {_why(future)} Nothing was sent.")
    staged: int = future.result()
    return staged


def _why(future: "Future[T]") -> str:
    """Why a task has failed for good, in one sentence."""
    error = future.exception() if future.status == "error" else None
    match error:
        case None:
            return "the cluster has given its task up."
        case KilledWorker():
            return "the workers that ran its task died one after the other; is there enough memory for a partition?"
        case _:
            return f"its task failed with {type(error).__name__}: {error}."


def _too_many(failures: int, most: int) -> Reason:
    message = f"Not sent, because {failures} writes had failed before; the block stops after {most}."
    return stop_reason("max_failures", f"{message} Mend what failed, then run it again.")
