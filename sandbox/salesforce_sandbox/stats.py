"""Counts of what the org was asked and what it wrote."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

_WRITE_KINDS = frozenset(
    {
        "row_create", "row_update", "row_upsert", "row_delete", "collections_create", "collections_update",
        "collections_upsert", "collections_delete", "composite", "batch", "graph", "tree", "bulk_create", "bulk_upload",
        "bulk_patch", "bulk_delete",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """A snapshot. `duplicates` names key fields whose value several live records share, with the surplus."""

    calls: Mapping[str, int]
    total_calls: int
    write_calls: int
    api_calls: int
    peak_concurrency: int
    rows_written: int
    rows_created: int
    rows_updated: int
    rows_deleted: int
    rows_failed: int
    faults: Mapping[str, int] = field(default_factory=dict)
    duplicates: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


class Counters:
    """The running counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Starts from zero."""
        with self._lock:
            self._calls: Counter[str] = Counter()
            self._rows: Counter[str] = Counter()
            self._faults: Counter[str] = Counter()
            self._peak = self._in_flight
            self._api_calls = 0

    @contextmanager
    def call(self, kind: str) -> Iterator[None]:
        """Counts a call, and that it is in flight while it lasts."""
        with self._lock:
            self._calls[kind] += 1
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def api_call(self, count: int = 1) -> int:
        """Counts against the daily allowance and says how much of it is used."""
        with self._lock:
            self._api_calls += count
            return self._api_calls

    @property
    def api_calls(self) -> int:
        """How much of the daily allowance is used."""
        return self._api_calls

    def rows(self, *, created: int = 0, updated: int = 0, deleted: int = 0, failed: int = 0) -> None:
        """Counts records by what became of them."""
        with self._lock:
            self._rows.update(created=created, updated=updated, deleted=deleted, failed=failed)

    def fault(self, name: str) -> None:
        """Counts a fault that was done to a call."""
        with self._lock:
            self._faults[name] += 1

    def snapshot(self, duplicates: Mapping[str, int]) -> Stats:
        """The counts as they stand."""
        with self._lock:
            rows = self._rows
            return Stats(
                calls=dict(self._calls),
                total_calls=self._calls.total(),
                write_calls=sum(count for kind, count in self._calls.items() if kind in _WRITE_KINDS),
                api_calls=self._api_calls,
                peak_concurrency=self._peak,
                rows_written=rows["created"] + rows["updated"] + rows["deleted"],
                rows_created=rows["created"],
                rows_updated=rows["updated"],
                rows_deleted=rows["deleted"],
                rows_failed=rows["failed"],
                faults=dict(self._faults),
                duplicates=dict(duplicates),
            )
