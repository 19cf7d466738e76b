"""Runs the block on a Dask cluster: survey, shuffle, write, add up. Read it top to bottom."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask.dataframe as dd
from distributed import Client

from ziggy_sf_write.block.config import WriteConfig, parse_config
from ziggy_sf_write.cluster.budget import cut, for_partitions
from ziggy_sf_write.cluster.crew import Crew
from ziggy_sf_write.cluster.desk import RunDesk, RunSpec, make_leases
from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.cluster.folder import RunFolder
from ziggy_sf_write.cluster.jobs import await_jobs
from ziggy_sf_write.cluster.parts import find_parts, is_csv
from ziggy_sf_write.cluster.pulse import await_quiet, quiet_after_s
from ziggy_sf_write.cluster.report import ClusterReport
from ziggy_sf_write.cluster.results import ResultFormat
from ziggy_sf_write.cluster.source import ConnectionSource, GivenConnection, refuse_secrets_in_clear
from ziggy_sf_write.cluster.staging import FrameParts, Missing, TextParts, input_of
from ziggy_sf_write.cluster.stop import STOPPED, StopSign
from ziggy_sf_write.cluster.survey import survey
from ziggy_sf_write.contract import Cancellation, Config, Connection, Problem, Progress
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce

Parts = str | Path | Sequence[str | Path]


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
    _refuse_namespace(parsed)
    source = connection if isinstance(connection, ConnectionSource) else GivenConnection(given=connection)
    refuse_secrets_in_clear(source, _address(client))
    folder = RunFolder(Path(out).absolute())
    folder.open()
    stopped = cancelled if cancelled is not None else threading.Event()
    found = survey(parsed, source, folder, rows.sample())
    budget = cut(parsed.advanced.concurrency, slots=_slots(client))
    spec = RunSpec(
        name=f"ziggy-{uuid.uuid4().hex[:8]}",
        config=config,
        leases=budget.leases,
        source=source,
        descriptions=found.descriptions,
        folder=folder,
        results=options.results,
        missing=options.missing,
    )
    report = ClusterReport(config=config, parts=rows.names, usage=found.usage)
    report.tally.calls.update(found.calls)
    with _desks(spec, client) as sign:
        crew = Crew(spec, client, report=report, stopped=stopped, on_progress=on_progress)
        with _timed(report, "read"):
            is_ready = _await_earlier_run(spec, parsed, stopped, on_progress)
            is_ready = is_ready and crew.stage(rows, options.partitions or rows.count)
        if not is_ready:
            report.stop = STOPPED
            return report
        total = sum(report.staged.values())
        own = for_partitions(config, parsed.advanced, budget, rows=total, usage=found.usage)
        with _timed(report, "write"):
            crew.write(own, sign, most_failures=parsed.advanced.max_failures)
    report.check()
    folder.close(report.to_json())
    return report


def _input(data: dd.DataFrame | Parts, config: Config) -> tuple[TextParts | FrameParts, Config]:
    if isinstance(data, dd.DataFrame):
        return input_of(data), config
    parts = find_parts(data)
    return input_of(parts), {**config, "validate": True} if is_csv(parts[0]) else config


def _refuse_namespace(parsed: WriteConfig) -> None:
    if parsed.error_namespace is not None:
        problem = Problem(
            path="/errorNamespace",
            message="A run on a cluster keeps no namespace for errors: a Data Store is made for thousands of records, "
            "not for what may fail of millions. Clear it; the parts of results carry every failure with its reason.",
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
def _desks(spec: RunSpec, client: Client) -> Iterator[StopSign]:
    """Ships the run to every worker, and takes it back; whoever still writes when an error ends it is told to stop."""
    sign = StopSign(spec.name, client)
    sign.clear()
    with client.as_current():
        leases = make_leases(spec)
        leases.register()
    client.register_plugin(RunDesk(spec))
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
    pulses, jobs = sorted(folder.pulses.iterdir()), sorted(folder.jobs.glob("*"))
    if pulses or jobs:
        on_progress(Progress(phase="wait", done=0, total=len(pulses) + len(jobs)))
    is_quiet = await_quiet(pulses, quiet_after_s(parsed.advanced.call_timeout_s), is_stopped_in=stopped.wait)
    org = ORGS.org(require_salesforce(spec.source.connection(parsed.connection)))
    if not (is_quiet and await_jobs(jobs, org, parsed, stopped)):
        return False
    for path in pulses:
        path.unlink(missing_ok=True)
    return True


@contextmanager
def _timed(report: ClusterReport, phase: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        report.elapsed_ms[phase] = round((time.monotonic() - started) * 1000)
