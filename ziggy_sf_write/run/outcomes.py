"""For each item exactly one outcome, and why: the ledger of a window, the counts of a run, and the sentences."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Self

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.salesforce.failures import AnswerLost, OrgError
from ziggy_sf_write.salesforce.ids import to_18
from ziggy_sf_write.salesforce.retry import TRANSIENT_ROW_CODES
from ziggy_sf_write.validation import ItemProblem

# These are refused because of a neighbour, or for a moment: the same item may succeed later, unchanged.
_RETRYABLE = TRANSIENT_ROW_CODES | {
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "PROCESSING_HALTED",
    "ENTITY_IS_LOCKED",
    "STORAGE_LIMIT_EXCEEDED",
}
# The whole value is echoed in some messages; a reason names it, a report must not carry 130,000 characters of it.
_LONGEST_MESSAGE = 500


class Outcome(IntEnum):
    """How an item ended; OPEN is where every item begins and none may stay. `label` is the name in reports."""

    label: str

    OPEN = 0, "open"
    CREATED = 1, "written"
    UPDATED = 2, "written"
    INVALID = 3, "invalid"
    FAILED = 4, "failed"
    UNPROCESSED = 5, "unprocessed"
    UNKNOWN = 6, "unknown"
    WOULD_CREATE = 7, "wouldCreate"
    WOULD_UPDATE = 8, "wouldUpdate"
    UNCHANGED = 9, "unchanged"
    DELETED = 10, "written"
    WOULD_DELETE = 11, "wouldDelete"

    def __new__(cls, number: int, label: str) -> Self:
        """A byte of a ledger that knows its name."""
        one = int.__new__(cls, number)
        one._value_, one.label = number, label
        return one

    @property
    def is_written(self) -> bool:
        """Whether Salesforce holds what the item says, or would after a dry run's own run."""
        return self is not Outcome.OPEN and self.label not in NOT_WRITTEN


_BY_NUMBER = tuple(Outcome)
# The names of what did not make it.
NOT_WRITTEN = ("invalid", "failed", "unprocessed", "unknown")


# What a ledger has only while it is in memory.
_OF_THE_RUN = frozenset({"on_written", "waits_for", "_counts", "_lock"})


class Stage(StrEnum):
    """Where in the pipeline a reason arose."""

    INTAKE = "intake"
    CHECK = "check"
    MATCH = "match"
    WRITE = "write"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an item was not written; `is_retryable` says whether it may succeed later as it is."""

    stage: Stage
    code: str
    message: str
    fields: tuple[str, ...] = ()
    is_retryable: bool = False

    def to_json(self) -> dict[str, JsonValue]:
        """The reason as reports and namespaces carry it."""
        return {
            "stage": self.stage.value,
            "code": self.code,
            "message": self.message,
            "fields": list(self.fields),
            "retryable": self.is_retryable,
        }


class Counts:
    """What a run has counted so far, over all its windows. The only sums there are.

    `kept_removed` and `kept_superseded` count failures of the namespace that have been written since, wholly or partly.
    """

    def __init__(self) -> None:
        self.kept_removed = 0
        self.kept_superseded = 0
        self.received = 0
        self.settled = 0
        self.failures = 0
        self._ended: Counter[Outcome] = Counter()

    def of(self, outcome: Outcome) -> int:
        """How many items of closed windows ended so."""
        return self._ended[outcome]

    def add(self, outcomes: bytes | bytearray) -> None:
        """Counts a window, one byte an item."""
        self.received += len(outcomes)
        self._ended.update({outcome: count for outcome in Outcome if (count := outcomes.count(outcome))})

    def by_label(self) -> dict[str, int]:
        """Items by the outcomes' names, `received` included. Raises `InternalError` if they do not add up."""
        by_label = {one.label: 0 for one in Outcome if one is not Outcome.OPEN}
        for outcome, count in self._ended.items():
            by_label[outcome.label] += count
        if sum(by_label.values()) != self.received:
            raise InternalError(f"{self.received} items came in, but {by_label} went out")
        return {"received": self.received, **by_label}


@dataclass(frozen=True, slots=True)
class MissingParent:
    """Salesforce's words for a parent that is not there, which a record names by the key of the items (section 3.3)."""

    words: re.Pattern[str]

    def is_why(self, reasons: Iterable[Reason]) -> bool:
        """Whether a record was refused for that."""
        return any(reason.code == "INVALID_FIELD" and self.words.search(reason.message) for reason in reasons)


