"""Rows through the block, as a plain function over an iterator: what a command and every engine can call."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ziggy_sf_write.block.config import WriteConfig, parse_config
from ziggy_sf_write.contract import Config, Edge, ExecutionContext, HostError, Item, JsonValue
from ziggy_sf_write.errors import ConfigError, StoreError, WriteBlockError
from ziggy_sf_write.run.executor import execute
from ziggy_sf_write.run.job_book import JobBook
from ziggy_sf_write.run.stream import Stream

# One window is all that is in memory; at 200 records a call it is a hundred calls.
WINDOW = 20_000
NOT_WRITTEN = ("invalid", "failed", "unprocessed", "unknown")
PREVIEWED = ("wouldCreate", "wouldUpdate")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row. In a dry run a row that would be written is `previewed`; a written one has its Id."""

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

    @property
    def is_whole(self) -> bool:
        """Whether every row made it."""
        return self.error is None and not any(self.counts[name] for name in NOT_WRITTEN)

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

    def to_json(self) -> dict[str, JsonValue]:
        """The sums as `write --json` prints them."""
        return {
            "counts": dict(self.counts),
            "created": self.created,
            "updated": self.updated,
            "api": self.api,
            "apiCalls": {"used": sum(self.calls.values()), "byKind": dict(self.calls)},
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row is not even handed to the block."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOptions:
    """How rows are written.

    `window` is how many are in memory at once. `expected` says, when so many rows were read, how many are likely to be
    still to come: they count for the calls that are needed. `refuse` names rows that must not be sent; they count as
    failed.
    """

    window: int = WINDOW
    expected: Callable[[int], int] = lambda _read: 0
    refuse: Callable[[JsonValue], Refusal | None] = lambda _row: None


_DEFAULT_OPTIONS = RowOptions()


def write_rows(
    rows: Iterable[JsonValue],
    config: Config,
    context: ExecutionContext,
    *,
    tally: Tally | None = None,
    options: RowOptions = _DEFAULT_OPTIONS,
) -> Iterator[RowResult]:
    """Writes rows window by window and yields what became of each, in order.

    A fatal error ends the writing, not the reading: the rows that follow are unprocessed.

    Args:
        rows: dictionaries; rows of one key must come through the same call, or two writes of it may be under way.
        config: the block's configuration, as a flow stores it.
        context: connections, store, stop signal and log.
        tally: where the counts are added up.
        options: how.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
    """
    return _Writing(config, context, tally or Tally(), options).write(rows)


class _Writing:
    def __init__(self, config: Config, context: ExecutionContext, tally: Tally, options: RowOptions) -> None:
        self._parsed: WriteConfig = parse_config(config)
        self._config = config
        self._context = context
        self._tally = tally
        self._options = options
        self._stream = Stream(book=JobBook(context.store, flow=context.flow_name, block=context.block_id))

    def write(self, rows: Iterable[JsonValue]) -> Iterator[RowResult]:
        iterator, rows_read = iter(rows), 0
        while batch := list(islice(iterator, self._options.window)):
            rows_read += len(batch)
            self._stream.expected = len(batch) + self._options.expected(rows_read)
            yield from self._write_window(batch)
        try:
            self._stream.book.close()
        except StoreError as err:
            self._tally.error = self._tally.error or str(err)

    def _why_it_has_ended(self) -> Refusal | None:
        most, failed = self._parsed.advanced.max_failures, self._tally.counts["failed"]
        if self._tally.error is not None:
            return _ended_by(self._tally.error)
        if 0 < most <= failed:
            reason = f"Not sent, because {failed} writes had failed before; the block stops after {most}."
            return Refusal(code="max_failures", reason=reason)
        return None

    def _leave(self, batch: list[JsonValue], ended: Refusal) -> Iterator[RowResult]:
        self._tally.add_rows("unprocessed", len(batch))
        return (RowResult(row=row, outcome="unprocessed", reason=ended.reason, code=ended.code) for row in batch)

    def _write_window(self, batch: list[JsonValue]) -> Iterator[RowResult]:
        refused = {index: refusal for index, row in enumerate(batch) if (refusal := self._options.refuse(row))}
        self._tally.add_rows("failed", len(refused))
        if not refused:
            yield from self._execute(batch)
            return
        results = self._execute([row for index, row in enumerate(batch) if index not in refused])
        for index, row in enumerate(batch):
            refusal = refused.get(index)
            if refusal is None:
                yield next(results)
            else:
                yield RowResult(row=row, outcome="failed", reason=refusal.reason, code=refusal.code)

    def _execute(self, batch: list[JsonValue]) -> Iterator[RowResult]:
        """Sends one window through the block unless the writing has ended; a generator only in what it hands on."""
        ended = self._why_it_has_ended()
        if ended is not None:
            return self._leave(batch, ended)
        written: Iterator[JsonValue] = iter(())
        report = None
        edge = Edge(index=0, items=batch)
        try:
            result = execute(self._with_failures_left(), [edge], self._context, stream=self._stream)
            report, written = result.report, iter(result.outputs[0])
        except ConfigError:
            raise
        except HostError as err:
            self._tally.error = str(err)
            if isinstance(err, WriteBlockError):
                report, written = err.report, iter(err.written)
        if report is None:
            return self._leave(batch, _ended_by(self._tally.error))
        self._tally.add(report)
        return _results(batch, report, written)

    def _with_failures_left(self) -> Config:
        """The configuration with what is left of `maxFailures`, which counts over all windows."""
        most = self._parsed.advanced.max_failures
        if not most:
            return self._config
        left = most - self._tally.counts["failed"]
        return {**self._config, "advanced": {**self._config.get("advanced", {}), "maxFailures": left}}


def _ended_by(error: str | None) -> Refusal:
    return Refusal(code="run_stopped", reason=f"Not sent, because the run ended: {error}")


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
    return next((str(value) for name, value in item.items() if str(name).lower() == "id" and value), None)
