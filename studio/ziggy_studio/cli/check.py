"""`ziggy-sf-write check`: validation only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ziggy_sf_write.block.config import WriteConfig, parse_config
from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.failures import Stopped
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds
from ziggy_studio.cli.options import MODE, PROJECT
from ziggy_studio.cli.row_files import read_rows
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.show import print_json
from ziggy_studio.engine import Host
from ziggy_studio.errors import UsageProblem

_MOST_SHOWN = 50
_WINDOW = 10_000
# A person waits for the answer, and nothing is lost by asking again.
_BOUNDS = Bounds(call_timeout_s=60, max_tries=3)


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--connection", required=True, help="The connection's name.")
@click.option("--match-key", default="Id", show_default=True, help="The key that rows would be matched by.")
@PROJECT
@MODE
@click.option("--update", is_flag=True, help="Check for an update; else for an upsert.")
@click.option("--json", "is_json", is_flag=True, help="Print every problem as JSON.")
def check(object_name: str, file: Path, folder: Path, mode: str | None, is_json: bool, **options: JsonValue) -> None:  # noqa: FBT001 # click passes options so
    """Check a file's rows against the org's own description of an object, and write nothing.

    \b
    Exit codes:
      0  every row is suitable
      1  some rows are not
      2  wrong usage, file or configuration, or a refused login

    \b
    Example:
      ziggy-sf-write check Account accounts.csv --connection sfDev --match-key Ext__c
    """
    config = parse_config(
        {
            "connection": options["connection"],
            "object": object_name,
            "matchKey": options["match_key"],
            "upsert": not options["update"],
            "validate": True,
        }
    )
    if not file.is_file():
        raise UsageProblem(f"{file} is not a file. Check the path.")
    rows = 0
    problems: list[dict[str, JsonValue]] = []
    with open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True) as (host, _), file.open("rb") as opened:
        try:
            with fatal_for(config.object, doing="read", cure="Check the rows again later."):
                for rows, found in enumerate(_check_rows(read_rows(file.name, opened), config, host), start=1):
                    problems += ({"row": rows, **problem} for problem in found)
        except Stopped as err:
            raise UsageProblem("Stopped before all rows were checked. Nothing was written.") from err
    if is_json:
        print_json({"rows": rows, "invalid": len({one["row"] for one in problems}), "problems": problems})
    else:
        _print(rows, problems)
    if problems:
        raise SystemExit(1)


def _check_rows(rows: Iterable[JsonValue], config: WriteConfig, host: Host) -> Iterator[list[dict[str, JsonValue]]]:
    """The problems of each row, in order; a row without any has an empty list."""
    connection = require_salesforce(host.project.connection(config.connection, host.mode))
    client = OrgClient(ORGS.org(connection), bounds=_BOUNDS, cancelled=host.cancelled)
    describe, _ = describe_target(config, client)
    checks = Checks(config, client, describe)
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
        table.add_row(str(one["row"]), escape(str(one["field"] or "")), escape(one["message"]))
    console.print(table)
    if len(problems) > _MOST_SHOWN:
        console.print(f"… and {len(problems) - _MOST_SHOWN} more; --json has them all")
