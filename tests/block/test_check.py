"""The red dot on the node: what is wrong before anyone presses Run."""

import pytest

from tests.support.host import FakeContext
from ziggy_sf_write.block.check import check_block
from ziggy_sf_write.contract import Connection

COMPLETE = {"connection": "sfDev", "object": "Account", "matchKey": "Id"}


def _host(*names: str) -> FakeContext:
    return FakeContext(connections={name: Connection(name=name, type="salesforce") for name in names})


def test_a_complete_configuration_has_no_problem() -> None:
    assert check_block(COMPLETE, _host("sfDev")) == []


@pytest.mark.parametrize(
    ("names", "cure"),
    [(("sfTest", "sfProd"), "Known are sfProd, sfTest."), ((), "There is none yet: add one under Connections.")],
)
def test_a_connection_that_is_gone_is_named_with_what_there_is(names: tuple[str, ...], cure: str) -> None:
    (problem,) = check_block(COMPLETE, _host(*names))
    assert problem.path == "/connection"
    assert problem.message == f"There is no Salesforce connection `sfDev`. {cure}"


def test_a_connection_that_is_not_chosen_yet_is_one_problem_not_two() -> None:
    (problem,) = check_block({**COMPLETE, "connection": ""}, _host("sfDev"))
    assert "`connection` is missing" in problem.message
