"""YAML that says no more than JSON could; what does is refused with its line."""

import re
import subprocess
import sys
from datetime import date

import pytest

from ziggy_studio.yaml_text import YamlProblem, parse_yaml


def test_what_json_could_say_is_read() -> None:
    shared = "base: &base {x: 1}\nboth: [*base, {<<: *base, y: 2}]\n'on': 2026-11-25\n"
    assert parse_yaml(shared) == {
        "base": {"x": 1},
        "both": [{"x": 1}, {"x": 1, "y": 2}],
        "on": date(2026, 11, 25),
    }
    assert parse_yaml("") is None


LAUGHS = "\n".join(f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 9)}]" for number in range(1, 40))
WRONG = {
    "a number as key": ("a: 1\n1: x", 2, "a key is no text"),
    "a word as key": ("a:\n  b: 1\n  on: x", 3, "a key is no text"),
    "null as key": ("null: x", 1, "a key is no text"),
    "a date as key": ("2026-11-25: x", 1, "a key is no text"),
    "a list with the tag of a text as key": ("? !!str\n- a", 1, "a key is no text"),
    "a list as key": ("? [a]\n: x", 1, "a key is no text"),
    "a key within a list": ("- - {1: x}", 1, "a key is no text"),
    "a day that is not there": ("a: 1\nd: 2026-99-99", 2, "this is not YAML"),
    "a number of too many digits": (f"n: {'1' * 5000}", 1, "this is not YAML"),
    "a value that its tag does not fit": ("n: !!timestamp soon", 1, "this is not YAML"),
    "itself": ("a: 1\nb: &b [*b]", 2, "this contains itself"),
    "itself further down": ("&a {b: [{c: *a}]}", 1, "this contains itself"),
    "too deep": ("a: " + "[" * 200 + "]" * 200, 1, "nested more than 100 deep"),
    "far too deep": ("[" * 900, 1, "nested more than 100 deep"),
    "no end": ("a: [", 1, "this is not YAML"),
    "a letter that is none": ("a: \x07", None, "this is not YAML"),
    "Python": ("a: !!python/object/apply:os.system [ls]", 1, "this is not YAML"),
}


@pytest.mark.parametrize(("text", "line", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_what_it_has_no_place_for_is_said_with_its_line(text: str, line: int | None, sentence: str) -> None:
    with pytest.raises(YamlProblem, match=re.escape(sentence)) as caught:
        parse_yaml(text)
    assert caught.value.line == line


def test_aliases_of_aliases_keep_nobody_busy() -> None:
    with pytest.raises(YamlProblem, match="its aliases stand for more than 1,000,000 values"):
        parse_yaml(f"l0: &l0 [x]\n{LAUGHS}")


def test_half_of_a_surrogate_pair_is_read_as_json_has_it() -> None:
    assert parse_yaml('a: "\\ud83d"') == {"a": "\ud83d"}
    with pytest.raises(YamlProblem, match="this is not YAML"):
        parse_yaml("a: \ud83d")


def test_a_pyyaml_without_libyaml_reads_and_writes_the_same() -> None:
    script = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from ziggy_studio.readable_yaml import rewritten\n"
        "print(rewritten('a: ' + 'x' * 5000 + ' # one\\nb: 1\\n', {'a': 'x' * 5000, 'b': 2})[-14:])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("xx # one\nb: 2\n\n", "")
