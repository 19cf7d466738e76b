"""The contract of a Data Store, over every one that there is, and what only a real one can do."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from tests.support.host import MemoryStore
from ziggy_sf_write.contract import DataStore, HostError, StoreRecord
from ziggy_studio.errors import UsageProblem
from ziggy_studio.store import SqlStore, all_records, open_store
from ziggy_studio.store.deferred import DeferredStore
from ziggy_studio.store.paging import PagedStore
from ziggy_studio.store.text import from_stored, to_stored

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'store.sqlite'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def opened(url: str) -> Iterator[SqlStore]:
    made = open_store(url)
    yield made
    made.close()


@pytest.fixture(params=["memory", "deferred", *KINDS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PagedStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    if request.param == "deferred":
        with closing(DeferredStore(tmp_path / "store.sqlite")) as deferred:
            yield deferred
        return
    where = f"sqlite:///{tmp_path / 'store.sqlite'}"
    made = open_store(where if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield made
    made.close()


def _record(key: str, data: object = None, name: str = "bad") -> StoreRecord:
    return StoreRecord(name=name, key=key, data=data)


class TestADeferredStore:
    def test_a_file_that_is_not_there_is_read_as_empty_and_not_made(self, tmp_path: Path) -> None:
        with closing(DeferredStore(tmp_path / "state" / "store.sqlite")) as store:
            assert list(store.namespaces()) == []
            assert [*store.find("bad", limit=9), *all_records(store, "bad")] == []
            assert (store.find_key("bad", "a"), list(store.find_keys("bad", ["a"]))) == (None, [])
            assert (store.delete_key("bad", "a"), store.delete_keys("bad", ["a"])) == (False, 0)
        assert list(tmp_path.iterdir()) == []

    def test_what_another_process_has_written_since_is_found(self, tmp_path: Path) -> None:
        with closing(DeferredStore(tmp_path / "store.sqlite")) as store:
            assert store.find_key("bad", "a") is None
            with closing(open_store(tmp_path / "store.sqlite")) as other:
                other.upsert_many([_record("a", 1)])
            assert store.find_key("bad", "a") == _record("a", 1)


class TestWhatBlocksUse:
    def test_a_record_is_found_by_namespace_and_key(self, store: DataStore) -> None:
        store.upsert_many([_record("a", {"x": [1, None, "ü"]})])
        assert store.find_key("bad", "a") == _record("a", {"x": [1, None, "ü"]})
        assert store.find_key("good", "a") is None

    def test_writing_a_key_again_replaces_it(self, store: DataStore) -> None:
        store.upsert_many([_record("a", 1)])
        store.upsert_many([_record("a", 2), _record("b", 3)])
        assert [one.data for one in store.find("bad", limit=9)] == [2, 3]

    def test_what_is_new_is_inserted_and_the_rest_comes_back(self, store: DataStore) -> None:
        store.upsert_many([_record("b", 1)])
        there = store.insert_many(_record(key, {"x": 2}) for key in "cba")
        assert [one.key for one in there] == ["b"]
        assert [(one.key, one.data) for one in store.find("bad", limit=9)] == [
            ("a", {"x": 2}),
            ("b", 1),
            ("c", {"x": 2}),
        ]
        assert list(store.insert_many([])) == []

    def test_of_all_who_insert_one_key_at_once_one_alone_has_it(self, store: DataStore) -> None:
        keys = [f"k{number:03}" for number in range(300)]
        start = threading.Barrier(8)

        def insert(number: int) -> set[str]:
            start.wait()
            there = {
                one.key for one in store.insert_many(_record(key, number) for key in keys[:: 1 - 2 * (number % 2)])
            }
            return set(keys) - there

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(insert, range(8)))
        assert sorted(key for one in won for key in one) == keys
        assert {one.key: one.data for one in store.find("bad", limit=999)} == {
            key: number for number, one in enumerate(won) for key in one
        }

    def test_of_two_records_with_one_key_the_last_one_counts(self, store: DataStore) -> None:
        store.upsert_many([_record("a", 1), _record("a", 2)])
        assert [one.data for one in store.find("bad", limit=9)] == [2]

    def test_records_come_in_pages_in_key_order(self, store: DataStore) -> None:
        store.upsert_many([_record(key, 0) for key in "dacb"])
        assert [one.key for one in store.find("bad", limit=2, offset=1)] == ["b", "c"]

    def test_a_namespace_is_read_whole_although_others_delete_and_add_meanwhile(self, store: PagedStore) -> None:
        store.upsert_many([_record(f"{number:04}", number) for number in range(2500)])
        store.upsert_many([_record("0000", 0, name="other")])
        read = []
        for record in all_records(store, "bad"):
            read.append(record.data)
            if record.data == 999:
                for number in range(0, 500, 5):
                    store.delete_key("bad", f"{number:04}")
                store.upsert_many([_record(f"a{number}", "new") for number in range(2)])
        assert read == [*range(2500), "new", "new"]

    def test_what_lies_behind_a_key_comes_in_key_order(self, store: PagedStore) -> None:
        store.upsert_many([_record(key, 0) for key in ("a", "B", "ä", "A b")])
        assert [one.key for one in store.find_after("bad", None, limit=2)] == ["A b", "B"]
        assert [one.key for one in store.find_after("bad", "B", limit=9)] == ["a", "ä"]
        assert store.find_after("bad", "ä", limit=9) == []

    def test_keys_are_ordered_by_code_points_whatever_the_servers_language(self, store: DataStore) -> None:
        store.upsert_many([_record(key, 0) for key in ("a", "B", "_", "ä", "A b", "Ab")])
        assert [one.key for one in store.find("bad", limit=9)] == ["A b", "Ab", "B", "_", "a", "ä"]

    def test_many_keys_are_found_at_once(self, store: DataStore) -> None:
        store.upsert_many([_record(str(number), number) for number in range(1200)])
        wanted = [str(number) for number in range(0, 2000, 3)]
        assert {one.data for one in store.find_keys("bad", wanted)} == set(range(0, 1200, 3))
        assert store.find_keys("bad", []) == []

    def test_a_namespace_exists_while_it_holds_a_record(self, store: DataStore) -> None:
        store.upsert_many([_record("a", name="one"), _record("a", name="two")])
        assert store.namespaces() == ["one", "two"]
        assert store.delete_key("one", "a")
        assert not store.delete_key("one", "a")
        assert store.namespaces() == ["two"]

    def test_writing_nothing_is_fine(self, store: DataStore) -> None:
        store.upsert_many([])
        assert store.namespaces() == []

    @pytest.mark.parametrize("key", ["", "a/b%c", "quote'\"", "NUL\0", "half\ud83d", r"\u0000 as text", "x" * 2000])
    def test_any_text_can_be_a_key(self, store: DataStore, key: str) -> None:
        store.upsert_many([_record(key, {"text": key})])
        assert store.find_key("bad", key) == _record(key, {"text": key})
        assert store.delete_key("bad", key)

    def test_several_threads_write_at_once(self, store: DataStore) -> None:
        def write(mark: str) -> None:
            for n in range(20):
                store.upsert_many([_record(f"{mark}{n}", n), _record("shared", mark)])

        threads = [threading.Thread(target=write, args=(mark,)) for mark in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.find("bad", limit=999)) == 81


@pytest.mark.parametrize("url", KINDS, indirect=True)
class TestWhatThePlatformDocumentsBesides:
    def test_insert_fails_where_the_key_is_there_and_leaves_it(self, opened: SqlStore) -> None:
        opened.insert(_record("a", 1))
        with pytest.raises(HostError, match=r"`bad` has a record with the key `a` already. Use upsert"):
            opened.insert(_record("a", 2))
        assert opened.find("bad", limit=9) == [_record("a", 1)]

    def test_what_json_cannot_hold_is_kept_as_its_text(self, opened: SqlStore) -> None:
        opened.insert(_record("a", {"x": float("nan"), "at": date(2026, 11, 25)}))
        assert opened.find_key("bad", "a") == _record("a", {"x": "NaN", "at": "2026-11-25"})

    def test_a_record_may_hold_null(self, opened: SqlStore) -> None:
        opened.insert(_record("a", None))
        assert opened.find_key("bad", "a") == _record("a", None)

    def test_fetch_asks_for_namespace_key_and_data(self, opened: SqlStore) -> None:
        opened.upsert_many(
            [
                _record("a", {"outcome": "failed", "attempt": 1, "done": False}),
                _record("b", {"outcome": "failed", "attempt": 2, "done": True}),
                _record("a", {"outcome": "unknown", "attempt": 1.5}, name="other"),
                _record("c", "just a text"),
            ]
        )
        assert [(one.name, one.key) for one in opened.fetch(limit=9)] == [
            ("bad", "a"), ("bad", "b"), ("bad", "c"), ("other", "a")
        ]  # fmt: skip
        assert [one.name for one in opened.fetch(limit=9, key="a")] == ["bad", "other"]
        assert [one.key for one in opened.fetch(limit=9, name="bad", data={"outcome": "failed"})] == ["a", "b"]
        assert [one.key for one in opened.fetch(limit=9, data={"outcome": "failed", "attempt": 2})] == ["b"]
        assert [one.name for one in opened.fetch(limit=9, data={"attempt": 1.5})] == ["other"]
        assert [one.key for one in opened.fetch(limit=9, data={"done": True})] == ["b"]
        with pytest.raises(HostError, match="`x` can be searched for a text"):
            opened.fetch(limit=9, data={"x": []})

    def test_a_whole_namespace_goes_at_once(self, opened: SqlStore) -> None:
        opened.upsert_many([_record(str(number), 0) for number in range(7)])
        opened.insert(_record("a", 0, name="other"))
        assert (opened.count("bad"), opened.count("none")) == (7, 0)
        assert opened.delete_namespace("bad") == 7
        assert opened.namespaces() == ["other"]

    def test_what_json_cannot_hold_becomes_its_text(self, opened: SqlStore, tmp_path: Path) -> None:
        opened.insert(_record("a", {"path": tmp_path}))
        assert opened.find_key("bad", "a") == _record("a", {"path": str(tmp_path)})

    @pytest.mark.slow
    def test_a_hundred_thousand_failures_are_written_in_seconds(self, opened: SqlStore) -> None:
        """By counting transactions it could not be seen whether each of them is slow."""
        entry = {"data": {"Name": "x" * 50}, "reason": "r" * 80, "attempt": 1}
        started = time.monotonic()
        for start in range(0, 100_000, 1_000):
            keys = [str(number) for number in range(start, start + 1_000)]
            assert opened.find_keys("bad", keys) == []
            opened.upsert_many(_record(key, entry) for key in keys)
        assert opened.count("bad") == 100_000
        assert time.monotonic() - started < 60

    @pytest.mark.slow
    def test_several_processes_start_and_write_at_once(self, url: str) -> None:
        script = (
            "import sys; from ziggy_sf_write.contract import StoreRecord; "
            "from ziggy_studio.store import open_store; store = open_store(sys.argv[1]); "
            "[store.upsert_many([StoreRecord(name='p', key=sys.argv[2] + str(n), data=n),"
            " StoreRecord(name='p', key='shared', data=n)]) for n in range(30)]; store.close()"
        )
        started = [subprocess.Popen([sys.executable, "-c", script, url, mark]) for mark in "abc"]
        assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
        store = open_store(url)
        assert store.count("p") == 91
        store.close()

    def test_one_of_a_newer_release_is_left_alone(self, url: str) -> None:
        open_store(url).close()
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(text("UPDATE schema_version SET version = 99"))
        engine.dispose()
        with pytest.raises(HostError, match="newer release"):
            open_store(url)


def test_a_file_that_is_no_store_says_where_and_why(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("this is not a database, it is a text of some length")
    with pytest.raises(HostError, match=r"store\.sqlite failed: file is not a database"):
        open_store(f"sqlite:///{path}")


def test_a_server_that_is_not_there_says_so_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="failed: ") as caught:
        open_store(f"postgresql://ziggy:planted-Secret-1@/postgres?host={tmp_path}")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://x@y/z", "nonsense", ""])
def test_a_url_of_no_store_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UsageProblem, match="postgresql://USER@HOST/DATABASE"):
        open_store(url)


@given(st.text(st.characters(exclude_categories=()), max_size=30))
@example("\0\ud800\\u0000\\u005c\\\\udfff")
def test_text_comes_back_as_it_went(text: str) -> None:
    stored = to_stored(text)
    assert from_stored(stored) == text
    assert "\0" not in stored
    stored.encode()
