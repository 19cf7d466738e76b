"""How commands put text on stdout: JSON for a machine, and nothing that would steer a terminal."""

import os
import sys

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json


def print_json(value: JsonValue) -> None:
    """Writes JSON to stdout; what JSON cannot hold, such as a date, becomes its text."""
    sys.stdout.write(to_json(value, indent=2) + "\n")


def give_up_stdout() -> None:
    """Whoever read the output has gone: what Python has not written yet it would try to write at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.write("Error: nobody reads the output any more, so the end of it is missing.\n")


def printable(text: str) -> str:
    """The text without what would steer a terminal: such characters are shown by their escapes."""
    lines = text.split("\n")
    return "\n".join("".join(one if one.isprintable() else _escaped(one) for one in line) for line in lines)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
