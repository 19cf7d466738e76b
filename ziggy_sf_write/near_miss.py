"""What a person most likely meant by a name that nothing has: the one place that decides what is close."""

from collections.abc import Iterable
from difflib import get_close_matches

# difflib's own 0.6 takes too many different words for slips of the pen.
_CLOSE = 0.7
# Comparing takes time with the square of the length, and nobody has mistyped a page.
_LONGEST = 80


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """The known name that is closest, whatever its case, or None where nothing is close."""
    if len(wanted) > _LONGEST:
        return None
    by_folded = {one.casefold(): one for one in reversed(list(known))}
    found = get_close_matches(wanted.casefold(), by_folded, n=1, cutoff=_CLOSE)
    return by_folded[found[0]] if found else None


def near_miss(wanted: str, known: Iterable[str]) -> str:
    """The same as the end of a sentence: `; did you mean X?`, or an empty text."""
    found = nearest(wanted, known)
    return f"; did you mean `{found}`?" if found else ""
