"""One partition on a worker: what the worker holds of the run, the rows through the pipeline, the results laid down."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Protocol, cast, runtime_checkable

from distributed import Semaphore, Status, Worker, WorkerPlugin, get_client, get_worker

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster.input import KeyTexts, Missing, staged_rows
from ziggy_sf_write.cluster.liveness import (
    LOST_SIGHT,
    Heartbeat,
    StopSign,
    WorkerStop,
    await_jobs,
    await_quiet,
    quiet_after_s,
)
from ziggy_sf_write.cluster.storage import ClusterError, FileStore, ResultFormat, RunFolder, open_results
from ziggy_sf_write.contract import Cancellation, Config, Connection, DataStore, HostError, JsonValue, Mode, Progress
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.executor import RowResult, row_results
from ziggy_sf_write.run.outcomes import Counts, Outcome, Reason, stop_reason
from ziggy_sf_write.run.pipeline import Pipeline, leave
from ziggy_sf_write.run.report import make_report
from ziggy_sf_write.salesforce.describe import FRESH_FOR_S, Catalog, Kept, ObjectDescribe, ObjectInfo
from ziggy_sf_write.salesforce.org import ORGS, Org, require_salesforce

# One window is all that is in memory; five Bulk batches of 10,000 records, or 250 calls of 200.
WINDOW = 50_000
_LEASE_WAIT_S = 1
# A worker in another state is on its way out: the scheduler may have given its tasks to others already.
_ATTACHED = (Status.running, Status.paused)
# With one of these codes a row says why no row of the whole run is sent any more.
_STOP_CODES = frozenset({"api_reserve", "max_failures", "run_stopped", "stopped"})


@runtime_checkable
class ConnectionSource(Protocol):
    """Gives a connection on whatever machine it is asked; it is sent to every worker, so it must pickle."""

    @property
    def carries_secrets(self) -> bool:
        """Whether secrets travel with it; such a source is refused where the engine does not encrypt."""
        ...

    def connection(self, name: str) -> Connection:
        """The connection with its secrets resolved. Raises `HostError` where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConnection:
    """A connection that was resolved where the run was started, and travels with its secrets."""

    given: Connection = field(repr=False)
    carries_secrets: bool = True

    def connection(self, name: str) -> Connection:
        """The connection, under its own name."""
        if name != self.given.name:
            raise HostError(f"The run was given the connection `{self.given.name}`, and `{name}` was asked for.")
        return self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterContext:
    """What `run/` asks for, wherever a partition is written."""

    given: Connection = field(repr=False)
    store: DataStore
    execution_id: str
    block_id: str
    cancelled: Cancellation
    on_progress: Callable[[Progress], object] = lambda _progress: None
    flow_name: str = "cluster"
    cursor: JsonValue = None
    wired_outputs: Sequence[int] | None = None
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("ziggy_sf_write.cluster"))

    @property
    def mode(self) -> Mode:
        """The mode that the connection was resolved for."""
        return self.given.mode

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The one connection of the run, where it is of this type."""
        return [self.given.name] if self.given.type == connection_type else []

    def connection(self, name: str) -> Connection:
        """The run's connection."""
        if name != self.given.name:
            raise HostError(f"This run writes through `{self.given.name}` alone, and `{name}` was asked for.")
        return self.given

    def progress(self, progress: Progress) -> None:
        """Passes progress on."""
        self.on_progress(progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptions:
    """What a catalog has learned of an object, of the objects that it refers to, and of the org's list of objects."""

    objects: Mapping[str, Kept[ObjectDescribe]]
    all_objects: Kept[tuple[ObjectInfo, ...]] | None

    @classmethod
    def of(cls, catalog: Catalog, name: str) -> "Descriptions":
        """Everything in the catalog that a worker could need for this object."""
        kept = catalog.object(name)
        fields = kept.value.fields if kept else ()
        names = {name, *(target for field in fields for target in field.reference_to)}
        known = {one: catalog.object(one) for one in sorted(names)}
        return cls(
            objects={one: kept for one, kept in known.items() if kept is not None}, all_objects=catalog.all_objects()
        )

    def seed(self, catalog: Catalog) -> None:
        """Puts into a worker's catalog what it does not know yet, as stale: the clock of another machine means
        nothing here, so the org is asked once, with If-Modified-Since, whether it still holds."""
        stale_at_s = catalog.clock() - FRESH_FOR_S
        for name, kept in self.objects.items():
            if catalog.object(name) is None:
                catalog.keep_object(name, replace(kept, confirmed_at_s=stale_at_s))
        if self.all_objects is not None and catalog.all_objects() is None:
            catalog.keep_all(replace(self.all_objects, confirmed_at_s=stale_at_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """A run as its workers need to know it; secrets are in it only where the source carries them, under TLS.

    `leases` is how many partitions of the whole cluster may have calls under way.
    """

    name: str
    config: Config
    leases: int
    source: ConnectionSource = field(repr=False)
    descriptions: Descriptions = field(repr=False)
    folder: RunFolder
    results: ResultFormat
    missing: Missing


class WorkerState(WorkerPlugin):
    """One for each worker process and run; tasks find it by the run's name, so that none of it is in their graph."""

    def __init__(self, spec: RunSpec) -> None:
        self.name = spec.name
        self.spec = spec
        self._connection: Connection | None = None
        self._leases: Semaphore | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"WorkerState({self.name})"

    def __getstate__(self) -> RunSpec:
        return self.spec

    def __setstate__(self, spec: RunSpec) -> None:
        self.__init__(spec)  # type: ignore[misc] # a lock does not travel

    def setup(self, worker: Worker) -> None:
        """Nothing yet: what can fail is left to the first task, whose error reaches the one who waits for it."""

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 # the engine's signature
        """The run is over: its leases are refreshed no more."""
        if self._leases is not None:
            self._leases.refresh_callback.stop()

    def leases(self) -> Semaphore:
        """The run's leases. One object for the process: each refreshes what it holds, for as long as it lives."""
        with self._lock:
            if self._leases is None:
                self._leases = make_leases(self.spec)
            return self._leases

    def connection(self) -> Connection:
        """The connection, resolved by the first task of this process. Raises `HostError` where it cannot be had."""
        with self._lock:
            if self._connection is None:
                connection = require_salesforce(self.spec.source.connection(self.spec.config["connection"]))
                self.spec.descriptions.seed(ORGS.org(connection).catalog)
                self._connection = connection
            return self._connection

    def org(self) -> Org:
        """The org, with the one login that all tasks of this process share."""
        return ORGS.org(self.connection())

    def keys(self) -> KeyTexts:
        """The match key of rows as text."""
        config = parse_config(self.spec.config)
        return KeyTexts(self.spec.descriptions.objects[config.object].value, config)


def make_leases(spec: RunSpec) -> Semaphore:
    """The semaphore of a run, by its name the same one for the whole cluster."""
    return Semaphore(max_leases=spec.leases, name=f"{spec.name}-leases")


def worker_state(name: str) -> WorkerState:
    """What this worker holds of a run."""
    # By its name it can be nothing else: the name is the run's own.
    return cast("WorkerState", get_worker().plugins[name])


def find_keys(name: str) -> KeyTexts:
    """The match keys of a run, on the worker that asks."""
    return worker_state(name).keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSummary:
    """What the driver learns of a partition: its report, what ended its run, and why not all of its rows were sent."""

    number: int
    report: Mapping[str, JsonValue]
    worker: str = ""
    elapsed_ms: int = 0
    error: str | None = None
    stop: Reason | None = None


def write_partition(number: int, run: str, config: Config) -> PartSummary:
    """Writes one staged partition and lays its results down.

    Args:
        number: the partition's.
        run: the name under which the worker's state is found.
        config: the block's configuration for the partitions of this run.
    """
    started, worker = time.monotonic(), get_worker()
    look = partial(_look, worker, StopSign(run, get_client()))
    state = worker_state(run)
    store = FileStore(state.spec.folder.jobs_of(number))
    part = PartitionWrite(number, state, config, store=store, look=look, tell=partial(worker.log_event, run))
    with _lease(state.leases(), part.waiting):
        report = part.write()
    elapsed_ms = round((time.monotonic() - started) * 1000)
    return PartSummary(
        number=number, report=report, worker=worker.address, elapsed_ms=elapsed_ms, error=part.error, stop=part.stop
    )


def _look(worker: Worker, sign: StopSign) -> Reason | None:
    return sign.look() if worker.status in _ATTACHED else LOST_SIGHT


@contextmanager
def _lease(leases: Semaphore, waiting: WorkerStop) -> Iterator[None]:
    """The right to make calls; a run that is stopped needs none."""
    while not (is_held := leases.acquire(timeout=_LEASE_WAIT_S)) and not waiting.is_set():
        pass
    try:
        yield
    finally:
        if is_held:
            leases.release()


class PartitionWrite:
    """One try to write one partition. `error` ended it, `stop` is why rows were not sent."""

    def __init__(
        self,
        number: int,
        state: WorkerState,
        config: Config,
        *,
        store: DataStore,
        look: Callable[[], Reason | None],
        tell: Callable[[JsonValue], object],
    ) -> None:
        self.number = number
        self.waiting = WorkerStop(look)
        self.error: str | None = None
        self.stop: Reason | None = None
        self._state = state
        self._folder = state.spec.folder
        self._config = parse_config(config)
        self._store = store
        self._look = look
        self._tell = tell
        self._heartbeat = Heartbeat(self._folder.heartbeat(number))

    def write(self) -> dict[str, JsonValue]:
        """Every row gets its outcome; the file of results takes its place only once all have. The report, in sums."""
        spec = self._state.spec
        is_begun = self._heartbeat.exists
        self.stop = self._reason_to_pass_by(is_begun=is_begun)
        positions: deque[int] = deque()
        with open_results(self._folder.results_of(self.number, spec.results), spec.results) as file:
            rows = self._rows(positions)
            if self.stop is None:
                report = self._write(rows, lambda result: file.add(positions.popleft(), result))
            else:
                # If an earlier try was begun, nobody knows which of the rows it sent.
                counts = Counts()
                outcome = Outcome.UNKNOWN if is_begun else Outcome.UNPROCESSED
                for window in leave(rows, outcome, self.stop, counts, window=WINDOW):
                    for result in row_results(window):
                        file.add(positions.popleft(), result)
                report = make_report(self._config, counts)
            if self._look() is LOST_SIGHT:
                raise ClusterError("This worker has lost the scheduler. Its results give way to another worker's.")
        self._heartbeat.end()
        return report

    def _rows(self, positions: deque[int]) -> Iterator[JsonValue]:
        for position, row in staged_rows(self._folder.staged(self.number), self._state.spec.missing):
            positions.append(position)
            yield row

    def _reason_to_pass_by(self, *, is_begun: bool) -> Reason | None:
        """Why none of the rows is to be sent, once nothing is under way of an earlier try of this partition."""
        advanced = self._config.advanced
        await_quiet([self._heartbeat.path], quiet_after_s(advanced.call_timeout), is_stopped_in=self.waiting.wait)
        try:
            org = self._state.org()
            if is_begun:
                await_jobs([self._folder.jobs_of(self.number)], org, self._config, self.waiting)
        except HostError as err:
            self.error = str(err)
            return stop_reason("run_stopped", f"Not sent, because the run ended: {err}")
        if self.waiting.is_set():
            return self.waiting.reason
        usage, reserve = org.usage, advanced.reserve_api_calls
        if usage and reserve and usage.is_at_reserve(reserve):
            return stop_reason(
                "api_reserve",
                f"Not sent, because only the reserve of {reserve:g} % of the day's {usage.limit} API calls is left. "
                "Run it again later, or make the reserve smaller.",
            )
        return None

    def _write(self, rows: Iterator[JsonValue], take: Callable[[RowResult], object]) -> dict[str, JsonValue]:
        stop = WorkerStop(self._look, beat=self._heartbeat.beat)
        context = ClusterContext(
            given=self._state.connection(),
            store=self._store,
            execution_id=self._state.spec.name,
            block_id=f"part-{self.number:05d}",
            cancelled=stop,
            on_progress=self._report,
        )
        run = RunContext.start(self._config, context, is_repeatable=True)
        pipeline = Pipeline(run)
        for result in chain.from_iterable(map(row_results, pipeline.write(rows, window=WINDOW))):
            told = _with_reason(result, stop.reason)
            self._notice(told)
            take(told)
        self.error = str(run.guard.fatal) if run.guard.fatal is not None else None
        return make_report(run.config, run.counts, client=run.client, progress=run.progress, choice=pipeline.choice)

    def _notice(self, result: RowResult) -> None:
        if self.stop is None and result.outcome == "unprocessed" and result.code in _STOP_CODES:
            self.stop = result.reasons[0]

    def _report(self, progress: Progress) -> None:
        self._tell({"part": self.number, "done": progress.done, "failures": progress.failures})


def _with_reason(result: RowResult, reason: Reason | None) -> RowResult:
    """The block knows that it was stopped; only the run knows why."""
    if reason is None or result.code != "stopped":
        return result
    return replace(result, reasons=(reason,))


def settle_lost(number: int, count: int, spec: RunSpec, why: str) -> PartSummary:
    """A partition of `count` rows that no worker could finish: lays them down as unknown if its writing had begun, as
    unprocessed if it had not.
    """
    is_begun = spec.folder.heartbeat(number).exists()
    outcome = Outcome.UNKNOWN if is_begun else Outcome.UNPROCESSED
    sent = "It is not known which rows of its partition were sent" if is_begun else "The row was not sent"
    reason = stop_reason(
        "worker_lost",
        f"{sent}, because the task that writes them failed for good: {why} Mend the cause and run it again.",
    )
    error = f"Partition {number} could not be finished: {why}"
    counts = Counts()
    positions: deque[int] = deque()

    def rows() -> Iterator[JsonValue]:
        for position, row in staged_rows(spec.folder.staged(number), spec.missing):
            positions.append(position)
            yield row

    try:
        with open_results(spec.folder.results_of(number, spec.results), spec.results) as file:
            for window in leave(rows(), outcome, reason, counts, window=WINDOW):
                for result in row_results(window):
                    file.add(positions.popleft(), result)
    except (OSError, ValueError) as err:  # pyarrow's errors are ValueErrors
        error = f"{error} Its rows are not among the results either: {err}"
        counts = Counts()
        counts.add(bytes([outcome]) * count)
    report = make_report(parse_config(spec.config), counts)
    return PartSummary(number=number, report=report, error=error, stop=reason)
