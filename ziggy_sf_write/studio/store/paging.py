"""Reads a whole namespace, a page in memory at a time."""

from collections.abc import Iterator

from ziggy_sf_write.contract import DataStore, StoreRecord

_PAGE = 1_000


def all_records(store: DataStore, name: str) -> Iterator[StoreRecord]:
    """Every record of a namespace in key order."""
    offset = 0
    while page := store.find(name, limit=_PAGE, offset=offset):
        yield from page
        offset += len(page)
