"""What all stages of one run share, made once and whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import ExecutionContext
from ziggy_sf_write.run.guard import StopCondition
from ziggy_sf_write.run.job_registry import JobRegistry
from ziggy_sf_write.run.outcomes import Counts, Ledger
from ziggy_sf_write.run.plan import Ready
from ziggy_sf_write.run.progress import RunProgress
from ziggy_sf_write.run.stop_signal import StopSignal
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.failures import AnswerLost
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """One run of the block.

    `is_repeatable` tells that an engine may make the whole run again: then nothing is created that has no key.
    """

    config: WriteConfig
    host: ExecutionContext
    client: OrgClient
    counts: Counts
    guard: StopCondition
    progress: RunProgress
    jobs: JobRegistry
    bounds: Bounds
    is_repeatable: bool = False

    @classmethod
    def start(cls, config: WriteConfig, host: ExecutionContext, *, is_repeatable: bool = False) -> Self:
        """Nothing is asked of the org yet.

        Raises:
            HostError: the host does not give the connection.
            ConfigError: the connection is incomplete.
        """
        advanced = config.advanced
        org = ORGS.org(require_salesforce(host.connection(config.connection)))
        bounds = Bounds(
            call_timeout_s=advanced.call_timeout,
            max_tries=advanced.max_tries,
            max_retry_time_s=advanced.max_retry_time,
        )
        counts, cancelled = Counts(), StopSignal(host.cancelled)
        guard = StopCondition(
            cancelled=cancelled,
            counts=counts,
            org=org,
            max_failures=advanced.max_failures,
            reserve_percent=advanced.reserve_api_calls,
        )
        return cls(
            config=config,
            host=host,
            client=OrgClient(
                org,
                bounds=bounds,
                cancelled=cancelled,
                concurrency=org.concurrency if advanced.concurrency is None else None,
            ),
            counts=counts,
            guard=guard,
            progress=RunProgress(host, counts),
            jobs=JobRegistry(host.store, run=host.execution_id, flow=host.flow_name, block=host.block_id),
            bounds=bounds,
            is_repeatable=is_repeatable,
        )


@dataclass(frozen=True, slots=True)
class LostCreates:
    """Creates with a key that were sent in one call whose answer was lost: they are to be looked up."""

    rows: Sequence[Ready]
    error: AnswerLost


@dataclass(slots=True)
class Unsettled:
    """What a writer leaves to the pipeline.

    `lost` are creates to look up, `at_work` rows of which an earlier try may be at work yet, `resent` rows of which an
    earlier try is over and may have saved them, and `claimed` creates that were not sent, because another run is at
    work on their keys, or has been since they were looked up.
    """

    lost: list[LostCreates] = field(default_factory=list)
    at_work: list[Ready] = field(default_factory=list)
    resent: list[Ready] = field(default_factory=list)
    claimed: list[Ready] = field(default_factory=list)


class Writer(Protocol):
    """Writes one wave at a time; another way to write is another class with this signature.

    `api` is the name for the report, `window` how many items of an edge it wants to see at once.
    """

    api: Api
    window: int

    def write(self, wave: Sequence[Ready], ledger: Ledger) -> Unsettled:
        """Settles every item of the wave that it does not hand back; no two of them may have the same key."""
        ...
