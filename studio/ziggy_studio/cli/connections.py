"""`ziggy-sf-write connections`: the project's connections, and whether they work."""

from pathlib import Path

import click

from ziggy_sf_write.contract import Mode
from ziggy_studio.answers import connection_report
from ziggy_studio.cli.options import JSON, MODE, PROJECT
from ziggy_studio.cli.session import open_host
from ziggy_studio.cli.text import print_json


@click.group()
def connections() -> None:
    """The project's Salesforce connections.

    \b
    Example:
      ziggy-sf-write connections test sfDev
    """


@connections.command("list")
@PROJECT
@JSON
def list_connections(folder: Path, is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """List the connections by name.

    \b
    Example:
      ziggy-sf-write connections list --json
    """
    with open_host(folder, is_quiet=True, is_store_deferred=True) as (host, _):
        names = host.project.connection_names("salesforce")
    if is_json:
        print_json(names)
    elif names:
        click.echo("\n".join(names))
    else:
        click.echo("There is no Salesforce connection yet. Add one to connections.yaml.", err=True)


@connections.command("test")
@click.argument("name")
@MODE
@PROJECT
@JSON
def try_one(name: str, mode: str | None, folder: Path, is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """Log in and name org, user, API version and calls left, or say exactly what is wrong.

    \b
    Example:
      ziggy-sf-write connections test sfDev --mode prod
    """
    with open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True, is_store_deferred=True) as (host, _):
        connection = host.project.connection(name, host.mode)
        context = host.context_named("connections", block_id="", execution_id="")
        report = connection_report(host.plugins, connection, context)
    if is_json:
        print_json(report.to_json())
    else:
        click.echo(report.message)
        for fact, value in report.facts.items():
            click.echo(f"  {fact}: {value}")
        for warning in report.warnings:
            click.echo(f"Warning: {warning}", err=True)
    if not report.is_ok:
        raise SystemExit(2)
