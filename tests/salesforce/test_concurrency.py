"""How many calls at a time an org is asked: more while that is faster, fewer as soon as it says so (section 8.1)."""

import heapq
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.support.impatience import ImpatientEvent
from ziggy_sf_write.salesforce.concurrency import FIRST, MOST, MOST_LONG, AdaptiveConcurrency
from ziggy_sf_write.salesforce.failures import NotSent, OrgError, Refused, Stopped


class Simulation:
    """An org in simulated time: how long a call takes, by how many are under way, and which it refuses.

    Calls are made one after the other as soon as there is a place; nothing really waits.
    """

    def __init__(self, took_s: Callable[[int], float], *, most: int = 1_000) -> None:
        self.now_s = 0.0
        self.limit = AdaptiveConcurrency(clock=lambda: self.now_s)
        self.highest = 0
        self._took_s = took_s
        self._most = most

    def run(self, calls: int, *, threads: int = MOST, like: str = "", share: float = 1.0) -> float:
        """Seconds that so many calls took, each with a share of the time that a call takes."""
        begun = 0
        ends: list[tuple[float, int, int, AbstractContextManager[None]]] = []
        started_s = self.now_s
        while begun < calls or ends:
            while begun < calls and len(ends) < threads and (place := self._place(like)) is not None:
                begun += 1
                heapq.heappush(ends, (self.now_s + self._took_s(len(ends) + 1) * share, begun, len(ends) + 1, place))
                self.highest = max(self.highest, len(ends))
            self.now_s, _, under_way, place = heapq.heappop(ends)
            error = Refused(503, (OrgError(code="BUSY", message="too many"),)) if under_way > self._most else None
            try:
                place.__exit__(type(error) if error else None, error, None)
            except Refused:
                begun -= 1
        return self.now_s - started_s

    def fail_all(self) -> None:
        """As many calls as there are places, each of which reaches nobody."""
        places = []
        while (place := self._place("")) is not None:
            places.append(place)
        for place in places:
            place.__exit__(NotSent, NotSent("nobody"), None)

    def _place(self, like: str) -> AbstractContextManager[None] | None:
        full = threading.Event()
        full.set()
        place = self.limit.place(full, like)
        try:
            place.__enter__()
        except Stopped:
            return None
        return place


def test_it_begins_small_and_rises_to_the_most_where_more_is_faster() -> None:
    org = Simulation(lambda _under_way: 0.5)
    assert org.limit.settled.calls == FIRST
    took_s = org.run(1_000)
    assert org.limit.settled.calls == MOST
    # At the best concurrency it would be 20 s; the bar is 1.25 times as much.
    assert took_s <= 20 * 1.25


def test_it_stays_where_more_at_a_time_brings_nothing() -> None:
    lanes = 8
    org = Simulation(lambda under_way: 0.5 * max(1.0, under_way / lanes))
    took_s = org.run(1_000)
    assert lanes <= org.limit.settled.calls <= 2 * lanes + FIRST
    assert org.limit.most == org.limit.settled.calls
    assert took_s <= 1_000 / lanes * 0.5 * 1.25


def test_it_may_come_to_the_most_until_it_has_found_out() -> None:
    org = Simulation(lambda _under_way: 0.5)
    org.run(8)
    assert (org.limit.settled.calls < MOST, org.limit.most) == (True, MOST)


def test_writing_is_not_held_back_by_how_soon_queries_were_answered() -> None:
    org = Simulation(lambda _under_way: 1.0)
    org.run(12, like="query", share=0.2)
    took_s = org.run(1_000, like="write")
    assert org.limit.settled.calls == MOST
    assert took_s <= 40 * 1.25


def test_runs_that_read_before_they_write_keep_what_was_found_out() -> None:
    org = Simulation(lambda _under_way: 1.0)
    org.run(7, like="query", share=0.2)
    took_s = []
    for _ in range(5):
        org.run(7, like="query", share=0.2)
        took_s.append(org.run(50, like="write"))
    assert took_s[1:] == pytest.approx([2.0] * 4)
    assert org.limit.settled.calls == MOST


def test_first_calls_that_open_connections_say_little() -> None:
    org = Simulation(lambda _under_way: 1.0)
    org.run(5, like="query", share=0.4)
    for _ in range(20):
        org.run(15, like="query", share=0.2)
        org.run(25, like="write")
    assert org.limit.settled.calls == MOST


def test_calls_that_fail_say_nothing() -> None:
    org = Simulation(lambda _under_way: 1.0)
    for _ in range(3):
        org.fail_all()
    assert org.limit.settled.calls == FIRST


def test_an_org_with_few_lanes_is_found_out_after_queries_too() -> None:
    lanes = 8
    org = Simulation(lambda under_way: max(1.0, under_way / lanes))
    org.run(12, like="query", share=0.2)
    org.run(1_000, like="write")
    assert lanes <= org.limit.settled.calls <= 2 * lanes + FIRST


def test_an_org_that_refuses_more_is_asked_for_less() -> None:
    org = Simulation(lambda _under_way: 0.5, most=6)
    org.run(500)
    assert org.limit.settled.calls <= 8


def test_a_lock_halves_it_once_for_all_calls_under_way() -> None:
    org = Simulation(lambda _under_way: 0.5)
    org.run(500)
    assert org.limit.settled.calls == MOST
    org.limit.lower("Records were locked.")
    org.limit.lower("Records were locked.")
    assert org.limit.settled.calls == MOST // 2
    assert org.limit.settled.reason == "Records were locked."
    org.highest = 0
    org.run(5)
    assert org.highest <= MOST // 2


def test_calls_of_ten_seconds_are_few() -> None:
    org = Simulation(lambda _under_way: 12.0)
    org.run(60)
    assert org.limit.settled.calls == MOST_LONG
    org.highest = 0
    org.run(20)
    assert org.highest <= MOST_LONG


def test_time_in_which_nobody_asks_says_nothing() -> None:
    org = Simulation(lambda _under_way: 0.5)
    for _ in range(20):
        org.run(60)
        org.now_s += 100
    assert org.limit.settled.calls == MOST


def test_few_calls_teach_nothing() -> None:
    org = Simulation(lambda _under_way: 0.5)
    for _ in range(50):
        org.run(3)
    assert org.limit.settled.calls == FIRST


def test_whoever_waits_for_a_place_hears_a_stop() -> None:
    limit, signal = AdaptiveConcurrency(), ImpatientEvent()
    signal.set()
    held = [limit.place(signal) for _ in range(FIRST)]
    for place in held:
        place.__enter__()
    with pytest.raises(Stopped), limit.place(signal):
        raise AssertionError("there was no place")
    for place in held:
        place.__exit__(None, None, None)
