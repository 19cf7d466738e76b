"""What every reader of a CSV file has to see to."""

import csv

# No request to Salesforce is larger than this, so no longer cell could be written. A limit there must be: a quotation
# mark that is never closed makes one cell of all the rest of a file.
LONGEST_CELL = 64 * 1024 * 1024


def allow_long_cells() -> None:
    """Lets Python's CSV readers take cells beyond 131,072 characters; to be called before each reading.

    The limit is one for the whole process, so it is only ever raised.
    """
    if csv.field_size_limit() < LONGEST_CELL:
        csv.field_size_limit(LONGEST_CELL)
