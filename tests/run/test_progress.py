"""Progress: as it happens, at most ten times a second, and at the end of each phase."""

from tests.support.host import FakeContext
from ziggy_sf_write.run.context import RunProgress
from ziggy_sf_write.run.outcomes import Counts, Ledger, Outcome

ID = "001gL000002rbzaQAA"


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def _begun(size: int = 1_000) -> tuple[RunProgress, Ledger, FakeContext, Watch]:
    context, counts, watch = FakeContext(), Counts(), Watch()
    progress = RunProgress(context, counts, clock=watch)
    progress.expect(size)
    return progress, Ledger(size, counts), context, watch


def test_a_thousand_ticks_in_one_second_are_ten_reports() -> None:
    progress, ledger, context, watch = _begun()
    for index in range(1_000):
        ledger.settle_written([(index, ID, Outcome.UPDATED)])
        progress.tick()
        watch.now_s += 0.001
    assert 9 <= len(context.reported) <= 11
    done = [one.done for one in context.reported]
    assert done == sorted(done)


def test_the_first_tick_and_one_after_a_pause_are_reported_at_once() -> None:
    progress, _, context, watch = _begun()
    progress.tick()
    watch.now_s += 0.05
    progress.tick()
    watch.now_s += 0.06
    progress.tick()
    assert len(context.reported) == 2


def test_rows_of_a_job_that_are_under_way_count_as_done_but_never_as_more_than_there_are() -> None:
    progress, ledger, context, watch = _begun(10)
    ledger.settle_written([(0, ID, Outcome.UPDATED)])
    progress.tick(under_way=4)
    watch.now_s += 1
    progress.tick(under_way=400)
    assert [one.done for one in context.reported] == [5, 10]


def test_the_end_of_a_phase_is_reported_however_soon_it_comes() -> None:
    progress, _, context, _ = _begun()
    for name in ("connect", "check", "match"):
        with progress.phase(name):
            progress.tick()
    assert [one.phase for one in context.reported] == ["connect", "connect", "check", "match"]


def test_a_phase_that_comes_in_parts_is_timed_as_one() -> None:
    progress, _, _, watch = _begun()
    for _ in range(2):
        with progress.phase("check"):
            watch.now_s += 0.25
        with progress.phase("write"):
            watch.now_s += 1
    assert progress.phases() == [("check", 500), ("write", 2000)]
