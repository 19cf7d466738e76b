"""`ziggy-sf-write write`: the block without a flow, for files of any size."""

import sys
import uuid
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import click

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import Pipeline
from ziggy_sf_write.run.report import make_report, too_many_not_written
from ziggy_studio.cli.account import Account, command_to_go_on, print_account
from ziggy_studio.cli.on_cluster import write_on_cluster
from ziggy_studio.cli.options import CONNECTION, JSON, MODE, PROJECT, mapping, read_options, reading
from ziggy_studio.cli.progress_bar import ProgressBar
from ziggy_studio.cli.row_sorter import RowFiles, RowSorter, beside
from ziggy_studio.cli.session import StopSignal, open_host
from ziggy_studio.cli.settings_options import config_of, setting_options
from ziggy_studio.cli.target import connection_name, start_run
from ziggy_studio.engine import Host
from ziggy_studio.rows import ReadOptions, RowSource, WholeWindows, clearing_cells, open_rows
from ziggy_studio.rows.mapping import read_mapping, refuse_unknown_columns
from ziggy_studio.rows.outputs import refuse_overlap, refuse_unwritable
from ziggy_studio.rows.source import STDIN

# One window is all that is in memory; at 200 records a call it is 250 calls, and its slowest is waited for. A Bulk job
# costs a dozen calls and some seconds whatever its size, so it takes more.
WINDOW, BULK_WINDOW = 50_000, 100_000
_OUTPUTS = ("out", "invalid", "failed")


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@CONNECTION
@PROJECT
@MODE
@reading
@mapping
@click.option("--update", is_flag=True, help="Update only; a row that matches nothing fails. The same as --no-upsert.")
@setting_options()
@click.option("--out", type=click.Path(path_type=Path), help="Written rows with their Id, as .csv or .jsonl. With "
              "--cluster: the folder for the outcomes of all rows.")  # fmt: skip
@click.option("--invalid", type=click.Path(path_type=Path), help="Rows that failed the check, with the reason.")
@click.option("--failed", type=click.Path(path_type=Path), help="Rows that were not written otherwise, with the "
              "reason. Without it such a file is made beside FILE when there are any.")  # fmt: skip
@click.option("--spreadsheet-safe", is_flag=True, help="Put an apostrophe before cells of CSV files that a "
              "spreadsheet would run as a formula. Such files are not fit to be loaded again.")  # fmt: skip
@click.option(
    "--cluster",
    metavar="ADDRESS|local[:N]",
    help="Write parts (FILE is a folder, a 'pattern' or a file) on a Dask cluster, or on N processes of this machine.",
)
@click.option("--results", type=click.Choice(["jsonl", "parquet"]), help="Kind of the outcomes; with --cluster only.")
@JSON
def write(object_name: str, file: Path, folder: Path, mode: str | None, is_json: bool, **options: JsonValue) -> None:  # noqa: FBT001 # click passes options so
    """Write a file of any size into Salesforce.

    FILE is CSV or TSV in any usual dialect and encoding, JSON, JSON Lines, a workbook (XLSX, ODS), Parquet or Arrow,
    gzip of each, the folder of an export, or - for the standard input. In a CSV file #N/A clears a field, and an empty
    cell leaves it alone (--empty clear clears it).

    The files of --out, --invalid and --failed hold rows with all of their own properties: CSV where they end in .csv
    or .tsv, else JSON Lines. What is added about a row is called `row`, `outcome`, `reason` and `code`, or
    `reason (2)` where the rows themselves have a `reason`.

    New records only: --match-key Id, and no column Id.

    \b
    Exit codes:
      0  done, every row was written
      1  ran, and ended in a fatal error, or some rows did not make it
      2  wrong usage, file, connection, login or configuration, and nothing was sent
      129, 130, 143  stopped by a signal

    \b
    Example:
      ziggy-sf-write write Account accounts.csv --match-key Ext__c --failed failed.csv
      ziggy-sf-write write Account parts/ --match-key Ext__c --cluster local:4 --out results
    """
    if options.pop("update"):
        options["upsert"] = False
    keeps = any(options[name] for name in ("error_namespace", "previous_values", "cluster"))
    with open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=not keeps) as (
        host,
        _,
    ):
        if options["cluster"] is not None:
            name = connection_name(host.project, options["connection"])
            config = config_of(options, object=object_name, connection=name)
            config["advanced"]["fieldMapping"] = read_mapping(options["maps"])
            raise SystemExit(write_on_cluster(file, config, host, options, is_json=is_json))
        account = _write(object_name, file, host, options)
    was_read = print_account(account, is_json=is_json)
    raise SystemExit(account.exit_code or int(not was_read))


