"""int, long, double, currency and percent."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from tests.validation.builders import checker, codes, field, refusal, written
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import ProblemCode, to_json_bytes

INT = field("X", "int", digits=8)
LONG = field("X", "long")
DOUBLE = field("X", "double", precision=5, scale=2)
UNKNOWN_SIZE = field("X", "double")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (12, 12),
        ("12", 12),
        (" +12 ", 12),
        ("-7", -7),
        ("12.0", 12),
        ("1.2e1", 12),
        (12.0, 12),
        (Decimal("12.00"), 12),
        ("0e99999999", 0),
        (99_999_999, 99_999_999),
        (-99_999_999, -99_999_999),
    ],
    ids=repr,
)
def test_a_whole_number_is_written_as_one(value: JsonValue, number: int) -> None:
    result = written(INT, value)
    assert (result, type(result)) == (number, int)


@pytest.mark.parametrize("value", [6.5, "6.5", Decimal("0.1"), 1e-9, "1e-999999"], ids=repr)
def test_decimals_do_not_fit_a_whole_number(value: JsonValue) -> None:
    assert refusal(INT, value) is ProblemCode.WRONG_TYPE


@pytest.mark.parametrize("kind", ["int", "long", "double", "currency", "percent"])
@pytest.mark.parametrize(
    "value",
    [
        "twelve",
        "1,000",
        "12 %",
        "€ 5",
        "0x10",
        "1_000",
        "١٢",
        " ",
        "1.2.3",
        "e5",
        ".",
        "--1",
        True,
        [],
        {},
        b"1",
        "nan",
    ],
    ids=repr,
)
def test_what_is_no_number_beyond_doubt_is_refused(kind: str, value: JsonValue) -> None:
    assert refusal(field("X", kind, precision=5, scale=2, digits=5), value) is ProblemCode.WRONG_TYPE


@pytest.mark.parametrize(
    ("one", "value"),
    [
        pytest.param(INT, 100_000_000, id="one digit too many"),
        pytest.param(INT, "-100000000", id="one digit too many, as text"),
        pytest.param(INT, 1e300, id="far out, as float"),
        pytest.param(field("X", "int", digits=10), 2**31, id="beyond 32 bits"),
        pytest.param(field("X", "int"), -(2**31) - 1, id="beyond 32 bits without digits"),
        pytest.param(LONG, 2**63, id="beyond 64 bits"),
        pytest.param(LONG, -(2**63) - 1, id="below 64 bits"),
        pytest.param(DOUBLE, 1000, id="four digits before the point"),
        pytest.param(DOUBLE, -1000.0, id="four digits, negative float"),
        pytest.param(DOUBLE, "1e3", id="four digits by exponent"),
        pytest.param(DOUBLE, "1e999999999", id="an absurd exponent"),
        pytest.param(DOUBLE, "1e99999999999999999999", id="an exponent beyond Decimal"),
        pytest.param(DOUBLE, 10**5000, id="an integer that Python does not print"),
        pytest.param(UNKNOWN_SIZE, 10**400, id="more than a double holds"),
        pytest.param(UNKNOWN_SIZE, "1e309", id="more than a double holds, as text"),
    ],
)
def test_a_number_beyond_the_range_is_refused(one: dict[str, JsonValue], value: JsonValue) -> None:
    assert refusal(one, value) is ProblemCode.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("one", "value"),
    [
        (field("X", "int"), 2**31 - 1),
        (field("X", "int", digits=10), -(2**31)),
        (LONG, 2**63 - 1),
        (LONG, -(2**63)),
        (DOUBLE, 999),
        (DOUBLE, -999.99),
        (DOUBLE, 999.999),
        (DOUBLE, 0.30000000000000004),
        (field("X", "percent", precision=3, scale=0), 100),
        (field("X", "currency", precision=18, scale=0), 0.5),
        (UNKNOWN_SIZE, 1.7e308),
        (UNKNOWN_SIZE, -1e-320),
    ],
    ids=repr,
)
def test_a_number_within_the_range_passes_whatever_its_decimals(one: dict[str, JsonValue], value: JsonValue) -> None:
    assert written(one, value) == value


LARGE = [field("X", "double"), *(field("X", kind, precision=18, scale=0) for kind in ("currency", "percent"))]
FORMS: Mapping[str, Callable[[str], JsonValue]] = {"number": json.loads, "text": str, "Decimal": Decimal}


@pytest.mark.parametrize("one", LARGE, ids=lambda one: one["type"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "text",
    ["123456789012345678", "-123456789012345679", "1234567890123456", "999999999999999999", "1000000000000001",
     "9007199254740993", "1.234567890123456e17", "1234567890123456.0"],
)  # fmt: skip
def test_a_whole_number_that_salesforce_would_round_is_refused(one: dict[str, JsonValue], form: str, text: str) -> None:
    """Salesforce's help article 000394530; seen too: 999,999,999,999,999,999 came back as 1e18 (jsforce 1048)."""
    assert refusal(one, FORMS[form](text)) is ProblemCode.OUT_OF_RANGE


