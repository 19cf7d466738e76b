"""The folder of a run: what lies where, what an unfinished run leaves, and files that are whole or not there."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ziggy_sf_write.atomic_file import atomic_file
from ziggy_sf_write.cluster import ClusterError, FileStore
from ziggy_sf_write.cluster.storage import RunFolder
from ziggy_sf_write.contract import HostError, StoreRecord


def test_a_file_takes_its_place_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_text("old")

    def write_half() -> None:
        with atomic_file(path) as unfinished:
            unfinished.write_text("ne")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_half()
    assert [one.read_text() for one in tmp_path.iterdir()] == ["old"]
    with atomic_file(path) as unfinished:
        unfinished.write_text("new")
    assert [one.read_text() for one in tmp_path.iterdir()] == ["new"]


def test_what_an_unfinished_run_has_left_of_rows_and_results_goes_and_its_jobs_stay(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "out")
    folder.open()
    FileStore(folder.jobs).upsert_many([StoreRecord(name="n", key="k", data=1)])
    for path in (folder.results_of(0, "jsonl"), folder.staged(0), folder.heartbeat(0)):
        path.touch()
    folder.open()
    assert not folder.results_of(0, "jsonl").exists()
    assert not folder.staged(0).exists()
    assert folder.heartbeat(0).exists()
    assert FileStore(folder.jobs).find_key("n", "k") is not None


def test_the_folder_of_a_finished_run_is_not_used_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.open()
    folder.close({"counts": {"received": 0}})
    assert json.loads(folder.report.read_text()) == {"counts": {"received": 0}}
    assert not folder.state.exists()
    with pytest.raises(ClusterError, match="holds the results of a finished run"):
        folder.open()


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ClusterError, match="every worker can write to"):
        RunFolder(tmp_path / "file").open()


def test_the_store_keeps_records_by_namespace_and_key(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "jobs")
    assert (store.namespaces(), store.find_key("n", "k")) == ([], None)
    store.upsert_many([StoreRecord(name=name, key=key, data={"at": key}) for name in "ba" for key in ("2", "1", "/3")])
    assert store.namespaces() == ["a", "b"]
    assert [one.key for one in store.find("a", limit=2, offset=1)] == ["1", "2"]
    store.upsert_many([StoreRecord(name="a", key="1", data="new")])
    assert store.find_key("a", "1") == StoreRecord(name="a", key="1", data="new")
    assert store.delete_key("a", "1")
    assert not store.delete_key("a", "1")


def test_of_all_who_insert_a_key_one_alone_has_it(tmp_path: Path) -> None:
    keys = [f"k{number:02}" for number in range(50)]

    def insert(number: int) -> set[str]:
        records = [StoreRecord(name="n", key=key, data=number) for key in keys]
        return set(keys) - {one.key for one in FileStore(tmp_path / "jobs").insert_many(records)}

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(insert, range(4)))
    assert sorted(key for one in won for key in one) == keys
    assert len(FileStore(tmp_path / "jobs").find("n", limit=99)) == 50


def test_a_store_that_fails_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "jobs").touch()
    with pytest.raises(HostError, match=r"store at .*jobs failed"):
        FileStore(tmp_path / "jobs").upsert_many([StoreRecord(name="n", key="k", data=1)])
