"""Writes JSON that every reader takes, whatever a block has put on an edge or into a report."""

import base64
import json
import math
import re

from ziggy_sf_write.contract import JsonValue

_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


def to_json(value: JsonValue, *, indent: int | None = None, is_ascii: bool = False) -> str:
    """JSON text. What a block may give and JSON cannot hold becomes its text: a date, a decimal, NaN, the infinities, a
    key that is no text; bytes become base64. Half of a surrogate pair, which UTF-8 cannot hold, is escaped.
    """
    try:
        text = _dump(value, indent, is_ascii=is_ascii)
    except (TypeError, ValueError):
        # Only here is every value looked at: nearly all can be written as they are.
        text = _dump(_in_json_terms(value), indent, is_ascii=is_ascii)
    if not is_ascii and _HALF_OF_A_PAIR.search(text):
        return to_json(value, indent=indent, is_ascii=True)
    return text


def _dump(value: JsonValue, indent: int | None, *, is_ascii: bool) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=is_ascii, default=_as_text, allow_nan=False)


def _as_text(value: JsonValue) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes | bytearray) else str(value)


def _in_json_terms(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {_key(key): _in_json_terms(one) for key, one in value.items()}
        case list() | tuple():
            return [_in_json_terms(one) for one in value]
        case float() if not math.isfinite(value):
            return json.dumps(value)
        case _:
            return value


def _key(key: JsonValue) -> JsonValue:
    is_written_so = key is None or isinstance(key, str | int)
    return key if is_written_so else str(key)
