"""Any row as JSON text that every reader takes: what JSON has no word for becomes its text."""

import base64
import json

from ziggy_sf_write.contract import JsonValue


def to_json_text(value: JsonValue) -> str:
    """One line of JSON. Dates, decimals and Ids become their text, bytes base64, NaN and infinities their names."""
    text = _dump(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair is legal in JSON's escapes and in Python, and nowhere else.
        return json.dumps(json.loads(text))
    return text


def _dump(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_as_text, allow_nan=False)
    except ValueError:
        plain = json.loads(json.dumps(value, default=_as_text), parse_constant=str)
        return json.dumps(plain, ensure_ascii=False)


def _as_text(value: JsonValue) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes | bytearray) else str(value)
