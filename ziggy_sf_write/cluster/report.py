"""The report of a run on a cluster: all partitions added up, and a check that nothing went missing on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ziggy_sf_write.cluster.partition import PartSummary
from ziggy_sf_write.cluster.rows import NOT_WRITTEN, Tally
from ziggy_sf_write.cluster.stop import StopReason
from ziggy_sf_write.contract import Config, JsonValue
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.salesforce.limits import ApiUsage

_OUTCOMES = ("written", *NOT_WRITTEN, "wouldCreate", "wouldUpdate")


@dataclass(slots=True, kw_only=True)
class ClusterReport:
    """What became of all rows. `error` ended the run; `stop` is why rows were not sent; `staged` counts the input.

    `parts` names the files of the input, in the order by which results count them; a dataframe has none.
    """

    config: Config
    parts: Sequence[str] = ()
    staged: Mapping[int, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    partitions: dict[int, Mapping[str, JsonValue]] = field(default_factory=dict)
    usage: ApiUsage | None = None
    error: str | None = None
    stop: StopReason | None = None
    elapsed_ms: dict[str, int] = field(default_factory=dict)

    def add(self, summary: PartSummary) -> None:
        """Adds a partition.

        Raises:
            InternalError: its rows do not add up, or it is there twice.
        """
        number, counts = summary.number, summary.tally.counts
        if number in self.partitions or counts["received"] != self.staged[number] or not _adds_up(summary.tally):
            raise InternalError(f"partition {number} had {self.staged[number]} rows, and {dict(counts)} came of them")
        self.partitions[number] = {
            "counts": _counts(summary.tally),
            "worker": summary.worker,
            "ms": summary.elapsed_ms,
        }
        self.tally.counts.update(counts)
        self.tally.calls.update(summary.tally.calls)
        self.tally.created += summary.tally.created
        self.tally.updated += summary.tally.updated
        if summary.tally.api != "none":
            self.tally.api = summary.tally.api
        self.error = self.error or summary.tally.error
        if summary.usage and (self.usage is None or summary.usage.used > self.usage.used):
            self.usage = summary.usage

    def check(self) -> None:
        """Raises `InternalError` where a partition or a row of the input has no outcome."""
        if set(self.partitions) != set(self.staged) or self.tally.counts["received"] != sum(self.staged.values()):
            missing = sorted(set(self.staged) - set(self.partitions))
            raise InternalError(f"{sum(self.staged.values())} rows came in; partitions without an outcome: {missing}")

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, `received` included."""
        return _counts(self.tally)

    @property
    def is_whole(self) -> bool:
        """Whether every row made it."""
        return self.error is None and self.stop is None and not any(self.counts[name] for name in NOT_WRITTEN)

    def to_json(self) -> dict[str, JsonValue]:
        """The report as `report.json` and `write --cluster --json` have it."""
        used = self.usage
        return {
            "object": self.config["object"],
            "operation": "upsert" if self.config.get("upsert", True) else "update",
            "matchKey": self.config["matchKey"],
            "connection": self.config["connection"],
            "dryRun": bool(self.config.get("advanced", {}).get("dryRun", False)),
            "counts": self.counts,
            "created": self.tally.created,
            "updated": self.tally.updated,
            "api": self.tally.api,
            "apiCalls": {
                "used": sum(self.tally.calls.values()),
                "byKind": dict(self.tally.calls),
                "orgUsed": used.used if used else None,
                "orgLimit": used.limit if used else None,
            },
            "error": self.error,
            "stopped": {"code": self.stop.code, "message": self.stop.message} if self.stop else None,
            "elapsedMs": self.elapsed_ms,
            "parts": list(self.parts),
            "partitions": [{"number": number, **self.partitions[number]} for number in sorted(self.partitions)],
        }


def _counts(tally: Tally) -> dict[str, int]:
    return {name: tally.counts[name] for name in ("received", *_OUTCOMES)}


def _adds_up(tally: Tally) -> bool:
    return tally.counts["received"] == sum(tally.counts[name] for name in _OUTCOMES)
