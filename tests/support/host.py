"""The host in memory, with the two ends that tests hold: a store that fails, and a look at each report of progress."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ziggy_sf_write.contract import HostError, Progress, StoreRecord
from ziggy_sf_write.testing import MemoryContext
from ziggy_sf_write.testing import MemoryStore as HostStore


class MemoryStore(HostStore):
    """A Data Store in memory; `is_broken` makes it fail as a store does."""

    def __init__(self) -> None:
        super().__init__()
        self.is_broken = False

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        if self.is_broken:
            raise HostError("The disk is full.")
        return super().insert_many(records)

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        if self.is_broken:
            raise HostError("The disk is full.")
        super().upsert_many(records)

    def find_after(self, name: str, key: str | None, *, limit: int) -> Sequence[StoreRecord]:
        """As the studio's stores page; part of no contract."""
        behind = [one for one in self.find(name, limit=len(self.records)) if key is None or one.key > key]
        return behind[:limit]


class StoreLockedOnce(MemoryStore):
    """A store that is locked when it is first written to."""

    has_failed = False

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise HostError("The database is locked.")
        super().upsert_many(records)


class CountingStore(MemoryStore):
    """A store that counts how often this namespace is looked at."""

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self.namespace = namespace
        self.looks = 0

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        self.looks += name == self.namespace
        return super().find(name, limit=limit, offset=offset)

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        self.looks += name == self.namespace
        return super().find_keys(name, keys)


@dataclass(kw_only=True)
class FakeContext(MemoryContext):
    """A host's context for all hooks."""

    store: MemoryStore = field(default_factory=MemoryStore)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("tests"))
    on_report: Callable[[Progress], object] = lambda _progress: None

    def progress(self, progress: Progress) -> None:
        super().progress(progress)
        self.on_report(progress)
