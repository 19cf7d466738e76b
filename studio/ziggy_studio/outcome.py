"""How runs end: the status of a run and of its blocks, and what is left to look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ziggy_sf_write.contract import JsonValue

_TOLD = ("dryRun", "verdict", "counts", "unhandled", "discarded")


class Status(StrEnum):
    """How a run, or a block of it, ended."""

    OK = "ok"
    ERROR = "error"
    STOPPED = "stopped"
    TIMEOUT = "timeout"
    NOT_RUN = "notRun"


class RunKind(StrEnum):
    """What was started: a preview writes nothing, a replay sends failed items again, a partial run ends early."""

    RUN = "run"
    PREVIEW = "preview"
    REPLAY = "replay"
    PARTIAL = "partial"


class HistoryLevel(StrEnum):
    """Of which runs the history keeps the edges' items."""

    NONE = "none"
    ERRORS = "errors"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRun:
    """One block's part in a run, over all batches: `ms` is its execution time."""

    id: str
    type: str
    status: Status = Status.NOT_RUN
    ms: int = 0
    report: JsonValue = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """A finished run; `payloads` holds the items of each edge that was filled, over all batches, by the edge's id.

    `is_kept`: the history holds these items, too.
    """

    status: Status
    error: dict[str, JsonValue] | None
    ms: int
    payloads: dict[str, Sequence[JsonValue]]
    blocks: tuple[BlockRun, ...]
    is_kept: bool = False

    def blocks_as_json(self) -> list[dict[str, JsonValue]]:
        """Each block's part, with its whole report."""
        return [
            {"id": one.id, "type": one.type, "status": one.status.value, "ms": one.ms, "report": one.report}
            for one in self.blocks
        ]

    @property
    def response(self) -> dict[str, JsonValue] | None:
        """What the Terminators send back to whoever launched the flow; None where none of them sends anything."""
        sent = [
            one.report["response"] for one in self.blocks if isinstance(one.report, dict) and "response" in one.report
        ]
        return {name: items for response in sent for name, items in response.items()} if sent else None


def told_blocks(blocks: Sequence[Mapping[str, JsonValue]]) -> list[dict[str, JsonValue]]:
    """What a caller is told of each block that counts items: how it ended, the counts, and its verdict."""
    return [
        {"id": one["id"], "status": one["status"], **{name: report[name] for name in _TOLD if name in report}}
        for one in blocks
        if isinstance(report := one["report"], Mapping) and "counts" in report
    ]


def without_items(report: JsonValue) -> JsonValue:
    """A report without its response, whose list of items that were not written is replaced by its groups: outcome, code
    and how many.
    """
    if not isinstance(report, dict):
        return report
    report = {key: value for key, value in report.items() if key != "response"}
    if not isinstance(report.get("notWritten"), list):
        return report
    groups: Counter[tuple[str, str]] = Counter()
    samples: dict[tuple[str, str], str] = {}
    for entry in report["notWritten"]:
        for code, message in {one["code"]: one["message"] for one in entry["errors"]}.items():
            groups[entry["outcome"], code] += 1
            samples.setdefault((entry["outcome"], code), message)
    rest: Mapping[str, JsonValue] = {key: value for key, value in report.items() if key != "notWritten"}
    return {
        **rest,
        "notWrittenGroups": [
            {"outcome": key[0], "code": key[1], "count": count, "sample": samples[key]}
            for key, count in groups.most_common()
        ],
    }
