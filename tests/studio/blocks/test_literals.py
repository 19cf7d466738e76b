"""Test data as people type it."""

from typing import Any

import json5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.contract import HostError
from ziggy_studio.blocks.literals import parse_test_data

_KEYS = st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,5}", fullmatch=True)
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("  \n", []),
        ('[{"a": 1}]', [{"a": 1}]),
        ("{a: 1}", [{"a": 1}]),
        ("[{Id: 'x', \"b\": -1.5e3, c: [true, null,], // why\n},]", [{"Id": "x", "b": -1500, "c": [True, None]}]),
        ("/* head */ [1, 2]", [1, 2]),
        (r"{a: 'it\'s'}", [{"a": "it's"}]),
        ("{a: +1, b: 0x10}", [{"a": 1, "b": 16}]),
        ("['a\"b']", ['a"b']),
        ("[{true: 1}]", [{"true": 1}]),
    ],
)  # fmt: skip
def test_json_and_object_literals_are_read(text: str, items: list[Any]) -> None:
    assert parse_test_data(text) == items


@pytest.mark.parametrize("text", ["[{a b}]", "[,]", "{a: }", "[1,,2]", "[1", "nonsense", "{a: undefined}"])
def test_what_is_neither_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(HostError, match="Write JSON or a JavaScript object literal"):
        parse_test_data(text)


@given(_VALUES)
def test_the_short_way_reads_what_the_long_one_does(value: Any) -> None:
    literal = json5.dumps([value], ensure_ascii=False, quote_style=json5.QuoteStyle.PREFER_SINGLE)
    assert parse_test_data(literal) == [value]
