"""Error cells of ODS workbooks: named with their place, wherever they stand; none is taken for an empty cell."""

import io
import zipfile
from pathlib import Path

import pytest

from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import ReadOptions, read_all
from ziggy_studio.rows.ods_errors import ErrorCell, first_error

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    "><office:body><office:spreadsheet>"
)
MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)
TAIL = "</office:spreadsheet></office:body></office:document-content>"
# As LibreOffice 7.4 saves `=1/0`, and as Excel saves it.
LIBREOFFICE = (
    '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
    ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
)
EXCEL = (
    '<table:table-cell table:formula="of:=1/0" office:value-type="string"><text:p>#DIV/0!</text:p></table:table-cell>'
)


def _cells(*texts: str) -> str:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return "".join(one if one.startswith("<") else cell.format(one) for one in texts)


def _row(*texts: str, more: str = "") -> str:
    return f"<table:table-row{more}>{_cells(*texts)}</table:table-row>"


def _ods(**sheets: str) -> io.BytesIO:
    tables = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets.items())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", HEAD + tables + TAIL)
    return file


@pytest.mark.parametrize("error", [LIBREOFFICE, EXCEL], ids=["libreoffice", "excel"])
def test_the_file_is_refused_with_the_cell(tmp_path: Path, error: str) -> None:
    path = tmp_path / "a.ods"
    path.write_bytes(_ods(One=_row("Name", "N"), Two=_row("Name", "N") + _row("a", "1") + _row("b", error)).getvalue())
    with pytest.raises(UsageProblem, match=r"a\.ods, sheet Two, cell B3: the cell shows the error #DIV/0!\. Mend"):
        read_all(path, ReadOptions(sheet="Two"))


EMPTY = "<table:table-cell table:number-columns-repeated='3'/>"
REPEATED = " table:number-rows-repeated='4'"
PLACES = {
    "behind repeated cells": (_row("Name") + _row("a", EMPTY, LIBREOFFICE), ErrorCell(2, 5, "#DIV/0!")),
    "behind repeated rows": (_row("Name") + _row("a", more=REPEATED) + _row(EXCEL), ErrorCell(6, 1, "#DIV/0!")),
    "the first of two": (_row(EXCEL, LIBREOFFICE), ErrorCell(1, 1, "#DIV/0!")),
}


@pytest.mark.parametrize(("rows", "place"), PLACES.values(), ids=PLACES)
def test_its_place_is_counted_as_a_person_counts(rows: str, place: ErrorCell) -> None:
    assert first_error(_ods(Page=rows), "Page") == place


NO_ERRORS = {
    "a text that looks like one": _row("#N/A"),
    "a formula that shows a text": _row(EXCEL.replace("#DIV/0!", "#1")),
    "a formula that shows a number": _row(EXCEL.replace("#DIV/0!", "7")),
    "nothing": "",
}


@pytest.mark.parametrize("rows", NO_ERRORS.values(), ids=NO_ERRORS)
def test_what_is_none_is_no_error(rows: str) -> None:
    assert first_error(_ods(Page=rows, Other=_row(LIBREOFFICE)), "Page") is None


@pytest.mark.parametrize("data", [b"nonsense", b""])
def test_what_is_no_workbook_has_none(data: bytes) -> None:
    assert first_error(io.BytesIO(data), "Page") is None


def test_a_workbook_of_broken_xml_has_none() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", "<a><b>")
        archive.writestr("other.xml", "")
    assert first_error(file, "Page") is None


def test_entities_of_entities_do_not_grow_in_memory() -> None:
    """Ten times ten times … : the XML library gives up long before, and so does the search."""
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", f'<!DOCTYPE a [<!ENTITY e0 "x">{levels}]><a>&e12;</a>')
    assert first_error(file, "Page") is None
