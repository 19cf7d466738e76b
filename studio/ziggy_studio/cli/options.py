"""The options that commands have in common, so that they are spelled and explained alike."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import ReadOptions

_Command = TypeVar("_Command", bound=Callable[..., Any])

PROJECT = click.option(
    "--project", "folder", type=click.Path(path_type=Path), default=Path(), help="Project folder; here by default."
)
MODE = click.option("--mode", type=click.Choice(["dev", "prod"]), help="Which values of connections to use.")
JSON = click.option("--json", "is_json", is_flag=True, help="Print JSON.")
CONNECTION = click.option("--connection", help="The connection's name; not needed where there is one.")
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "\\t": "\t"}


def mapping(command: _Command) -> _Command:
    """Adds the options that say which column goes to which field."""
    for option in (
        click.option(
            "--ignore-unknown", is_flag=True, help="Leave out columns that are no field, or cannot be written."
        ),
        click.option(
            "--map",
            "maps",
            multiple=True,
            metavar="COLUMN=FIELD|FILE",
            help="Write a column to this field, by its API name or label; COLUMN= leaves it out. Or a file of such "
            "pairs: YAML as `map` makes it, JSON, or .sdl of Data Loader. May be given several times.",
        ),
    ):
        command = option(command)
    return command


def reading(command: _Command) -> _Command:
    """Adds the options that say what a file is, where it cannot be found out."""
    for option in (
        click.option("--sheet", metavar="NAME", help="The sheet of a workbook that has several."),
        click.option("--encoding", metavar="NAME", help="The encoding of a CSV file, such as cp1252; else found out."),
        click.option(
            "--delimiter", metavar="SIGN", help="What stands between cells of a CSV file: , ; | or tab; else found out."
        ),
    ):
        command = option(command)
    return command


def read_options(options: Mapping[str, JsonValue], object_name: str | None = None) -> ReadOptions:
    """What the options say of a file. Raises `UsageProblem` for a delimiter that is no single sign."""
    told = options["delimiter"]
    delimiter = _DELIMITERS.get(told, told) if told is not None else None
    if delimiter is not None and len(delimiter) != 1:
        raise UsageProblem(f"--delimiter is `{told}`, but it must be one sign, or one of {', '.join(_DELIMITERS)}.")
    return ReadOptions(
        delimiter=delimiter, encoding=options["encoding"], sheet=options["sheet"], record_type=object_name
    )
