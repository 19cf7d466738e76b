"""The block without a flow: rows of any number go through it in windows, and what became of each is handed on."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ziggy_sf_write.contract import Config, Edge, ExecutionContext, JsonValue
from ziggy_sf_write.errors import ConfigError, StoreError, WriteBlockError
from ziggy_sf_write.run.executor import execute
from ziggy_sf_write.run.job_book import JobBook
from ziggy_sf_write.run.stream import Stream

# One window is all that is in memory; at 200 records a call it is a hundred calls.
WINDOW = 20_000


@dataclass(slots=True)
class LoadReport:
    """The reports of all windows, added up."""

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

    @property
    def is_whole(self) -> bool:
        """Whether every row made it."""
        missing = ("invalid", "failed", "unprocessed", "unknown")
        return self.error is None and not any(self.counts[name] for name in missing)

    def to_json(self) -> dict[str, JsonValue]:
        """The report as `write --json` prints it."""
        return {
            "counts": dict(self.counts),
            "created": self.created,
            "updated": self.updated,
            "api": self.api,
            "apiCalls": {"used": sum(self.calls.values()), "byKind": dict(self.calls)},
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row; `reason` is empty and `row` has its Id where it was written."""

    row: JsonValue
    outcome: str
    reason: str = ""
    codes: str = ""


def load(
    rows: Iterable[JsonValue],
    config: Config,
    context: ExecutionContext,
    *,
    hand_on: Callable[[RowResult], None],
    window: int = WINDOW,
    expected: Callable[[int], int] = lambda _read: 0,
) -> LoadReport:
    """Writes rows window by window; every row is handed on with its outcome, in order.

    A fatal error ends the writing, not the reading: the rows that follow are handed on as unprocessed. `expected`
    says, when so many rows were read, how many are likely to be still to come.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
    """
    total = LoadReport()
    most = config.get("advanced", {}).get("maxFailures", 0)
    stream = Stream(book=JobBook(context.store, flow=context.flow_name, block=context.block_id))
    rows_read = 0
    batches = _batches(rows, window)
    for batch in batches:
        rows_read += len(batch)
        stream.expected = len(batch) + expected(rows_read)
        limited = _with_most_failures(config, most - total.counts["failed"])
        for result in _write_window(batch, limited, context, total=total, stream=stream):
            hand_on(result)
        if total.error is not None or 0 < most <= total.counts["failed"]:
            break
    reason = f"Not sent: {total.error or f'{most} writes had failed before.'}"
    for batch in batches:
        total.counts.update(received=len(batch), unprocessed=len(batch))
        for row in batch:
            hand_on(RowResult(row=row, outcome="unprocessed", reason=reason, codes="run_stopped"))
    try:
        stream.book.close()
    except StoreError as err:
        total.error = total.error or str(err)
    return total


def _write_window(
    batch: list[JsonValue], config: Config, context: ExecutionContext, *, total: LoadReport, stream: Stream
) -> Iterator[RowResult]:
    written: Iterator[JsonValue] = iter(())
    try:
        result = execute(config, [Edge(index=0, items=batch)], context, stream=stream)
        report, written = result.report, iter(result.outputs[0])
    except ConfigError:
        raise
    except WriteBlockError as err:
        total.error, report = str(err), err.report
    if report is None:
        return
    total.add(report)
    reasons = {line["index"]: line for line in report["notWritten"]}
    for index, row in enumerate(batch):
        line = reasons.get(index)
        if line is None:
            yield RowResult(row=next(written, row), outcome="written")
        else:
            messages = " ".join(error["message"] for error in line["errors"])
            codes = " ".join(error["code"] for error in line["errors"])
            yield RowResult(row=row, outcome=line["outcome"], reason=messages, codes=codes)


def _with_most_failures(config: Config, most: int) -> Config:
    """The configuration with what is left of `maxFailures`, which counts over all windows."""
    return {**config, "advanced": {**config.get("advanced", {}), "maxFailures": most}} if most > 0 else config


def _batches(rows: Iterable[JsonValue], size: int) -> Iterator[list[JsonValue]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
