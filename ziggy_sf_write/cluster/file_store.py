"""A Data Store of small files in the folder of the run: what a worker keeps there survives it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ziggy_sf_write.cluster.folder import atomic_file
from ziggy_sf_write.contract import HostError, StoreRecord


class FileStore:
    """One file a record, replaced as a whole, so that any shared file system will do.

    SQLite's locks do not hold on network file systems, and the records here are few: the Bulk jobs under way.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        return sorted({one.name for one in self._records()})

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        found = sorted((one for one in self._records() if one.name == name), key=lambda one: one.key)
        return found[offset : offset + limit]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        with _errors(self._folder):
            path = self._path(name, key)
            return _read(path) if path.exists() else None

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        """The records of a namespace that have one of these keys."""
        return [record for key in dict.fromkeys(keys) if (record := self.find_key(name, key)) is not None]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes records, each at once; one that exists is replaced."""
        with _errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for record in records:
                with atomic_file(self._path(record.name, record.key)) as path:
                    path.write_text(json.dumps({"name": record.name, "key": record.key, "data": record.data}))

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        with _errors(self._folder):
            path = self._path(name, key)
            exists = path.exists()
            path.unlink(missing_ok=True)
            return exists

    def _records(self) -> Iterator[StoreRecord]:
        with _errors(self._folder):
            paths = sorted(self._folder.glob("*.json"))
            yield from map(_read, paths)

    def _path(self, name: str, key: str) -> Path:
        # Names and keys may hold anything, a file's name may not.
        digest = hashlib.sha256(json.dumps([name, key]).encode()).hexdigest()
        return self._folder / f"{digest}.json"


def _read(path: Path) -> StoreRecord:
    raw = json.loads(path.read_text())
    return StoreRecord(name=raw["name"], key=raw["key"], data=raw["data"])


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as err:
        raise HostError(f"The run's own store at {folder} failed: {err}.") from err
