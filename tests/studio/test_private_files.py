"""Files of a project: for their owner alone, whatever the folder is called, and clear where they are wrong."""

import json
import logging
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ziggy_sf_write.contract import StoreRecord
from ziggy_studio.errors import UsageProblem
from ziggy_studio.files import read_document
from ziggy_studio.project import Project
from ziggy_studio.store import SqlStore, open_store


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "project"
    path.mkdir()
    yield path
    shutil.rmtree(path, ignore_errors=True)


def _filled(folder: Path) -> SqlStore:
    store = open_store(Project(folder).store_location)
    store.upsert_many([StoreRecord(name="kept", key="1", data={"Name": "Acme"})])
    return store


def test_the_state_of_a_project_is_its_owners_alone(folder: Path) -> None:
    (folder / ".state").mkdir(mode=0o755)
    store = _filled(folder)
    assert _mode(folder / ".state") == 0o700
    files = list((folder / ".state").iterdir())
    assert files
    assert {_mode(one) for one in files} == {0o600}
    store.close()


@pytest.mark.parametrize("name", ["a?b", "50%", "a#b", "with spaces", "Größe 中", "a%20b&c=d;e", 'quote"d'])
def test_a_project_may_be_called_anything(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    _filled(folder).close()
    assert (folder / ".state" / "store.sqlite").exists()
    store = open_store(Project(folder).store_location)
    assert store.namespaces() == ["kept"]
    store.close()


def test_a_folder_that_cannot_be_written_runs_and_says_what_is_not_kept(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / ".state").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        store = _filled(folder)
    assert store.namespaces() == ["kept"]
    store.close()
    assert "are kept only until this program ends" in caplog.text


class TestWhatIsWrongInAFile:
    def test_a_key_that_stands_twice_is_refused_with_its_lines(self, folder: Path) -> None:
        (folder / "a.yaml").write_text("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
        with pytest.raises(UsageProblem, match=r"a\.yaml line 5: a key stands here that stood on line 3 already"):
            read_document(folder / "a.yaml")
        (folder / "a.json").write_text('{"a": 1,\n "b": {"c": 1,\n "c": 2}}')
        with pytest.raises(UsageProblem, match=r"a\.json line 3: the key `c` stands there twice"):
            read_document(folder / "a.json")

    def test_a_merge_is_no_second_key(self, folder: Path) -> None:
        (folder / "a.yaml").write_text("x: &x {a: 1}\ny: &y {b: 2}\nz:\n  <<: *x\n  c: 3\n")
        assert read_document(folder / "a.yaml") == {"x": {"a": 1}, "y": {"b": 2}, "z": {"a": 1, "c": 3}}

    @pytest.mark.parametrize("is_merge", [False, True], ids=["aliases", "merges"])
    def test_a_bomb_of_aliases_ends_in_a_sentence_at_once(self, folder: Path, *, is_merge: bool) -> None:
        lines = ["a0: &a0 {k: v}"] if is_merge else ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        for level in range(1, 30):
            inner = f"[{', '.join([f'*a{level - 1}'] * 9)}]"
            lines.append(
                f"a{level}: &a{level} {{<<: {inner}, k{level}: v}}" if is_merge else f"a{level}: &a{level} {inner}"
            )
        (folder / "a.yaml").write_text("\n".join(lines))
        began = time.monotonic()
        with pytest.raises(UsageProblem, match="aliases stand for more than"):
            read_document(folder / "a.yaml")
        assert time.monotonic() - began < 1.0

    def test_a_large_file_without_aliases_is_read(self, folder: Path) -> None:
        (folder / "a.json").write_text(json.dumps([{"a": number} for number in range(20_000)]))
        assert len(read_document(folder / "a.json")) == 20_000
