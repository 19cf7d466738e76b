"""`ziggy-sf-write check`: validation only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_studio.cli.options import CONNECTION, JSON, MODE, PROJECT, mapping, read_options, reading
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.settings_options import config_of, setting_options
from ziggy_studio.cli.target import connection_name, start_run
from ziggy_studio.cli.text import print_json, printable
from ziggy_studio.rows import WholeWindows, open_rows
from ziggy_studio.rows.mapping import read_mapping, refuse_unknown_columns

_MOST_SHOWN = 50
_WINDOW = 10_000
# Settings that say nothing about a check.
_FOR_WRITING = frozenset(
    {
        "validate", "errorNamespace", "api", "batchSize", "concurrency", "bulkThreshold", "allOrNone", "duplicateRules",
        "assignmentRuleId", "reserveApiCalls", "maxFailures", "failAbove", "dryRun", "doubtTime",
        "compare", "overwrite", "previousValues", "keepPreviousDays",
    }
)  # fmt: skip


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@CONNECTION
@PROJECT
@MODE
@reading
@mapping
@click.option("--update", is_flag=True, help="Check for an update; else for an upsert. The same as --no-upsert.")
@setting_options(without=_FOR_WRITING)
@JSON
def check(object_name: str, file: Path, folder: Path, mode: str | None, is_json: bool, **options: JsonValue) -> None:  # noqa: FBT001 # click passes options so
    """Check a file's rows against the org's own description of an object, and write nothing.

    It takes the files that `write` takes, and judges match key and properties as it does.

    \b
    Exit codes:
      0  every row is suitable
      1  some rows are not
      2  wrong usage, file or configuration, or a refused login

    \b
    Example:
      ziggy-sf-write check Account accounts.csv --match-key Ext__c
    """
    if options.pop("update"):
        options["upsert"] = False
    options["match_key"] = options["match_key"] or ID_FIELD
    rows = 0
    problems: list[dict[str, JsonValue]] = []
    with (
        open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True) as (host, _),
        open_rows(file, read_options(options, object_name)) as source,
    ):
        name = connection_name(host.project, options["connection"])
        config = config_of(options, object=object_name, connection=name, validate=True)
        config["advanced"]["fieldMapping"] = read_mapping(options["maps"])
        windows = WholeWindows(source.rows, size=_WINDOW, file=source.file, total=source.size)
        if source.has_text_cells:
            refuse_unknown_columns(config["advanced"]["fieldMapping"], windows.columns())
        context = host.context_named("check", block_id="check", execution_id="")
        run = start_run(config, context, left_out_of=windows.columns() if options["ignore_unknown"] else ())
        click.echo(f"{source.name}: {source.found}", err=True)
        with fatal_for(run.config.object, doing="read", cure="Check the rows again later."):
            for rows, found in enumerate(_check_rows(windows, run), start=1):
                problems += ({"row": rows, "index": rows - 1, **problem} for problem in found)
        if windows.problem is not None:
            raise windows.problem
    if is_json:
        print_json({"rows": rows, "invalid": len({one["row"] for one in problems}), "problems": problems})
    else:
        _print(rows, problems)
    if problems:
        raise SystemExit(1)


def _check_rows(rows: Iterable[JsonValue], run: RunContext) -> Iterator[list[dict[str, JsonValue]]]:
    """The problems of each row, in order; a row without any has an empty list."""
    describe, _ = describe_target(run.config, run.client)
    checks = Checks(run.config, run.client, describe)
    iterator = iter(rows)
    while batch := list(islice(iterator, _WINDOW)):
        checks.prepare(batch)
        for row in batch:
            _, reasons = checks.check(row)
            yield [{"field": next(iter(one.fields), None), "code": one.code, "message": one.message} for one in reasons]


def _print(rows: int, problems: list[dict[str, JsonValue]]) -> None:
    console = Console(soft_wrap=True)
    invalid = len({one["row"] for one in problems})
    console.print(f"{rows} rows, {invalid} with problems")
    if not problems:
        return
    for code, count in Counter(one["code"] for one in problems).most_common():
        console.print(f"  {count} times {code}")
    table = Table("row", "property", "problem")
    for one in problems[:_MOST_SHOWN]:
        table.add_row(str(one["row"]), escape(printable(str(one["field"] or ""))), escape(printable(one["message"])))
    console.print(table)
    if len(problems) > _MOST_SHOWN:
        console.print(f"… and {len(problems) - _MOST_SHOWN} more; --json has them all")
