"""Bulk jobs that a dead worker has left in the org: nothing is written again before they have ended."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.cluster.file_store import FileStore
from ziggy_sf_write.contract import Cancellation
from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.run.job_book import NAMESPACE
from ziggy_sf_write.salesforce import bulk
from ziggy_sf_write.salesforce.bulk import JobState
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import Bounds

_POLL_S = 1.0
# More jobs than a partition of a day's 150 million records could have had.
_MOST = 100_000


def await_jobs(folders: Iterable[Path], org: Org, config: WriteConfig, cancelled: Cancellation) -> bool:
    """Waits until every job that is noted in these folders has ended; False where the run was stopped first.

    A job that was filled and never closed is aborted: nothing runs in it, and nothing shall.

    Raises:
        UnreachableError: it cannot be found out what became of a job.
        WriteBlockError: the org lets nobody in.
    """
    jobs = [record.data["jobId"] for folder in folders for record in FileStore(folder).find(NAMESPACE, limit=_MOST)]
    if not jobs:
        return True
    advanced = config.advanced
    bounds = Bounds(
        call_timeout_s=advanced.call_timeout_s,
        max_tries=advanced.max_tries,
        max_retry_time_s=advanced.max_retry_time_s,
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
            if is_stopped_in(_POLL_S):
                return False
    except Refused as err:
        if err.status != 404:
            raise
        return True  # Salesforce has forgotten it
    return True
