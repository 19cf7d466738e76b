"""What a plugin may answer, and what is said where it answers with something else."""

from collections.abc import Sequence
from typing import Any

import pluggy
import pytest

from tests.support.host import FakeContext
from ziggy_sf_write.contract import BlockResult, HostError, Problem
from ziggy_sf_write.hookspecs import hookimpl
from ziggy_studio.answers import check_block, checked_report, checked_result, report_of
from ziggy_studio.plugins import make_plugin_manager

ENTRY = {"index": 0, "outcome": "failed", "errors": [{"code": "bad", "message": "It is bad."}]}


def _plugins(answer: Any) -> pluggy.PluginManager:
    class Checking:
        @hookimpl
        def ziggy_check(self, block_type: str) -> Sequence[Problem]:
            found: Sequence[Problem] = answer() if callable(answer) else answer
            return found

    return make_plugin_manager(plugins=[Checking()])


@pytest.mark.parametrize(
    ("items", "on_the_edge"),
    [({"a": 1}, [{"a": 1}]), ((x for x in "ab"), ["a", "b"]), ([1], [1]), ((), ()), (range(2), range(2))],
    ids=["one object", "generator", "list", "nothing", "sequence"],
)
def test_an_edge_carries_an_array_whatever_a_plugin_gives(items: Any, on_the_edge: Sequence[Any]) -> None:
    assert checked_result(BlockResult(outputs=(items,))).outputs == (on_the_edge,)


WRONG: dict[str, tuple[Any, str]] = {
    "no result": ({"outputs": []}, "a result that is a dict"),
    "no outputs": (BlockResult(outputs=None), "outputs that are a NoneType"),  # type: ignore[arg-type] # the defect
    "an output that is none": (BlockResult(outputs=(None,)), "an output 0 that is a NoneType"),  # type: ignore[arg-type] # the defect
    "a text": (BlockResult(outputs=([], "abc")), "an output 1 that is a str"),
    "a report that is none": (BlockResult(outputs=(), report=[1]), "a report that is a list"),  # type: ignore[arg-type] # the defect
    "a response": (BlockResult(outputs=(), report={"response": 5}), "`response` is a int"),
    "an entry": (BlockResult(outputs=(), report={"notWritten": ["x"]}), "`notWritten` cannot be read"),
    "no list of entries": (BlockResult(outputs=(), report={"notWritten": 5}), "`notWritten` cannot be read"),
    "an error": (
        BlockResult(outputs=(), report={"notWritten": [{**ENTRY, "errors": ["bad"]}]}),
        "`notWritten` cannot be read",
    ),
    "an index that is a text": (
        BlockResult(outputs=(), report={"notWritten": [{**ENTRY, "index": "0"}]}),
        "`notWritten` cannot be read",
    ),
    "no errors": (
        BlockResult(outputs=(), report={"notWritten": [{**ENTRY, "errors": None}]}),
        "`notWritten` cannot be read",
    ),
}


@pytest.mark.parametrize(("result", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_result_of_another_form_says_what_is_wrong_with_it(result: Any, sentence: str) -> None:
    with pytest.raises(HostError, match="The block's plugin has a defect") as caught:
        checked_result(result)
    assert sentence in str(caught.value)


def test_a_report_is_kept_as_it_is() -> None:
    assert checked_report({"notWritten": [ENTRY], "more": 1}) == {"notWritten": [ENTRY], "more": 1}
    assert checked_report(None) is None


def test_a_report_that_cannot_be_read_does_not_hide_its_error() -> None:
    class Failed(HostError):
        report = 5

    assert report_of(Failed("No login.")) is None


def test_a_check_that_raises_is_a_problem_of_its_block() -> None:
    def crash() -> None:
        raise KeyError("x")

    (problem,) = check_block(_plugins(crash), "X", {}, FakeContext()) or []
    assert problem.message == "The check of this block failed with an internal error (KeyError)."


def test_a_check_that_cannot_be_made_says_why() -> None:
    def refuse() -> None:
        raise HostError("There is no connection `a`.")

    assert check_block(_plugins(refuse), "X", {}, FakeContext()) == [
        Problem(path="", message="There is no connection `a`.")
    ]


def test_a_check_that_answers_with_something_else_is_a_problem_of_its_block() -> None:
    (problem,) = check_block(_plugins(["bad"]), "X", {}, FakeContext()) or []
    assert "it gave a problem that is a str" in problem.message
