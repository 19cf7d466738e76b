"""No text makes a pattern hang: four times the characters take about four times the time.

The measure is Python's own: `re` tries again what a pattern leaves open, and holds the interpreter while it does.
"""

import json
import math
import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import salesforce_sandbox
import ziggy_sf_write
import ziggy_studio
from salesforce_sandbox.rows.patterns import matches
from tests.validation.builders import checker, field
from ziggy_sf_write.salesforce.bulk import parse_row_error
from ziggy_sf_write.schema_check import schema_problems

LENGTH = 200_000
# Of four times the characters: four is in proportion, a power of one and a half takes eight, a square sixteen.
# Where others use the machine, single measures took up to 5.9 times, and twice the characters once took 2.8 times.
MOST_GROWTH = 7
# Below this the clock tells more of the machine than of the pattern.
SHORTEST_S = 0.003
# What patterns are made of, over and over, and an end that none of them expects.
PIECES = (
    "1",
    "0",
    "a",
    ".",
    "1.",
    ".1",
    "a.",
    ":",
    "a:",
    "@",
    "a@",
    "-",
    " ",
    "'",
    "\\",
    "'\\",
    "+",
    "1e",
    ";",
    "=",
    "\n",
)
HEADS = ("", "1.", "1e", "a@", "A:", "'", "-", ".", "api-usage=", "2026-11-23T10:00:00.", "https://", "10:00:00.")
ENDS = ("", "x")


def _patterns() -> Iterator[Any]:
    for package in (ziggy_sf_write, ziggy_studio, salesforce_sandbox):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield pytest.param(value, id=f"{module.name}.{name}")


def _schema_patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        found = schema.get("pattern")
        yield from [found] if isinstance(found, str) else []
        schema = list(schema.values())
    for one in schema if isinstance(schema, list) else ():
        yield from _schema_patterns(one)


SCHEMAS = Path(__file__).parents[1] / "schemas"
IN_SCHEMAS = sorted({one for path in SCHEMAS.glob("*.json") for one in _schema_patterns(json.loads(path.read_text()))})


def _seconds(work: Callable[[str], object], text: str, tries: int) -> float:
    taken = []
    for _ in range(tries):
        start = time.process_time()
        work(text)
        taken.append(time.process_time() - start)
    return min(taken)


def _growth(work: Callable[[str], object], quarter: str, whole: str) -> float:
    """How many times as long the whole takes. The least of several measures: noise adds, a square is never less."""
    least = math.inf
    for _ in range(5):
        least = min(least, _seconds(work, whole, 3) / max(_seconds(work, quarter, 3), SHORTEST_S / 4))
        if least <= MOST_GROWTH:
            break
    return least


def _assert_linear(work: Callable[[str], object]) -> None:
    for head in HEADS:
        for piece in PIECES:
            for end in ENDS:
                # A short text first: what is not linear shows itself before it takes minutes.
                for length in (LENGTH // 20, LENGTH):
                    quarter, whole = (head + piece * (size // len(piece)) + end for size in (length // 4, length))
                    if _seconds(work, whole, 1) > SHORTEST_S:
                        growth = _growth(work, quarter, whole)
                        assert growth <= MOST_GROWTH, f"{length} characters, {head!r}, {piece!r} repeated, {end!r}"


@pytest.mark.slow
@pytest.mark.parametrize("pattern", list(_patterns()))
def test_a_pattern_takes_time_in_proportion_to_its_text(pattern: re.Pattern[str]) -> None:
    _assert_linear(pattern.fullmatch)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", IN_SCHEMAS)
def test_a_pattern_of_a_schema_does_too(pattern: str) -> None:
    _assert_linear(re.compile(pattern).search)


def _assert_in_proportion(work: Callable[[str], object], text_of: Callable[[int], str]) -> None:
    quarter, whole = text_of(LENGTH // 4), text_of(LENGTH)
    assert _growth(work, quarter, whole) <= MOST_GROWTH


VALUES = {"digits": ("", "1"), "zeros": ("1.", "0"), "fraction": ("2026-11-23T10:00:00.", "1"), "domain": ("a@", "a.")}


@pytest.mark.parametrize(("head", "piece"), VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("kind", ["int", "double", "date", "datetime", "time", "email", "string", "picklist", "id"])
def test_and_so_does_the_check_of_a_value(kind: str, head: str, piece: str) -> None:
    checked = checker(field("X", kind))
    for end in ("", "x"):
        _assert_in_proportion(
            lambda text: checked.check({"X": text}),
            lambda length, end=end: head + piece * (length // len(piece)) + end,  # type: ignore[misc] # bound early
        )


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("%a%a%a%a%b", False), ("%_%_%_%_%b", False), ("%%%%%%%%b", False), ("a%a%a%a%a", True)],
)
def test_wildcards_of_a_query_do_not_try_every_way(pattern: str, found: bool) -> None:  # noqa: FBT001 (a case)
    assert matches("a" * 1_000, pattern, case_sensitive=True) is found
    _assert_in_proportion(lambda text: matches(text, pattern, case_sensitive=True), lambda length: "a" * length)


@pytest.mark.parametrize(("head", "piece"), [("", "A:"), ("A", ":"), ("A:", " --")])
def test_a_row_error_is_read_at_once(head: str, piece: str) -> None:
    _assert_in_proportion(parse_row_error, lambda length: head + piece * (length // len(piece)) + "x")


@pytest.mark.parametrize("piece", [":", "a", "@:", ":@"])
def test_a_setting_is_shown_at_once(piece: str) -> None:
    _assert_in_proportion(
        lambda text: schema_problems({"type": "number"}, text, what="this block"),
        lambda length: piece * (length // len(piece)),
    )


@pytest.mark.parametrize("piece", ["@{", "@", "{", "@{a", "a"])
def test_a_reference_of_a_composite_call_is_found_at_once(piece: str) -> None:
    pattern = vars(import_module("salesforce_sandbox.api.composite"))["_REFERENCE"]
    _assert_in_proportion(lambda text: pattern.sub("", text), lambda length: piece * (length // len(piece)))
