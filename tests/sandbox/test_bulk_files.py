"""Bulk API 2.0 ingest: what stands in the uploaded files, and how it is read and printed."""

from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from salesforce_sandbox.bulk.results import java_double
from tests.sandbox.bulk import INSERT, UPSERT, result, run
from tests.sandbox.client import Api


def test_only_the_sf_headers_are_quoted_and_all_values_are(api: Api) -> None:
    job = run(api, 'Ext__c,Name\nk,"A ""quoted"", B"\n', **UPSERT)

    text = api.get(f"jobs/ingest/{job['id']}/successfulResults").text
    lines = text.splitlines()
    assert lines[0] == '"sf__Id","sf__Created",Ext__c,Name'
    assert lines[1].endswith(',"true","k","A ""quoted"", B"')
    assert api.get(f"jobs/ingest/{job['id']}/failedResults/").text == '"sf__Id","sf__Error",Ext__c,Name\n'
    assert api.get(f"jobs/ingest/{job['id']}/unprocessedRecords").text == "Ext__c,Name\n"


def test_an_empty_cell_leaves_alone_and_na_clears(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A", "Ext__c": "k", "Phone": "1", "Fax": "2"}])

    run(api, "Ext__c,Phone,Fax\nk,,#N/A\n", **UPSERT)

    (row,) = sandbox.records("Account")
    assert (row["Phone"], row["Fax"]) == ("1", None)


def test_an_empty_id_column_does_no_harm(api: Api, sandbox: Sandbox) -> None:
    """jsforce sends one with every upsert by external id."""
    job = run(api, 'Id,Ext__c,Name\n"",k,A\n', **UPSERT)

    assert job["numberRecordsFailed"] == 0
    assert sandbox.records("Account")[0]["Ext__c"] == "k"


@pytest.mark.parametrize(
    ("name", "sign"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")],
)
@pytest.mark.parametrize(("ending", "newline"), [("LF", "\n"), ("CRLF", "\r\n")])
def test_delimiters_and_line_endings(api: Api, name: str, sign: str, ending: str, newline: str) -> None:
    data = newline.join([f"Ext__c{sign}Name", f'k{sign}"a{sign}b"', f"l{sign}c", ""])

    job = run(api, data, **UPSERT, columnDelimiter=name, lineEnding=ending)

    assert (job["state"], job["numberRecordsProcessed"], job["columnDelimiter"]) == ("JobComplete", 2, name)
    assert api.get(f"jobs/ingest/{job['id']}/successfulResults").text.startswith(
        f'"sf__Id"{sign}"sf__Created"{sign}Ext__c'
    )


def test_a_newline_inside_quotes_is_part_of_the_value(api: Api, sandbox: Sandbox) -> None:
    run(api, 'Ext__c,Name,Description\nk,A,"one\ntwo"\n', **UPSERT)

    assert sandbox.records("Account")[0]["Description"] == "one\ntwo"


CELLS: list[tuple[str, str, Any]] = [
    ("Billable__c", "TRUE", True),
    ("Billable__c", "0", False),
    ("Headcount__c", "1.2e3", 1200.0),
    ("Budget__c", "1.239", 1.239),
    ("Sequence__c", "7", 7),
    ("StartDate__c", "2026-01-31", "2026-01-31"),
    ("StartDate__c", "2021-03-06T00:00:00+04:00", "2021-03-05"),
    ("KickOff__c", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000+0000"),
    ("Summary__c", " x ", "x"),
    ("ContactEmail__c", "A@B.Example", "a@b.example"),
]


@pytest.mark.parametrize(("field", "cell", "kept"), CELLS, ids=[f"{each[0]} {each[1]}" for each in CELLS])
def test_cells_are_read_by_type(api: Api, sandbox: Sandbox, field: str, cell: str, kept: Any) -> None:
    job = run(api, f"Name,{field}\nP,{cell}\n", **INSERT)

    assert job["numberRecordsFailed"] == 0
    assert sandbox.records("Project__c")[0][field] == kept


BAD_CELLS = [
    ("StartDate__c", "6/15/19", "date"),
    ("KickOff__c", "tomorrow", "dateTime"),
    ("Headcount__c", '"1,5"', "double"),
    ("Sequence__c", "6.5", "int"),
    ("Billable__c", "yes", "boolean"),
]


@pytest.mark.parametrize(("field", "cell", "xsd"), BAD_CELLS, ids=[each[0] for each in BAD_CELLS])
def test_a_bad_cell_fails_its_row(api: Api, field: str, cell: str, xsd: str) -> None:
    job = run(api, f"Name,{field}\nP,{cell}\nQ,\n", **INSERT)

    assert job["numberRecordsFailed"] == 1
    shown = cell.strip('"')
    assert result(api, job, "failedResults")[0]["sf__Error"] == (
        f"INVALID_FIELD:Failed to deserialize field at col 1. Due to, '{shown}' is not a valid value for the type "
        f"xsd:{xsd}:{field} --"
    )


class TestRelationshipColumns:
    """Parents by their keys."""

    def test_a_plain_lookup(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A", "Ext__c": "a"}])

        job = run(api, "LastName,Account.Ext__c\nC,a\nD,none\n", object="Contact", operation="insert")

        assert sandbox.records("Contact")[0]["AccountId"] == account
        assert result(api, job, "failedResults")[0]["sf__Error"] == (
            "INVALID_FIELD:Foreign key external ID: none not found for field Ext__c in entity Account:--"
        )

    def test_a_polymorphic_lookup_names_the_object_first(self, api: Api, sandbox: Sandbox) -> None:
        (lead,) = sandbox.insert("Lead", [{"LastName": "L", "Company": "C", "Email": "l@example.com"}])

        run(api, "Subject,Lead:Who.Email\nCall,l@example.com\n", object="Task", operation="insert")

        assert sandbox.records("Task")[0]["WhoId"] == lead

    def test_an_owner_by_user_name(self, api: Api, sandbox: Sandbox) -> None:
        (user,) = sandbox.insert(
            "User", [{"Username": "u@example.com", "LastName": "U", "Email": "u@example.com", "Alias": "u"}]
        )

        run(api, "Name,Owner.Username\nA,U@example.com\n", object="Account", operation="insert")

        assert sandbox.records("Account")[0]["OwnerId"] == user

    @pytest.mark.parametrize(
        ("name", "header", "message"),
        [
            (
                "Contact",
                "Account:Account.Ext__c",
                "InvalidBatch : type is not needed for non polymorphic foreign key references: Account",
            ),
            ("Task", "Who.Email", "InvalidBatch : type is needed for polymorphic foreign key references: Who"),
            ("Task", "Who:Lead.Email", "InvalidBatch : Unable to find relationship: Lead"),
            ("Contact", "Nope.Ext__c", "InvalidBatch : Field name not found : Nope.Ext__c"),
            ("Contact", "Account.Phone", "InvalidBatch : Field name not found : Account.Phone"),
        ],
    )
    def test_a_wrong_header_fails_the_job(self, api: Api, name: str, header: str, message: str) -> None:
        job = run(api, f"{header}\nx\n", object=name, operation="insert")

        assert (job["state"], job["errorMessage"]) == ("Failed", message)


FILES: list[tuple[str, bytes, str]] = [
    ("unknown column", b"Ext__c,Foo__c,Bar__c\nk,1,2\n", "InvalidBatch : Field name not found : Foo__c"),
    (
        "wrong line ending",
        b"Ext__c,Name\r\nk,A\r\n",
        "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
    ),
    (
        "byte order mark",
        b"\xef\xbb\xbfExt__c,Name\nk,A\n",
        "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote",
    ),
    ("no key column", b"Name\nA\n", "InvalidBatch : Field name not found : Ext__c"),
]


@pytest.mark.parametrize(("data", "message"), [each[1:] for each in FILES], ids=[each[0] for each in FILES])
def test_a_bad_file_fails_the_job_before_any_row(api: Api, sandbox: Sandbox, data: bytes, message: str) -> None:
    job = run(api, data, **UPSERT)

    assert (job["state"], job["errorMessage"]) == ("Failed", message)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (0, 0)
    assert sandbox.records("Account") == []


def test_an_unclosed_quote_fails_the_job(api: Api) -> None:
    assert run(api, 'Ext__c,Name\nk,"A\n', **UPSERT)["errorMessage"].startswith("InvalidBatch : Failed to parse CSV")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (1.5, "1.5"),
        (-3.0, "-3.0"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (912260031.0, "9.12260031E8"),
        (-12345678.5, "-1.23456785E7"),
        (0.00012, "1.2E-4"),
        (1e300, "1.0E300"),
        (1.5e-10, "1.5E-10"),
        (0.001, "0.001"),
    ],
)
def test_doubles_are_printed_as_java_does(value: float, text: str) -> None:
    assert java_double(value) == text


def test_a_row_with_too_few_cells_fails_alone(api: Api) -> None:
    job = run(api, "Ext__c,Name\nk\nl,B\n", **UPSERT)

    assert job["numberRecordsFailed"] == 1


@pytest.mark.parametrize(
    ("data", "job"),
    [
        ("Id,Name\n001gL000002rbza,x\n", {"object": "Account", "operation": "delete"}),
        ("Name\nx\n", {"object": "Account", "operation": "update"}),
        ("Name,NAME\nx,y\n", {"object": "Account", "operation": "insert"}),
        (b"Name\n\xff\n", {"object": "Account", "operation": "insert"}),
        ("x" * 32_001 + "\n", {"object": "Account", "operation": "insert"}),
        ("Nope:Who.Email\nx\n", {"object": "Task", "operation": "insert"}),
    ],
    ids=["columns of a delete", "update without Id", "column twice", "not UTF-8", "long header", "unknown type"],
)
def test_other_bad_files_fail_their_job(api: Api, data: str | bytes, job: dict[str, str]) -> None:
    assert run(api, data, **job)["state"] == "Failed"


def test_an_empty_file_is_a_job_without_rows(api: Api) -> None:
    job = run(api, b"", **UPSERT)

    assert (job["state"], job["numberRecordsProcessed"]) == ("JobComplete", 0)


@pytest.mark.parametrize(
    ("column", "cell", "xsd"),
    [
        ("KickOff__c", "2026-01-31T10:00:00+99:99", "dateTime"),
        ("KickOff__c", "2026-01-31T10:00:00+24:00", "dateTime"),
    ],
)
def test_a_zone_that_is_none_is_an_error_of_its_row(
    api: Api, sandbox: Sandbox, column: str, cell: str, xsd: str
) -> None:
    job = run(api, f"Name,{column}\nbad,{cell}\nok,2026-01-31T10:00:00Z\n", **INSERT)

    assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1)
    assert f"is not a valid value for the type xsd:{xsd}" in result(api, job, "failedResults")[0]["sf__Error"]
    assert [each["Name"] for each in sandbox.records("Project__c")] == ["ok"]


def test_a_number_of_5000_digits_is_an_error_of_its_row(api: Api, sandbox: Sandbox) -> None:
    job = run(api, f"Ext__c,Name,NumberOfEmployees\na,bad,{'9' * 5000}\nb,ok,1\n", **UPSERT)

    assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1)
    assert [each["Name"] for each in sandbox.records("Account")] == ["ok"]


def test_what_a_job_that_fails_in_the_midst_has_not_got_to_is_unprocessed(api: Api, sandbox: Sandbox) -> None:
    before = [f"k{number},n{number}" for number in range(250)]
    after = [f"l{number},m{number}" for number in range(10)]

    job = run(api, "\n".join(["Ext__c,Name", *before, 'bad,"a" b', *after, ""]), **UPSERT)

    assert (job["state"], job["numberRecordsProcessed"], len(sandbox.records("Account"))) == ("Failed", 200, 200)
    assert "Found unescaped quote" in job["errorMessage"]
    left = result(api, job, "unprocessedrecords")
    assert [each["Ext__c"] for each in left] == [
        *(f"k{number}" for number in range(200, 250)),
        "bad",
        *(f"l{number}" for number in range(10)),
    ]
