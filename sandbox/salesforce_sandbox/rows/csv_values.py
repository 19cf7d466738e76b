"""CSV cells by field type: read as XML-schema values, a mismatch refuses the row (reference section 3.2)."""

import re
from typing import Any

from salesforce_sandbox.schema.model import DECIMAL_TYPES, Field, FieldType

from .checks import trimmed
from .temporal import read_datetime, read_day, read_time

NULL = "#N/A"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
# Longer ones are no numbers of any type, and Python refuses to read very long ones.
_INTEGER = re.compile(r"[+-]?\d{1,1000}")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_XSD = {
    FieldType.BOOLEAN: "boolean",
    FieldType.INT: "int",
    FieldType.LONG: "long",
    FieldType.DATE: "date",
    FieldType.DATETIME: "dateTime",
    FieldType.TIME: "time",
}
_INT_RANGE = 2**31


class CellMismatch(Exception):
    """A cell that is no value of its field's type."""

    def __init__(self, field: Field, cell: str) -> None:
        self.xsd = _XSD.get(field.type, "double")
        self.cell = cell
        super().__init__(cell)


def read_cell(field: Field, cell: str) -> Any:
    """The value of a cell that is neither empty nor `#N/A`; raises CellMismatch."""
    value = _read(field, cell)
    if value is None:
        raise CellMismatch(field, cell)
    return value


_TEMPORAL = {FieldType.DATE: read_day, FieldType.DATETIME: read_datetime, FieldType.TIME: read_time}


def _read(field: Field, cell: str) -> Any:
    kind, text = field.type, trimmed(cell)
    if kind is FieldType.BOOLEAN:
        return _BOOLEANS.get(text.lower())
    if kind in (FieldType.INT, FieldType.LONG):
        return _integer(field, text)
    if kind in _TEMPORAL:
        return _TEMPORAL[kind](text)
    if kind in DECIMAL_TYPES:
        return float(text) if _DECIMAL.fullmatch(text) else None
    return cell


def _integer(field: Field, text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    limit = _INT_RANGE if field.type is FieldType.INT else 2**63
    return number if -limit <= number < limit else None