@pytest.mark.parametrize("one", LARGE, ids=lambda one: one["type"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "text",
    ["999999999999999", "123456789012345000", "-100000000000000000", "1e17", "1.23456789012345e17",
     "0.30000000000000004", "1234567890123.456", "1234567890123456.5", "1234567890123456e-3"],
)  # fmt: skip
def test_fifteen_digits_pass_and_so_does_every_fraction(one: dict[str, JsonValue], form: str, text: str) -> None:
    sent = to_json_bytes(written(one, FORMS[form](text)))
    assert json.loads(sent, parse_float=Decimal, parse_int=Decimal) == Decimal(text)


@pytest.mark.parametrize("value", [2**63 - 1, "9223372036854775807", Decimal(1_000_000_000_000_001)], ids=repr)
def test_a_long_and_a_text_hold_every_digit(value: JsonValue) -> None:
    assert written(LONG, value) == int(str(value))
    assert written(field("X", "string", length=40), value) == str(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")])
@pytest.mark.parametrize("kind", ["int", "double"])
def test_a_number_that_is_not_finite_is_refused(kind: str, value: JsonValue) -> None:
    assert refusal(field("X", kind), value) is ProblemCode.NOT_FINITE


@pytest.mark.parametrize(
    "digits", ["0.1", "1234567890123456.78", "12345678901234567.25", "100", "1E+2", "-0.00", "0.30000000000000004"]
)
def test_a_decimal_is_written_digit_for_digit(digits: str) -> None:
    record = {"X": written(field("X", "currency", precision=19, scale=2), Decimal(digits))}
    sent = json.loads(to_json_bytes([record]), parse_float=Decimal, parse_int=Decimal)
    assert sent == [{"X": Decimal(digits)}]


def test_a_text_is_as_exact_as_a_decimal() -> None:
    one = field("X", "currency", precision=18, scale=2)
    assert written(one, "1234567890123456.78") == Decimal("1234567890123456.78")


@pytest.mark.parametrize(
    ("name", "compound", "value", "fits"),
    [
        ("Site__Latitude__s", "location", 90, True),
        ("Site__Latitude__s", "location", -90.0, True),
        ("Site__Latitude__s", "location", 90.000001, False),
        ("Site__Longitude__s", "location", 180, True),
        ("Site__Longitude__s", "location", -181, False),
        ("BillingLatitude", "address", "91", False),
        ("BillingLongitude", "address", 91, True),
        ("Latitude", "string", 91, True),
        ("BillingArea", "address", 500, True),
    ],
)
def test_a_place_lies_on_the_globe(name: str, compound: str, value: JsonValue, fits: bool) -> None:  # noqa: FBT001
    whole = field("Site", compound, createable=False, updateable=False)
    part = field(name, "double", precision=18, scale=15, compoundFieldName="Site")
    expected = [] if fits else [(name, ProblemCode.OUT_OF_RANGE)]
    assert codes(checker(whole, part), {name: value}) == expected
