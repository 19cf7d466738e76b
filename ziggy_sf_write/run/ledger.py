"""The ledger: for each item of the edge exactly one outcome, and why. The only state of a run that lasts."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.salesforce.ids import to_18

_ID_LENGTH = 18


class Outcome(IntEnum):
    """How an item ended; OPEN is where every item begins and none may stay."""

    OPEN = 0
    CREATED = 1
    UPDATED = 2
    INVALID = 3
    FAILED = 4
    UNPROCESSED = 5
    UNKNOWN = 6
    WOULD_CREATE = 7
    WOULD_UPDATE = 8

    @property
    def label(self) -> str:
        """The outcome's name in reports and records."""
        return _LABELS[self]

    @property
    def is_written(self) -> bool:
        """Whether the item is in Salesforce, or would be in a dry run."""
        return self in _WRITTEN


_LABELS = {
    Outcome.OPEN: "open",
    Outcome.CREATED: "written",
    Outcome.UPDATED: "written",
    Outcome.INVALID: "invalid",
    Outcome.FAILED: "failed",
    Outcome.UNPROCESSED: "unprocessed",
    Outcome.UNKNOWN: "unknown",
    Outcome.WOULD_CREATE: "wouldCreate",
    Outcome.WOULD_UPDATE: "wouldUpdate",
}
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.WOULD_CREATE, Outcome.WOULD_UPDATE})


class Stage(StrEnum):
    """Where on the road a reason arose."""

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


class Ledger:
    """Outcomes by item index, one byte each, and Ids, 18 bytes each; reasons beside them. Threads settle at once."""

    def __init__(self, size: int) -> None:
        self._outcomes = bytearray(size)
        self._ids = bytearray(_ID_LENGTH * size)
        self._reasons: dict[int, tuple[Reason, ...]] = {}
        self._failures = 0
        self._settled = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._outcomes)

    @property
    def failures(self) -> int:
        """Writes that failed so far."""
        return self._failures

    @property
    def settled(self) -> int:
        """Items that have their outcome."""
        return self._settled

    def settle_written(self, index: int, record_id: str | None, outcome: Outcome) -> None:
        """Records an item that was written, or would be; `record_id` may be None in a dry run only."""
        with self._lock:
            self._settle(index, outcome)
            if record_id:
                start = index * _ID_LENGTH
                self._ids[start : start + _ID_LENGTH] = to_18(record_id).encode("ascii")

    def settle_all_written(self, written: Iterable[tuple[int, str, Outcome]]) -> None:
        """Records the written items of a call: each with its place, its Id of 15 or 18 characters, and its outcome."""
        outcomes, ids = self._outcomes, self._ids
        with self._lock:
            for index, record_id, outcome in written:
                if outcomes[index]:
                    self._settle(index, outcome)  # it says what is wrong
                outcomes[index] = outcome
                self._settled += 1
                start = index * _ID_LENGTH
                ids[start : start + _ID_LENGTH] = to_18(record_id).encode()

    def settle(self, index: int, outcome: Outcome, reasons: Sequence[Reason]) -> None:
        """Records an item that was not written, with at least one reason."""
        if not reasons:
            raise InternalError(f"item {index} is {outcome.label} without a reason")
        with self._lock:
            self._settle(index, outcome)
            self._reasons[index] = tuple(reasons)
            if outcome is Outcome.FAILED:
                self._failures += 1

    def settle_rest(self, reason: Reason) -> None:
        """Records every item that is still open as unprocessed."""
        for index in self.open_items():
            self.settle(index, Outcome.UNPROCESSED, (reason,))

    def open_items(self) -> list[int]:
        """The items without an outcome, in input order."""
        return [index for index, outcome in enumerate(self._outcomes) if outcome == Outcome.OPEN]

    def outcome(self, index: int) -> Outcome:
        """An item's outcome."""
        return Outcome(self._outcomes[index])

    def record_id(self, index: int) -> str | None:
        """The 18-character Id of a written item; None where it has none, as in a preview."""
        start = index * _ID_LENGTH
        found = self._ids[start : start + _ID_LENGTH]
        return found.decode("ascii") if found[0] else None

    def reasons(self, index: int) -> tuple[Reason, ...]:
        """Why an item was not written."""
        return self._reasons[index]

    def written(self) -> Iterator[int]:
        """The written items in input order."""
        return (index for index, outcome in enumerate(self._outcomes) if outcome in _WRITTEN)

    def not_written(self, window: range | None = None) -> Iterator[int]:
        """The other ones in input order, of all items or of some."""
        if window is None:
            return iter(sorted(self._reasons))
        return (index for index in window if index in self._reasons)

    def written_count(self) -> int:
        """How many items are written."""
        return sum(self.count(outcome) for outcome in _WRITTEN)

    def count(self, outcome: Outcome) -> int:
        """How many items ended so."""
        return self._outcomes.count(outcome)

    def counts(self) -> dict[str, int]:
        """Items by the outcomes' names, `received` included. Raises `InternalError` if they do not add up."""
        by_label: Counter[str] = Counter()
        for outcome in Outcome:
            by_label[outcome.label] += self.count(outcome)
        if by_label.pop("open"):
            raise InternalError(f"items without an outcome: {self.open_items()[:10]}")
        received = len(self._outcomes)
        if sum(by_label.values()) != received:
            raise InternalError(f"{received} items came in, but {dict(by_label)} went out")
        return {"received": received, **by_label}

    def _settle(self, index: int, outcome: Outcome) -> None:
        if self._outcomes[index] != Outcome.OPEN:
            raise InternalError(f"item {index} is {self.outcome(index).label} and was to become {outcome.label}")
        self._outcomes[index] = outcome
        self._settled += 1
