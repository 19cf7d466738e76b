"""The tasks of a run, given to the engine and awaited: rows staged, partitions written, a stop passed on."""

import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from distributed import Client, Future, KilledWorker

from ziggy_sf_write.cluster.desk import RunSpec, find_keys
from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.cluster.folder import part_name
from ziggy_sf_write.cluster.lost import settle_lost
from ziggy_sf_write.cluster.partition import PartSummary, write_partition
from ziggy_sf_write.cluster.report import ClusterReport
from ziggy_sf_write.cluster.staging import FrameParts, TextParts, stage_tasks
from ziggy_sf_write.cluster.stop import STOPPED, StopReason, StopSign
from ziggy_sf_write.contract import Cancellation, Config, HostError, JsonValue, Progress

_POLL_S = 0.2
# Tries of a partition whose task raised, such as for a moment without the shared storage. How often a partition may
# take its worker with it is the engine's own setting, distributed.scheduler.allowed-failures.
_RETRIES = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _News:
    """How far a partition is, while it is being written."""

    done: int
    failures: int


class Crew:
    """The workers' side of one run, as the driver sees it."""

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
            self._report.add(summary)
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

    def _stop(self, sign: StopSign, reason: StopReason) -> None:
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


def _too_many(failures: int, most: int) -> StopReason:
    message = f"Not sent, because {failures} writes had failed before; the block stops after {most}."
    return StopReason(code="max_failures", message=f"{message} Mend what failed, then run it again.")
