"""SOQL's LIKE: `%` and `_` as wildcards, `\\%` and `\\_` as themselves."""

import re
from functools import lru_cache


def matches(text: str, pattern: str, *, case_sensitive: bool) -> bool:
    """Whether the whole text fits the pattern."""
    return _compiled(pattern, case_sensitive).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, case_sensitive: bool) -> re.Pattern[str]:  # noqa: FBT001  lru_cache wants it positional
    segments: list[list[str]] = [[]]
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and pattern[position + 1 : position + 2] in ("%", "_"):
            position += 1
            segments[-1].append(re.escape(pattern[position]))
        elif char == "%":
            segments.append([])
        else:
            segments[-1].append("." if char == "_" else re.escape(char))
        position += 1
    first, *rest = map("".join, segments)
    # Between two wildcards the first place that fits is as good as any, so none is tried twice: with `.*` for each, ten
    # in a row would try every way to share a text out among them.
    between = "".join(f"(?>.*?{one})" for one in rest[:-1])
    body = f"{first}{between}.*{rest[-1]}" if rest else first
    return re.compile(body, re.DOTALL | (0 if case_sensitive else re.IGNORECASE))
