"""Judges items by an object's describe: the record to write, or everything that is wrong with the item."""

from ziggy_sf_write.salesforce.describe import Operation
from ziggy_sf_write.salesforce.encode import to_json_bytes
from ziggy_sf_write.validation.checker import Checked, Checker, compile_checker, compile_converter
from ziggy_sf_write.validation.fields import CheckOptions, EmptyValues
from ziggy_sf_write.validation.problems import ItemProblem, ProblemCode

__all__ = [
    "CheckOptions",
    "Checked",
    "Checker",
    "EmptyValues",
    "ItemProblem",
    "Operation",
    "ProblemCode",
    "compile_checker",
    "compile_converter",
    "to_json_bytes",
]
