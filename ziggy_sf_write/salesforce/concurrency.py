"""How many calls one org is asked at a time: found out while calls are made, for all runs of a process together.

Slow start, then additive increase and multiplicative decrease, as TCP does: more calls while more of them are answered
in the same time, half as many as soon as the org says that it is too much (Salesforce API 7.6 and 8.1). A query is
answered in a fraction of the time that 200 records take to be saved, so an answer counts for what such calls take.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ziggy_sf_write.contract import Cancellation
from ziggy_sf_write.salesforce.failures import CallFailed, Refused, Stopped

FIRST = 5
MOST = 25
# Few calls of ten seconds and more may be under way in a whole org, whoever made them: then others are shut out.
LONG_S, MOST_LONG = 10.0, 3
# So much more must be answered in the same time for twice as many calls to be worth it.
_WORTH_IT = 1.15
_SLOWER = 0.8
# And so much more for one call more; else it is tried again after some rounds.
_BETTER = 1.02
_ROUNDS_TO_REST = 4
_LONGEST_SLEEP_S = 0.2
_TOO_MANY = frozenset({420, 429, 503})
_TOO_MANY_CODES = frozenset({"REQUEST_LIMIT_EXCEEDED", "TOO_MANY_APEX_REQUESTS"})


@dataclass(frozen=True, slots=True)
class Settled:
    """How many calls a run has come to make at a time, and why not more."""

    calls: int
    reason: str


class AdaptiveConcurrency:
    """The calls that may be under way in one org. Threads ask for a place before each call."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = FIRST
        self._reason = "No more calls than that were needed."
        self._is_slow_start = True
        self._best = 0.0
        self._resting = 0
        self._is_probe = False
        self._lowered_at_s = float("-inf")
        self._under_way: dict[int, float] = {}
        self._next = 0
        # What the shortest call of each kind took: the first ones open connections, and say little.
        self._least_s: dict[Hashable, float] = {}
        # A round: as many answers as calls at a time, by what they are like. A call that failed is none.
        self._round_began_s: float | None = None
        self._answers: Counter[Hashable] = Counter()
        self._was_full = False
        self._last_took_s = 0.0
        self._free = threading.Condition()

    @property
    def settled(self) -> Settled:
        """Where it stands now."""
        with self._free:
            if self._is_long():
                return Settled(min(self._limit, MOST_LONG), "Calls take ten seconds or more, and the org allows few.")
            return Settled(self._limit, self._reason)

    @property
    def most(self) -> int:
        """How many it may come to as far as is known: as many as ever, as long as twice as many are worth it."""
        with self._free:
            return MOST if self._is_slow_start else self._limit

    @contextmanager
    def place(self, cancelled: Cancellation, like: Hashable = None) -> Iterator[None]:
        """A place for one call, which is left with it; how the call ends tells whether there may be more.

        Args:
            cancelled: the stop signal of the run.
            like: what calls that take as long have in common. There must be few of them.

        Raises:
            Stopped: the run was asked to stop while it waited.
        """
        number = self._take(cancelled)
        failed: CallFailed | None = None
        try:
            yield
        except CallFailed as err:
            failed = err
            raise
        finally:
            self._leave(number, like, failed)

    def lower(self, reason: str) -> None:
        """Half as many from now on: the org was asked for too much at a time."""
        with self._free:
            self._lower(self._clock() - self._last_took_s, reason)

    def _take(self, cancelled: Cancellation) -> int:
        with self._free:
            while self._places() <= 0:
                self._was_full = True
                if cancelled.is_set():
                    raise Stopped
                self._free.wait(_LONGEST_SLEEP_S)
            self._next += 1
            now = self._clock()
            if self._round_began_s is None:
                self._round_began_s = now
            self._under_way[self._next] = now
            return self._next

    def _leave(self, number: int, like: Hashable, failed: CallFailed | None) -> None:
        with self._free:
            now, began_s = self._clock(), self._under_way.pop(number)
            self._last_took_s = now - began_s
            if failed is None:
                self._least_s[like] = min(self._last_took_s, self._least_s.get(like, self._last_took_s))
                self._answers[like] += 1
            if failed is not None and _is_too_many(failed):
                self._lower(began_s, "The org refused more at a time.")
            elif self._answers.total() >= self._limit and self._round_began_s is not None:
                done_s = sum(count * self._least_s[each] for each, count in self._answers.items())
                self._end_round(done_s / max(now - self._round_began_s, 1e-6))
            if not self._under_way:
                # Time in which nobody asked says nothing about the org.
                self._begin_round(None)
            # No more than there are places: else all would wake at each call, and all but one wait again.
            self._free.notify(max(0, self._places()))

    def _places(self) -> int:
        """How many more calls may begin; below zero after the limit was lowered."""
        return (min(self._limit, MOST_LONG) if self._is_long() else self._limit) - len(self._under_way)

    def _end_round(self, pace: float) -> None:
        """What a full round says: seconds of calls in a second, against the best that there was."""
        was_full = self._was_full
        self._begin_round(self._clock())
        if not was_full:
            return
        if self._is_slow_start:
            if pace >= self._best * _WORTH_IT:
                self._best = pace
                self._raise_to(self._limit * 2)
            else:
                self._is_slow_start = False
                self._limit = max(FIRST, self._limit // 2)
                self._reason = "More at a time brought no more answers in the same time."
        elif pace < self._best * _SLOWER:
            self._best = pace
            self._is_probe = False
            self._limit = max(1, self._limit - 1)
            self._reason = "Calls took longer, so there are fewer at a time."
        elif self._is_probe and pace < self._best * _BETTER:
            self._is_probe = False
            self._limit = max(1, self._limit - 1)
            self._resting = _ROUNDS_TO_REST
        elif self._resting > 0:
            self._resting -= 1
            self._best = pace
        else:
            self._best = max(self._best, pace)
            self._is_probe = self._limit < MOST
            self._raise_to(self._limit + 1)

    def _raise_to(self, limit: int) -> None:
        self._limit = min(MOST, limit)
        if self._limit == MOST:
            self._reason = "It is the most that is ever made at a time."
            self._is_slow_start = False

    def _lower(self, began_s: float, reason: str) -> None:
        """Halves the limit, once for all calls that were under way together."""
        if began_s < self._lowered_at_s:
            return
        self._limit = max(1, self._limit // 2)
        self._is_slow_start = False
        self._resting = _ROUNDS_TO_REST
        self._is_probe = False
        self._best = 0.0
        self._reason = reason
        self._lowered_at_s = self._clock()
        self._begin_round(self._lowered_at_s)

    def _begin_round(self, began_s: float | None) -> None:
        self._round_began_s, self._was_full = began_s, False
        self._answers.clear()

    def _is_long(self) -> bool:
        if self._last_took_s >= LONG_S:
            return True
        oldest = min(self._under_way.values(), default=None)
        return oldest is not None and self._clock() - oldest >= LONG_S


def _is_too_many(err: CallFailed) -> bool:
    if not isinstance(err, Refused):
        return False
    is_daily = err.code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" not in err.errors[0].message
    return not is_daily and (err.status in _TOO_MANY or err.code in _TOO_MANY_CODES)
