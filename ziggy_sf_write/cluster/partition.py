"""The task that writes one partition: its place in the queue, its rows through the block, its results laid down."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from distributed import Semaphore, Status, Worker, get_client, get_worker

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster.context import ClusterContext
from ziggy_sf_write.cluster.desk import RunDesk, find_desk
from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.cluster.file_store import FileStore
from ziggy_sf_write.cluster.jobs import await_jobs
from ziggy_sf_write.cluster.pulse import Pulse, await_quiet, quiet_after_s
from ziggy_sf_write.cluster.results import open_results
from ziggy_sf_write.cluster.rows import RowResult, Tally, write_rows
from ziggy_sf_write.cluster.staging import staged_rows
from ziggy_sf_write.cluster.stop import LOST_SIGHT, StopReason, StopSign, WorkerStop
from ziggy_sf_write.contract import Config, HostError, JsonValue, Progress
from ziggy_sf_write.salesforce.limits import ApiUsage

_LEASE_WAIT_S = 1
# A worker in another state is on its way out: the scheduler may have given its tasks to others already.
_ATTACHED = (Status.running, Status.paused)
# With one of these codes a row says why no row of the whole run is sent any more.
_STOP_CODES = frozenset({"api_reserve", "max_failures", "run_stopped", "stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSummary:
    """What the driver learns of a partition. `stop` tells why not all of its rows were sent."""

    number: int
    tally: Tally
    worker: str
    elapsed_ms: int
    stop: StopReason | None
    usage: ApiUsage | None


def write_partition(number: int, run: str, config: Config) -> PartSummary:
    """Writes one staged partition and lays its results down.

    Args:
        number: the partition's.
        run: the name under which the worker's desk knows the run.
        config: the block's configuration for the partitions of this run.
    """
    started, worker = time.monotonic(), get_worker()
    look = partial(_look, worker, StopSign(run, get_client()))
    desk = find_desk(run)
    store = FileStore(desk.spec.folder.jobs_of(number))
    part = _Part(number, desk, config, store=store, look=look, tell=partial(worker.log_event, run))
    with _lease(desk.leases(), part.waiting):
        part.write()
    return PartSummary(
        number=number,
        tally=part.tally,
        worker=worker.address,
        elapsed_ms=round((time.monotonic() - started) * 1000),
        stop=part.stop,
        usage=part.usage,
    )


def _look(worker: Worker, sign: StopSign) -> StopReason | None:
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


class _Part:
    def __init__(
        self,
        number: int,
        desk: RunDesk,
        config: Config,
        *,
        store: FileStore,
        look: Callable[[], StopReason | None],
        tell: Callable[[JsonValue], object],
    ) -> None:
        self.number = number
        self.tally = Tally()
        self.waiting = WorkerStop(look)
        self.stop: StopReason | None = None
        self.usage: ApiUsage | None = None
        self._desk = desk
        self._folder = desk.spec.folder
        self._config = config
        self._store = store
        self._look = look
        self._tell = tell
        self._pulse = Pulse(self._folder.pulse(number))

    def write(self) -> None:
        """Every row gets its outcome; the file of results takes its place only once all have."""
        is_begun = self._pulse.exists
        self.stop = self._reason_to_pass_by(is_begun=is_begun)
        positions: deque[int] = deque()
        with open_results(
            self._folder.results_of(self.number, self._desk.spec.results), self._desk.spec.results
        ) as file:
            rows = self._rows(positions)
            written = self._write(rows) if self.stop is None else self._pass_by(rows, self.stop, is_begun=is_begun)
            for result in written:
                self._notice(result)
                file.add(positions.popleft(), result)
            if self._look() is LOST_SIGHT:
                raise ClusterError("This worker has lost the scheduler. Its results give way to another worker's.")
        self._pulse.end()

    def _rows(self, positions: deque[int]) -> Iterator[JsonValue]:
        for position, row in staged_rows(self._folder.staged(self.number), self._desk.spec.missing):
            positions.append(position)
            yield row

    def _reason_to_pass_by(self, *, is_begun: bool) -> StopReason | None:
        """Why none of the rows is to be sent, once nothing is under way of an earlier try of this partition."""
        parsed = parse_config(self._config)
        quiet_s = quiet_after_s(parsed.advanced.call_timeout_s)
        await_quiet([self._folder.pulse(self.number)], quiet_s, is_stopped_in=self.waiting.wait)
        try:
            org = self._desk.org()
            if is_begun:
                await_jobs([self._folder.jobs_of(self.number)], org, parsed, self.waiting)
        except HostError as err:
            self.tally.error = str(err)
            return StopReason(code="run_stopped", message=f"Not sent, because the run ended: {err}")
        if self.waiting.is_set():
            return self.waiting.reason
        usage, reserve = org.usage, parsed.advanced.reserve_percent
        if usage and reserve and usage.is_at_reserve(reserve):
            return StopReason(
                code="api_reserve",
                message=f"Not sent, because only the reserve of {reserve:g} % of the day's {usage.limit} API calls "
                "is left. Run it again later, or make the reserve smaller.",
            )
        return None

    def _write(self, rows: Iterator[JsonValue]) -> Iterator[RowResult]:
        stop = WorkerStop(self._look, beat=self._pulse.beat)
        context = ClusterContext(
            given=self._desk.connection(),
            store=self._store,
            execution_id=self._desk.spec.name,
            block_id=f"part-{self.number:05d}",
            cancelled=stop,
            on_progress=self._report,
        )
        for result in write_rows(rows, self._config, context, tally=self.tally):
            yield _with_reason(result, stop.reason)
        self.usage = self._desk.org().usage

    def _pass_by(self, rows: Iterator[JsonValue], reason: StopReason, *, is_begun: bool) -> Iterator[RowResult]:
        """The rows of a partition that is not written. If an earlier try was, nobody knows which of them it sent."""
        outcome = "unknown" if is_begun else "unprocessed"
        for row in rows:
            self.tally.add_rows(outcome, 1)
            yield RowResult(row=row, outcome=outcome, reason=reason.message, code=reason.code)

    def _notice(self, result: RowResult) -> None:
        if self.stop is None and result.outcome == "unprocessed" and result.code in _STOP_CODES:
            self.stop = StopReason(code=result.code, message=result.reason)

    def _report(self, progress: Progress) -> None:
        counts = self.tally.counts
        done, failures = counts["received"] + progress.done, counts["failed"] + progress.failures
        self._tell({"part": self.number, "done": done, "failures": failures})


def _with_reason(result: RowResult, reason: StopReason | None) -> RowResult:
    """The block knows that it was stopped; only the run knows why."""
    if reason is None or result.code != "stopped":
        return result
    return replace(result, code=reason.code, reason=reason.message)
