"""`ziggy-sf-write sandbox`: the sandbox org's own commands; `serve` also tells how a project reaches the org."""

import copy
from functools import partial
from pathlib import Path

import click

from salesforce_sandbox import Sandbox
from salesforce_sandbox.cli import sandbox as own_commands
from ziggy_studio.connection_files import ConnectionFile
from ziggy_studio.embedded import connection_to
from ziggy_studio.project import Project
from ziggy_studio.readable_yaml import dump_readable

_NAME = "sandbox"


def _tell(into: Path | None, org: Sandbox) -> None:
    connection = connection_to(org, name=_NAME)
    if into is not None:
        ConnectionFile(into).put(connection)
        click.echo(f"\nThe connection `{_NAME}` in {into / 'connections.yaml'} leads to this org.", err=True)
        return
    entry = {_NAME: {"type": connection.type, "development": dict(connection.development)}}
    click.echo(f"\n# connections.yaml of a project; --into PROJECT writes it\n{dump_readable(entry)}", err=True)


def _remember(ctx: click.Context, _option: click.Parameter, into: Path | None) -> None:
    if into is not None:
        Project(into)  # what is no project is refused before an org is started
    ctx.obj = partial(_tell, into)


_INTO = click.Option(
    ["--into"],
    type=click.Path(file_okay=False, path_type=Path),
    metavar="PROJECT",
    help="Write a connection to the org, `sandbox`, into this project's connections.yaml.",
    expose_value=False,
    callback=_remember,
)


def _with_project(command: click.Command) -> click.Command:
    served = copy.copy(command)
    served.params = [*command.params, _INTO]
    return served


# The org's own commands stay as they are for whoever imports them besides.
sandbox = copy.copy(own_commands)
sandbox.commands = {**own_commands.commands, "serve": _with_project(own_commands.commands["serve"])}