class Ledger:
    """The outcomes of one window by the item's place in it. Threads settle at once; what is settled stays, but for
    what Salesforce refused: that may turn out to be invalid.

    `on_written`, where it is set, is told the places of items that have just been written, from any thread.
    `waits_for`, where it is set, is for what a failed item is set aside, to be sent again later: it is open until then,
    and ends so if it is open to the end.
    """

    def __init__(self, size: int, counts: Counts) -> None:
        self.on_written: Callable[[Sequence[int]], None] | None = None
        self.waits_for: MissingParent | None = None
        # By place, why they were refused last; nothing for those that were not sent.
        self.aside: dict[int, tuple[Reason, ...]] = {}
        self._outcomes = bytearray(size)
        self._ids: list[str | None] = [None] * size
        self._reasons: dict[int, tuple[Reason, ...]] = {}
        self._broken_off: list[int] = []
        self._counts = counts
        self._lock = threading.Lock()

    def settle_written(self, written: Iterable[tuple[int, str | None, Outcome]]) -> None:
        """Records written items: each with its place, its Id of 15 or 18 characters (a dry run has none), its outcome.

        Raises:
            InternalError: one has its outcome already.
        """
        outcomes, ids = self._outcomes, self._ids
        settled: list[int] = []
        with self._lock:
            for index, record_id, outcome in written:
                if outcomes[index]:
                    self._refuse_second(index, outcome)
                outcomes[index] = outcome
                ids[index] = to_18(record_id) if record_id else None
                settled.append(index)
            if self.aside:
                for index in settled:
                    self.aside.pop(index, None)
            self._counts.settled += len(settled)
        if self.on_written is not None:
            self.on_written(settled)

    def settle(self, index: int, outcome: Outcome, reasons: Sequence[Reason]) -> None:
        """Records an item that was not written, with at least one reason.

        Raises:
            InternalError: it has its outcome already, or no reason.
        """
        if not reasons:
            raise InternalError(f"item {index} is {outcome.label} without a reason")
        with self._lock:
            if self._outcomes[index]:
                self._refuse_second(index, outcome)
            if outcome is Outcome.FAILED and self.waits_for is not None and self.waits_for.is_why(reasons):
                self.aside[index] = tuple(reasons)
                return
            self.aside.pop(index, None)
            self._record(index, outcome, tuple(reasons))
            self._counts.settled += 1

    def set_aside(self, index: int, reasons: Sequence[Reason] = ()) -> None:
        """An open item is to be sent later; with the reasons that it ends with if it is not."""
        self.aside[index] = tuple(reasons)

    def settle_aside(self, *, is_retryable: bool) -> None:
        """What was set aside and sent will not be sent again, and has failed."""
        self.waits_for = None
        for index, reasons in sorted(self.aside.items()):
            if reasons:
                again = tuple(replace(reason, is_retryable=True) for reason in reasons)
                self.settle(index, Outcome.FAILED, again if is_retryable else reasons)

    def overrule(self, index: int, reasons: Sequence[Reason]) -> None:
        """A failed item turns out to be invalid."""
        with self._lock:
            if self._outcomes[index] != Outcome.FAILED:
                self._refuse_second(index, Outcome.INVALID)
            self._counts.failures -= 1
            self._record(index, Outcome.INVALID, tuple(reasons))

    def break_off(self, indices: Iterable[int]) -> None:
        """The writing of these items has broken off: unless more becomes known of them, they end as unknown."""
        with self._lock:
            self._broken_off.extend(indices)

    def close(self, rest: Reason | None) -> None:
        """No item stays open: `rest` is why those that are left were not sent. Then the window is counted.

        Raises:
            InternalError: items are left, and nothing keeps them from being sent.
        """
        for index in self._broken_off:
            if not self._outcomes[index]:
                self.settle(index, Outcome.UNKNOWN, (_BROKEN_OFF,))
        self.settle_aside(is_retryable=rest is not None)
        if rest is not None:
            for index in self.open_items():
                self.settle(index, Outcome.UNPROCESSED, (rest,))
        if Outcome.OPEN in self._outcomes:
            raise InternalError(f"items without an outcome: {self.open_items()[:10]}")
        self._counts.add(self._outcomes)
        # Whoever was told of this window may hold it, and would be held by it: it would outlive its last reader.
        self.on_written = None

    def __getstate__(self) -> dict[str, object]:
        """For a file: all but what belongs to the run, which `resume` gives back."""
        return {name: value for name, value in vars(self).items() if name not in _OF_THE_RUN}

    def resume(self, counts: Counts) -> None:
        """A ledger that was in a file belongs to a run again."""
        self.on_written = self.waits_for = None
        self._counts = counts
        self._lock = threading.Lock()

    def open_items(self) -> list[int]:
        """The items without an outcome, in input order."""
        return [index for index, outcome in enumerate(self._outcomes) if outcome == Outcome.OPEN]

    def outcome(self, index: int) -> Outcome:
        """An item's outcome."""
        return _BY_NUMBER[self._outcomes[index]]

    def record_id(self, index: int) -> str | None:
        """The 18-character Id of a written item; None where it has none, as in a preview."""
        return self._ids[index]

    def record_ids(self) -> Sequence[str | None]:
        """All of them, in input order."""
        return self._ids

    def reasons(self, index: int) -> tuple[Reason, ...]:
        """Why an item was not written; empty where it was."""
        return self._reasons.get(index, ())

    def not_written(self) -> Iterator[int]:
        """The items that were not written, in input order."""
        return iter(sorted(self._reasons))

    @property
    def is_all_written(self) -> bool:
        """Whether nothing was left behind."""
        return not self._reasons

    def has(self, outcome: Outcome) -> bool:
        """Whether any item ended so."""
        return outcome in self._outcomes

    def _record(self, index: int, outcome: Outcome, reasons: tuple[Reason, ...]) -> None:
        self._outcomes[index] = outcome
        self._reasons[index] = reasons
        self._counts.failures += outcome is Outcome.FAILED

    def _refuse_second(self, index: int, outcome: Outcome) -> None:
        raise InternalError(f"item {index} is {self.outcome(index).label} and was to become {outcome.label}")


