"""Reads what a flow is launched with: JSON, JSON Lines or CSV, from a file or from stdin."""

import io
import json
import sys
from pathlib import Path

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.cli.row_files import read_rows
from ziggy_studio.errors import UsageProblem


def read_items(name: str) -> list[JsonValue]:
    """The items of a file by its ending: CSV, JSON Lines, else JSON; `-` is JSON or JSON Lines on stdin.

    Raises:
        UsageProblem: the file cannot be read or parsed; the message names file and line.
    """
    if name == "-":
        return _from_stdin(sys.stdin.buffer.read())
    try:
        with Path(name).open("rb") as opened:
            return list(read_rows(name, opened))
    except OSError as err:
        raise UsageProblem(f"{name} cannot be read: {err.strerror}. Check the path.") from err


def _from_stdin(data: bytes) -> list[JsonValue]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as err:
        if b"\n" in data.strip():
            return list(read_rows("stdin.jsonl", io.BytesIO(data)))
        raise UsageProblem(f"stdin: this is not JSON ({err}).") from err
    return value if isinstance(value, list) else [value]