def _write(object_name: str, file: Path, host: Host, options: dict[str, JsonValue]) -> Account:
    """Writes the file, and tells what became of it.

    Raises:
        HostError: something is wrong that is known before anything is sent.
    """
    host.store.namespaces()  # one that is there and cannot be used is told before anything is sent
    outputs = {name: path for name in _OUTPUTS if (path := options[name])}
    refuse_overlap(file, {f"--{name}": path for name, path in outputs.items()})
    as_told = read_options(options, object_name)
    where = Path("stdin") if str(file) == STDIN else file
    with ExitStack() as stack:
        source = stack.enter_context(open_rows(file, as_told))
        rows = WholeWindows(source.rows, size=WINDOW, file=source.file, total=source.size)
        config = config_of(options, object=object_name, connection=connection_name(host.project, options["connection"]))
        config["validate"] = bool(config.get("validate")) or source.has_text_cells
        config["advanced"]["fieldMapping"] = read_mapping(options["maps"])
        if source.has_text_cells:
            refuse_unknown_columns(config["advanced"]["fieldMapping"], rows.columns())
        bar = ProgressBar(where.name)
        host.on_progress = bar.update
        context = host.context_named("write", block_id="write", execution_id=uuid.uuid4().hex)
        run = start_run(config, context, left_out_of=rows.columns() if options["ignore_unknown"] else ())
        bar.org = run.client.org
        _say_what_was_found(file, source, as_told)
        refuse_unwritable(outputs.values())
        files = RowFiles(
            **{name: options[name] for name in _OUTPUTS}, beside=beside(where, datetime.now().astimezone())
        )
        sorter = RowSorter(
            files,
            run.config,
            on_problem=host.cancelled.set,
            is_spreadsheet_safe=options["spreadsheet_safe"],
        )
        with bar, sorter:
            report = _write_rows(run, rows, sorter)
    fatal = run.guard.fatal or too_many_not_written(run.config, report["counts"])
    unreadable = f"{rows.problem} Neither this row nor those that follow it were sent." if rows.problem else None
    problems = [str(one) for one in (fatal, unreadable, sorter.problem) if one is not None]
    stop = host.cancelled if isinstance(host.cancelled, StopSignal) else StopSignal()
    left = sorter.paths.get("failed") if stop.number or problems else None
    return Account(
        report=report,
        error=" ".join(problems) or None,
        sorter=sorter,
        stop=stop,
        go_on=command_to_go_on(sys.argv[1:], file, left),
        undo_run=run.host.execution_id if run.config.advanced.previous_values and report["counts"]["written"] else None,
    )


def _write_rows(run: RunContext, rows: WholeWindows, sorter: RowSorter) -> dict[str, JsonValue]:
    pipeline = Pipeline(run)
    for window in pipeline.write(rows, window=WINDOW, bulk_window=BULK_WINDOW, on_written=sorter.written):
        sorter.settled(window)
        if run.guard.reason() is not None:
            rows.stop()
        del window  # else the next one is read while this one is still held
    reason = run.guard.reason()
    unread = reason.message if reason is not None else "Not sent, because a later row of its window cannot be read."
    sorter.unread(run.counts.received, rows.remaining(), unread)
    return make_report(
        run.config,
        run.counts,
        client=run.client,
        progress=run.progress,
        choice=pipeline.choice,
        preview=pipeline.preview,
    )


def _say_what_was_found(file: Path, source: RowSource, reading: ReadOptions) -> None:
    """On stderr: what the file was taken for, and how many cells of which columns clear their field."""
    click.echo(f"{source.name}: {source.found}", err=True)
    if source.may_clear:
        counts = clearing_cells(file, reading)
        told = ", ".join(f"{count:,} of {name}" for name, count in counts.items())
        click.echo(f"{source.name}: #N/A clears {told or 'nothing'}", err=True)
