"""A file that is replaced as a whole, or stays as it was."""

import stat
from pathlib import Path

import pytest

from ziggy_sf_write.atomic_file import atomic_file


def test_the_new_file_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    with atomic_file(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", ["old", None])
def test_a_file_that_was_not_finished_changes_nothing_and_leaves_nothing(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "report.json"
    if before is not None:
        path.write_text(before)

    def write() -> None:
        with atomic_file(path) as unfinished:
            unfinished.write_text("half")
            raise OSError

    with pytest.raises(OSError, match=r"^$"):
        write()
    assert [one.read_text() for one in tmp_path.iterdir()] == ([] if before is None else [before])


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_it_has_its_permissions_before_anything_is_written(tmp_path: Path, mode: int) -> None:
    with atomic_file(tmp_path / "secrets.yaml", mode=mode) as unfinished:
        assert stat.S_IMODE(unfinished.stat().st_mode) == mode
        unfinished.write_text("x")
    assert stat.S_IMODE((tmp_path / "secrets.yaml").stat().st_mode) == mode
