"""What the writes that were measured say of the next ones."""

from dataclasses import asdict

import pytest

from ziggy_sf_write.salesforce.pace import Pace, rounds


@pytest.mark.parametrize(
    ("calls", "first", "most", "expected"),
    [
        (0, 5, 25, 0),
        (1, 5, 25, 1),
        (6, 5, 25, 2),
        (35, 5, 25, 3),
        (36, 5, 25, 4),
        (500, 25, 25, 20),
        (7, 3, 3, 3),
        # Fewer at a time than at first: the org has refused more.
        (100, 20, 5, 20),
    ],
)
def test_calls_begin_with_few_at_a_time(calls: int, first: int, most: int, expected: int) -> None:
    assert rounds(calls, first, most) == expected


def test_a_run_is_foretold_by_the_one_before() -> None:
    pace = Pace()
    pace.note_calls(20_000, 7.2, records=200, at_first=5, most=25)
    assert pace.by_calls_s(20_000, records=200, at_first=5, most=None) == pytest.approx(7.2)
    assert pace.by_calls_s(100_000, records=200, at_first=25, most=None) == pytest.approx(20 * 1.2)
    assert pace.by_calls_s(20_000, records=200, at_first=5, most=5) == pytest.approx(20 * 1.2)


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        (100_000, 40.0),
        (60_000, 30.0),
        (20_000, 20.0),
        # Below the smallest job and above the largest by the begin that is assumed: five seconds.
        (10_000, 12.5),
        (200_000, 75.0),
    ],
)
def test_a_job_is_foretold_between_the_jobs_of_other_sizes(rows: int, seconds: float) -> None:
    assert Pace(jobs=((100_000, 40.0), (20_000, 20.0))).by_job_s(rows) == pytest.approx(seconds)


def test_of_one_small_job_half_the_time_at_the_most_is_its_begin() -> None:
    assert Pace(jobs=((3_000, 2.0),)).by_job_s(30_000) == pytest.approx(11.0)


def test_the_newest_job_of_a_size_counts_and_few_sizes_are_remembered() -> None:
    pace = Pace()
    for rows in (3_000, 10_000, 20_000, 40_000, 80_000, 160_000, 90_000):
        pace.note_job(rows, rows / 1_000)
    assert [rows for rows, _ in pace.jobs] == [90_000, 160_000, 40_000, 20_000, 10_000]


def test_what_this_process_has_measured_comes_before_what_another_has_kept() -> None:
    kept = asdict(Pace(call_s=2.0, records=200, calls=8, jobs=((5_000, 9.0),)))
    new, own = Pace(), Pace(call_s=1.0, records=100, jobs=((7_000, 3.0),))
    new.recall(kept)
    own.recall(kept)
    assert (new.call_s, new.records, new.calls, new.jobs) == (2.0, 200, 8, ((5_000, 9.0),))
    assert (own.call_s, own.records, own.jobs) == (1.0, 100, ((7_000, 3.0),))
    assert not new.is_new


def test_a_process_that_saw_jobs_alone_keeps_no_calls() -> None:
    pace = Pace()
    pace.recall(asdict(Pace(jobs=((5_000, 9.0),))))
    assert (pace.call_s, pace.jobs) == (None, ((5_000, 9.0),))
