"""`ziggy-sf-write write`: the block without a flow, for files of any size."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.edges import RowResult, row_results
from ziggy_sf_write.run.pipeline import Pipeline
from ziggy_sf_write.run.report import make_report
from ziggy_studio.cli.on_cluster import write_on_cluster
from ziggy_studio.cli.options import MODE, PROJECT
from ziggy_studio.cli.row_files import ReadableRows, is_csv, read_rows
from ziggy_studio.cli.row_outputs import RowFile, refuse_overlap, refuse_unwritable
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.show import print_json
from ziggy_studio.engine import Host
from ziggy_studio.errors import UsageProblem

_OUTPUTS = ("out", "invalid", "failed")
_NOT_MADE_IT = ("failed", "unprocessed", "unknown")
_NOT_WRITTEN = ("invalid", *_NOT_MADE_IT)
# One window is all that is in memory; at 200 records a call it is a hundred calls.
WINDOW = 20_000


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--connection", required=True, help="The connection's name.")
@click.option("--match-key", required=True, help="Id, an external id, or any other field that can be searched.")
@PROJECT
@MODE
@click.option("--update", is_flag=True, help="Update only; a row that matches nothing fails.")
@click.option(
    "--validate", is_flag=True, help="Check every row before it is sent. CSV is always checked: its cells are text."
)
@click.option("--dry-run", is_flag=True, help="Check and match, write nothing.")
@click.option("--properties", metavar="A,B", help="Write only these properties and the match key.")
@click.option("--api", type=click.Choice(["auto", "collections", "bulk"]), default="auto", help="Which API writes.")
@click.option("--concurrency", type=click.IntRange(1, 25), default=5, show_default=True, help="Calls at a time.")
@click.option("--max-failures", type=click.IntRange(0), default=0, help="Stop after so many failed writes; 0: never.")
@click.option("--namespace", help="Keep failed rows in this Data Store namespace too.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Written rows with their Id, as .csv or .jsonl. With --cluster: the folder for the outcomes of all rows.",
)
@click.option("--invalid", type=click.Path(path_type=Path), help="Rows that failed the check, with the reason.")
@click.option(
    "--failed", type=click.Path(path_type=Path), help="Rows that were not written otherwise, with the reason."
)
@click.option(
    "--cluster",
    metavar="ADDRESS|local[:N]",
    help="Write parts (FILE is a folder, a 'pattern' or a file) on a Dask cluster, or on N processes of this machine.",
)
@click.option("--results", type=click.Choice(["jsonl", "parquet"]), help="Kind of the outcomes; with --cluster only.")
@click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")
def write(object_name: str, file: Path, folder: Path, mode: str | None, is_json: bool, **options: JsonValue) -> None:  # noqa: FBT001 # click passes options so
    """Write a CSV, JSON or JSON Lines file of any size into Salesforce.

    The files of --out, --invalid and --failed hold rows with all of their own properties: CSV where they end in .csv
    or .tsv, else JSON Lines. What is added about a row is called `outcome`, `reason` and `code`, or `reason (2)` where
    the rows themselves have a `reason`.

    \b
    Exit codes:
      0  done
      1  ran, and ended in a fatal error, or some rows did not make it
      2  wrong usage, file or configuration, and nothing was sent

    \b
    Example:
      ziggy-sf-write write Account accounts.csv --connection sfDev --match-key Ext__c --failed failed.csv
      ziggy-sf-write write Account parts/ --connection sfDev --match-key Ext__c --cluster local:4 --out results
    """
    with open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True) as (host, _), ExitStack() as stack:
        if options["cluster"] is not None:
            config = _config(object_name, file, options)
            raise SystemExit(write_on_cluster(file, config, host, options, is_json=is_json))
        outputs = {name: path for name in _OUTPUTS if (path := options[name])}
        refuse_overlap(file, {f"--{name}": path for name, path in outputs.items()})
        rows = stack.enter_context(_rows_with_progress(file))
        try:
            run = RunContext.start(parse_config(_config(object_name, file, options)), _context(host))
        except ConfigError as err:
            raise UsageProblem(str(err)) from err
        pipeline = Pipeline(run)
        windows = pipeline.write(rows, window=WINDOW)
        refuse_unwritable(outputs.values())
        # Opening them empties them, so all that may be wrong with the rest comes first: also the first window.
        first = next(windows, None)
        if isinstance(run.guard.fatal, ConfigError):
            raise UsageProblem(str(run.guard.fatal))
        hand_on = _sorter(stack, outputs)
        for window in chain([first] if first else [], windows):
            for result in row_results(window):
                hand_on(result)
        error = str(run.guard.fatal) if run.guard.fatal is not None else None
        if rows.problem is not None:
            # Not raised: whoever has to correct the file needs to know what became of the rows before.
            error = error or f"{rows.problem} Neither this row nor those that follow it were sent."
    report = make_report(run.config, run.counts, client=run.client, progress=run.progress, choice=pipeline.choice)
    _print(report, error, is_json=is_json)
    if error is not None or any(report["counts"][name] for name in _NOT_WRITTEN):
        raise SystemExit(1)


def _config(object_name: str, file: Path, options: dict[str, JsonValue]) -> dict[str, JsonValue]:
    properties = options["properties"]
    return {
        "connection": options["connection"],
        "object": object_name,
        "upsert": not options["update"],
        "validate": options["validate"] or is_csv(file.name),
        "matchKey": options["match_key"],
        "properties": [name.strip() for name in properties.split(",")] if properties else [],
        "errorNamespace": options["namespace"],
        "advanced": {
            "api": options["api"],
            "concurrency": options["concurrency"],
            "maxFailures": options["max_failures"],
            "dryRun": options["dry_run"],
        },
    }


def _context(host: Host) -> JsonValue:
    return host.context_named("write", block_id="write", execution_id=uuid.uuid4().hex)


def _sorter(stack: ExitStack, outputs: dict[str, Path]) -> Callable[[RowResult], None]:
    """Hands each row to the file that wants it."""
    files = {name: stack.enter_context(RowFile(path)) for name, path in outputs.items()}

    def hand_on(result: RowResult) -> None:
        row = result.item if isinstance(result.item, dict) else {"row": result.item}
        if result.outcome == "written" and "out" in files:
            files["out"].add(row)
        elif result.outcome == "invalid" and "invalid" in files:
            files["invalid"].add(row, reason=result.reason, code=result.code)
        elif result.outcome in _NOT_MADE_IT and "failed" in files:
            files["failed"].add(row, outcome=result.outcome, reason=result.reason, code=result.code)

    return hand_on


@contextmanager
def _rows_with_progress(file: Path) -> Iterator[ReadableRows]:
    """The rows of a file, with a bar on stderr that shows how much of it was read."""
    try:
        size = file.stat().st_size
        opened = file.open("rb")
    except OSError as err:
        cure = "With --cluster, each of a folder's files is written." if file.is_dir() else "Check the path."
        raise UsageProblem(f"{file} cannot be read: {err.strerror}. {cure}") from err
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress, opened:
        task = progress.add_task(file.name, total=size)

        rows = read_rows(file.name, progress.wrap_file(opened, task_id=task))
        yield ReadableRows(rows, at_once=WINDOW, file=opened)


def _print(report: dict[str, JsonValue], error: str | None, *, is_json: bool) -> None:
    calls = {name: report["apiCalls"][name] for name in ("used", "byKind")}
    if is_json:
        told = {name: report[name] for name in ("verdict", "counts", "created", "updated")}
        print_json({**told, "api": report["api"]["name"], "apiCalls": calls, "error": error})
        return
    console = Console(soft_wrap=True)
    console.print(
        f"{report['created']} created, {report['updated']} updated, {calls['used']} API calls ({report['api']['name']})"
    )
    if error:
        console.print(f"[bold red]Fatal error[/]: {escape(error)}")
    console.print(escape(report["verdict"]["sentence"]))
