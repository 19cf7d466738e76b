"""JSON that every reader takes."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from ziggy_sf_write.json_text import to_json

NAN, INFINITE = float("nan"), float("inf")


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"a": [1, 0.5, None, True, "ü"]}, {"a": [1, 0.5, None, True, "ü"]}),
        ([NAN, {"deep": (INFINITE, -INFINITE)}], ["NaN", {"deep": ["Infinity", "-Infinity"]}]),
        ({"at": dt.date(2026, 11, 25)}, {"at": "2026-11-25"}),
        ({(1, 2): 1, 3: NAN, None: 0, 0.5: 1, True: 1}, {"(1, 2)": 1, "3": "NaN", "null": 0, "0.5": 1, "true": 1}),
        ({"raw": b"\xff", "sum": Decimal("1.50")}, {"raw": "/w==", "sum": "1.50"}),
        ({"half": "\ud83d", "x": NAN}, {"half": "\ud83d", "x": "NaN"}),
    ],
    ids=["plain", "no number", "date", "keys", "bytes", "half a pair"],
)
def test_what_json_cannot_hold_becomes_its_text(value: Any, read: Any) -> None:
    for is_ascii in (False, True):
        text = to_json(value, is_ascii=is_ascii)
        assert json.loads(text.encode(), parse_constant=_refuse) == read


def test_letters_stay_letters_where_they_may() -> None:
    assert (to_json(["ü"]), to_json(["ü"], is_ascii=True)) == ('["ü"]', '["\\u00fc"]')
