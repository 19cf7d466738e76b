"""The hook's side of a run: edges in, two edges and a report out; at once, or part by part."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import BlockResult, Config, Edge, ExecutionContext, JsonValue
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.edges import primary_items, report_lines, second_edge_items, written_items
from ziggy_sf_write.run.pipeline import Pipeline
from ziggy_sf_write.run.report import make_report, too_many_not_written


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

    def parts(self, items: Iterable[JsonValue], *, window: int | None = None) -> Iterator[Part]:
        """Writes the items; `window` is how many of them are held at once, None for as many as suit the API."""
        config = self._run.config
        for one in self._pipeline.write(items, window=window):
            yield Part(written_items(one), second_edge_items(one, config), report_lines(one))

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
