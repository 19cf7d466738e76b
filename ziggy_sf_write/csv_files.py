"""What every reader of a CSV file has to see to."""

import csv
from collections.abc import Sequence

# No request to Salesforce is larger than this, so no longer cell could be written. A limit there must be: a quotation
# mark that is never closed makes one cell of all the rest of a file.
LONGEST_CELL = 64 * 1024 * 1024


def allow_long_cells() -> None:
    """Lets Python's CSV readers take cells beyond 131,072 characters; to be called before each reading.

    The limit is one for the whole process, so it is only ever raised.
    """
    if csv.field_size_limit() < LONGEST_CELL:
        csv.field_size_limit(LONGEST_CELL)


def header_problem(header: Sequence[str] | None) -> str | None:
    """What is wrong with a file's header: of two columns of one name, a reader would keep the last in silence."""
    names = header or ()
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is None:
        return None
    which = f"the column `{twice}` twice" if twice else "several columns without a name"
    return f"the header has {which}. Rename or remove one of them."
