"""Rows through the block, as a plain function over an iterator: what Dask, Spark and Ray all can call.

Every engine runs a partition again when a worker dies, so a row that would become a record without a key is refused.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ziggy_sf_write.block.config import WriteConfig, parse_config
from ziggy_sf_write.contract import Config, Edge, ExecutionContext, HostError, Item, JsonValue
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.executor import execute
from ziggy_sf_write.salesforce.ids import ID_FIELD

# One window is all that is in memory; five Bulk batches of 10,000 records, or 250 calls of 200.
WINDOW = 50_000
NOT_WRITTEN = ("invalid", "failed", "unprocessed", "unknown")
PREVIEWED = ("wouldCreate", "wouldUpdate")

_REFUSAL = (
    "The row has no Id, so it would be created without a key. It was not sent: a partition is written again when its "
    "worker dies, and then this record would exist twice. Match by an external id, or write such rows on one machine."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row. In a dry run a row that would be written is `previewed`."""

    row: JsonValue
    outcome: str
    record_id: str | None = None
    reason: str = ""
    code: str = ""


@dataclass(slots=True, kw_only=True)
class Tally:
    """The reports of all windows, added up; `error` is what ended the writing."""

    counts: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    created: int = 0
    updated: int = 0
    api: str = "none"
    error: str | None = None

    def add(self, report: JsonValue) -> None:
        """Adds one window's report."""
        self.counts.update(report["counts"])
        self.calls.update(report["apiCalls"]["byKind"])
        self.created += report["created"]
        self.updated += report["updated"]
        if report["api"]["name"] != "none":
            self.api = report["api"]["name"]

    def add_rows(self, outcome: str, count: int) -> None:
        """Adds rows that never came to the block."""
        self.counts.update({"received": count, outcome: count})


def write_rows(
    rows: Iterable[JsonValue],
    config: Config,
    context: ExecutionContext,
    *,
    tally: Tally | None = None,
    window: int = WINDOW,
) -> Iterator[RowResult]:
    """Writes rows window by window and yields what became of each, in order.

    A fatal error ends the writing, not the reading: the rows that follow are unprocessed.

    Args:
        rows: dictionaries; rows of one key must come through the same call, or two writes of it may be under way.
        config: the block's configuration, as a flow stores it.
        context: connections, store, stop signal and log.
        tally: where the counts are added up.
        window: how many rows are in memory at once.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
    """
    parsed = parse_config(config)
    total = tally if tally is not None else Tally()
    iterator = iter(rows)
    while batch := list(islice(iterator, window)):
        reason = _ended(parsed, total)
        if reason is None:
            yield from _write_window(batch, _with_failures_left(config, parsed, total), context, total)
        else:
            total.add_rows("unprocessed", len(batch))
            yield from (_unprocessed(row, reason) for row in batch)


def _unprocessed(row: JsonValue, reason: str) -> RowResult:
    return RowResult(row=row, outcome="unprocessed", reason=reason, code="run_stopped")


def _ended(parsed: WriteConfig, total: Tally) -> str | None:
    most = parsed.advanced.max_failures
    if total.error is not None:
        return f"Not sent, because the run ended: {total.error}"
    if 0 < most <= total.counts["failed"]:
        return f"Not sent, because {total.counts['failed']} writes had failed before; the block stops after {most}."
    return None


def _with_failures_left(config: Config, parsed: WriteConfig, total: Tally) -> Config:
    """The configuration with what is left of `maxFailures`, which counts over all windows."""
    most = parsed.advanced.max_failures
    if not most:
        return config
    return {**config, "advanced": {**config.get("advanced", {}), "maxFailures": most - total.counts["failed"]}}


def _write_window(
    batch: list[JsonValue], config: Config, context: ExecutionContext, total: Tally
) -> Iterator[RowResult]:
    is_upsert_by_id = config.get("upsert", True) and config["matchKey"].lower() == ID_FIELD.lower()
    refused = {index for index, row in enumerate(batch) if is_upsert_by_id and is_create_without_key(row)}
    total.add_rows("failed", len(refused))
    sent = [row for index, row in enumerate(batch) if index not in refused] if refused else batch
    results = _execute(sent, config, context, total)
    for index, row in enumerate(batch):
        yield _refusal(row) if index in refused else next(results)


def is_create_without_key(row: JsonValue) -> bool:
    """Whether an upsert by Id would create a record from this row."""
    if not isinstance(row, dict):
        return False
    value = next((one for name, one in row.items() if str(name).lower() == ID_FIELD.lower()), None)
    return value is None or not str(value).strip()


def _refusal(row: Item) -> RowResult:
    return RowResult(row=row, outcome="failed", reason=_REFUSAL, code="create_without_key")


def _execute(batch: list[JsonValue], config: Config, context: ExecutionContext, total: Tally) -> Iterator[RowResult]:
    """Sends one window through the block; a generator only in what it hands on."""
    written: Iterator[JsonValue] = iter(())
    report = None
    try:
        result = execute(config, [Edge(index=0, items=batch)], context)
        report, written = result.report, iter(result.outputs[0])
    except HostError as err:
        total.error = str(err)
        if isinstance(err, WriteBlockError):
            report, written = err.report, iter(err.written)
    if report is None:
        total.add_rows("unprocessed", len(batch))
        return (_unprocessed(row, f"Not sent, because the run ended: {total.error}") for row in batch)
    total.add(report)
    return _results(batch, report, written)


def _results(batch: list[JsonValue], report: JsonValue, written: Iterator[JsonValue]) -> Iterator[RowResult]:
    lines = {line["index"]: line for line in report["notWritten"]}
    outcome = "previewed" if report["dryRun"] else "written"
    for index, row in enumerate(batch):
        line = lines.get(index)
        if line is None:
            item = next(written, row)
            yield RowResult(row=item, outcome=outcome, record_id=_id_of(item))
        else:
            yield RowResult(
                row=row,
                outcome=line["outcome"],
                reason=" ".join(error["message"] for error in line["errors"]),
                code=" ".join(error["code"] for error in line["errors"]),
            )


def _id_of(item: Item) -> str | None:
    return next((str(value) for name, value in item.items() if name.lower() == "id" and value), None)
