"""Rows of workbooks (XLSX, ODS, XLS) and of columnar files (Parquet, Arrow); the libraries are the extra `files`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import islice
from typing import IO
from zipfile import BadZipFile

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.csv_files import header_problem
from ziggy_studio.errors import Undecided, UsageProblem
from ziggy_studio.rows.ods_errors import first_error

_AT_ONCE = 10_000


def require(library: str, what: str) -> None:
    """Raises `UsageProblem` where what reads such a file is not installed."""
    if find_spec(library) is None:
        raise UsageProblem(f"{what} need the extra `files`. Install it with: pip install 'ziggy-studio[files]'")


def xlsx_rows(name: str, file: IO[bytes], sheet: str | None) -> Iterator[JsonValue]:
    """The rows below the first row of a sheet. Raises `UsageProblem` for an error cell, with its place."""
    require("openpyxl", "Workbooks")
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        workbook = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as err:
        raise UsageProblem(f"{name} is no workbook that can be read ({err}).") from err
    with closing(workbook):
        which = _sheet(name, workbook.sheetnames, sheet)
        page = workbook[which]
        page.reset_dimensions()  # some programs write a wrong size
        cells = ([_xlsx_cell(name, which, cell) for cell in row] for row in page.iter_rows())
        yield from _rows(f"{name}, sheet {which}", cells)


def calamine_rows(name: str, file: IO[bytes], sheet: str | None) -> Iterator[JsonValue]:
    """The same of an ODS or XLS workbook; error cells of the latter come as empty ones."""
    require("python_calamine", "Workbooks")
    from openpyxl.utils import get_column_letter
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(file)
        which = _sheet(name, workbook.sheet_names, sheet)
        error = first_error(file, which)
        if error is not None:
            raise _error_cell(name, which, f"{get_column_letter(error.column)}{error.row}", error.shown)
        rows = workbook.get_sheet_by_name(which).iter_rows()
        yield from _rows(f"{name}, sheet {which}", ([_number(cell) for cell in row] for row in rows))
    except CalamineError as err:
        raise UsageProblem(f"{name} is no workbook that can be read ({err}).") from err


def parquet_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """The rows of a Parquet file, batch by batch."""
    require("pyarrow", "Parquet files")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for batch in pq.ParquetFile(file).iter_batches(_AT_ONCE):
            yield from batch.to_pylist()
    except pa.ArrowException as err:
        raise UsageProblem(f"{name} is no Parquet file that can be read ({err}).") from err


def arrow_rows(name: str, file: IO[bytes]) -> Iterator[JsonValue]:
    """The rows of an Arrow file or stream, also called Feather, batch by batch."""
    require("pyarrow", "Arrow files")
    import pyarrow as pa

    try:
        try:
            reader = pa.ipc.open_file(file)
            batches: Iterable[pa.RecordBatch] = map(reader.get_batch, range(reader.num_record_batches))
        except pa.ArrowInvalid:
            file.seek(0)
            batches = pa.ipc.open_stream(file)
        for batch in batches:
            for start in range(0, batch.num_rows, _AT_ONCE):
                yield from batch.slice(start, _AT_ONCE).to_pylist()
    except pa.ArrowException as err:
        raise UsageProblem(f"{name} is no Arrow file that can be read ({err}).") from err


def _sheet(name: str, sheets: Sequence[str], wanted: str | None) -> str:
    if wanted is not None and wanted not in sheets:
        raise UsageProblem(f"{name} has no sheet `{wanted}`. It has {', '.join(f'`{one}`' for one in sheets)}.")
    if wanted is None and len(sheets) != 1:
        what = f"{name} has {len(sheets)} sheets: {', '.join(f'`{one}`' for one in sheets)}."
        raise Undecided(what, "Name one with --sheet.", option="sheet", choices=sheets)
    return wanted if wanted is not None else sheets[0]


def _rows(where: str, rows: Iterable[Sequence[JsonValue]]) -> Iterator[JsonValue]:
    """Each row as an object, by the names of the first; rows without any value are left out."""
    source = iter(rows)
    header = [str(cell) if cell is not None else "" for cell in next(source, [])]
    while header and not header[-1]:
        header.pop()
    problem = header_problem(header)
    if problem is not None:
        raise UsageProblem(f"{where}, row 1: {problem}")
    for number, cells in enumerate(source, start=2):
        if any(cell not in (None, "") for cell in islice(cells, len(header), None)):
            raise UsageProblem(f"{where}, row {number}: there is a value in a column whose header is empty. Name it.")
        if any(cell not in (None, "") for cell in cells):
            full = [*cells, *[""] * (len(header) - len(cells))]
            yield {name: "" if cell is None else cell for name, cell in zip(header, full, strict=False)}


def _xlsx_cell(name: str, sheet: str, cell: JsonValue) -> JsonValue:
    if cell.data_type == "e":
        raise _error_cell(name, sheet, cell.coordinate, cell.value)
    return _number(cell.value)


def _error_cell(name: str, sheet: str, place: str, shown: str) -> UsageProblem:
    what = f"{name}, sheet {sheet}, cell {place}: the cell shows the error {shown}."
    return UsageProblem(f"{what} Mend its formula, or empty the cell.")


def _number(value: JsonValue) -> JsonValue:
    """A workbook keeps all numbers as doubles: 7.0 is what a person has typed as 7."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
