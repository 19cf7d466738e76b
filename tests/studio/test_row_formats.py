"""One reader for files of rows: the same rows from every format, dialects and encodings found, what is broken named."""

import csv
import gzip
import io
import json
import sys
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import ReadOptions, clearing_cells, open_rows, read_all

ROWS = [{"Ext__c": f"k{number}", "Name": f"Müller {number}", "N": number} for number in range(50)]
TEXTS = [{name: str(value) for name, value in row.items()} for row in ROWS]


def _write(path: Path) -> Path:
    """The rows as another program would save them under this name."""
    frame = pd.DataFrame(ROWS)
    match path.name.removesuffix(".gz").rpartition(".")[2]:
        case "csv":
            frame.to_csv(path, index=False)
        case "tsv":
            frame.to_csv(path, index=False, sep="\t")
        case "json":
            frame.to_json(path, orient="records")
        case "jsonl":
            frame.to_json(path, orient="records", lines=True)
        case "xlsx":
            frame.to_excel(path, index=False)
        case "parquet":
            frame.to_parquet(path, index=False)
        case "arrow":
            frame.to_feather(path)
    return path


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.csv.gz", "a.json", "a.json.gz", "a.jsonl", "a.xlsx", "a.parquet", "a.arrow"]
)
def test_the_same_rows_come_from_every_format(tmp_path: Path, name: str) -> None:
    rows = read_all(_write(tmp_path / name))
    assert rows in (ROWS, TEXTS)


FRENCH = "Nom;Ville\nSociété Générale;Besançon\nCafé crème;Orléans\nLe Hêtre à Paul;Nîmes\nForêt d'Été;Saint-Dié\n"
FOUND = {
    "Excel in Germany": ("Name;Ort\r\nMüller;Köln Süd\r\n", "cp1252", "semicolon, cp1252, 2 columns"),
    "Excel in France": (FRENCH, "cp1252", "semicolon, cp1252"),
    "Excel in the USA": ("Name,City\nAcme,Boston\n", "utf-8-sig", "comma, UTF-8, 2 columns"),
    "Excel in Japan": ("名前\t都市\n田中\t東京\n", "utf-16", "tab, UTF-16, 2 columns"),
    "told by its first line": ("sep=|\nA|B\n1|2,3;4\n", "utf-8", "pipe, UTF-8, 2 columns"),
    "commas within semicolons": ("A;B\n1,5;2,5\n3,5;4,5\n", "utf-8", "semicolon, UTF-8, 2 columns"),
    "a single column": ("Id\n001\n", "utf-8", "comma, UTF-8, 1 column"),
}


@pytest.mark.parametrize(("text", "encoding", "found"), FOUND.values(), ids=FOUND)
def test_dialect_and_encoding_are_found_and_said(tmp_path: Path, text: str, encoding: str, found: str) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    with open_rows(tmp_path / "a.csv") as source:
        assert source.found.startswith(found)
        (first, *_) = source.rows
    body = text.removeprefix("sep=|\n").splitlines()
    assert "".join(first) == "".join(one for one in body[0] if one not in ";,|\t")


UNCERTAIN = {
    "Polish": ("Nazwa;Miasto\nŁódź Żółw;Kraków\nPaweł Święty;Gdańsk\n", "cp1250"),
    "Russian": ("Имя;Город\nИванов;Москва\n", "cp1251"),  # noqa: RUF001 # Russian
    "Spanish, a few letters": ("Nombre,Año\nPeña,España\n", "cp1252"),
    "Japanese": ("名前,都市\n田中,東京\n鈴木,大阪\n", "cp932"),
}


@pytest.mark.parametrize(("text", "encoding"), UNCERTAIN.values(), ids=UNCERTAIN)
def test_an_uncertain_encoding_is_refused_with_the_likeliest_and_taken_when_told(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(UsageProblem, match="is not UTF-8, and it is uncertain what it is") as caught:
        read_all(path)
    assert f"--encoding {encoding}" in str(caught.value)
    rows = read_all(path, ReadOptions(encoding=encoding))
    assert next(iter(rows[0].values())) in text


def test_an_encoding_is_judged_by_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"Name\n" + b"plain\n" * 500_000 + "Müller\n".encode("cp1252"))
    with open_rows(path) as source:
        assert "cp1252" in source.found


