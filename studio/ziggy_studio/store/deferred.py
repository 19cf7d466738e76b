"""A Data Store in a file, opened when somebody first needs what it holds."""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ziggy_sf_write.contract import StoreRecord
from ziggy_studio import store

if TYPE_CHECKING:
    from ziggy_studio.store.sql import SqlStore


class DeferredStore:
    """The Data Store of a command that may not need one: opening it takes longer than a small load.

    A file that is not there holds nothing, so it can be read without being made. Every other use opens the store, and
    raises `HostError` where that cannot be done. Threads may use it at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: SqlStore | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the store, if it was opened."""
        if self._opened is not None:
            self._opened.close()

    def namespaces(self) -> Sequence[str]:
        """As of `SqlStore`, like all that follow."""
        return self._open().namespaces() if self._path.exists() else ()

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        return self._open().find(name, limit=limit, offset=offset) if self._path.exists() else ()

    def find_after(self, name: str, key: str | None, *, limit: int) -> Sequence[StoreRecord]:
        return self._open().find_after(name, key, limit=limit) if self._path.exists() else ()

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        return self._open().find_key(name, key) if self._path.exists() else None

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        return self._open().find_keys(name, keys) if self._path.exists() else ()

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        return self._open().insert_many(records)

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        self._open().upsert_many(records)

    def delete_key(self, name: str, key: str) -> bool:
        return self._path.exists() and self._open().delete_key(name, key)

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        return self._open().delete_keys(name, keys) if self._path.exists() else 0

    def _open(self) -> "SqlStore":
        with self._lock:
            if self._opened is None:
                self._opened = store.open_store(self._path)
            return self._opened
