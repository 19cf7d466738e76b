"""Test data as a person types it: JSON, or a JavaScript object literal with bare keys and trailing commas."""

import json

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


def _parse(text: str) -> JsonValue:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass  # the more permissive grammar decides, and words the error
    try:
        return json5.loads(text)
    except ValueError as err:
        raise HostError(f"The test data cannot be read: {err}. Write JSON or a JavaScript object literal.") from err
