"""Progress: as it happens, at most ten times a second, and at the end of each phase."""

from tests.support.host import FakeContext
from ziggy_sf_write.run.ledger import Ledger, Outcome
from ziggy_sf_write.run.meter import Meter

ID = "001gL000002rbzaQAA"


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def _metered(size: int = 1_000) -> tuple[Meter, Ledger, FakeContext, Watch]:
    context, ledger, watch = FakeContext(), Ledger(size), Watch()
    return Meter(context, ledger, clock=watch), ledger, context, watch


def test_a_thousand_ticks_in_one_second_are_ten_reports() -> None:
    meter, ledger, context, watch = _metered()
    for index in range(1_000):
        ledger.settle_written(index, ID, Outcome.UPDATED)
        meter.tick()
        watch.now_s += 0.001
    assert 9 <= len(context.reported) <= 11
    done = [one.done for one in context.reported]
    assert done == sorted(done)


def test_the_first_tick_and_one_after_a_pause_are_reported_at_once() -> None:
    meter, _, context, watch = _metered()
    meter.tick()
    watch.now_s += 0.05
    meter.tick()
    watch.now_s += 0.06
    meter.tick()
    assert len(context.reported) == 2


def test_rows_of_a_job_that_are_under_way_count_as_done_but_never_as_more_than_there_are() -> None:
    meter, ledger, context, watch = _metered(10)
    ledger.settle_written(0, ID, Outcome.UPDATED)
    meter.tick(under_way=4)
    watch.now_s += 1
    meter.tick(under_way=400)
    assert [one.done for one in context.reported] == [5, 10]


def test_the_end_of_a_phase_is_reported_however_soon_it_comes() -> None:
    meter, _, context, _ = _metered()
    for name in ("connect", "check", "match"):
        with meter.phase(name):
            meter.tick()
    assert [one.phase for one in context.reported] == ["connect", "connect", "check", "match"]


def test_a_phase_that_comes_in_parts_is_timed_as_one() -> None:
    meter, _, _, watch = _metered()
    for _ in range(2):
        with meter.phase("check"):
            watch.now_s += 0.25
        with meter.phase("write"):
            watch.now_s += 1
    assert meter.phases() == [("check", 500), ("write", 2000)]
