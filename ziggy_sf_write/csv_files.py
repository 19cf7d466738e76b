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


# A cell too many becomes a property of this name, which the check refuses in words.
_TOO_MANY = "(more cells than the header)"


class CsvProblem(ValueError):
    """Why a file cannot be read any further, with the line, from 1, up to which it could be."""


def csv_rows(lines: Iterable[str], *, delimiter: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, one at a time; a cell that a row lacks is no property of it.

    Raises:
        CsvProblem: it is no CSV in UTF-8, or its header names a column twice.
    """
    allow_long_cells()
    reader = csv.DictReader(lines, delimiter=delimiter, restkey=_TOO_MANY, strict=True)
    try:
        problem = header_problem(reader.fieldnames)
        if problem is not None:
            raise CsvProblem(f"line {reader.line_num}: {problem}")
        for row in reader:
            yield {key: value for key, value in row.items() if value is not None}
    except (csv.Error, UnicodeDecodeError) as err:
        raise CsvProblem(f"line {reader.line_num}: this is not CSV in UTF-8 ({err}).") from err


def header_problem(header: Sequence[str] | None) -> str | None:
    """What is wrong with a file's header: of two columns of one name, a reader would keep the last in silence."""
    names = header or ()
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return None
    which = f"the column `{twice}` twice" if twice else "several columns without a name"
    return f"the header has {which}. Rename or remove one of them."