BROKEN = {
    "too few cells": ("a.csv", b"A,B\n1,2\n\n3\n", r"a\.csv line 4: the row has 1 of 2 cells"),
    "too many cells": ("a.csv", b"A,B\n1,2\n3,4,5\n", r"a\.csv line 3: the row has 3 cells, but the header 2"),
    "an open quote": ("a.csv", b'A,B\n1,2\n3,"x\ny,z\n', r"a\.csv line 3: this is not CSV"),
    "behind a cell of two lines": ("a.csv", b'A,B\n1,"a\nb"\n3\n', r"a\.csv line 4: the row has 1 of 2"),
    "behind a line that tells": ("a.csv", b"sep=;\nA;B\n3\n", r"a\.csv line 3: the row has 1 of 2"),
    "cut off": ("a.csv.gz", gzip.compress(b"A,B\n" + b"1,2\n" * 50_000)[:-20], r"a\.csv\.gz is cut off"),
    "no gzip": ("a.csv.gz", b"A,B\n1,2\n", r"a\.csv\.gz is no gzip file"),
    "no workbook": ("a.xlsx", b"nonsense", r"a\.xlsx is no workbook"),
    "no ODS": ("a.ods", b"nonsense", r"a\.ods is no workbook"),
    "no Parquet": ("a.parquet", b"nonsense", r"a\.parquet is no Parquet file"),
    "no Arrow": ("a.arrow", b"nonsense", r"a\.arrow is no Arrow file"),
    "an unknown ending": ("a.doc", b"", r"a\.doc ends in nothing that can be read. Files of rows end in \.csv"),
}


