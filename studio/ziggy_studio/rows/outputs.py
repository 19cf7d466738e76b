"""Files that rows are written to, one row at a time: CSV and JSON Lines."""

import csv
import shutil
from collections.abc import Container, Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import chain, count
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.csv_files import CLEARS, allow_long_cells
from ziggy_sf_write.json_text import to_json
from ziggy_studio.errors import UsageProblem

_CSV_SUFFIXES = (".csv", ".tsv")
# A spreadsheet takes a cell that begins so for a formula; a number is none.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def refuse_overlap(file: Path, outputs: Mapping[str, Path]) -> None:
    """Looks whether each output is a file of its own, before any is opened, which empties it.

    Args:
        file: what is read.
        outputs: the files to write, by the option that names each.

    Raises:
        UsageProblem: an output is the input, or another output.
    """
    taken = {_identity(file): "FILE, whose rows would be lost"}
    for option, path in outputs.items():
        identity = _identity(path)
        if identity in taken:
            raise UsageProblem(f"{option} names {path}, which is {taken[identity]}. Name another file.")
        taken[identity] = f"{option}, too"


def refuse_unwritable(paths: Iterable[Path]) -> None:
    """Looks whether each file can be written, and leaves what stands in it. Raises `UsageProblem` where one cannot."""
    for path in paths:
        _open(path, "a").close()


def _open(path: Path, mode: str) -> IO[str]:
    """Raises `FileExistsError` where mode x finds a file, `UsageProblem` where it cannot be written otherwise."""
    try:
        # Half a surrogate pair is no character to UTF-8; `\\ud83d` is what JSON itself would have for it.
        return path.open(mode, encoding="utf-8", errors="backslashreplace", newline="")
    except FileExistsError:
        raise
    except OSError as err:
        raise UsageProblem(
            f"{path} cannot be written: {err.strerror}. Name a file in a folder that is there and open to you."
        ) from err


def _identity(path: Path) -> object:
    """Equal for two paths of one file, whatever links lead to it. Devices such as /dev/null may be named twice."""
    if not path.exists():
        return path.resolve()
    found = path.stat()
    return (found.st_dev, found.st_ino) if path.is_file() else object()


class RowFile(AbstractContextManager["RowFile"]):
    """A file that rows are added to: CSV or TSV by its name, JSON Lines for any other ending.

    Args:
        path: where it is.
        is_new: it must not be there yet.
        is_spreadsheet_safe: a cell that a spreadsheet would run as a formula gets an apostrophe before it.

    Raises:
        FileExistsError: it was to be new, and is not.
        UsageProblem: it cannot be opened.
    """

    def __init__(self, path: Path, *, is_new: bool = False, is_spreadsheet_safe: bool = False) -> None:
        self._file = _open(path, "x" if is_new else "w")
        is_csv = path.name.lower().endswith(_CSV_SUFFIXES)
        self._table = _Table(path, self._file, is_safe=is_spreadsheet_safe) if is_csv else None

    def add(self, row: Mapping[str, JsonValue], more: Mapping[str, str]) -> None:
        """Writes one row, and more about it under names that are not the row's own."""
        if self._table is not None:
            self._table.add(row, more)
            return
        names = _free_names(more, row)
        added = {names[name]: value for name, value in more.items()}
        self._file.write(to_json({**row, **added}) + "\n")

    def flush(self) -> None:
        """What was added is in the file from here on, whatever becomes of this process."""
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self._table is not None:
            self._table.complete()


class _Table:
    """CSV whose columns are known only once the last row has come: rows of JSON need not have the same keys.

    Each row is written at once, so that a killed command leaves what it knew; a column that a later row brings stands
    behind those before it. The header and the cells that the first rows lack are made up for at the end, in one go
    over the file, and only where there is something to make up for.
    """

    def __init__(self, path: Path, file: IO[str], *, is_safe: bool) -> None:
        # Where a link leads: it is the file that is replaced at the end.
        self._path = path.resolve()
        self._delimiter = "\t" if path.name.lower().endswith(".tsv") else ","
        self._writer = csv.writer(file, delimiter=self._delimiter)
        self._is_safe = is_safe
        # By name, and whether it is the row's own or was added: both may be called `reason`.
        self._columns: dict[tuple[str, bool], None] = {}
        self._header: list[str] = []

    def add(self, row: Mapping[str, JsonValue], more: Mapping[str, str]) -> None:
        cells = {(name, True): value for name, value in row.items()} | {(name, False): more[name] for name in more}
        self._columns.update(dict.fromkeys(cells))
        if not self._header:
            self._header = self._names()
            self._writer.writerow(self._header)
        self._writer.writerow([self._cell(cells.get(column, "")) for column in self._columns])

    def _cell(self, value: JsonValue) -> JsonValue:
        """A value as a cell: a text as it is, the text that clears a field for null, all else as JSON has it."""
        if value is None:
            return CLEARS
        text = value if isinstance(value, str) else to_json(value)
        return spreadsheet_safe(text) if self._is_safe else text

    def complete(self) -> None:
        """Puts the header right, once the file is closed."""
        header = self._names()
        if header == self._header:
            return
        allow_long_cells()
        whole = self._path.with_name(f".{self._path.name}.whole")
        with self._path.open(encoding="utf-8", newline="") as old, whole.open("w", encoding="utf-8", newline="") as new:
            lines = csv.reader(old, delimiter=self._delimiter)
            next(lines)
            writer = csv.writer(new, delimiter=self._delimiter)
            writer.writerow(header)
            writer.writerows([*line, *[""] * (len(header) - len(line))] for line in lines)
        shutil.copymode(self._path, whole)
        whole.replace(self._path)

    def _names(self) -> list[str]:
        own = [name for name, is_own in self._columns if is_own]
        names = _free_names([name for name, is_own in self._columns if not is_own], own)
        return [name if is_own else names[name] for name, is_own in self._columns]


def spreadsheet_safe(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _free_names(names: Iterable[str], taken: Container[str]) -> dict[str, str]:
    """A name for each that is not taken: `reason`, else `reason (2)` and so on."""
    return {
        name: next(one for one in chain([name], (f"{name} ({number})" for number in count(2))) if one not in taken)
        for name in names
    }
