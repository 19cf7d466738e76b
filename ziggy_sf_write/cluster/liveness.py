"""Who is alive: heartbeats of partitions, the stop that all workers hear, and the Bulk jobs of the dead.

When a worker dies, a call that it has sent may still be at work in the org; and a worker that the scheduler has lost
sight of may live on. Both would make a second write of a key while the first is in flight: so whoever writes a
partition again waits until nothing of it can be under way any more.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from distributed import Client, Variable

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.block.namespaces import BULK_JOBS
from ziggy_sf_write.cluster.storage import FileStore
from ziggy_sf_write.contract import Cancellation
from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.run.outcomes import Reason, stop_reason
from ziggy_sf_write.salesforce import bulk
from ziggy_sf_write.salesforce.bulk import JobState
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import Bounds

_SHORTEST_BEAT_S = 1.0
_LONGEST_WAIT_S = 1.0


class Heartbeat:
    """A file that is touched before each call, at most once a second."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._beaten_at_s = float("-inf")

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    @property
    def exists(self) -> bool:
        """Whether someone has begun to write this partition and has not finished."""
        return self._path.exists()

    def beat(self) -> None:
        """Called before each call, by any thread."""
        now = self._clock()
        if now - self._beaten_at_s >= _SHORTEST_BEAT_S:
            self._beaten_at_s = now
            self._path.touch()

    def end(self) -> None:
        """The partition is written, and its results are in place."""
        self._path.unlink(missing_ok=True)


def quiet_after_s(call_timeout_s: float) -> float:
    """How long after the last sign of life no call can be under way: the longest call, and what beats leave open."""
    return call_timeout_s + 2 * _SHORTEST_BEAT_S


def await_quiet(paths: Iterable[Path], quiet_s: float, *, is_stopped_in: Callable[[float], bool]) -> bool:
    """Waits until none of the files was touched for so long; False where the run was stopped first.

    Ages are taken by the file system's own clock: those of two machines may differ.
    """
    for path in paths:
        while (left_s := quiet_s - _age_s(path)) > 0:
            if is_stopped_in(min(left_s, _LONGEST_WAIT_S)):
                return False
    return True


def _age_s(path: Path) -> float:
    try:
        # A network file system asks its server again when a file is opened, but not when it is only looked at.
        with path.open("rb") as file:
            touched = os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return float("inf")  # its writer was alive after all, and has finished
    clock = path.with_name(f".clock-{path.name}")
    clock.touch()
    now = clock.stat().st_mtime
    clock.unlink(missing_ok=True)
    return now - touched


_STOP_POLL_S = 0.5
# Long enough for a scheduler that is busy; the writer waits in the meantime.
_ANSWER_WITHIN_S = 60


STOPPED = stop_reason(
    "stopped", "Not sent, because the run was stopped first. Run it again in a new folder to send it."
)
LOST_SIGHT = stop_reason(
    "worker_detached", "Not sent, because this worker lost the scheduler: another one may be writing the same rows."
)


class StopSign:
    """Holds the reason once there is one; the first is kept."""

    def __init__(self, name: str, client: Client, *, answer_within_s: float = _ANSWER_WITHIN_S) -> None:
        self._variable = Variable(f"{name}-stop", client=client)
        self._answer_within_s = answer_within_s

    def clear(self) -> None:
        """The run begins."""
        self._variable.set("")

    def give(self, reason: Reason) -> None:
        """Tells every worker to send nothing more."""
        self._variable.set(json.dumps([reason.code, reason.message]))

    def look(self) -> Reason | None:
        """The reason, or None while the run goes on; a scheduler that does not answer means stop."""
        try:
            text = self._variable.get(timeout=self._answer_within_s)
        except (OSError, TimeoutError):
            return LOST_SIGHT
        return stop_reason(*json.loads(text)) if text else None

    def remove(self) -> None:
        """The run is over."""
        self._variable.delete()


class WorkerStop:
    """A partition's stop signal, which `run/` looks at before each call and inside each wait.

    While the partition is written, it shows before each call that it is alive: see `Heartbeat`.
    """

    def __init__(
        self,
        look: Callable[[], Reason | None],
        *,
        beat: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._beat = beat
        self._clock = clock
        self._looked_at_s = float("-inf")
        self._stopped = threading.Event()
        self.reason: Reason | None = None

    def is_set(self) -> bool:
        """Whether the run was asked to stop, or this worker no longer belongs to the cluster."""
        self._beat()
        if not self._stopped.is_set():
            self._ask()
        return self._stopped.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Sleeps up to `timeout` seconds; True, within half a second, when the run is asked to stop."""
        ends_at_s = self._clock() + timeout if timeout is not None else float("inf")
        while not self.is_set():
            left_s = ends_at_s - self._clock()
            if left_s <= 0:
                return False
            self._stopped.wait(min(left_s, _STOP_POLL_S))
        return True

    def _ask(self) -> None:
        now = self._clock()
        if now - self._looked_at_s < _STOP_POLL_S:
            return
        self._looked_at_s = now
        reason = self._look()
        if reason is not None:
            self.reason = reason
            self._stopped.set()


_JOB_POLL_S = 1.0
# More jobs than a partition of a day's 150 million records could have had.
_MOST = 100_000


def await_jobs(folders: Iterable[Path], org: Org, config: WriteConfig, cancelled: Cancellation) -> bool:
    """Waits until every job that is noted in these folders has ended; False where the run was stopped first.

    A job that was filled and never closed is aborted: nothing runs in it, and nothing shall.

    Raises:
        UnreachableError: it cannot be found out what became of a job.
        WriteBlockError: the org lets nobody in.
    """
    jobs = [record.data["jobId"] for folder in folders for record in FileStore(folder).find(BULK_JOBS, limit=_MOST)]
    if not jobs:
        return True
    advanced = config.advanced
    bounds = Bounds(
        call_timeout_s=advanced.call_timeout, max_tries=advanced.max_tries, max_retry_time_s=advanced.max_retry_time
    )
    client = OrgClient(org, bounds=bounds, cancelled=cancelled)
    try:
        return all(_has_ended(client, job_id, cancelled.wait) for job_id in jobs)
    except Stopped:
        return False
    except (NotSent, AnswerLost, Refused) as err:
        raise UnreachableError(
            f"It cannot be found out whether a Bulk job of an earlier try still runs: {err}. Run it again later."
        ) from err


def _has_ended(client: OrgClient, job_id: str, is_stopped_in: Callable[[float], bool]) -> bool:
    try:
        while not (job := bulk.read_job(client, job_id)).state.is_final:
            if job.state is JobState.OPEN:
                bulk.abort(client, job_id)
            if is_stopped_in(_JOB_POLL_S):
                return False
    except Refused as err:
        if err.status != 404:
            raise
        return True  # Salesforce has forgotten it
    return True