@pytest.mark.parametrize(("name", "content", "sentence"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named_with_its_true_line(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageProblem, match=sentence):
        read_all(tmp_path / name)


class TestWorkbooks:
    def _save(self, path: Path, *sheets: list[list[Any]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, start=1):
            page = book.create_sheet(f"Page {number}")
            for row in rows:
                page.append(row)
        book.save(path)
        return path

    def test_cells_keep_their_types_and_empty_rows_are_none(self, tmp_path: Path) -> None:
        cells: list[list[Any]] = [
            ["Name", "N", "Day", "Is", None],
            ["a", 7, date(2026, 3, 1), True],
            [None],
            ["b", 1.5, None, False],
        ]
        assert read_all(self._save(tmp_path / "a.xlsx", cells)) == [
            {"Name": "a", "N": 7, "Day": datetime(2026, 3, 1), "Is": True},  # noqa: DTZ001 # as a workbook has it
            {"Name": "b", "N": 1.5, "Day": "", "Is": False},
        ]

    def test_the_sheet_is_asked_for_where_there_are_several(self, tmp_path: Path) -> None:
        path = self._save(tmp_path / "a.xlsx", [["Name"], ["a"]], [["Name"], ["b"]])
        with pytest.raises(UsageProblem, match=r"has 2 sheets: `Page 1`, `Page 2`\. Name one with --sheet"):
            read_all(path)
        assert read_all(path, ReadOptions(sheet="Page 2")) == [{"Name": "b"}]
        with pytest.raises(UsageProblem, match="has no sheet `Page 3`"):
            read_all(path, ReadOptions(sheet="Page 3"))

    def test_an_error_cell_refuses_the_file_with_its_place(self, tmp_path: Path) -> None:
        path = self._save(tmp_path / "a.xlsx", [["Name", "N"], ["a", "#N/A"]])
        book = openpyxl.load_workbook(path)
        book["Page 1"]["B2"].data_type = "e"
        book.save(path)
        with pytest.raises(UsageProblem, match="sheet Page 1, cell B2: the cell shows the error #N/A"):
            read_all(path)

    @pytest.mark.parametrize(
        ("cells", "sentence"),
        [
            ([["Name", "Name"], ["a", "b"]], "row 1: the header has the column `Name` twice"),
            ([["Name"], ["a", "b"]], "row 2: there is a value in a column whose header is empty"),
        ],
    )
    def test_a_header_that_does_not_fit_is_named(self, tmp_path: Path, cells: list[list[Any]], sentence: str) -> None:
        with pytest.raises(UsageProblem, match=sentence):
            read_all(self._save(tmp_path / "a.xlsx", cells))


def test_columnar_files_keep_nulls_decimals_and_timestamps(tmp_path: Path) -> None:
    row = {"a": Decimal("1.50"), "b": None, "c": datetime(2026, 3, 1, 12, 30), "d": 7}  # noqa: DTZ001 # as they have it
    table = pa.Table.from_pylist([row])
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    with pa.ipc.new_stream(tmp_path / "a.arrow", table.schema) as stream:
        stream.write_table(table)
    assert read_all(tmp_path / "a.parquet") == read_all(tmp_path / "a.arrow") == [row]


class TestExports:
    ROWS = (
        {"attributes": {"type": "Account", "referenceId": "AccountRef1"}, "Name": "Werft"},
        {"attributes": {"type": "Contact", "referenceId": "ContactRef1"}, "LastName": "Okafor"},
    )

    def test_a_file_of_records_is_read_without_what_is_said_about_them(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(json.dumps({"records": self.ROWS}))
        assert read_all(tmp_path / "a.json") == [{"Name": "Werft"}, {"LastName": "Okafor"}]

    def test_of_a_folder_the_records_of_the_object_are_read(self, tmp_path: Path) -> None:
        for row in self.ROWS:
            name = f"{row['attributes']['type']}s.json"  # type: ignore[index] # as it stands above
            (tmp_path / name).write_text(json.dumps({"records": [row]}))
        (tmp_path / "a-plan.json").write_text("[]")
        assert read_all(tmp_path, ReadOptions(record_type="contact")) == [{"LastName": "Okafor"}]

    def test_the_plan_beside_the_files_is_told_from_rows(self, tmp_path: Path) -> None:
        plan = [{"sobject": "Account", "saveRefs": True, "resolveRefs": False, "files": ["Accounts.json"]}]
        (tmp_path / "Account-plan.json").write_text(json.dumps(plan))
        with pytest.raises(UsageProblem, match=r"Account-plan\.json: this is the plan of an export.* Name the folder"):
            read_all(tmp_path / "Account-plan.json")

    def test_a_row_that_has_a_field_called_records_stays_a_row(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text('{"records": 5, "Name": "x"}')
        assert read_all(tmp_path / "a.json") == [{"records": 5, "Name": "x"}]


PIPED = {
    "CSV": b"Name;N\na;1\n",
    "an array": b' [{"Name": "a", "N": "1"}]',
    "one object on several lines": b'{\n "Name": "a",\n "N": "1"}',
    "JSON Lines": b'{"Name": "a", "N": "1"}\n{"Name": "b", "N": "2"}\n',
    "gzip": gzip.compress(b"Name,N\na,1\n"),
    "UTF-16": "Name\tN\na\t1\n".encode("utf-16"),
}


@pytest.mark.parametrize("data", PIPED.values(), ids=PIPED)
def test_a_pipe_is_read_by_how_it_begins(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
    assert read_all("-")[0] == {"Name": "a", "N": "1"}


def test_a_pipe_is_strict_utf_8_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "Name\nMüller\n".encode("cp1252")
    for options in (ReadOptions(), ReadOptions(encoding="cp1252")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        if options.encoding is None:
            with pytest.raises(UsageProblem, match="stdin line 2: this is not UTF-8"):
                read_all("-", options)
        else:
            assert read_all("-", options) == [{"Name": "Müller"}]


def test_a_workbook_comes_through_a_pipe_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _write(tmp_path / "a.xlsx").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
    assert read_all("-") == ROWS


def test_cells_that_clear_are_null_and_counted_by_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("A,B\n#N/A,1\n#N/A,#N/A\n,2\n")
    assert read_all(path) == [{"A": None, "B": "1"}, {"A": None, "B": None}, {"A": "", "B": "2"}]
    assert clearing_cells(path) == {"A": 2, "B": 1}
    (tmp_path / "a.jsonl").write_text('{"A": "#N/A"}\n')
    assert read_all(tmp_path / "a.jsonl") == [{"A": "#N/A"}]


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.json", ReadOptions(delimiter=";"), "--delimiter is for CSV files"),
        ("a.csv", ReadOptions(sheet="x"), "--sheet is for workbooks"),
        ("a.json", ReadOptions(sheet="x"), "--sheet is for workbooks"),
        ("a.csv", ReadOptions(encoding="klingon"), "There is no encoding `klingon`"),
    ],
)
def test_what_is_told_must_fit_the_file(tmp_path: Path, name: str, options: ReadOptions, sentence: str) -> None:
    with pytest.raises(UsageProblem, match=sentence):
        read_all(_write(tmp_path / name), options)


@settings(deadline=None)  # files are written
@given(
    header=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1),
        min_size=2,
        max_size=4,
        unique=True,
    ),
    cells=st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_any_text_is_read_as_pythons_own_reader_reads_it_or_refused(
    header: list[str], cells: list[str], delimiter: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    rows = [(cells * len(header))[at : at + len(header)] for at in range(len(cells))]
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.getvalue().encode())
        read = read_all(path, ReadOptions(delimiter=delimiter))
    wanted = [[None if cell == "#N/A" else cell for cell in row] for row in rows]
    assert [[row[name] for name in header] for row in read] == wanted
