"""Error cells of an ODS workbook, which the library that reads its rows gives as empty ones.

LibreOffice marks them with a type of its own; other programs save them as a formula that shows `#N/A` and its like.
"""

import re
from typing import IO, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_LIBREOFFICE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_CELLS = frozenset({_TABLE + "table-cell", _TABLE + "covered-table-cell"})
_SHOWN = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:[0-9]+")
_CHUNK = 1 << 16


class ErrorCell(NamedTuple):
    """Where it is, from 1, and what it shows."""

    row: int
    column: int
    shown: str


def first_error(file: IO[bytes], sheet: str) -> ErrorCell | None:
    """The first cell of a sheet that shows an error; None where there is none, or where the file is no workbook.

    It reads from the beginning and leaves the file there.
    """
    search = _Search(sheet)
    try:
        with ZipFile(file) as archive, archive.open("content.xml") as content:
            while search.found is None and (part := content.read(_CHUNK)):
                search.feed(part)
    except (BadZipFile, KeyError, ExpatError):
        return None  # whoever reads the rows says what is wrong with it
    finally:
        file.seek(0)
    return search.found


class _Search:
    """Goes through `content.xml` and keeps nothing of it but the cell that it stands in."""

    def __init__(self, sheet: str) -> None:
        self.found: ErrorCell | None = None
        self._sheet = sheet
        self._is_inside = False
        self._row = self._column = self._more_rows = 0
        # How many columns the cell stands for; None between cells.
        self._width: int | None = None
        self._is_error = self._is_formula = False
        self._shown = ""
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take

    def feed(self, part: bytes) -> None:
        """Takes the next bytes. Raises `ExpatError` where they are no XML."""
        self._parser.Parse(part)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == _TABLE + "table":
            self._is_inside = attributes.get(_TABLE + "name") == self._sheet
            self._row = 0
        elif not self._is_inside:
            return
        elif name == _TABLE + "table-row":
            self._row += 1
            self._column = 0
            self._more_rows = int(attributes.get(_TABLE + "number-rows-repeated", "1")) - 1
        elif name in _CELLS:
            self._width = int(attributes.get(_TABLE + "number-columns-repeated", "1"))
            self._is_error = attributes.get(_LIBREOFFICE + "value-type") == "error"
            self._is_formula = _TABLE + "formula" in attributes
            self._shown = ""

    def _take(self, text: str) -> None:
        if self._width is not None and (self._is_error or self._is_formula):
            self._shown += text

    def _end(self, name: str) -> None:
        if not self._is_inside:
            return
        if name in _CELLS and self._width is not None:
            shown = self._shown.strip()
            if self._is_error or (self._is_formula and _SHOWN.fullmatch(shown)):
                self.found = self.found or ErrorCell(self._row, self._column + 1, shown)
            self._column += self._width
            self._width = None
        elif name == _TABLE + "table-row":
            self._row += self._more_rows
        elif name == _TABLE + "table":
            self._is_inside = False
