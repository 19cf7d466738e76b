"""JSON text with the digits of a `Decimal`."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import to_json_bytes


@dataclass
class Named:
    name: str


@pytest.mark.parametrize(
    "value",
    [[{"a": 1, "b": ["é", None, True, 1.5, 1e22, -0.0]}], "x", [], [10**30], "\ud800", "\x00\u2028", {"a": (1, 2)}],
    ids=["record", "text", "empty", "beyond 64 bits", "half of a pair", "control", "tuple"],
)
def test_plain_values_read_back_as_they_were(value: JsonValue) -> None:
    assert json.loads(to_json_bytes(value)) == json.loads(json.dumps(value))


@pytest.mark.parametrize("company", [[], [10**30]], ids=["alone", "beside what only the slow way can say"])
def test_a_decimal_becomes_a_number_with_all_its_digits(company: list[JsonValue]) -> None:
    records = [{"a": Decimal("1234567890123456.78"), "b": "decimal-0"}, {"a": Decimal("1E-400")}]
    sent = to_json_bytes([*records, *company])
    assert sent.startswith(b'[{"a":1234567890123456.78,"b":"decimal-0"},{"a":1E-400}')


@pytest.mark.parametrize(
    "value",
    [{1}, object(), Decimal("NaN"), datetime(2026, 1, 1), Named("x")],  # noqa: DTZ001 # no zone is needed here
    ids=["set", "object", "nan", "moment", "dataclass"],
)
def test_what_has_no_json_form_is_a_defect_of_the_caller(value: object) -> None:
    with pytest.raises(TypeError, match="has no JSON form"):
        to_json_bytes([value])
