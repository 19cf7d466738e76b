"""CSV in any usual dialect: the delimiter found in its first records."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain, islice

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_LOOKED_AT = 50
_SEPARATOR_LINE = "sep="


def split_off_separator(lines: Iterator[str]) -> tuple[str | None, Iterator[str], int]:
    """The delimiter that a first line such as `sep=;` names, the lines that follow, and how many were taken off."""
    first = next(lines, "")
    told = first.rstrip("\r\n")
    if told.lower().startswith(_SEPARATOR_LINE) and len(told) == len(_SEPARATOR_LINE) + 1:
        return told[-1], lines, 1
    return None, chain([first], lines), 0


def find_delimiter(lines: Sequence[str], *, preferred: str) -> str:
    """What stands between the cells of these lines, the first of a file.

    The one that cuts the header into the most columns and every record into as many; where none does, the one that
    fits most records; where nothing is cut, `preferred`.
    """
    best, best_fit = preferred, (0.0, 0, False)
    for delimiter in DELIMITERS:
        columns, share = _fit(lines, delimiter)
        fit = (share, columns, delimiter == preferred)
        if columns > 1 and fit > best_fit:
            best, best_fit = delimiter, fit
    return best


def columns_of(lines: Sequence[str], delimiter: str) -> int:
    """How many columns the header has."""
    return _fit(lines, delimiter)[0]


def _fit(lines: Sequence[str], delimiter: str) -> tuple[int, float]:
    """Into how many columns the header is cut, and the share of the records that have as many."""
    try:
        records = [one for one in islice(csv.reader(lines, delimiter=delimiter), _LOOKED_AT) if one]
    except csv.Error:
        return 0, 0.0
    if not records:
        return 0, 0.0
    columns = len(records[0])
    return columns, sum(len(one) == columns for one in records) / len(records)
