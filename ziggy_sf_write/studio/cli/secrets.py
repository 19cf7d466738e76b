"""`ziggy-sf-write secrets`: the project's secrets go in, and never out."""

import os
from pathlib import Path

import click
import yaml

from ziggy_sf_write.studio.cli.options import PROJECT
from ziggy_sf_write.studio.errors import UsageProblem
from ziggy_sf_write.studio.files import read_document
from ziggy_sf_write.studio.project import Project


@click.group()
def secrets() -> None:
    """The project's secrets.

    \b
    Example:
      ziggy-sf-write secrets set sfPassword
    """


@secrets.command("set")
@click.argument("name")
@PROJECT
def set_secret(name: str, folder: Path) -> None:
    """Store a secret in secrets.yaml, readable by you alone. It is asked for, or read from stdin.

    \b
    Example:
      ziggy-sf-write secrets set sfPassword
    """
    if not name.isidentifier():
        raise UsageProblem(f"`{name}` cannot name a secret: use letters, digits and _, and no digit first.")
    path = Project(folder).folder / "secrets.yaml"
    known = (read_document(path) or {}) if path.exists() else {}
    value = click.prompt(name, hide_input=True, err=True)
    # Written beside and put in place, so that neither a crash nor another reader ever sees half a file.
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump({**known, name: value}, file)
    fresh.replace(path)
    click.echo(f"{name} is stored. Refer to it as secrets.{name}.", err=True)
