"""SOQL's LIKE: `%` and `_` as wildcards, `\\%` and `\\_` as themselves."""

import re
from functools import lru_cache


def matches(text: str, pattern: str, *, case_sensitive: bool) -> bool:
    """Whether the whole text fits the pattern."""
    return _compiled(pattern, case_sensitive).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, case_sensitive: bool) -> re.Pattern[str]:  # noqa: FBT001  lru_cache wants it positional
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and pattern[position + 1 : position + 2] in ("%", "_"):
            position += 1
            parts.append(re.escape(pattern[position]))
        else:
            parts.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        position += 1
    return re.compile("".join(parts), re.DOTALL | (0 if case_sensitive else re.IGNORECASE))
