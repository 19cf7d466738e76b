"""One org, one budget: what the whole cluster may ask of it, cut into what each partition may."""

from dataclasses import dataclass

from ziggy_sf_write.block.config import Advanced, Api
from ziggy_sf_write.contract import Config
from ziggy_sf_write.salesforce.limits import ApiUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`leases` partitions write at once, each with `calls_each` calls at a time: together at most `concurrency`.

    A lease is held for a whole partition, not for a call: two messages to the scheduler for thousands of rows. With few
    workers each gets many calls; with more workers than calls, each gets one, and the others read, check and wait.
    """

    leases: int
    calls_each: int


def cut(concurrency: int, *, slots: int) -> Budget:
    """Cuts the calls at a time by the tasks that the cluster can run at once."""
    leases = max(1, min(slots, concurrency))
    return Budget(leases=leases, calls_each=concurrency // leases)


def for_partitions(config: Config, advanced: Advanced, budget: Budget, *, rows: int, usage: ApiUsage | None) -> Config:
    """The configuration for one partition of a run of so many rows.

    - The API is chosen by the rows of the whole run: partition by partition, 50 million rows would go through
      Collections, in more calls than a day has.
    - The reserve grows by the calls that may be under way when the first worker reads that it is reached.
    """
    own = {**config.get("advanced", {}), "concurrency": budget.calls_each}
    if advanced.api is Api.AUTO:
        own["bulkThreshold"] = 1 if rows >= advanced.bulk_threshold else rows + 1
    if advanced.reserve_percent and usage is not None:
        under_way = budget.leases * budget.calls_each
        own["reserveApiCalls"] = min(100.0, advanced.reserve_percent + 100 * under_way / usage.limit)
    return {**config, "advanced": own}
