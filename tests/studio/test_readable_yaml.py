"""YAML that is changed and stays as a person has written it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziggy_studio.readable_yaml import dump_readable, rewritten
from ziggy_studio.yaml_text import parse_yaml

TEXTS = st.sampled_from(
    ["a", "on", "null", "1", "2026-11-25", "", " x ", "two\nlines", "\n", "# x", "é: ü", "- y", "~", "<<"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=4)


@settings(deadline=None)
@given(before=DOCUMENTS, after=DOCUMENTS)
def test_whatever_is_changed_the_text_says_it_or_there_is_none(before: Any, after: Any) -> None:
    text = rewritten(dump_readable(before), after)
    assert text is None or parse_yaml(text) == after


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
