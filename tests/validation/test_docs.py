"""The page of problem codes: complete, and as fresh as the checker's own answers."""

import doctest

import pytest

from scripts.generate_validation_docs import EXAMPLES, PAGE, answer, page
from ziggy_sf_write.validation import ProblemCode


@pytest.mark.parametrize("code", ProblemCode)
def test_each_code_has_an_example_that_earns_it_and_nothing_else(code: ProblemCode) -> None:
    assert {one.code for one in answer(EXAMPLES[code])} == {code}


def test_the_page_says_what_the_checker_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("code", ProblemCode)
def test_each_code_has_a_section(code: ProblemCode) -> None:
    assert f"\n### {code}\n" in PAGE.read_text(encoding="utf-8")


def test_the_example_on_the_page_runs_as_it_is_shown() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8").failed == 0
