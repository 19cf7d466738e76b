"""JSON text of records, with the digits of a `Decimal` that no float can hold."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from uuid import uuid4

from ziggy_sf_write.contract import JsonValue


def to_json_bytes(value: JsonValue) -> bytes:
    """JSON in UTF-8, as compact as `json.dumps` makes it; a `Decimal` becomes a number, digit for digit.

    The encoder of the standard library can put no digits of ours into the text, so a `Decimal` goes in as a text
    that occurs nowhere else and is replaced afterwards. Without one, this costs what `json.dumps` costs.
    """
    mark = f"decimal-{uuid4().hex}-"
    decimals: list[Decimal] = []

    def hold_place(one: JsonValue) -> str:
        if not isinstance(one, Decimal) or not one.is_finite():
            raise TypeError(f"{type(one).__qualname__} has no JSON form")
        decimals.append(one)
        return f"{mark}{len(decimals) - 1}"

    text = json.dumps(value, default=hold_place, separators=(",", ":"), allow_nan=False)
    return (_fill(text, mark, decimals) if decimals else text).encode()


def _fill(text: str, mark: str, decimals: Sequence[Decimal]) -> str:
    return re.sub(rf'"{mark}([0-9]+)"', lambda found: str(decimals[int(found[1])]), text)
