"""Test data as a person types it: JSON, or a JavaScript object literal with bare keys and trailing commas."""

import json
import re

import json5

from ziggy_sf_write.contract import HostError, JsonValue


def parse_test_data(data: JsonValue) -> list[JsonValue]:
    """The array that test data stands for: a text is parsed, a single object becomes an array of one.

    Raises:
        HostError: the text is neither JSON nor an object literal; the message names line and column.
    """
    value = _parse(data) if isinstance(data, str) else data
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


# The tokens of an object literal that has nothing unusual in it: no escapes in single quotes, no hexadecimal numbers.
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<double>"(?:[^"\\]|\\.)*")|'(?P<single>[^'\\\n]*)'"""
    r"""|(?P<comma>,)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<colon>:)"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_$][\w$]*)""",
    re.DOTALL,
)
_COLON = re.compile(r"\s*:")
_VALUES = frozenset({"true", "false", "null"})


def _parse(text: str) -> JsonValue:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass  # the more permissive grammar decides, and words the error
    as_json = _to_json(text)
    if as_json is not None:
        try:
            return json.loads(as_json)
        except json.JSONDecodeError:
            pass  # the same
    try:
        return json5.loads(text)
    except ValueError as err:
        raise HostError(f"The test data cannot be read: {err}. Write JSON or a JavaScript object literal.") from err


def _to_json(text: str) -> str | None:
    """An everyday object literal as JSON, None for an unusual one. json5 needs fifty times as long for it."""
    out: list[str] = []
    at, before = 0, "open"
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        at = token.end()
        kind, word = token.lastgroup or "", token[0]
        if kind == "space":
            continue
        if kind == "comma" and before in {"open", "comma", "colon"}:
            return None
        if before == "comma" and kind != "close":
            out.append(",")
        before = kind
        if kind == "single":
            out.append(json.dumps(token["single"], ensure_ascii=False))
        elif kind == "word" and word not in _VALUES:
            if not _COLON.match(text, at):
                return None
            out.append(f'"{word}"')
        elif kind != "comma":
            out.append(word)
    return "".join(out)
