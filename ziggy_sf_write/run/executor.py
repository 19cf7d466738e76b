"""The hook's side of a run: edges in, two edges and a report out."""

from collections.abc import Sequence

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import BlockResult, Config, Edge, ExecutionContext, JsonValue
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.edges import primary_items, report_lines, second_edge_items, written_items
from ziggy_sf_write.run.pipeline import Pipeline
from ziggy_sf_write.run.report import make_report, too_many_not_written


def execute(config: Config, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
    """Writes the items of the primary edge and answers with two edges and a report.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
        NotWrittenError: more was not written than the configuration allows.
        WriteBlockError: the run could not be begun or continued; its `report` accounts for every item.
    """
    run = RunContext.start(parse_config(config), context)
    pipeline = Pipeline(run)
    first: list[JsonValue] = []
    second: list[JsonValue] = []
    not_written: list[JsonValue] = []
    for window in pipeline.write(primary_items(edges)):
        first += written_items(window)
        second += second_edge_items(window, run.config)
        not_written += report_lines(window)
    report = make_report(
        run.config,
        run.counts,
        client=run.client,
        progress=run.progress,
        choice=pipeline.choice,
        preview=pipeline.preview,
        not_written=not_written,
        wired_outputs=run.host.wired_outputs,
    )
    if run.config.advanced.previous_values and not run.config.advanced.dry_run:
        report["undoRun"] = run.host.execution_id
    run.progress.say(report["verdict"]["sentence"], is_complete=report["verdict"]["state"] == "complete")
    fatal = run.guard.fatal or too_many_not_written(run.config, report["counts"])
    if fatal is not None:
        fatal.report, fatal.written = report, first
        raise fatal
    return BlockResult(outputs=(first, second), report=report)
