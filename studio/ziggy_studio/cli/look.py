"""`objects`, `fields` and `query`: what the org has, without another tool."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ziggy_sf_write.contract import JsonValue, Mode
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectInfo
from ziggy_sf_write.salesforce.metadata import list_objects
from ziggy_sf_write.salesforce.soql import run_query
from ziggy_studio.cli.options import CONNECTION, JSON, MODE, PROJECT
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.target import find_object, org_client
from ziggy_studio.cli.text import print_json, printable
from ziggy_studio.rows.json_rows import without_attributes
from ziggy_studio.rows.outputs import RowFile

_MOST_SHOWN = 100
_WIDE = 240


@click.command()
@click.argument("text", required=False)
@CONNECTION
@PROJECT
@MODE
@JSON
def objects(text: str | None, connection: str | None, folder: Path, mode: str | None, *, is_json: bool) -> None:
    """List the org's objects, or those whose name or label has TEXT in it.

    \b
    Example:
      ziggy-sf-write objects invoice
    """
    with (
        open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=True) as (host, _),
        org_client(host, connection) as client,
    ):
        found = [one for one in list_objects(client) if _has(text, one.name, one.label)]
    rows = [_object_row(one) for one in found]
    _print_rows(rows, ("name", "label", "createable", "updateable"), is_json=is_json)


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("text", required=False)
@CONNECTION
@PROJECT
@MODE
@JSON
def fields(  # each is an option
    object_name: str, text: str | None, connection: str | None, folder: Path, mode: str | None, *, is_json: bool
) -> None:
    """List the fields of an object, or those whose name or label has TEXT in it.

    \b
    Example:
      ziggy-sf-write fields Account phone
    """
    with (
        open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=True) as (host, _),
        org_client(host, connection) as client,
    ):
        describe = find_object(client, object_name)
    rows = [_field_row(one) for one in describe.fields if _has(text, one.name, one.label)]
    _print_rows(rows, ("name", "label", "type", "length", "marks", "values"), is_json=is_json)


@click.command()
@click.argument("soql")
@CONNECTION
@PROJECT
@MODE
@click.option("--out", type=click.Path(path_type=Path), help="Write the rows here: CSV, or JSON Lines by the ending.")
@JSON
def query(  # each is an option
    soql: str, connection: str | None, folder: Path, mode: str | None, out: Path | None, *, is_json: bool
) -> None:
    """Run a SOQL query and print its rows, or write all of them to a file, page by page.

    \b
    Example:
      ziggy-sf-write query "SELECT Id, Name FROM Account WHERE Name LIKE 'A%'" --out accounts.csv
    """
    with ExitStack() as stack:
        host, _ = stack.enter_context(
            open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=True)
        )
        client = stack.enter_context(org_client(host, connection))
        rows: Iterator[dict[str, JsonValue]] = (_flat(row) for row in run_query(client, soql))
        if out is not None:
            file = stack.enter_context(RowFile(out))
            count = 0
            for count, row in enumerate(rows, start=1):  # noqa: B007 # how many there were
                file.add(row, {})
            click.echo(f"{count:,} {'row' if count == 1 else 'rows'} written to {out}", err=is_json)
            return
        if is_json:
            print_json(list(rows))
            return
        shown = list(islice(rows, _MOST_SHOWN))
        _print_rows(shown, tuple(shown[0]) if shown else ("no rows",), is_json=False)
        if next(rows, None) is not None:
            click.echo(f"… and more than these {_MOST_SHOWN}; --out writes all of them")


def _has(text: str | None, *names: str) -> bool:
    return text is None or any(text.casefold() in name.casefold() for name in names)


def _object_row(info: ObjectInfo) -> dict[str, JsonValue]:
    return {"name": info.name, "label": info.label, "createable": info.can_create, "updateable": info.can_update}


def _field_row(info: FieldInfo) -> dict[str, JsonValue]:
    marks = {
        "required": info.is_required_on_create,
        "unique": info.is_unique,
        "external id": info.is_external_id,
        "read-only": not (info.can_create or info.can_update),
    }
    return {
        "name": info.name,
        "label": info.label,
        "type": info.type.value,
        "length": info.length or info.precision or info.digits or None,
        "marks": [mark for mark, holds in marks.items() if holds],
        "values": [one.value for one in info.picklist_values if one.is_active],
    }


def _flat(row: Mapping[str, JsonValue], path: str = "") -> dict[str, JsonValue]:
    """A row whose parents' fields stand in columns of their own: `Account.Name`."""
    flat: dict[str, JsonValue] = {}
    for name, value in without_attributes(row).items():
        if isinstance(value, dict) and "records" not in value:
            flat |= _flat(value, f"{path}{name}.")
        else:
            flat[f"{path}{name}"] = value
    return flat


def _print_rows(rows: Sequence[Mapping[str, JsonValue]], columns: tuple[str, ...], *, is_json: bool) -> None:
    if is_json:
        print_json(rows)
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(escape(printable(_text(row.get(name)))) for name in columns))
    # A terminal has its width; whatever else reads the table is to find each name whole.
    Console(soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE).print(table)


def _text(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else to_json(value)
