"""The Data Store as the page browses it: namespaces with their sizes, and records by the page."""

from itertools import islice

from ziggy_sf_write.contract import BOOKKEEPING, JsonValue, StoreRecord
from ziggy_sf_write.json_text import to_json
from ziggy_studio.store import SqlStore, all_records


def list_namespaces(store: SqlStore) -> list[dict[str, JsonValue]]:
    """The namespaces that hold something, each with how much, but for the bookkeeping of blocks."""
    names = (name for name in store.namespaces() if not name.startswith(BOOKKEEPING))
    return [{"name": name, "count": store.count(name)} for name in names]


def record_page(store: SqlStore, name: str, *, offset: int, limit: int, search: str = "") -> dict[str, JsonValue]:
    """A page of records in key order; `search` looks at keys and at the data's JSON text."""
    if search:
        wanted = search.lower()
        matches = (one for one in all_records(store, name) if wanted in f"{one.key}\n{to_json(one.data)}".lower())
        found = list(islice(matches, offset, offset + limit + 1))
    else:
        found = list(store.find(name, limit=limit + 1, offset=offset))
    return {
        "count": store.count(name),
        "hasMore": len(found) > limit,
        "records": [{"key": one.key, "data": one.data, "isFailure": is_failure(one)} for one in found[:limit]],
    }


def is_failure(record: StoreRecord) -> bool:
    """Whether a record is an item that a block kept with its reason, and that can be sent again."""
    return isinstance(record.data, dict) and "data" in record.data and "reason" in record.data
