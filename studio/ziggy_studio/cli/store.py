"""`ziggy-sf-write store`: the project's Data Store."""

from contextlib import AbstractContextManager, closing
from pathlib import Path

import click

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.near_miss import nearest
from ziggy_studio.cli.options import JSON, PROJECT
from ziggy_studio.cli.text import print_json
from ziggy_studio.errors import UsageProblem
from ziggy_studio.project import Project
from ziggy_studio.store import SqlStore, all_records, open_store


@click.group()
def store() -> None:
    """The project's Data Store, where failed items are kept.

    \b
    Example:
      ziggy-sf-write store show accountErrors
    """


@store.command("list")
@PROJECT
@JSON
def list_namespaces(folder: Path, is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """List the namespaces.

    \b
    Example:
      ziggy-sf-write store list
    """
    with _open(folder) as opened:
        names = list(opened.namespaces())
    if is_json:
        print_json(names)
    else:
        click.echo("\n".join(names) if names else "The Data Store is empty.")


@store.command()
@click.argument("namespace")
@PROJECT
@JSON
def show(namespace: str, folder: Path, is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """Show the records of a namespace: each key with its reason.

    \b
    Example:
      ziggy-sf-write store show accountErrors
    """
    with _open(folder) as opened:
        _require(opened, namespace)
        if is_json:
            print_json([{"key": one.key, "data": one.data} for one in all_records(opened, namespace)])
            return
        for one in all_records(opened, namespace):
            click.echo(f"{one.key}: {_reason(one.data)}")


@store.command()
@click.argument("namespace")
@PROJECT
@JSON
def export(namespace: str, folder: Path, is_json: bool) -> None:  # noqa: ARG001, FBT001 # JSON Lines is what it prints anyway
    """Print the items of a namespace as JSON Lines, ready to be written again.

    \b
    Example:
      ziggy-sf-write store export accountErrors > again.jsonl
    """
    with _open(folder) as opened:
        if not opened.find(namespace, limit=1):
            click.echo(_unknown(opened, namespace), err=True)  # nothing to write again is no mistake
        for one in all_records(opened, namespace):
            item = one.data.get("data", one.data) if isinstance(one.data, dict) else one.data
            click.echo(to_json(item))


@store.command("delete")
@click.argument("namespace")
@click.argument("key", required=False)
@PROJECT
@JSON
def delete_records(namespace: str, key: str | None, folder: Path, is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """Delete a namespace with all of its records, or the one record of a KEY.

    \b
    Example:
      ziggy-sf-write store delete accountErrors 4711
    """
    with _open(folder) as opened:
        _require(opened, namespace)
        deleted = opened.delete_namespace(namespace) if key is None else int(opened.delete_key(namespace, key))
    if key is not None and not deleted:
        raise UsageProblem(
            f"The namespace `{namespace}` has no record with the key `{key}`. `store show {namespace}` lists its keys."
        )
    if is_json:
        print_json({"deleted": deleted})
    else:
        click.echo(f"{deleted} {'record' if deleted == 1 else 'records'} deleted.")


def _require(opened: SqlStore, namespace: str) -> None:
    """Raises `UsageProblem` where the namespace holds nothing, which is the same as not being there."""
    if not opened.find(namespace, limit=1):
        raise UsageProblem(_unknown(opened, namespace))


def _unknown(opened: SqlStore, namespace: str) -> str:
    near = nearest(namespace, opened.namespaces())
    cure = f"Did you mean `{near}`?" if near else "`store list` names those that are there."
    return f"There is no namespace `{namespace}` in the Data Store. {cure}"


def _open(folder: Path) -> AbstractContextManager[SqlStore]:
    return closing(open_store(Project(folder).store_location))


def _reason(data: JsonValue) -> str:
    kept = data.get("reason") if isinstance(data, dict) else None
    return str(kept) if kept else to_json(data)
