"""Opens a file, a folder or a pipe of rows, and says what was found in it."""

import gzip
import io
import shutil
import sys
import tempfile
import zlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.csv_files import CLEARS, CsvProblem, allow_long_cells, csv_rows
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import csv_text, json_rows, tables
from ziggy_studio.rows.encodings import UTF_8, find_encoding, known_encoding, marked_encoding
from ziggy_studio.rows.windows import size_of

STDIN = "-"
_TEXT, _LINES, _JSON = (".csv", ".tsv", ".txt"), (".jsonl", ".ndjson"), (".json",)
_XLSX, _CALAMINE = (".xlsx", ".xlsm"), (".ods", ".xls")
_PARQUET, _ARROW = (".parquet",), (".arrow", ".feather", ".ipc")
_GZIP, _GZIP_MAGIC = ".gz", b"\x1f\x8b"
_KNOWN = (*_TEXT, *_LINES, *_JSON, *_XLSX, *_CALAMINE, *_PARQUET, *_ARROW)
_MAGIC = {b"PAR1": ".parquet", b"ARROW1": ".arrow", b"PK\x03\x04": ".xlsx"}
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a person says of a file where its contents do not: `delimiter`, `encoding`, and the `sheet` of a workbook.

    `record_type` is the object whose records are wanted of a folder that holds several.
    """

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    record_type: str | None = None


@dataclass(slots=True, kw_only=True)
class RowSource:
    """An open file of rows. `found` says in a few words what it is, `has_text_cells` that its values must be read as
    texts (a CSV file has no others), `may_clear` that some of them clear a field, `file` and `size` how much of it was
    read.
    """

    name: str
    rows: Iterator[JsonValue]
    found: str
    has_text_cells: bool = False
    may_clear: bool = False
    file: IO[bytes] | None = None
    size: int = 0


@contextmanager
def open_rows(where: str | Path, options: ReadOptions = ReadOptions()) -> Iterator[RowSource]:
    """Opens rows for reading, one after the other, with flat memory.

    Args:
        where: a file, the folder of an export, or `-` for the standard input. A file is read by its name's ending,
            `.gz` behind it or not; a pipe by its first bytes.
        options: what is not to be found out.

    Raises:
        UsageProblem: it cannot be read, or it is uncertain how; the message says the cure. Rows raise it too, with
            the line, from 1, of what is broken.
    """
    with ExitStack() as stack:
        if str(where) == STDIN:
            yield _from_pipe(sys.stdin.buffer, stack, options)
            return
        path = Path(where)
        if path.is_dir():
            yield _from_folder(path, options)
            return
        try:
            opened = stack.enter_context(path.open("rb"))
        except OSError as err:
            raise UsageProblem(f"{path} cannot be read: {err.strerror}. Check the path.") from err
        yield _from_file(path.name, opened, stack, options)


@contextmanager
def rows_of(name: str, file: IO[bytes], options: ReadOptions = ReadOptions()) -> Iterator[RowSource]:
    """The same of bytes that are at hand and can be read from their beginning again, under the name of a file."""
    with ExitStack() as stack:
        yield _from_file(Path(name).name, file, stack, options)


def read_all(where: str | Path, options: ReadOptions = ReadOptions()) -> list[JsonValue]:
    """All rows at once, for what holds its data in memory anyway. Raises `UsageProblem` as `open_rows` does."""
    with open_rows(where, options) as source:
        return list(source.rows)


def clearing_cells(where: str | Path, options: ReadOptions = ReadOptions()) -> dict[str, int]:
    """How many cells of each column of a file clear their field; it is read once more for that."""
    with open_rows(where, options) as source:
        counts: Counter[str] = Counter()
        for row in source.rows if source.may_clear else ():
            counts.update(name for name, value in row.items() if value is None)
    return dict(counts)


def _contains(file: IO[bytes], wanted: bytes) -> bool:
    """Whether these bytes stand anywhere in a file, which stands at its beginning afterwards."""
    before, found = b"", False
    while not found and (chunk := file.read(1 << 20)):
        found = wanted in before + chunk
        before = chunk[-len(wanted) :]
    file.seek(0)
    return found


def _from_file(name: str, opened: IO[bytes], stack: ExitStack, options: ReadOptions) -> RowSource:
    size = size_of(opened)
    kind, packed = name.lower(), ""
    content = opened
    if kind.endswith(_GZIP):
        kind, packed = kind.removesuffix(_GZIP), ", gzip"
        content = _unpacked(opened, stack)
    suffix = Path(kind).suffix
    if suffix not in _KNOWN:
        raise UsageProblem(
            f"{name} ends in nothing that can be read. Files of rows end in {', '.join(_KNOWN)}, or one of these and "
            f"{_GZIP}."
        )
    with named_errors(name):
        source = _of_kind(name, suffix, content, stack, options, is_pipe=False)
    source.rows = _guarded(name, source.rows)
    source.found += packed
    source.file, source.size = opened, size
    return source


def _unpacked(file: IO[bytes], stack: ExitStack) -> io.BufferedReader:
    packed = gzip.GzipFile(fileobj=file)
    stack.callback(packed.close)
    return io.BufferedReader(packed)


def _of_kind(
    name: str, suffix: str, file: IO[bytes], stack: ExitStack, options: ReadOptions, *, is_pipe: bool
) -> RowSource:
    if suffix in _TEXT:
        return _csv(name, suffix, file, stack, options, is_pipe=is_pipe)
    for given, option in ((options.delimiter, "--delimiter"), (options.encoding, "--encoding")):
        if given is not None:
            raise UsageProblem(f"{option} is for CSV files, and {name} is none. Leave it out.")
    if suffix in _XLSX:
        return RowSource(name=name, rows=tables.xlsx_rows(name, file, options.sheet), found="XLSX", has_text_cells=True)
    if suffix in _CALAMINE:
        rows = tables.calamine_rows(name, file, options.sheet)
        return RowSource(name=name, rows=rows, found=suffix[1:].upper(), has_text_cells=True)
    if options.sheet is not None:
        raise UsageProblem(f"--sheet is for workbooks, and {name} is none. Leave it out.")
    if suffix in _PARQUET:
        return RowSource(name=name, rows=tables.parquet_rows(name, file), found="Parquet")
    if suffix in _ARROW:
        return RowSource(name=name, rows=tables.arrow_rows(name, file), found="Arrow")
    read = json_rows.json_lines if suffix in _LINES else json_rows.json_rows
    return RowSource(name=name, rows=read(name, file), found="JSON Lines" if suffix in _LINES else "JSON")


def _csv(
    name: str, suffix: str, file: IO[bytes], stack: ExitStack, options: ReadOptions, *, is_pipe: bool
) -> RowSource:
    if options.sheet is not None:
        raise UsageProblem(f"--sheet is for workbooks, and {name} is none. Leave it out.")
    if options.encoding is not None:
        encoding = known_encoding(options.encoding)
    elif is_pipe:
        # A pipe cannot be read twice, so nothing but what it says of itself is taken for certain.
        encoding = marked_encoding(file.peek(4)) or UTF_8  # type: ignore[attr-defined] # a buffered reader
    else:
        encoding = find_encoding(name, file)
    clears = not is_pipe and _contains(file, CLEARS.encode(encoding.removesuffix("-sig")))
    text = _decoded_lines(name, file, encoding, stack)
    told, lines, taken = csv_text.split_off_separator(text)
    head = list(islice(lines, _LOOKED_AT))
    preferred = "\t" if suffix == ".tsv" else ","
    delimiter = options.delimiter or told or csv_text.find_delimiter(head, preferred=preferred)
    allow_long_cells()
    rows = csv_rows(chain(head, lines), delimiter=delimiter, lines_before=taken)
    return RowSource(
        name=name,
        rows=_told(name, rows),
        found=_found(head, delimiter, encoding),
        has_text_cells=True,
        may_clear=clears,
    )


def _decoded_lines(name: str, file: IO[bytes], encoding: str, stack: ExitStack) -> Iterator[str]:
    if encoding in (UTF_8, "utf-8-sig"):
        return _utf_8_lines(name, file)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    stack.callback(text.detach)  # whoever has opened the file closes it
    return _checked(name, text, encoding)


def _utf_8_lines(name: str, file: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            yield line.removeprefix(BOM_UTF8).decode() if number == 1 else line.decode()
        except UnicodeDecodeError as err:
            cure = "Say what it is with --encoding, or save it as UTF-8."
            raise UsageProblem(f"{name} line {number}: this is not UTF-8 ({err.reason}). {cure}") from err


def _checked(name: str, lines: Iterable[str], encoding: str) -> Iterator[str]:
    try:
        for line in lines:  # noqa: UP028 # `yield from` would close the file that is lent
            yield line
    except UnicodeError as err:
        raise UsageProblem(f"{name} is not {encoding} to its end ({err}). Say what it is with --encoding.") from err


def _found(head: list[str], delimiter: str, encoding: str) -> str:
    columns = csv_text.columns_of(head, delimiter)
    named = csv_text.DELIMITERS.get(delimiter, f"`{delimiter}`")
    shown = {"utf-8-sig": "UTF-8", UTF_8: "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding)
    return f"{named}, {shown}, {columns} {'column' if columns == 1 else 'columns'}"


def _told(name: str, rows: Iterator[dict[str, str | None]]) -> Iterator[JsonValue]:
    try:
        yield from rows
    except CsvProblem as err:
        raise UsageProblem(f"{name} {err}") from err


def _guarded(name: str, rows: Iterator[JsonValue]) -> Iterator[JsonValue]:
    with named_errors(name):
        yield from rows


@contextmanager
def named_errors(name: str) -> Iterator[None]:
    """What the system or gzip says of a file that breaks off."""
    try:
        yield
    except EOFError as err:
        raise UsageProblem(f"{name} is cut off: the compressed file has no end. Get it again.") from err
    except (gzip.BadGzipFile, zlib.error) as err:
        raise UsageProblem(f"{name} is no gzip file that can be read ({err}).") from err
    except OSError as err:
        raise UsageProblem(f"{name} cannot be read any further: {err.strerror}.") from err


def _from_pipe(pipe: IO[bytes], stack: ExitStack, options: ReadOptions) -> RowSource:
    name = "stdin"
    source = pipe if isinstance(pipe, io.BufferedReader) else io.BufferedReader(pipe)  # type: ignore[type-var]
    if source.peek(2).startswith(_GZIP_MAGIC):
        source = _unpacked(source, stack)
    head = source.peek(1 << 16)
    suffix = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if suffix is not None:
        # Such a file is read from its end.
        whole = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 # the stack closes it
        shutil.copyfileobj(source, whole)
        whole.seek(0)
        found = _of_kind(name, suffix, whole, stack, options, is_pipe=True)
    else:
        found = _of_kind(name, _text_kind(head), source, stack, options, is_pipe=True)
    found.rows = _guarded(name, found.rows)
    return found


def _text_kind(head: bytes) -> str:
    """JSON, JSON Lines or CSV, by how a pipe begins."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        return ".json"
    if text.startswith(b"{"):
        first, _, rest = text.partition(b"\n")
        # A row on a line of its own ends where its line ends; a pretty object does not.
        return ".jsonl" if first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{") else ".json"
    return ".csv"


def _from_folder(path: Path, options: ReadOptions) -> RowSource:
    """The records of one object in the folder of `sf data export tree`."""
    files = sorted(one for one in path.glob("*.json") if not one.name.endswith("-plan.json"))
    if not files:
        raise UsageProblem(
            f"{path} is a folder without the files of an export. Name a file of rows; --cluster takes folders."
        )
    return RowSource(name=path.name, rows=_tree_rows(files, options.record_type), found=f"export of {len(files)} files")


def _tree_rows(files: list[Path], wanted: str | None) -> Iterator[JsonValue]:
    for path in files:
        with path.open("rb") as file:
            for row in json_rows.exported_rows(path.name, file):
                attributes = row.get(json_rows.ATTRIBUTES) if isinstance(row, dict) else None
                kind = attributes.get("type") if isinstance(attributes, dict) else None
                if wanted is None or kind is None or str(kind).lower() == wanted.lower():
                    yield json_rows.without_attributes(row)
