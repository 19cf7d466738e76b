"""Prints runs: for a machine as JSON, for a person as tables; progress goes to stderr."""

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ziggy_sf_write.contract import JsonValue, Progress
from ziggy_sf_write.json_text import to_json
from ziggy_studio.cli.text import printable
from ziggy_studio.engine import FlowRun
from ziggy_studio.flow import Flow

_MOST_SHOWN = 20
_OF_A_WRITE = ("operation", "object", "matchKey", "created", "updated", "apiCalls")
_ALWAYS_SHOWN = ("received", "written", "invalid", "failed")


def run_as_json(flow: Flow, run: FlowRun) -> dict[str, JsonValue]:
    """The run as `run --json` prints it."""
    return {
        "status": run.status.value,
        "error": run.error,
        "ms": run.ms,
        "edges": [
            {
                "id": edge.id,
                "source": edge.source,
                "sourceHandle": edge.source_handle,
                "target": edge.target,
                "targetHandle": edge.target_handle,
                "count": len(run.payloads.get(edge.id, ())),
                "payload": list(run.payloads.get(edge.id, ())),
            }
            for edge in flow.edges
        ],
        "blocks": run.blocks_as_json(),
    }


def print_run(flow: Flow, run: FlowRun) -> None:
    """The edges with their items, then each block's report; how the run ended stands last."""
    console = Console(soft_wrap=True)
    console.print(f"[bold]{escape(flow.name)}[/]: {run.status.value} in {run.ms} ms\n")
    for edge in flow.edges:
        title = escape(f"{edge.source} {edge.source_handle} → {edge.target}")
        _print_items(console, title, run.payloads.get(edge.id, ()))
    for block in run.blocks:
        if isinstance(block.report, dict) and isinstance(block.report.get("counts"), Mapping):
            console.print()
            _print_report(console, block.id, block.report)
    if run.error:
        where = f" in block {escape(run.error['block'])}" if "block" in run.error else ""
        console.print(f"\n[bold red]Fatal error[/]{where}: {escape(printable(run.error['message']))}")
    console.print(f"\n{escape('; '.join([run.status.value, *_verdicts(run)]))}")


def _verdicts(run: FlowRun) -> list[str]:
    """What each block that writes says of what came to it."""
    reports = [(block.id, block.report) for block in run.blocks if isinstance(block.report, dict)]
    return [f"{name}: {report['verdict']['sentence']}" for name, report in reports if "verdict" in report]


def print_records(title: str, records: Sequence[Mapping[str, JsonValue]]) -> None:
    """Records of an org as a table; all of them must have the same fields."""
    table = Table(title=escape(title), title_justify="left")
    for name in records[0] if records else ():
        table.add_column(escape(name))
    for record in records[:_MOST_SHOWN]:
        table.add_row(*(escape(printable(str(value))) for value in record.values()))
    Console(soft_wrap=True).print(table)


def print_progress(block_id: str, progress: Progress) -> None:
    """One line on stderr; on a terminal it takes the place of the one before."""
    failures = f", {progress.failures} failed" if progress.failures else ""
    line = f"{block_id}: {progress.phase} {progress.done}/{progress.total}{failures}"
    sys.stderr.write(f"\r\x1b[K{line}" if sys.stderr.isatty() else f"{line}\n")
    sys.stderr.flush()


def _print_items(console: Console, title: str, items: Sequence[JsonValue]) -> None:
    console.print(f"[bold]({len(items)})[/] {title}")
    for item in items[:_MOST_SHOWN]:
        console.print(f"    {escape(printable(to_json(item)))}")
    if len(items) > _MOST_SHOWN:
        console.print(f"    … and {len(items) - _MOST_SHOWN} more")


def _print_report(console: Console, block_id: str, report: Mapping[str, JsonValue]) -> None:
    """The counts and what was not written; of a write, what else its report has. Other plugins' reports have less."""
    is_write = all(key in report for key in _OF_A_WRITE)
    what = f": {report['operation']} {report['object']} by {report['matchKey']}" if is_write else ""
    table = Table(title=escape(f"{block_id}{what}"), title_justify="left", show_header=False)
    for name, count in report["counts"].items():
        if count or name in _ALWAYS_SHOWN:
            table.add_row(escape(str(name)), escape(str(count)))
    console.print(table)
    if is_write:
        console.print(_calls(report))
    if "verdict" in report:
        console.print(escape(report["verdict"]["sentence"]))
    entries = report.get("notWritten", [])
    for line in entries[:_MOST_SHOWN]:
        for error in line["errors"]:
            text = f"  item {line['index'] + 1} {line['outcome']}: {error['message']} ({error['code']})"
            console.print(escape(printable(text)))
    if len(entries) > _MOST_SHOWN:
        console.print(f"  … and {len(entries) - _MOST_SHOWN} more; --json has them all")


def _calls(report: Mapping[str, JsonValue]) -> str:
    calls = report["apiCalls"]
    left = f", {calls['orgLimit'] - calls['orgUsed']} left for the org today" if calls["orgUsed"] is not None else ""
    noun = "call" if calls["used"] == 1 else "calls"
    return f"{report['created']} created, {report['updated']} updated, {calls['used']} API {noun}{left}"
