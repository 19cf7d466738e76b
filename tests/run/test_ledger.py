"""The ledger: one outcome an item, never two, and they add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.run.outcomes import Counts, Ledger, Outcome, Reason, Stage

ID = "001gL000002rbzaQAA"
REASON = Reason(stage=Stage.WRITE, code="X", message="x")


def _ledger(size: int) -> Ledger:
    return Ledger(size, Counts())


def test_an_item_cannot_end_twice() -> None:
    ledger = _ledger(1)
    ledger.settle_written([(0, ID, Outcome.CREATED)])
    with pytest.raises(InternalError, match="item 0 is written and was to become failed"):
        ledger.settle(0, Outcome.FAILED, (REASON,))


def test_an_item_cannot_be_written_twice() -> None:
    ledger = _ledger(2)
    once = [(0, ID, Outcome.CREATED)]
    ledger.settle_written(once)
    with pytest.raises(InternalError, match="item 0 is written and was to become written"):
        ledger.settle_written(once)


def test_an_item_that_was_not_written_has_a_reason() -> None:
    with pytest.raises(InternalError, match="without a reason"):
        _ledger(1).settle(0, Outcome.FAILED, ())


def test_only_what_salesforce_refused_may_turn_out_to_be_invalid() -> None:
    counts = Counts()
    ledger = Ledger(2, counts)
    ledger.settle(0, Outcome.FAILED, (REASON,))
    assert counts.failures == 1
    ledger.overrule(0, (REASON,))
    ledger.settle_written([(1, ID, Outcome.CREATED)])
    assert (ledger.outcome(0), counts.failures, counts.settled) == (Outcome.INVALID, 0, 2)
    with pytest.raises(InternalError, match="item 1 is written and was to become invalid"):
        ledger.overrule(1, (REASON,))


def test_an_open_item_is_found_before_it_is_forgotten() -> None:
    with pytest.raises(InternalError, match=r"without an outcome: \[0, 1\]"):
        _ledger(2).close(None)


def test_counts_that_do_not_add_up_are_said() -> None:
    counts = Counts()
    counts.add(bytes([Outcome.UPDATED]))
    counts.received += 1
    with pytest.raises(InternalError, match="2 items came in, but"):
        counts.by_label()


@given(st.lists(st.lists(st.sampled_from([one for one in Outcome if one is not Outcome.OPEN]))))
def test_outcomes_add_up_over_all_windows(windows: list[list[Outcome]]) -> None:
    counts = Counts()
    for chosen in windows:
        ledger = Ledger(len(chosen), counts)
        for index, outcome in enumerate(chosen):
            if outcome.is_written:
                ledger.settle_written([(index, None, outcome)])
            else:
                ledger.settle(index, outcome, (REASON,))
        ledger.close(None)
        assert list(ledger.not_written()) == [at for at, outcome in enumerate(chosen) if not outcome.is_written]
    by_label, total = counts.by_label(), sum(map(len, windows))
    assert by_label.pop("received") == sum(by_label.values()) == total == counts.settled
    assert counts.failures == counts.of(Outcome.FAILED)


def test_the_rest_is_unprocessed_and_what_was_broken_off_unknown() -> None:
    counts = Counts()
    ledger = Ledger(3, counts)
    ledger.settle(1, Outcome.INVALID, (REASON,))
    ledger.break_off([1, 2])
    ledger.close(REASON)
    assert [ledger.outcome(at).label for at in range(3)] == ["unprocessed", "invalid", "unknown"]
    assert counts.by_label()["received"] == 3
