"""Files that rows are written to: nothing of a row is lost, whatever the rows before it looked like."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.rows.outputs import RowFile


def _written(path: Path, *rows: dict[str, JsonValue], **more: str) -> str:
    with RowFile(path) as file:
        for row in rows:
            file.add(row, more)
    return path.read_text(encoding="utf-8")


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_column_that_a_later_row_brings_stands_behind_those_before_it(tmp_path: Path) -> None:
    path = tmp_path / "failed.csv"
    text = _written(path, {"Name": "a"}, {"Phone": "1", "Name": "b"}, {}, {"Fax": "2"}, reason="r")
    assert text.splitlines() == ["Name,reason,Phone,Fax", "a,r,,", "b,r,1,", ",r,,", ",r,,2"]
    assert [path.name for path in tmp_path.iterdir()] == ["failed.csv"]


def test_rows_of_the_same_columns_are_written_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "failed.csv"
    with RowFile(path) as file:
        before = path.stat().st_ino
        file.add({"Name": "a"}, {})
    assert (path.read_text(), path.stat().st_ino) == ("Name\na\n", before)


COLLIDING: dict[str, tuple[list[dict[str, Any]], str]] = {
    "at once": ([{"reason": "mine", "Name": "a"}], "reason,Name,reason (2)"),
    "later": ([{"Name": "a"}, {"reason": "mine"}], "Name,reason (2),reason"),
    "twice": ([{"reason": "mine", "reason (2)": "mine"}], "reason,reason (2),reason (3)"),
}


@pytest.mark.parametrize(("rows", "header"), COLLIDING.values(), ids=COLLIDING)
def test_a_column_of_a_row_keeps_its_name_and_what_is_added_gets_another(
    tmp_path: Path, rows: list[dict[str, Any]], header: str
) -> None:
    assert _written(tmp_path / "failed.csv", *rows, reason="ours").splitlines()[0] == header
    last = _table(tmp_path / "failed.csv")[-1]
    assert last["reason"] == "mine"
    assert last[next(name for name in sorted(last, reverse=True) if name.startswith("reason ("))] == "ours"


def test_a_property_of_a_row_keeps_its_name_in_json_lines_too(tmp_path: Path) -> None:
    text = _written(tmp_path / "failed.jsonl", {"code": "mine"}, {"Name": "b"}, code="ours")
    assert [json.loads(line) for line in text.splitlines()] == [
        {"code": "mine", "code (2)": "ours"},
        {"Name": "b", "code": "ours"},
    ]


def test_values_that_are_no_texts_stand_in_a_cell_as_in_json(tmp_path: Path) -> None:
    row = {"a": True, "b": None, "c": {"Ext__c": "x"}, "d": ["é"], "e": 1.5}
    _written(tmp_path / "failed.csv", row)
    assert _table(tmp_path / "failed.csv") == [
        {"a": "true", "b": "#N/A", "c": '{"Ext__c": "x"}', "d": '["é"]', "e": "1.5"}
    ]


def test_cells_of_a_tsv_are_separated_by_tabs(tmp_path: Path) -> None:
    text = _written(tmp_path / "failed.tsv", {"a": "1,2"}, {"b": "x\ty"})
    assert text.splitlines() == ["a\tb", "1,2\t", '\t"x\ty"']


@pytest.mark.usefixtures("short_cells")
def test_cells_with_line_breaks_and_of_any_length_outlast_a_further_column(tmp_path: Path) -> None:
    long, broken = "x" * 200_000, 'one\ntwo\r\n"three"'
    _written(tmp_path / "failed.csv", {"a": long}, {"b": broken})
    assert _table(tmp_path / "failed.csv") == [{"a": long, "b": ""}, {"a": "", "b": broken}]


def test_a_file_that_a_link_leads_to_is_written_with_the_permissions_that_it_has(tmp_path: Path) -> None:
    (tmp_path / "real.csv").touch(mode=0o600)
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    _written(tmp_path / "link.csv", {"a": "1"}, {"b": "2"})
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("a,b\n")
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["failed.csv", "failed.jsonl"])
def test_half_a_surrogate_pair_does_not_end_the_writing(tmp_path: Path, name: str) -> None:
    assert r"x\ud83d" in _written(tmp_path / name, {"Name": "x\ud83d"})


def test_a_cell_that_a_spreadsheet_would_run_is_neutralised_where_that_is_wished(tmp_path: Path) -> None:
    row = {"a": "=1+1", "b": "-5", "c": "@x", "d": "-5+x", "e": "plain"}
    _written(tmp_path / "as-it-was.csv", row)
    assert _table(tmp_path / "as-it-was.csv") == [row]
    with RowFile(tmp_path / "safe.csv", is_spreadsheet_safe=True) as file:
        file.add(row, {})
    assert _table(tmp_path / "safe.csv") == [{"a": "'=1+1", "b": "-5", "c": "'@x", "d": "'-5+x", "e": "plain"}]


def test_a_file_that_was_to_be_new_never_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("precious")
    with pytest.raises(FileExistsError):
        RowFile(tmp_path / "rows.csv", is_new=True)
    assert (tmp_path / "rows.csv").read_text() == "precious"
