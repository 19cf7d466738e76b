"""The three result files (reference section 7.3)."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from .csv_file import DELIMITERS, LINE_ENDINGS
from .jobs import Job

_FAILED_ID_SINCE = 53.0


def successful(job: Job, seed: int) -> str:
    """Saved rows, in an order of their own."""
    rows = ((record_id, _shown(created), *cells) for record_id, created, cells in job.results.successful)
    return _file(job, ['"sf__Id"', '"sf__Created"'], _shuffled(rows, job, seed))


def failed(job: Job, seed: int) -> str:
    """Refused rows with their reason; since v53 with an sf__Id, which is empty for inserts."""
    has_id = float(job.api_version) >= _FAILED_ID_SINCE
    rows = ((*((record_id,) if has_id else ()), error, *cells) for record_id, error, cells in job.results.failed)
    head = ['"sf__Id"', '"sf__Error"'] if has_id else ['"sf__Error"']
    return _file(job, head, _shuffled(rows, job, seed))


def unprocessed(job: Job, _seed: int) -> str:
    """Rows that were never looked at."""
    return _file(job, [], (tuple(each) for each in job.results.unprocessed))


def _shuffled(rows: Iterable[tuple[Any, ...]], job: Job, seed: int) -> list[tuple[Any, ...]]:
    """The order of results is not that of the upload, and the same for the same seed."""
    listed = list(rows)
    random.Random(f"{seed}:{job.id}").shuffle(listed)  # noqa: S311  repeatable on purpose
    return listed


def _file(job: Job, head: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> str:
    """Only the sf__ headers are quoted, all values are."""
    delimiter = DELIMITERS[job.column_delimiter]
    ending = LINE_ENDINGS[job.line_ending]
    lines = [delimiter.join([*head, *job.results.columns])]
    lines += [delimiter.join(map(cell, row)) for row in rows]
    return ending.join(lines) + ending


def cell(value: Any) -> str:
    """A value in its quotes."""
    return '"' + _shown(value).replace('"', '""') + '"'


def _shown(value: Any) -> str:
    """Values as they are re-serialised: numbers the way Java prints them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_double(value) if isinstance(value, float) else str(value)


def java_double(value: float) -> str:
    """Double.toString: plain between 10⁻³ and 10⁷, otherwise with an exponent."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    digits = repr(value) if not exponent else mantissa
    if not exponent:
        mantissa, exponent = _scientific(digits)
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _scientific(plain: str) -> tuple[str, str]:
    sign = "-" if plain.startswith("-") else ""
    whole, _, fraction = plain.lstrip("-").partition(".")
    if whole.strip("0"):
        digits = (whole + fraction).rstrip("0")
        return f"{sign}{digits[0]}.{digits[1:] or '0'}", str(len(whole) - 1)
    stripped = fraction.lstrip("0")
    return f"{sign}{stripped[0]}.{stripped[1:] or '0'}", str(-(len(fraction) - len(stripped) + 1))
