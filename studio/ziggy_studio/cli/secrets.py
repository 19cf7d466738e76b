"""`ziggy-sf-write secrets`: the project's secrets go in, and never out."""

import sys
from pathlib import Path

import click

from ziggy_studio.cli.options import JSON, PROJECT
from ziggy_studio.cli.text import print_json
from ziggy_studio.errors import UsageProblem
from ziggy_studio.project import Project


@click.group()
def secrets() -> None:
    """The project's secrets, from the environment (ZIGGY_SECRET_NAME), secrets.yaml and the OS keyring, in this order.

    \b
    Example:
      ziggy-sf-write secrets set sfPassword
    """


@secrets.command("set")
@click.argument("name")
@click.option("--production", "is_production", is_flag=True, help="The value for PROD mode; else it serves both modes.")
@click.option("--keyring", "is_in_keyring", is_flag=True, help="Store it in the OS keyring, not in secrets.yaml.")
@PROJECT
def set_secret(name: str, folder: Path, is_production: bool, is_in_keyring: bool) -> None:  # noqa: FBT001 # click passes options so
    """Store a secret in secrets.yaml, readable by you alone. It is asked for, or read from stdin to its end.

    \b
    Example:
      ziggy-sf-write secrets set sfPassword --production
      ziggy-sf-write secrets set sfKey < server.key
    """
    project = Project(folder)
    value = click.prompt(name, hide_input=True, err=True) if sys.stdin.isatty() else _read(name)
    project.secrets.set(name, value, is_production=is_production, is_in_keyring=is_in_keyring)
    click.echo(f"{name} is stored. Refer to it as secrets.{name}.", err=True)


def _read(name: str) -> str:
    """All of stdin but its last line's end, which `echo` and editors add: a private key has many lines."""
    try:
        value = sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as err:
        raise UsageProblem(f"The value of `{name}` on stdin is not UTF-8 text. Send it as UTF-8.") from err
    if not value:
        raise UsageProblem(f"There is no value for `{name}` on stdin. Send it, or type it when you are asked.")
    return value


@secrets.command("list")
@PROJECT
@JSON
def list_secrets(folder: Path, is_json: bool) -> None:  # noqa: FBT001 # click passes options so
    """List the names of the secrets in environment and secrets.yaml, never their values.

    \b
    Example:
      ziggy-sf-write secrets list --json
    """
    found = Project(folder).secrets.names()
    if is_json:
        print_json([{"name": one.name, "source": one.source, "production": one.has_production} for one in found])
        return
    for one in found:
        click.echo(f"{one.name}  {one.source}{', with a value for production' if one.has_production else ''}")
