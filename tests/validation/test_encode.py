"""JSON text with the digits of a `Decimal`."""

import json
from decimal import Decimal

import pytest

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import to_json_bytes


@pytest.mark.parametrize("value", [[{"a": 1, "b": ["é", None, True, 1.5]}], "x", []], ids=repr)
def test_plain_records_read_back_as_they_were(value: JsonValue) -> None:
    assert json.loads(to_json_bytes(value)) == value


def test_a_decimal_becomes_a_number_with_all_its_digits() -> None:
    records = [{"a": Decimal("1234567890123456.78"), "b": "decimal-0"}, {"a": Decimal("1E-400")}]
    assert to_json_bytes(records) == b'[{"a":1234567890123456.78,"b":"decimal-0"},{"a":1E-400}]'


@pytest.mark.parametrize("value", [{1}, object(), Decimal("NaN")], ids=["set", "object", "nan"])
def test_what_has_no_json_form_is_a_defect_of_the_caller(value: object) -> None:
    with pytest.raises(TypeError, match="has no JSON form"):
        to_json_bytes([value])


def test_a_float_that_is_not_finite_is_a_defect_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json_bytes([float("inf")])
