"""Texts, e-mail addresses, truth values and files."""

import base64
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest

from tests.validation.builders import Raw, field, refusal, written
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import ProblemCode
from ziggy_sf_write.validation.text import LARGEST_BASE64


class Colour(StrEnum):
    RED = "red"


TEXT = field("X", "string", length=12)
TEXT_TYPES = ["string", "textarea", "phone", "url", "combobox", "encryptedstring", "picklist", "multipicklist"]


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_a_text_may_have_as_many_characters_as_the_property_takes(kind: str) -> None:
    one = field("X", kind, length=12)
    assert written(one, "x" * 12) == "x" * 12
    assert refusal(one, "x" * 13) is ProblemCode.TOO_LONG


@pytest.mark.parametrize("value", ["é" * 12, "\U0001d518" * 12, "日本語" * 4], ids=repr)
def test_characters_are_counted_not_bytes(value: str) -> None:
    assert written(TEXT, value) == value


def test_what_salesforce_trims_does_not_count() -> None:
    assert written(TEXT, f"  {'x' * 12} ") == f"  {'x' * 12} "


def test_a_text_without_a_known_length_may_have_any() -> None:
    assert len(written(field("X", "textarea", length=0), "x" * 100_000)) == 100_000


@pytest.mark.parametrize("value", ["  ", "a\nb", "\x00", "null"], ids=repr)
def test_odd_texts_are_left_to_salesforce(value: str) -> None:
    assert written(TEXT, value) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12"),
        (-1.5, "-1.5"),
        (42.0, "42"),
        (-0.0, "0"),
        (123456789012.0, "123456789012"),
        (1e22, "1e+22"),
        ("42.0", "42.0"),
        (True, "true"),
        (False, "false"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Colour.RED, "red"),
        (date(2026, 11, 23), "2026-11-23"),
        (time(9, 30), "09:30:00.000Z"),
    ],
    ids=repr,
)
def test_a_scalar_is_written_as_its_text(value: JsonValue, text: str) -> None:
    assert written(field("X", "string", length=13), value) == text


def test_long_scalars_are_written_as_their_text() -> None:
    wide = field("X", "string", length=40)
    assert written(wide, UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert written(wide, datetime(2026, 11, 23, 10, tzinfo=UTC)) == "2026-11-23T10:00:00.000+00:00"
    assert written(wide, Decimal("1E+999999")) == "1E+999999"


@pytest.mark.parametrize(
    "value", [{}, {"a": 1}, [], ["a"], b"x", {1}, object()], ids=lambda value: type(value).__name__
)
def test_what_has_no_text_is_refused(value: JsonValue) -> None:
    assert refusal(TEXT, value) is ProblemCode.WRONG_TYPE


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), ProblemCode.NOT_FINITE),
        (Decimal("Infinity"), ProblemCode.NOT_FINITE),
        (Decimal("sNaN"), ProblemCode.NOT_FINITE),
        (10**5000, ProblemCode.TOO_LONG),
        ("cut \ud83d", ProblemCode.NOT_ENCODABLE),
    ],
    ids=["nan", "infinite", "signalling", "huge", "surrogate"],
)
def test_what_no_request_can_carry_is_refused(value: JsonValue, code: ProblemCode) -> None:
    assert refusal(TEXT, value) is code


@pytest.mark.parametrize(
    "value",
    ["ada@example.com", " Ada@Example.com ", "a..b@example.com", "a..@example.com", "ü@münchen.de", "o'neil+x@a.b.c"],
)
def test_addresses_that_salesforce_takes_pass(value: str) -> None:
    assert written(field("X", "email", length=80), value) == value


@pytest.mark.parametrize(
    "value",
    ["foo", "@example.com", "ada@", "ada@example", "..a@example.com", "a b@example.com", "a@b.c; d@e.f", "a@b@c.de"],
)
def test_what_is_no_address_is_refused(value: str) -> None:
    assert refusal(field("X", "email", length=80), value) is ProblemCode.BAD_EMAIL


def test_an_address_has_a_length_too() -> None:
    assert refusal(field("X", "email", length=9), "ada@example.com") is ProblemCode.TOO_LONG


def test_a_blank_address_is_left_to_salesforce() -> None:
    assert written(field("X", "email", length=80), "  ") == "  "


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (True, True),
        (False, False),
        ("TRUE", True),
        ("false", False),
        (" True ", True),
        ("1", True),
        (0, False),
        (1, True),
    ],
    ids=repr,
)
def test_truth_is_read_as_salesforce_documents_it(value: JsonValue, truth: bool) -> None:  # noqa: FBT001 (a case)
    assert written(field("X", "boolean", nillable=False), value) is truth


@pytest.mark.parametrize("value", ["yes", "no", "on", "Y", 2, -1, 1.0, "t", [], {}, " "], ids=repr)
def test_what_is_not_plainly_true_or_false_is_refused(value: JsonValue) -> None:
    assert refusal(field("X", "boolean", nillable=False), value) is ProblemCode.WRONG_TYPE


def test_null_for_a_checkbox_is_left_to_salesforce() -> None:
    """What it does there is unconfirmed (Salesforce API 10)."""
    assert written(field("X", "boolean", nillable=False), None) is None


BASE64 = field("X", "base64")


@pytest.mark.parametrize(
    ("value", "text"),
    [(b"hello", "aGVsbG8="), (bytearray(b""), ""), ("aGVsbG8=", "aGVsbG8="), ("aGVs\r\nbG8=", "aGVsbG8=")],
    ids=repr,
)
def test_bytes_and_base64_are_written_as_base64(value: JsonValue, text: str) -> None:
    assert written(BASE64, value) == text


@pytest.mark.parametrize("value", ["logo.png", "aGVsbG8", "aGVs-G8=", "ünïcode", "a", "aGVsbG8=="], ids=repr)
def test_what_is_not_base64_is_refused(value: str) -> None:
    assert refusal(BASE64, value) is ProblemCode.BAD_BASE64


def test_a_file_larger_than_a_request_is_refused() -> None:
    largest = LARGEST_BASE64 // 4 * 3
    assert refusal(BASE64, bytes(largest + 1)) is ProblemCode.TOO_LONG
    assert refusal(BASE64, "x" * (LARGEST_BASE64 + 1)) is ProblemCode.TOO_LONG


def test_a_file_of_any_smaller_size_passes() -> None:
    data = bytes(30_001)
    assert written(BASE64, data) == base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("anyType", {"a": [1]}, {"a": [1]}, id="anyType"),
        pytest.param("complexvalue", "x", "x", id="a type that we do not know"),
        pytest.param("json", Decimal("1.5"), 1.5, id="a Python value in a type that we do not know"),
    ],
)
def test_types_without_rules_are_left_to_salesforce(kind: str, value: JsonValue, expected: JsonValue) -> None:
    one: Raw = field("X", kind)
    assert written(one, value) == expected
