"""A host in memory, for tests and for small hosts: what `contract.py` asks of a host, and nothing more.

`MemoryContext` is the context of every hook, of a form as well as of a run. Its `MemoryStore` ends with the process: a
host whose failures are replayed and whose runs are undone later needs a Data Store that lasts.
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .contract import Connection, HostError, JsonValue, Mode, Progress, StoreRecord

__all__ = ["MemoryContext", "MemoryStore"]


class MemoryStore:
    """A Data Store in memory, for all threads of one process; `records` holds everything by namespace and key."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], StoreRecord] = {}

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        return sorted({name for name, _ in list(self.records)})

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        found = [self.records[key] for key in sorted(self.records) if key[0] == name]
        return found[offset : offset + limit]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        return self.records.get((name, key))

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        """The records of a namespace that have one of these keys."""
        return [self.records[name, key] for key in set(keys) if (name, key) in self.records]

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        """Writes the records that are new. Those of which the key was there already; one step for all threads."""
        return [one for one in records if self.records.setdefault((one.name, one.key), one) is not one]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes all records, replacing those that exist."""
        self.records.update({(record.name, record.key): record for record in records})

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        return self.records.pop((name, key), None) is not None

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        """Removes the records of a namespace that have one of these keys; how many there were."""
        return sum(self.delete_key(name, key) for key in keys)


@dataclass(kw_only=True)
class MemoryContext:
    """What the hooks may ask a host for. Set `cancelled` to stop a run; `reported` is its progress."""

    connections: Mapping[str, Connection] = field(default_factory=dict)
    store: MemoryStore = field(default_factory=MemoryStore)
    mode: Mode = Mode.DEV
    execution_id: str = "run-1"
    flow_name: str = "A flow"
    block_id: str = "write"
    edge_keys: Sequence[str] = ()
    wired_outputs: Sequence[int] | None = None
    cursor: JsonValue = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("ziggy"))
    reported: list[Progress] = field(default_factory=list)

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type, in alphabetical order."""
        return sorted(name for name, one in self.connections.items() if one.type == connection_type)

    def connection(self, name: str) -> Connection:
        """A connection by its name."""
        if name not in self.connections:
            raise HostError(f"There is no connection `{name}`.")
        return self.connections[name]

    def progress(self, progress: Progress) -> None:
        """Remembers how far the block is."""
        self.reported.append(progress)
