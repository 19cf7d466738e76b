"""What a save refuses, with the code, the message and the fields of the real thing."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import Api, Record, error_of, typed


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> Sandbox:
    """An org with the example rules."""
    return start_sandbox(SandboxOptions(example_rules=True))


PROJECT: Record = {"Name": "P"}


REFUSED: list[tuple[str, str, Record, str, str, list[str]]] = [
    (
        "required",
        "Lead",
        {},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName, Company]",
        ["LastName", "Company"],
    ),
    (
        "empty text is null",
        "Account",
        {"Name": "  "},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Name]",
        ["Name"],
    ),
    (
        "length",
        "Account",
        {"Name": "ä" * 256},
        "STRING_TOO_LONG",
        f"Account Name: data value too large: {'ä' * 256} (max length=255)",
        ["Name"],
    ),
    (
        "email",
        "Contact",
        {"LastName": "A", "Email": "foo"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: foo",
        ["Email"],
    ),
    (
        "email that starts with a dot",
        "Contact",
        {"LastName": "A", "Email": ".a@b.example"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: .a@b.example",
        ["Email"],
    ),
    (
        "restricted picklist",
        "Account",
        {"Name": "A", "Tier__c": "Goldd"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Tier: bad value for restricted picklist field: Goldd",
        ["Tier__c"],
    ),
    (
        "inactive picklist value",
        "Project__c",
        PROJECT | {"Status__c": "Paused"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Status: bad value for restricted picklist field: Paused",
        ["Status__c"],
    ),
    (
        "restricted multipicklist",
        "Project__c",
        PROJECT | {"Skills__c": "SQL;Cobol"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Skills: bad value for restricted picklist field: Cobol",
        ["Skills__c"],
    ),
    (
        "too many choices",
        "Contact",
        {"LastName": "A", "Languages__c": ";".join(["x"] * 101)},
        "TOO_MANY_ENUM_VALUE",
        "Languages: too many enum values: 101",
        ["Languages__c"],
    ),
    (
        "int digits",
        "Account",
        {"Name": "A", "NumberOfEmployees": 1431655766},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Employees: value outside of valid range on numeric field: 1431655766",
        ["NumberOfEmployees"],
    ),
    (
        "digits left of the point",
        "Project__c",
        PROJECT | {"Headcount__c": 100000},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Headcount: value outside of valid range on numeric field: 100000",
        ["Headcount__c"],
    ),
    (
        "latitude",
        "Project__c",
        PROJECT | {"Site__Latitude__s": 91.0},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Site (Latitude): value outside of valid range on numeric field: 91",
        ["Site__Latitude__s"],
    ),
    (
        "reference of another object",
        "Contact",
        {"LastName": "A", "AccountId": "003gL000002rbza"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 003gL000002rbza",
        ["AccountId"],
    ),
    (
        "reference that is no id",
        "Contact",
        {"LastName": "A", "AccountId": "nonsense"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: nonsense",
        ["AccountId"],
    ),
    (
        "reference with a wrong checksum",
        "Contact",
        {"LastName": "A", "AccountId": "001gL000002rbzaQAB"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 001gL000002rbzaQAB",
        ["AccountId"],
    ),
    (
        "reference to nothing",
        "Contact",
        {"LastName": "A", "AccountId": "001gL000002rbza"},
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        ["AccountId"],
    ),
    (
        "unknown column",
        "Account",
        {"Name": "A", "Nope__c": "x"},
        "INVALID_FIELD",
        "No such column 'Nope__c' on sobject of type Account",
        [],
    ),
    (
        "parent by key, missing",
        "Contact",
        {"LastName": "A", "Account": {"Ext__c": "c9"}},
        "INVALID_FIELD",
        "Foreign key external ID: c9 not found for field Ext__c in entity Account",
        [],
    ),
    (
        "parent by a field that is no key",
        "Contact",
        {"LastName": "A", "Account": {"Phone": "1"}},
        "INVALID_FIELD",
        "Field name provided, Phone is not an External ID or indexed field for Account",
        [],
    ),
    (
        "record type by name",
        "Account",
        {"Name": "A", "RecordType": {"DeveloperName": "X"}},
        "INVALID_FIELD",
        "Field name provided, DeveloperName is not an External ID or indexed field for RecordType",
        [],
    ),
    (
        "validation rule",
        "Opportunity",
        {"Name": "O", "StageName": "Closed Won", "CloseDate": "2026-01-01"},
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "A won opportunity needs an amount.",
        ["Amount"],
    ),
    (
        "validation rule without a field",
        "Project__c",
        PROJECT | {"Status__c": "Done"},
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "A project that is done must have started.",
        [],
    ),
    (
        "not Base64",
        "Project__c",
        PROJECT | {"Thumbnail__c": "???"},
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "Thumbnail: value not of required type: ???",
        ["Thumbnail__c"],
    ),
]


@pytest.mark.parametrize(
    ("name", "record", "code", "message", "fields"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_refused(api: Api, name: str, record: Record, code: str, message: str, fields: list[str]) -> None:
    (result,) = api.create_many(name, [record])

    assert result == {"success": False, "errors": [{"statusCode": code, "message": message, "fields": fields}]}


@pytest.mark.parametrize("field", ["IsDeleted", "CreatedDate", "Remaining__c"])
def test_read_only_fields_are_refused_by_name(api: Api, field: str) -> None:
    value: Any = {"IsDeleted": True, "CreatedDate": "2026-01-01T00:00:00Z", "Remaining__c": 1}[field]

    (result,) = api.create_many("Project__c", [PROJECT | {field: value}])

    assert error_of(result)[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert error_of(result)[1].startswith(
        f"Unable to create/update fields: {field}. Please check the security settings"
    )


MISMATCHES: list[tuple[str, Record, str]] = [
    ("number for text", {"Name": 5}, "string from VALUE_NUMBER_INT value 5"),
    ("object for text", {"Name": {"a": 1}}, "string from START_OBJECT value {"),
    ("array for a multipicklist", {"Skills__c": ["a"]}, "multipicklist from START_ARRAY value ["),
    ("text for a boolean", {"Billable__c": "FALSE"}, "boolean from VALUE_STRING value FALSE"),
    ("number for a boolean", {"Billable__c": 1}, "boolean from VALUE_NUMBER_INT value 1"),
    ("text for a double", {"Headcount__c": "12"}, "double from VALUE_STRING value 12"),
    ("boolean for a currency", {"Budget__c": True}, "currency from VALUE_TRUE value true"),
    ("decimals for an int", {"Sequence__c": 6.5}, "int from VALUE_NUMBER_FLOAT value 6.5"),
    (
        "datetime without a zone for a date",
        {"StartDate__c": "2026-01-01T00:00:00"},
        "date from VALUE_STRING value 2026-01-01T00:00:00",
    ),
    (
        "datetime to the microsecond for a date",
        {"StartDate__c": "2026-01-01T00:00:00.000000Z"},
        "date from VALUE_STRING value 2026-01-01T00:00:00.000000Z",
    ),
    ("American date", {"StartDate__c": "6/15/19"}, "date from VALUE_STRING value 6/15/19"),
    ("a day that does not exist", {"StartDate__c": "2026-02-30"}, "date from VALUE_STRING value 2026-02-30"),
    ("SQL datetime", {"KickOff__c": "2017-10-17 00:00:00"}, "datetime from VALUE_STRING value 2017-10-17 00:00:00"),
    ("text for an address", {"Venue__c": "x"}, "Venue__c from VALUE_STRING value x"),
    ("object for an unknown name", {"Nope__r": {"a": "b"}}, "<unknown> from FIELD_NAME value a"),
]


@pytest.mark.parametrize(("record", "text"), [each[1:] for each in MISMATCHES], ids=[each[0] for each in MISMATCHES])
def test_wrong_json_type_fails_the_whole_call(api: Api, sandbox: Sandbox, record: Record, text: str) -> None:
    answer = api.collection(
        "POST", "composite/sobjects", [typed("Project__c", PROJECT), typed("Project__c", PROJECT | record)]
    )

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert answer.json()[0]["message"].startswith(f"Cannot deserialize instance of {text} or request may be missing")
    assert sandbox.records("Project__c") == []


def test_parser_error_names_the_place_of_the_value(api: Api) -> None:
    answer = api.call("POST", "sobjects/Account", data=b'{"Name": "A",\n "AnnualRevenue" : "x"}')

    assert answer.json()[0]["message"].endswith("at [line:2, column:20]")


STORED: list[tuple[str, str, Any, Any]] = [
    ("text is trimmed", "Summary__c", " \t\f\v\r a b \n", "a b"),
    ("of white space of ASCII alone", "Summary__c", "\u00a0a b\u2003 ", "\u00a0a b\u2003"),
    ("a next-line sign stays", "Summary__c", "a b\u0085", "a b\u0085"),
    ("empty text is null", "Summary__c", "", None),
    ("e-mail is lower-cased", "ContactEmail__c", " Ann.Ng@Example.COM ", "ann.ng@example.com"),
    # Salesforce's help articles 000387302 and 000212661: the API keeps decimals that only the page rounds.
    ("decimals beyond the scale are kept", "Budget__c", 237.631, 237.631),
    ("in a percent too, and when negative", "Progress__c", -12.3456, -12.3456),
    ("and where the scale is nothing", "Headcount__c", 42.5, 42.5),
    # Salesforce's help article 000394530, and an org that gave 999,999,999,999,999,999 back as 1e18 (jsforce 1048).
    ("fifteen significant digits are kept", "Site__Latitude__s", 12.345678901234567, 12.3456789012346),
    ("the rest of a sum of fractions goes", "Budget__c", 0.1 + 0.2, 0.3),
    ("a long keeps every digit", "Ticks__c", 2**63 - 1, 2**63 - 1),
    ("exact decimals stay", "Budget__c", 0.29, 0.29),
    # NetCoreForce 34 and 55: a date-time for a date becomes the day in UTC, up to a day off.
    ("a datetime for a date", "StartDate__c", "2026-01-01T00:00:00Z", "2026-01-01"),
    ("whose day is that of UTC", "StartDate__c", "2021-03-06T00:00:00+04:00", "2021-03-05"),
    ("or the next", "StartDate__c", "2021-03-06T23:30:00.000-0330", "2021-03-07"),
    ("a time zone becomes UTC", "KickOff__c", "2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.000+0000"),
    ("a zone without a colon", "KickOff__c", "2026-01-31T10:00:00.999+0000", "2026-01-31T10:00:00.000+0000"),
    ("time takes microseconds", "DailyStandup__c", "09:30:00.123456Z", "09:30:00.123Z"),
    ("time keeps milliseconds", "DailyStandup__c", "09:30:00.5Z", "09:30:00.500Z"),
    ("unrestricted picklists take anything", "Country__c", "Atlantis", "Atlantis"),
    ("dependent picklists are not enforced", "Country__c", "Japan", "Japan"),
    ("free text in a phone", "Hotline__c", "call me", "call me"),
    ("a multipicklist", "Skills__c", "Python;SQL", "Python;SQL"),
    ("null for a boolean is false", "Billable__c", None, False),
    ("small letters for a boolean", "Billable__c", "false", False),
    ("a long beyond 32 bits", "Ticks__c", 2**40, 2**40),
    ("an int as text", "Sequence__c", "31", 31),
    ("rich text", "Charter__c", "<b>x</b>", "<b>x</b>"),
    ("a combobox", "Channel__c", "Pigeon", "Pigeon"),
]


@pytest.mark.parametrize(("field", "sent", "kept"), [each[1:] for each in STORED], ids=[each[0] for each in STORED])
def test_stored(api: Api, sandbox: Sandbox, field: str, sent: Any, kept: Any) -> None:
    (result,) = api.create_many("Project__c", [PROJECT | {field: sent}])

    assert result["success"], result
    assert sandbox.records("Project__c")[0][field] == kept


@pytest.mark.parametrize(("sent", "kept"), [(999_999_999_999_999_999, 1e18), (123456789012345678, 123456789012346e3)])
def test_a_whole_number_is_rounded_to_fifteen_digits(api: Api, sandbox: Sandbox, sent: int, kept: float) -> None:
    """Salesforce's help article 000394530; the first as jsforce 1048 reports it. Its field has 18 digits."""
    api.create_many("Account", [{"Name": "A", "ErpNumber__c": sent}])

    assert sandbox.records("Account")[0]["ErpNumber__c"] == kept


