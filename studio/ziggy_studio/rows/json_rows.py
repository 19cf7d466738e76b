"""Rows in JSON: an array, one object, Salesforce's `{"records": […]}`, and JSON Lines."""

import io
import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO, TypeVar

import ijson

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.errors import UsageProblem

_Wrapper = TypeVar("_Wrapper", io.TextIOWrapper, io.BufferedReader)
_RECORDS = "records"
# What Salesforce's own exports say about a record, beside its fields.
ATTRIBUTES = "attributes"
# What each part of the plan has that `sf data export tree --plan` puts beside its files.
_PLAN = {"sobject", "files"}
# As much of the beginning as tells `{"records": […]}` from a single row.
_HEAD = 1 << 16


def json_lines(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """A row on each line that is not blank. Raises `UsageProblem` with the line that is no JSON."""
    for number, line in enumerate(file, start=1):
        text = line.removeprefix(BOM_UTF8) if number == 1 else line
        if text.strip():
            try:
                yield json.loads(text)
            except (ValueError, RecursionError) as err:
                raise UsageProblem(f"{name} line {number}: this is not JSON ({err}).") from err


def exported_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """The records of a file of an export, each with what stands there about it."""
    return _items(name, file, strip=False)


def json_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """The items of an array; a single object is one row, as on an edge, unless it holds `records`.

    Raises:
        UsageProblem: it is neither.
    """
    return _items(name, file, strip=True)


def _items(name: str, file: IO[bytes], *, strip: bool) -> Iterator[JsonValue]:
    with lent(io.BufferedReader(file, _HEAD)) as source:  # type: ignore[type-var] # any binary file that reads into a buffer will do
        if source.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
            source.read(len(BOM_UTF8))
        while source.peek(1)[:1].isspace():
            source.read(1)
        prefix = _prefix(source.peek(_HEAD))
        if prefix is None:
            raise UsageProblem(
                f"{name}: this is not a JSON array of rows, nor a single one. A row is an object, such as "
                '{"Name": "Acme"}; rows on lines of their own belong into a file that ends in .jsonl.'
            )
        try:
            rows = _after_plan(name, ijson.items(source, prefix, use_float=True))
            yield from map(without_attributes, rows) if strip and prefix == f"{_RECORDS}.item" else rows
        except (ijson.JSONError, ValueError) as err:  # a number of thousands of digits is the latter
            # It goes on for lines with a picture of the place.
            what = str(err).splitlines()[0].strip()
            raise UsageProblem(f"{name}: this is not a JSON array of rows, nor a single one ({what}).") from err


def _after_plan(name: str, rows: Iterator[JsonValue]) -> Iterator[JsonValue]:
    """The rows; the plan that lies beside the files of an export holds none. Raises `UsageProblem` for it."""
    for first in islice(rows, 1):
        if isinstance(first, dict) and first.keys() >= _PLAN:
            raise UsageProblem(
                f"{name}: this is the plan of an export, which holds no rows. Name the folder that it lies in, or one "
                "of the files that it names."
            )
        yield first
    yield from rows


def without_attributes(row: JsonValue) -> JsonValue:
    """A record of an export without what stands there about it: its type, its URL, its reference."""
    return {key: value for key, value in row.items() if key != ATTRIBUTES} if isinstance(row, dict) else row


def _prefix(head: bytes) -> str | None:
    """What the rows of a file are, in ijson's words, by how the file begins."""
    match head[:1]:
        case b"[":
            return "item"
        case b"{":
            return f"{_RECORDS}.item" if _holds_records(head) else ""
    return None


def _holds_records(head: bytes) -> bool:
    """Whether an object's key `records` holds an array."""
    try:
        for prefix, event, _ in ijson.parse(io.BytesIO(head)):
            if (prefix, event) == (_RECORDS, "start_array"):
                return True
    except ijson.JSONError:
        pass  # the head ends in the middle
    return False


@contextmanager
def lent(wrapper: _Wrapper) -> Iterator[_Wrapper]:
    """A way to read a file that remains its owner's to close."""
    try:
        yield wrapper
    finally:
        if not wrapper.closed:
            wrapper.detach()
