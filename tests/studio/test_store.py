"""The contract of a Data Store, over every one that there is."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.host import MemoryStore
from ziggy_sf_write.contract import DataStore, HostError, StoreRecord
from ziggy_sf_write.studio.store import SqliteStore


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DataStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = SqliteStore(tmp_path / "state" / "store.sqlite")
    yield opened
    opened.close()


def _record(key: str, data: object = None, name: str = "bad") -> StoreRecord:
    return StoreRecord(name=name, key=key, data=data)


def test_a_record_is_found_by_namespace_and_key(store: DataStore) -> None:
    store.upsert_many([_record("a", {"x": [1, None, "ü"]})])
    assert store.find_key("bad", "a") == _record("a", {"x": [1, None, "ü"]})
    assert store.find_key("good", "a") is None


def test_writing_a_key_again_replaces_it(store: DataStore) -> None:
    store.upsert_many([_record("a", 1)])
    store.upsert_many([_record("a", 2), _record("b", 3)])
    assert [one.data for one in store.find("bad", limit=9)] == [2, 3]


def test_records_come_in_pages_in_key_order(store: DataStore) -> None:
    store.upsert_many([_record(key, 0) for key in "dacb"])
    assert [one.key for one in store.find("bad", limit=2, offset=1)] == ["b", "c"]


def test_a_namespace_exists_while_it_holds_a_record(store: DataStore) -> None:
    store.upsert_many([_record("a", name="one"), _record("a", name="two")])
    assert store.namespaces() == ["one", "two"]
    assert store.delete_key("one", "a")
    assert not store.delete_key("one", "a")
    assert store.namespaces() == ["two"]


def test_writing_nothing_is_fine(store: DataStore) -> None:
    store.upsert_many([])
    assert store.namespaces() == []


def test_several_threads_write_at_once(store: DataStore) -> None:
    threads = [
        threading.Thread(target=lambda mark=mark: store.upsert_many([_record(f"{mark}{n}", n) for n in range(50)]))
        for mark in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.find("bad", limit=999)) == 200


def test_a_file_that_is_no_store_says_where_and_why(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("this is not a database, it is a text of some length")
    with pytest.raises(HostError, match=r"store\.sqlite failed: file is not a database"):
        SqliteStore(path)
