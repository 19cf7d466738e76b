"""The ledger: one outcome an item, never two, and they add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.run.ledger import Ledger, Outcome, Reason, Stage

REASON = Reason(stage=Stage.WRITE, code="X", message="x")


def test_an_item_cannot_end_twice() -> None:
    ledger = Ledger(1)
    ledger.settle_written(0, "001gL000002rbzaQAA", Outcome.CREATED)
    with pytest.raises(InternalError, match="item 0 is written and was to become failed"):
        ledger.settle(0, Outcome.FAILED, (REASON,))


def test_an_item_cannot_be_written_twice() -> None:
    ledger = Ledger(2)
    once = [(0, "001gL000002rbzaQAA", Outcome.CREATED)]
    ledger.settle_all_written(once)
    with pytest.raises(InternalError, match="item 0 is written and was to become written"):
        ledger.settle_all_written(once)


def test_an_item_that_was_not_written_has_a_reason() -> None:
    with pytest.raises(InternalError, match="without a reason"):
        Ledger(1).settle(0, Outcome.FAILED, ())


def test_an_open_item_is_found_before_it_is_forgotten() -> None:
    with pytest.raises(InternalError, match=r"without an outcome: \[0, 1\]"):
        Ledger(2).counts()


@given(st.lists(st.sampled_from([one for one in Outcome if one is not Outcome.OPEN])))
def test_outcomes_add_up(chosen: list[Outcome]) -> None:
    ledger = Ledger(len(chosen))
    for index, outcome in enumerate(chosen):
        if outcome.is_written:
            ledger.settle_written(index, None, outcome)
        else:
            ledger.settle(index, outcome, (REASON,))
    counts = ledger.counts()
    assert counts.pop("received") == sum(counts.values()) == len(chosen) == ledger.settled
    assert [*ledger.written(), *ledger.not_written()] == sorted(
        range(len(chosen)), key=lambda index: (not chosen[index].is_written, index)
    )


def test_the_rest_is_unprocessed() -> None:
    ledger = Ledger(3)
    ledger.settle(1, Outcome.INVALID, (REASON,))
    ledger.settle_rest(REASON)
    assert ledger.counts()["unprocessed"] == 2
