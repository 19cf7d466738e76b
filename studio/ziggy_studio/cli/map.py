"""`ziggy-sf-write map`: which column of a file goes to which field, proposed for a person to look at."""

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_studio.cli.options import CONNECTION, JSON, MODE, PROJECT, read_options, reading
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.target import find_object, org_client
from ziggy_studio.cli.text import print_json, printable
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import WholeWindows, open_rows
from ziggy_studio.rows.mapping import mapping_text, missing_fields, propose

_LOOKED_AT = 1_000


@click.command("map")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@CONNECTION
@PROJECT
@MODE
@reading
@click.option("--update", is_flag=True, help="For an update; else for an upsert.")
@click.option("--out", type=click.Path(path_type=Path), help="The mapping file to make; it must not be there yet.")
@JSON
def propose_mapping(  # each is an option
    object_name: str,
    file: Path,
    folder: Path,
    mode: str | None,
    out: Path | None,
    *,
    is_json: bool,
    **options: JsonValue,
) -> None:
    """Propose which column of a file goes to which field, with the reason for each, and say what is left over.

    \b
    Example:
      ziggy-sf-write map Contact people.xlsx --out people.yaml
      ziggy-sf-write write Contact people.xlsx --map people.yaml --match-key Email
    """
    with (
        open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=True) as (host, _),
        open_rows(file, read_options(options, object_name)) as source,
    ):
        columns = WholeWindows(source.rows, size=_LOOKED_AT, file=None, total=0).columns()
        with org_client(host, options["connection"]) as client:
            describe = find_object(client, object_name)
    proposals = propose(describe, columns, is_update=options["update"])
    missing = [] if options["update"] else missing_fields(describe, proposals)
    if out is not None:
        try:
            with out.open("x", encoding="utf-8") as made:
                made.write(mapping_text(proposals))
        except OSError as err:
            raise UsageProblem(f"{out} cannot be made: {err.strerror}. Name another file.") from err
    if is_json:
        told = [{"column": one.column, "field": one.field, "reason": one.reason} for one in proposals]
        print_json({"object": describe.name, "mapping": told, "missing": missing})
        return
    table = Table("column", "field", "why")
    for one in proposals:
        table.add_row(escape(printable(one.column)), one.field or "(left out)", escape(one.reason))
    Console(soft_wrap=True).print(table)
    if missing:
        click.echo(f"A new {describe.name} also needs: {', '.join(missing)}")
    if out is not None:
        click.echo(f"Written to {out}. Look it through, then use it with --map {out}")
