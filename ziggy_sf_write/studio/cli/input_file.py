"""Reads what a flow is launched with: JSON, JSON Lines or CSV, from a file or from stdin."""

import csv
import json
import sys
from pathlib import Path

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.csv_files import allow_long_cells, header_problem
from ziggy_sf_write.studio.errors import UsageProblem
from ziggy_sf_write.studio.files import read_text


def read_items(name: str) -> list[JsonValue]:
    """The items of a file by its ending: `.csv`, `.jsonl`, else JSON; `-` is JSON or JSON Lines on stdin.

    Raises:
        UsageProblem: the file cannot be read or parsed; the message names file and line.
    """
    text = sys.stdin.read() if name == "-" else read_text(Path(name))
    if name.endswith(".csv"):
        return _csv_rows(name, text)
    if name.endswith((".jsonl", ".ndjson")):
        return _json_lines(name, text)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as err:
        if name == "-" and "\n" in text.strip():
            return _json_lines(name, text)
        raise UsageProblem(f"{name} line {err.lineno}: this is not JSON ({err.msg}).") from err
    return value if isinstance(value, list) else [value]


def _csv_rows(name: str, text: str) -> list[JsonValue]:
    allow_long_cells()
    reader = csv.DictReader(text.splitlines(keepends=True))
    problem = header_problem(reader.fieldnames)
    if problem is not None:
        raise UsageProblem(f"{name} line {reader.line_num}: {problem}")
    return list(reader)


def _json_lines(name: str, text: str) -> list[JsonValue]:
    items = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                items.append(json.loads(line))
            except json.JSONDecodeError as err:
                raise UsageProblem(f"{name} line {number}: this is not JSON ({err.msg}).") from err
    return items