def reasons_of(errors: Sequence[OrgError]) -> tuple[Reason, ...]:
    """Salesforce's errors for one record, in its own words."""
    return tuple(
        write_reason(error.code, error.message, fields=error.fields, is_retryable=error.code in _RETRYABLE)
        for error in errors
    )


def write_reason(code: str, message: str, *, fields: tuple[str, ...] = (), is_retryable: bool = False) -> Reason:
    """Why a record was not saved, or may not have been; a long message is shortened."""
    short = message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"
    return Reason(stage=Stage.WRITE, code=code, message=short, fields=fields, is_retryable=is_retryable)


def reasons_of_check(problems: Iterable[ItemProblem], stage: Stage = Stage.CHECK) -> tuple[Reason, ...]:
    """What the check found, problem by problem."""
    return tuple(
        Reason(
            stage=stage,
            code=problem.code.value,
            message=problem.message,
            fields=(problem.field,) if problem.field else (),
        )
        for problem in problems
    )


def stop_reason(code: str, message: str) -> Reason:
    """Why no further item of the run is sent."""
    return Reason(stage=Stage.STOP, code=code, message=message, is_retryable=True)


def lost_reason(err: AnswerLost) -> Reason:
    """Why it is not known what became of an item."""
    return write_reason(
        "answer_lost",
        f"The item was sent, but {err}: whether Salesforce saved it could not be found out. "
        "Look the record up before sending the item again.",
    )


def left_running_reason(what: str) -> Reason:
    """Why it is not known what became of the rows of a Bulk job that the registry still has."""
    return write_reason(
        "answer_lost",
        f"The item is in a Bulk job whose end {what}. Run the flow again with the same items: it takes the job up "
        "where it was left.",
    )


_BROKEN_OFF = write_reason(
    "run_broken_off",
    "The block failed with an internal error while the item was being written: whether Salesforce saved it is not "
    "known. Look the record up before sending the item again.",
)


@dataclass(frozen=True, slots=True)
class Window:
    """Items that have their outcomes; `first` is the place of the first of them in the whole stream, from 0."""

    first: int
    items: Sequence[JsonValue]
    ledger: Ledger


def sentence(reasons: Iterable[Reason]) -> str:
    """All reasons of an item as one text."""
    return " ".join(reason.message for reason in reasons)
