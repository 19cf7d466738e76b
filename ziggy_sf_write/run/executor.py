"""The hook's side of a run: edges in, two edges, row results and a report out; at once, or part by part."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ziggy_sf_write.block.config import WriteConfig, parse_config
from ziggy_sf_write.contract import BlockResult, Config, Edge, ExecutionContext, JsonValue
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.outcomes import Outcome, Reason, Window, sentence
from ziggy_sf_write.run.pipeline import Pipeline
from ziggy_sf_write.run.report import make_report, too_many_not_written
from ziggy_sf_write.salesforce.ids import ID_FIELD

_SPELLINGS_OF_ID = (ID_FIELD, "id", "ID", "iD")


@dataclass(frozen=True, slots=True)
class Part:
    """What leaves with one window: items for edge 0 and edge 1, and the report's lines about those not written."""

    written: Iterator[JsonValue]
    second: Iterator[JsonValue]
    not_written: Iterator[JsonValue]


class Execution:
    """One run of the block for whoever takes its edges as they come: first `parts`, to their end, then `report`."""

    def __init__(self, config: Config, context: ExecutionContext) -> None:
        """Raises `ConfigError` where the configuration is wrong, `HostError` where the connection cannot be had."""
        self._run = RunContext.start(parse_config(config), context)
        self._pipeline = Pipeline(self._run)

    def parts(
        self, items: Iterable[JsonValue], *, window: int | None = None, bulk_window: int | None = None
    ) -> Iterator[Part]:
        """Writes the items; `window` is how many of them are held at once, None for as many as suit the API, and
        `bulk_window` how many where they go into Bulk jobs, None for as many.
        """
        # Not a loop, whose variable would hold a window while the next one is read.
        return map(self._part, self._pipeline.write(items, window=window, bulk_window=bulk_window))

    def report(self, not_written: Sequence[JsonValue] = ()) -> dict[str, JsonValue]:
        """The report, with these lines, when all parts have been taken.

        Raises:
            NotWrittenError: more was not written than the configuration allows.
            WriteBlockError: the run could not be begun or continued; its `report` accounts for every item.
        """
        run = self._run
        report = make_report(
            run.config,
            run.counts,
            client=run.client,
            progress=run.progress,
            choice=self._pipeline.choice,
            preview=self._pipeline.preview,
            not_written=not_written,
            wired_outputs=run.host.wired_outputs,
        )
        if run.config.advanced.previous_values and not run.config.advanced.dry_run:
            report["undoRun"] = run.host.execution_id
        run.progress.say(report["verdict"]["sentence"], is_complete=report["verdict"]["state"] == "complete")
        fatal = run.guard.fatal or too_many_not_written(run.config, report["counts"])
        if fatal is not None:
            fatal.report = report
            raise fatal
        return report

    def _part(self, window: Window) -> Part:
        return Part(written_items(window), second_edge_items(window, self._run.config), report_lines(window))


def execute(config: Config, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
    """Writes the items of the primary edge and answers with two edges and a report.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
        NotWrittenError: more was not written than the configuration allows.
        WriteBlockError: the run could not be begun or continued; its `report` accounts for every item.
    """
    run = Execution(config, context)
    first: list[JsonValue] = []
    second: list[JsonValue] = []
    not_written: list[JsonValue] = []
    for part in run.parts(primary_items(edges)):
        first += part.written
        second += part.second
        not_written += part.not_written
    try:
        report = run.report(not_written)
    except WriteBlockError as fatal:
        fatal.written = first
        raise
    return BlockResult(outputs=(first, second), report=report)


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one item: with its Id added where it was written, with reasons where it was not.

    `index` counts from 0 over the whole stream; `outcome` is a name of the report's counts.
    """

    index: int
    item: JsonValue
    outcome: str
    record_id: str | None
    reasons: tuple[Reason, ...]

    @property
    def reason(self) -> str:
        """All reasons as one text."""
        return sentence(self.reasons)

    @property
    def code(self) -> str:
        """Their codes, with a space between them."""
        return " ".join(reason.code for reason in self.reasons)


def primary_items(edges: Sequence[Edge]) -> Sequence[JsonValue]:
    """The items of edge 0, the one that blocks read; none where nothing is wired. An object is an array of one."""
    primary = min(edges, key=lambda edge: edge.index, default=None)
    if primary is None:
        return ()
    return (primary.items,) if isinstance(primary.items, dict) else primary.items


def written_items(window: Window) -> Iterator[JsonValue]:
    """For edge 0: the written items, each with its 18-character Id."""
    ledger, ids = window.ledger, window.ledger.record_ids()
    if ledger.is_all_written:
        return map(_with_id, window.items, ids)
    kept = set(ledger.not_written())
    return (_with_id(item, ids[at]) for at, item in enumerate(window.items) if at not in kept)


def second_edge_items(window: Window, config: WriteConfig) -> Iterator[JsonValue]:
    """For edge 1: invalid items, and failed, unprocessed and unknown ones, as far as the configuration wants them."""
    ledger, items, wanted = window.ledger, window.items, set()
    if config.validate and config.invalid_to_second_edge:
        wanted.add(Outcome.INVALID)
    if config.advanced.failed_to_second_edge:
        wanted |= {Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN}
    chosen = (index for index in ledger.not_written() if ledger.outcome(index) in wanted)
    if config.advanced.with_reasons:
        return ({"reason": sentence(ledger.reasons(index)), "data": items[index]} for index in chosen)
    return (items[index] for index in chosen)


def row_results(window: Window, indices: Iterable[int] | None = None) -> Iterator[RowResult]:
    """What became of each item of the window, in input order, or of those at these places in theirs."""
    ledger = window.ledger
    for at in range(len(window.items)) if indices is None else indices:
        item, reasons, record_id = window.items[at], ledger.reasons(at), ledger.record_id(at)
        shown = item if reasons else _with_id(item, record_id)
        yield RowResult(window.first + at, shown, ledger.outcome(at).label, record_id, reasons)


def report_lines(window: Window) -> Iterator[JsonValue]:
    """The report's lines about the items that were not written."""
    ledger = window.ledger
    for at in ledger.not_written():
        errors = [reason.to_json() for reason in ledger.reasons(at)]
        yield {"index": window.first + at, "outcome": ledger.outcome(at).label, "errors": errors}


def _with_id(item: JsonValue, record_id: str | None) -> JsonValue:
    if record_id is None:
        return item
    # Field names have no case in Salesforce: an item with "id" is completed there, not given a second one.
    for key in _SPELLINGS_OF_ID:
        if key in item:
            return item if item[key] == record_id else {**item, key: record_id}
    return {**item, ID_FIELD: record_id}
