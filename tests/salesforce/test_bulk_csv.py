"""The CSV of a Bulk job: what a cell can say, and where a part ends."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.salesforce.bulk_csv import encode_parts, fit_test
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe

DESCRIBE: ObjectDescribe = parse_object_describe(
    {
        "name": "Task",
        "fields": [
            {"name": "Subject", "type": "string"},
            {"name": "Body", "type": "base64"},
            {"name": "AccountId", "type": "reference", "referenceTo": ["Account"], "relationshipName": "Account"},
            {"name": "WhoId", "type": "reference", "referenceTo": ["Contact", "Lead"], "relationshipName": "Who"},
        ],
    }
)
IS_FIT = fit_test(DESCRIBE)


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def _encode(*records: dict[str, Any], largest_bytes: int = 1_000_000) -> list[tuple[range, list[dict[str, str]]]]:
    return [(part, _rows(data)) for part, data in encode_parts(records, DESCRIBE, largest_bytes=largest_bytes)]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, "#N/A"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (1.5, "1.5"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.10"), "0.10"),
        ("a,b", "a,b"),
    ],
)
def test_a_value_as_a_cell(value: object, cell: str) -> None:
    ((_, rows),) = _encode({"Subject": value})
    assert rows == [{"Subject": cell}]


def test_a_key_that_a_record_lacks_is_an_empty_cell() -> None:
    ((_, rows),) = _encode({"Subject": "a"}, {"Phone": "1"})
    assert rows == [{"Subject": "a", "Phone": ""}, {"Subject": "", "Phone": "1"}]


def test_one_value_that_is_written_otherwise_changes_none_of_the_others() -> None:
    values = {"text": "a,b", "whole": 12, "part": 1e22, "yes": True, "none": None, "exact": Decimal("1E+2")}
    ((_, rows),) = _encode(dict.fromkeys(values, "x"), values)
    assert rows[1] == {"text": "a,b", "whole": "12", "part": "1e+22", "yes": "true", "none": "#N/A", "exact": "100"}


def test_a_key_that_is_nested_in_one_record_only_is_two_columns() -> None:
    ((_, rows),) = _encode({"Account": "a"}, {"Account": {"Ext__c": "x"}}, {"Account": "b"})
    assert rows == [
        {"Account": "a", "Account.Ext__c": ""},
        {"Account": "", "Account.Ext__c": "x"},
        {"Account": "b", "Account.Ext__c": ""},
    ]


def test_a_relationship_is_one_column_and_a_polymorphic_one_names_its_type() -> None:
    ((_, rows),) = _encode(
        {"Account": {"Ext__c": "x"}, "Who": {"attributes": {"type": "Lead"}, "Email": "a@b.example"}}
    )
    assert rows == [{"Account.Ext__c": "x", "Lead:Who.Email": "a@b.example"}]


@pytest.mark.parametrize(
    "record",
    [
        {"Subject": "#N/A"},
        {"Subject": ""},
        {"Subject": "a\rb"},
        {"Subject": "a\0b"},
        {"Subject": "x" * 131_073},
        {"Subject": ["a"]},
        {"Body": "QUJD"},
        {"Account": None},
        {"Account": {}},
        {"Account": {"A": "1", "B": "2"}},
        {"Account": {"Ext__c": None}},
        {"Account": {"Ext__c": "#N/A"}},
    ],
    ids=str,
)
def test_what_a_cell_cannot_say(record: dict[str, Any]) -> None:
    assert not IS_FIT(record)


@pytest.mark.parametrize("record", [{"Subject": None}, {"Subject": "a\nb"}, {"AccountId": None}, {"n": 1}], ids=str)
def test_what_a_cell_can_say(record: dict[str, Any]) -> None:
    assert IS_FIT(record)


def test_a_last_row_that_tips_the_size_begins_another_part() -> None:
    records = [{"Subject": "x" * 10} for _ in range(3)]
    size = len(b"Subject\n") + 2 * len(b"xxxxxxxxxx\n")
    assert [part for part, _ in _encode(*records, largest_bytes=size)] == [range(2), range(2, 3)]
    assert [part for part, _ in _encode(*records, largest_bytes=size + 11)] == [range(3)]


def test_no_records_are_no_part() -> None:
    assert _encode() == []


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(st.characters(exclude_characters="\r\0"), min_size=1))))
def test_whatever_fits_comes_back_as_it_was(records: list[dict[str, str]]) -> None:
    fitting = [record for record in records if record and IS_FIT(record)]
    back = [row for _, rows in _encode(*fitting, largest_bytes=200) for row in rows]
    assert [{name: cell for name, cell in row.items() if cell} for row in back] == fitting
