"""YAML that is changed and stays as a person has written it."""

from textwrap import indent
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziggy_sf_write.json_text import to_json
from ziggy_studio.readable_yaml import dump_readable, rewritten
from ziggy_studio.yaml_text import parse_yaml

TEXTS = st.sampled_from(
    ["a", "on", "null", "1", "2026-11-25", "", " x ", "two\nlines", "\n", "# x", "é: ü", "- y", "~", "<<"]
)
SHORT = [
    "a word ",
    "two\nlines\n",
    "x\n\n",
    " \n- y",
    "# z: {}\n",
    "'\"",
    "é😀\u2028",
    "\x85\r\n",
    "\ufeff\x7f",
    "\ud83d",
]
LONG = st.builds(lambda text, end: text * 5_000 + end, st.sampled_from(SHORT), st.sampled_from(["", "\n", " ", "\n\n"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | LONG,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=4)


@settings(deadline=None)
@given(before=DOCUMENTS, after=DOCUMENTS)
def test_whatever_is_changed_the_text_says_it_or_there_is_none(before: Any, after: Any) -> None:
    text = dump_readable(before)
    assert parse_yaml(text) == before
    changed = rewritten(text, after)
    assert changed is None or parse_yaml(changed) == after


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("a: 1 # one\nb: 2\n", {"a": 1, "b": 3}, "a: 1 # one\nb: 3\n"),
        ("a: 1\nb: 2\n", {"a": True, "b": 2}, "a: true\nb: 2\n"),
        ("a: 'x'\nb: \"y\"\n", {"a": "x", "b": "y", "c": "2026-11-25"}, 'a: \'x\'\nb: "y"\nc: "2026-11-25"\n'),
        ("# head\na: {x: 1}\n", {"a": {"x": 2}}, "# head\na: {x: 2}\n"),
        ("a:\n  - 1 # one\n  - 2\n", {"a": [1, 3]}, "a:\n  - 1 # one\n  - 3\n"),
        ("a: [", {"a": 1}, None),
        ("", {"a": 1}, "a: 1\n"),
    ],
    ids=["a number", "true for one", "quotes", "one line", "a list", "no YAML", "an empty file"],
)
def test_what_stays_is_left_as_it_was(before: str, value: Any, after: str | None) -> None:
    assert rewritten(before, value) == after


LINES = "[\n" + "    {Name: 'x'},\n" * 1000 + "  ]"
BLOCK = indent(LINES, "  ")
DEEPER = indent(LINES, "    ")
ROW = "[" + "{Name: x}, " * 1000 + "]"


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        (f"a: |-\n{BLOCK}\n# one\nb: 1 # two\n", LINES, f"a: |-\n{BLOCK}\n# one\nb: 2 # two\n"),
        (f"b: 1\na: |\n{BLOCK}", LINES, f"b: 2\na: |-\n{BLOCK}\n"),
        (f"a: '{ROW}' # one\nb: 1\n", ROW, f"a: '{ROW}' # one\nb: 2\n"),
        (f'a: "{ROW}" # one\nb: 1\n', ROW + " ", f'a: "{ROW} " # one\nb: 2\n'),
        ("a: 'x' # one\nb: 1\n", LINES + "\n", f"a: | # one\n{BLOCK}\nb: 2\n"),
        (f"\ufeffa: |-\n{BLOCK}\nb: 1\n", "x", "a: x\nb: 2\n"),
        (f"a: {{x: '{ROW}'}} # one\nb: 1\n", {"x": LINES}, f"a: {{x: {to_json(LINES)}}} # one\nb: 2\n"),
        (f"a:\n  - '{ROW}' # one\nb: 1\n", [LINES], f"a:\n  - |- # one\n{DEEPER}\nb: 2\n"),
        (f"a: {{x: '{ROW}'}}\nb: 1\n", {"x": ROW, "c": "\ud83d"}, f"a: {{x: '{ROW}', c: \"\\uD83D\"}}\nb: 2\n"),
    ],
    ids=[
        "lines that stay",
        "a last line without an end",
        "a row that stays",
        "a row that is changed",
        "lines that are new",
        "lines that go",
        "within braces",
        "in a list",
        "half of a pair",
    ],
)
def test_long_texts_stand_as_short_ones_do(before: str, value: Any, after: str) -> None:
    assert rewritten(before, {"a": value, "b": 2}) == after


@pytest.mark.parametrize("separator", [" ", "\n"], ids=["on one line", "on a line each"])
def test_test_data_of_100_000_items_are_written_in_a_moment(separator: str) -> None:
    data = separator.join(f'{{"Id": "00{at}", "Name": "A long name of an item {at}"}},' for at in range(100_000))
    before = dump_readable({"blocks": [{"id": "a", "config": {"testData": data, "mode": "x"}}]})
    began = process_time()
    text = rewritten(before, {"blocks": [{"id": "a", "config": {"testData": f"{data} ", "mode": "x"}}]})
    assert text is not None
    assert process_time() - began < 5, "each letter was looked at in Python"
