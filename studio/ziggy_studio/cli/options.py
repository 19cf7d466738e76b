"""The options that commands have in common, so that they are spelled and explained alike."""

from pathlib import Path

import click

PROJECT = click.option(
    "--project", "folder", type=click.Path(path_type=Path), default=Path(), help="Project folder; here by default."
)
MODE = click.option("--mode", type=click.Choice(["dev", "prod"]), help="Which values of connections to use.")
JSON = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