def test_defaults_fill_what_a_create_leaves_out_but_not_nulls(api: Api, sandbox: Sandbox) -> None:
    api.create_many("Project__c", [PROJECT, PROJECT | {"Status__c": None}])

    left_out, null = sandbox.records("Project__c")
    assert (left_out["Status__c"], left_out["Billable__c"]) == ("Planned", True)
    assert null["Status__c"] is None


def test_a_create_fills_system_fields_and_numbers(api: Api, sandbox: Sandbox) -> None:
    api.create_many("Case", [{"Subject": "a"}, {"Subject": "b"}])

    rows = sandbox.records("Case")
    assert [each["CaseNumber"] for each in rows] == ["00000001", "00000002"]
    assert rows[0]["OwnerId"] == rows[0]["CreatedById"] == rows[0]["LastModifiedById"]


def test_a_formula_follows_its_fields(api: Api) -> None:
    api.create_many("Project__c", [PROJECT | {"Budget__c": 10, "Spent__c": 4}])

    assert api.rows("SELECT Remaining__c FROM Project__c") == [{"Remaining__c": 6.0}]


def test_encrypted_text_is_read_masked(api: Api) -> None:
    api.create_many("Project__c", [PROJECT | {"Secret__c": "abc"}])

    assert api.rows("SELECT Secret__c FROM Project__c") == [{"Secret__c": "***"}]


def test_a_location_is_read_as_a_whole(api: Api) -> None:
    api.create_many("Project__c", [PROJECT | {"Site__Latitude__s": 50.5, "Site__Longitude__s": 7.25}])

    assert api.rows("SELECT Site__c FROM Project__c") == [{"Site__c": {"latitude": 50.5, "longitude": 7.25}}]


@pytest.mark.parametrize(
    "body",
    [
        b'{"Name": NaN}',
        b'{"Name": "\\ud83d"}',
        b'{"Name": "A", "AnnualRevenue": 1e400}',
        b'{"Name": "A", "AnnualRevenue": 1' + b"0" * 400 + b"}",
        b'{"Name": "A", "NumberOfEmployees": 1' + b"0" * 400 + b"}",
    ],
    ids=["NaN", "half a surrogate pair", "beyond a double", "400 digits for a currency", "400 digits for an int"],
)
def test_what_no_field_can_hold_is_refused(api: Api, sandbox: Sandbox, body: bytes) -> None:
    answer = api.call("POST", "sobjects/Account", data=body)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] in ("JSON_PARSER_ERROR", "NUMBER_OUTSIDE_VALID_RANGE")
    assert sandbox.records("Account") == []
