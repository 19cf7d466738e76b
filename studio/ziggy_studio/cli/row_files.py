"""Files of rows, read one row at a time: CSV, JSON Lines and JSON."""

import io
import json
import sys
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Self, TypeVar

import ijson

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.csv_files import CsvProblem, csv_rows
from ziggy_studio.errors import UsageProblem

_Wrapper = TypeVar("_Wrapper", io.TextIOWrapper, io.BufferedReader)

CSV_SUFFIXES = (".csv", ".tsv")
_LINE_SUFFIXES = (".jsonl", ".ndjson")


def is_csv(name: str) -> bool:
    """Whether a file's cells are text whatever they say."""
    return name.lower().endswith(CSV_SUFFIXES)


def delimiter_of(name: str) -> str:
    """What stands between the cells of a file of this name."""
    return "\t" if name.lower().endswith(".tsv") else ","


def read_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """The rows of a file by its name's ending; nothing but the row at hand is in memory.

    Raises:
        UsageProblem: the file is not what its ending says; the message names file and row or line.
    """
    try:
        yield from _rows_of(name)(name, file)
    except OSError as err:
        raise UsageProblem(f"{name} cannot be read any further: {err.strerror}.") from err


class ReadableRows:
    """The rows up to the first that cannot be read; that one is no reason to lose what became of those before it.

    An iterator; at its end `problem` says whether and why there should have been more. Its length hint is how many rows
    are likely still to come.

    Args:
        rows: as `read_rows` gives them.
        at_once: so many are read before the first is handed on, so that nothing is done with a file that is broken
            among them.
        file: what they are read from, to tell how far that is.

    Raises:
        UsageProblem: one of the first rows cannot be read.
    """

    def __init__(self, rows: Iterator[JsonValue], *, at_once: int, file: IO[bytes]) -> None:
        self.problem: UsageProblem | None = None
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        file.seek(0)
        self._first = deque(islice(rows, at_once))
        self._read = len(self._first)
        self._rows = rows

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> JsonValue:
        if self._first:
            return self._first.popleft()
        try:
            row = next(self._rows)
        except UsageProblem as err:
            self.problem = err
            raise StopIteration from err
        self._read += 1
        return row

    def __length_hint__(self) -> int:
        place = self._file.tell()
        return len(self._first) + self._read * (self._size - place) // max(1, place)


def _rows_of(name: str) -> Callable[[str, IO[bytes]], Iterator[JsonValue]]:
    if is_csv(name):
        return _csv_rows
    return _json_lines if name.lower().endswith(_LINE_SUFFIXES) else _json_rows


def _csv_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    # utf-8-sig: a byte-order mark, as spreadsheets write it, is not part of the first column's name.
    with _lent(io.TextIOWrapper(file, encoding="utf-8-sig", newline="")) as text:
        try:
            yield from csv_rows(text, delimiter=delimiter_of(name))
        except CsvProblem as err:
            raise UsageProblem(f"{name} {err}") from err


@contextmanager
def _lent(wrapper: _Wrapper) -> Iterator[_Wrapper]:
    """A way to read a file that remains its owner's to close."""
    try:
        yield wrapper
    finally:
        if not wrapper.closed:
            wrapper.detach()


def _json_lines(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as err:
                raise UsageProblem(f"{name} line {number}: this is not JSON ({err}).") from err


def _json_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """The items of an array; a single object is one row, as on an edge."""
    with _lent(io.BufferedReader(file)) as source:  # type: ignore[type-var] # any binary file that reads into a buffer will do
        if source.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
            source.read(len(BOM_UTF8))
        while source.peek(1)[:1].isspace():
            source.read(1)
        prefix = _PREFIXES.get(source.peek(1)[:1])
        if prefix is None:
            raise UsageProblem(
                f"{name}: this is not a JSON array of rows, nor a single one. A row is an object, such as "
                '{"Name": "Acme"}; rows on lines of their own belong into a file that ends in .jsonl.'
            )
        try:
            yield from ijson.items(source, prefix, use_float=True)
        except (ijson.JSONError, ValueError) as err:  # a number of thousands of digits is the latter
            # It goes on for lines with a picture of the place.
            what = str(err).splitlines()[0].strip()
            raise UsageProblem(f"{name}: this is not a JSON array of rows, nor a single one ({what}).") from err


# What the rows of a file are, in ijson's words, by the character that the file begins with.
_PREFIXES = {b"[": "item", b"{": ""}


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
