"""What every reader of a CSV file has to see to."""

import csv
from collections.abc import Iterable, Iterator, Sequence

# No request to Salesforce is larger than this, so no longer cell could be written. A limit there must be: a quotation
# mark that is never closed makes one cell of all the rest of a file.
LONGEST_CELL = 64 * 1024 * 1024


def allow_long_cells() -> None:
    """Lets Python's CSV readers take cells beyond 131,072 characters; to be called before each reading.

    The limit is one for the whole process, so it is only ever raised.
    """
    if csv.field_size_limit() < LONGEST_CELL:
        csv.field_size_limit(LONGEST_CELL)


# In a CSV file of Salesforce a cell with this text clears its field (section 7.5); an empty one leaves it alone.
CLEARS = "#N/A"


class CsvProblem(ValueError):
    """Why a file cannot be read any further, with the line, from 1, on which what is broken begins."""


def csv_rows(lines: Iterable[str], *, delimiter: str, lines_before: int = 0) -> Iterator[dict[str, str | None]]:
    """The rows of a CSV file, one at a time. A cell `#N/A` is None; blank lines and columns without a name or a value
    are left out.

    Args:
        lines: as they stand in the file, with their ends.
        delimiter: what stands between cells.
        lines_before: lines of the file that were taken off before these.

    Raises:
        CsvProblem: it is no CSV, its header names a column twice, or a row has more or fewer cells than the header.
    """
    allow_long_cells()
    records = _records(lines, delimiter, lines_before)
    at, header = next(records, (lines_before + 1, []))
    while header and not header[-1]:
        header.pop()  # spreadsheets save the empty columns behind the last
    problem = header_problem(header)
    if problem is not None:
        raise CsvProblem(f"line {at}: {problem}")
    width = len(header)
    for line, cells in records:
        if len(cells) != width:
            if len(cells) < width or any(cells[width:]):
                raise CsvProblem(f"line {line}: {_miscounted(cells, header)}")
            del cells[width:]
        row: dict[str, str | None] = dict(zip(header, cells, strict=False))  # as many of both
        if CLEARS in cells:
            row.update((name, None) for name, cell in row.items() if cell == CLEARS)
        yield row


def _records(lines: Iterable[str], delimiter: str, lines_before: int) -> Iterator[tuple[int, list[str]]]:
    """Each record that is no blank line, with the line on which it begins."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins = lines_before + 1
    try:
        for cells in reader:
            if cells:
                yield begins, cells
            begins = lines_before + reader.line_num + 1
    except UnicodeDecodeError as err:
        raise CsvProblem(
            f"line {lines_before + reader.line_num + 1}: this is not {err.encoding} ({err.reason})."
        ) from err
    except csv.Error as err:
        raise CsvProblem(f"line {begins}: this is not CSV ({err}).") from err


def _miscounted(cells: Sequence[str], header: Sequence[str]) -> str:
    """What is wrong with a row, and what it most likely comes from."""
    if len(cells) < len(header):
        missing = f"the last it has is for `{header[len(cells) - 1]}`"
        return (
            f"the row has {len(cells)} of {len(header)} cells; {missing}. Complete it, or put quotation marks around a "
            "cell that holds a line break."
        )
    return (
        f"the row has {len(cells)} cells, but the header {len(header)}. Put quotation marks around a cell that holds "
        "the delimiter."
    )


def header_problem(header: Sequence[str] | None) -> str | None:
    """What is wrong with a file's header: of two columns of one name, a reader would keep the last in silence."""
    names = header or ()
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return None if all(names) else "the header has a column without a name. Give it one, or remove it."
    which = f"the column `{twice}` twice" if twice else "several columns without a name"
    return f"the header has {which}. Rename or remove one of them."
