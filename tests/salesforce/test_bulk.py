"""Errors of Bulk rows as Salesforce writes them into `sf__Error` (Salesforce API 7.3)."""

import pytest

from ziggy_sf_write.salesforce.bulk import parse_row_error


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [Product__c, Broker__c]:Product__c,Broker__c --",
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [Product__c, Broker__c]",
            ("Product__c", "Broker__c"),
        ),
        (
            "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 2 records: 001A,001B:--",
            "UNABLE_TO_LOCK_ROW",
            "unable to obtain exclusive access to this record or 2 records: 001A,001B",
            (),
        ),
        ("ENTITY_IS_LOCKED:T: run\n\ncaused by: X:--", "ENTITY_IS_LOCKED", "T: run\n\ncaused by: X", ()),
        ("something else", "something else", "something else", ()),
    ],
)  # fmt: skip
def test_a_row_error_is_taken_apart(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    error = parse_row_error(text)
    assert (error.code, error.message, error.fields) == (code, message, fields)
