"""A host as small as the contract allows."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ziggy_sf_write.contract import Connection, HostError, JsonValue, Mode, Progress, StoreRecord


class MemoryStore:
    """A Data Store in memory; `is_broken` makes it fail as a store does."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], StoreRecord] = {}
        self.is_broken = False

    def namespaces(self) -> Sequence[str]:
        return sorted({name for name, _ in self.records})

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        found = [self.records[key] for key in sorted(self.records) if key[0] == name]
        return found[offset : offset + limit]

    def find_after(self, name: str, key: str | None, *, limit: int) -> Sequence[StoreRecord]:
        behind = [one for one in self.find(name, limit=len(self.records)) if key is None or one.key > key]
        return behind[:limit]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        return self.records.get((name, key))

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        return [self.records[name, key] for key in set(keys) if (name, key) in self.records]

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        if self.is_broken:
            raise HostError("The disk is full.")
        # One step for all threads: what is there already is answered as it is.
        return [one for one in records if self.records.setdefault((one.name, one.key), one) is not one]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        if self.is_broken:
            raise HostError("The disk is full.")
        for record in records:
            self.records[record.name, record.key] = record

    def delete_key(self, name: str, key: str) -> bool:
        return self.records.pop((name, key), None) is not None

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        return sum(self.delete_key(name, key) for key in keys)


@dataclass(kw_only=True)
class FakeContext:
    """A host's context for all hooks."""

    connections: Mapping[str, Connection] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    mode: Mode = Mode.DEV
    edge_keys: Sequence[str] = ()
    execution_id: str = "run-1"
    flow_name: str = "A flow"
    block_id: str = "write"
    cursor: JsonValue = None
    wired_outputs: Sequence[int] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("tests"))
    reported: list[Progress] = field(default_factory=list)
    on_report: Callable[[Progress], object] = lambda _progress: None

    def connection_names(self, connection_type: str) -> Sequence[str]:
        return sorted(name for name, one in self.connections.items() if one.type == connection_type)

    def connection(self, name: str) -> Connection:
        if name not in self.connections:
            raise HostError(f"There is no connection `{name}`.")
        return self.connections[name]

    def progress(self, progress: Progress) -> None:
        self.reported.append(progress)
        self.on_report(progress)
