"""Reads a whole namespace, a page in memory at a time."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from ziggy_sf_write.contract import DataStore, HostError, StoreRecord

_PAGE = 1_000


@runtime_checkable
class PagedStore(DataStore, Protocol):
    """A Data Store that goes on where a page ended, whatever is written and deleted meanwhile."""

    def find_after(self, name: str, key: str | None, *, limit: int) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order: those behind this key, or the first ones."""
        ...


def all_records(store: DataStore, name: str) -> Iterator[StoreRecord]:
    """Every record of a namespace in key order; one that others delete or add meanwhile costs no other its place.

    Raises:
        HostError: the store is none that can be read so.
    """
    if not isinstance(store, PagedStore):
        raise HostError("This Data Store cannot be read as a whole. Use the studio's own.")
    # Not by offset: each record that goes meanwhile would let one behind it be skipped.
    last: str | None = None
    while page := store.find_after(name, last, limit=_PAGE):
        yield from page
        last = page[-1].key
