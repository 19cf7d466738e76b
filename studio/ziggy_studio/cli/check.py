"""`ziggy-sf-write check`: validation only."""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from types import TracebackType

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_studio.cli.options import CONNECTION, JSON, MODE, PROJECT, mapping, read_options, reading
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.settings_options import config_of, setting_options
from ziggy_studio.cli.target import connection_name, start_run
from ziggy_studio.cli.text import printable
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
    with (
        _Found(is_kept=is_json) as found,
        open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=True) as (host, _),
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
            for problems in _check_rows(windows, run):
                found.take(problems)
        if windows.problem is not None:
            raise windows.problem
        if is_json:
            found.print_json()
        else:
            found.print()
    if found.invalid:
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


class _Found(AbstractContextManager["_Found"]):
    """What a check has found so far. Of a file in which every row is wrong, only the first problems are in memory: the
    others are counted and, with `is_kept`, wait in a file.
    """

    def __init__(self, *, is_kept: bool) -> None:
        self.rows = 0
        self.invalid = 0
        self._by_code: Counter[str] = Counter()
        self._first: list[dict[str, JsonValue]] = []
        self._all = tempfile.TemporaryFile("w+", encoding="utf-8") if is_kept else None  # noqa: SIM115 # closed below

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._all is not None:
            self._all.close()

    def take(self, problems: list[dict[str, JsonValue]]) -> None:
        """Counts the next row, with all that is wrong with it."""
        self.rows += 1
        self.invalid += bool(problems)
        for problem in problems:
            told = {"row": self.rows, "index": self.rows - 1, **problem}
            if self._all is not None:
                self._all.write(f"{',' if self._by_code else ''}\n    {to_json(told)}")
            elif len(self._first) < _MOST_SHOWN:
                self._first.append(told)
            self._by_code[problem["code"]] += 1

    def print_json(self) -> None:
        """Writes everything to stdout."""
        sys.stdout.write(f'{{\n  "rows": {self.rows},\n  "invalid": {self.invalid},\n  "problems": [')
        if self._all is not None:
            self._all.seek(0)
            shutil.copyfileobj(self._all, sys.stdout)
        sys.stdout.write("\n  ]\n}\n")

    def print(self) -> None:
        """Shows counts and the first problems."""
        console = Console(soft_wrap=True)
        console.print(f"{self.rows} rows, {self.invalid} with problems")
        if not self.invalid:
            return
        for code, count in self._by_code.most_common():
            console.print(f"  {count} times {code}")
        table = Table("row", "property", "problem")
        for one in self._first:
            table.add_row(
                str(one["row"]), escape(printable(str(one["field"] or ""))), escape(printable(one["message"]))
            )
        console.print(table)
        more = self._by_code.total() - len(self._first)
        if more:
            console.print(f"… and {more} more; --json has them all")
