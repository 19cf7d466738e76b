"""Parts of the input: which files they are, and their rows as they stand there."""

from pathlib import Path

import pytest

from ziggy_sf_write.cluster import ClusterError
from ziggy_sf_write.cluster.input import find_parts, read_rows


def test_a_folders_own_files_are_its_parts_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "_SUCCESS", ".a.csv.crc"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert [path.name for path in find_parts(tmp_path)] == ["a.csv", "b.csv"]


def test_a_pattern_a_file_and_a_list_name_parts_too(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.jsonl"):
        (tmp_path / name).touch()
    assert [path.name for path in find_parts(str(tmp_path / "*.csv"))] == ["a.csv", "b.csv"]
    assert find_parts(tmp_path / "c.jsonl") == [tmp_path / "c.jsonl"]
    assert find_parts([tmp_path / "b.csv", str(tmp_path / "a.csv")]) == [tmp_path / "b.csv", tmp_path / "a.csv"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ((), "There is no part in"),
        (("a.csv", "b.jsonl"), "are of several kinds"),
        (("a.csv", "readme.txt"), "readme.txt is not a part that can be read"),
    ],
    ids=["none", "mixed", "unknown"],
)
def test_what_are_no_parts_is_said_in_words(tmp_path: Path, names: tuple[str, ...], sentence: str) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ClusterError, match=sentence):
        find_parts(tmp_path)


def test_csv_keeps_texts_and_clears_where_salesforces_files_do(tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    part.write_bytes(b'\xef\xbb\xbfExt__c,Name,Phone\r\n007,"two\nlines",\r\n008,a,#N/A\r\n')
    assert list(read_rows(part)) == [
        {"Ext__c": "007", "Name": "two\nlines", "Phone": ""},
        {"Ext__c": "008", "Name": "a", "Phone": None},
    ]


@pytest.mark.parametrize(
    ("row", "sentence"), [("short", "line 3: the row has 1 of 2 cells"), ("a,b,c", "line 3: the row has 3 cells")]
)
def test_a_row_of_csv_that_is_cut_or_shifted_is_named_with_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    (tmp_path / "part.csv").write_text(f"Ext__c,Name\nx,y\n{row}\n")
    with pytest.raises(ClusterError, match=sentence):
        list(read_rows(tmp_path / "part.csv"))


def test_a_header_that_has_a_column_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part.csv").write_text("Ext__c,Name,Name\na,b,c\n")
    with pytest.raises(ClusterError, match=r"part\.csv line 1: the header has the column `Name` twice"):
        next(read_rows(tmp_path / "part.csv"))


@pytest.mark.usefixtures("short_cells")
def test_a_cell_may_be_longer_than_python_takes_by_itself(tmp_path: Path) -> None:
    (tmp_path / "part.csv").write_text(f"Ext__c,VersionData\na,{'x' * 200_000}\n")
    (row,) = read_rows(tmp_path / "part.csv")
    assert len(row["VersionData"]) == 200_000


def test_tabs_separate_the_cells_of_a_tsv(tmp_path: Path) -> None:
    (tmp_path / "part.tsv").write_text("a\tb\n1\t2\n")
    assert list(read_rows(tmp_path / "part.tsv")) == [{"a": "1", "b": "2"}]


def test_json_lines_keep_null_apart_from_absent(tmp_path: Path) -> None:
    (tmp_path / "part.jsonl").write_text('{"a": null}\n\n{}\n[1]\n')
    assert list(read_rows(tmp_path / "part.jsonl")) == [{"a": None}, {}, [1]]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("part.jsonl", b'{"a": 1}\nnonsense\n', "part.jsonl line 2: this is not JSON"),
        ("part.csv", b"Name\n\xff\xfe\n", "line 1: this is not utf-8"),
        ("gone.csv", None, "on storage that every worker reaches"),
    ],
    ids=["json", "csv", "gone"],
)
def test_a_part_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ClusterError, match=sentence):
        list(read_rows(tmp_path / name))
