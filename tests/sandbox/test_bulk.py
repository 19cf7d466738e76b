"""Bulk API 2.0 ingest."""

import csv
import io
import threading
from typing import Any

import pytest
import requests

from tests.sandbox.client import Api
from ziggy_sf_write.sandbox import Sandbox, SandboxOptions
from ziggy_sf_write.sandbox.bulk.results import java_double
from ziggy_sf_write.sandbox.pytest_plugin import StartSandbox

ENDED = ("JobComplete", "Failed", "Aborted")
Row = dict[str, str]


def open_job(api: Api, **job: str) -> dict[str, Any]:
    answer = api.call("POST", "jobs/ingest", json=job)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def upload(api: Api, job: dict[str, Any], data: str | bytes) -> requests.Response:
    body = data.encode() if isinstance(data, str) else data
    return api.call("PUT", f"jobs/ingest/{job['id']}/batches", data=body, headers={"Content-Type": "text/csv"})


def close(api: Api, job: dict[str, Any], state: str = "UploadComplete") -> requests.Response:
    return api.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": state})


def wait(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """Polls until the job has ended; an event that nobody sets is the pause in between."""
    pause = threading.Event()
    for _ in range(1000):
        found: dict[str, Any] = api.get(f"jobs/ingest/{job['id']}").json()
        if found["state"] in ENDED:
            return found
        pause.wait(0.005)
    raise AssertionError(f"the job is still {found['state']}")


def run(api: Api, data: str | bytes, **job: str) -> dict[str, Any]:
    opened = open_job(api, **job)
    assert upload(api, opened, data).status_code == 201
    assert close(api, opened).status_code == 200
    return wait(api, opened)


def result(api: Api, job: dict[str, Any], name: str) -> list[Row]:
    text = api.get(f"jobs/ingest/{job['id']}/{name}").text
    return list(csv.DictReader(io.StringIO(text, newline="")))


UPSERT = {"object": "Account", "operation": "upsert", "externalIdFieldName": "Ext__c"}
INSERT = {"object": "Project__c", "operation": "insert"}


def test_each_step_answers_with_its_own_keys(api: Api) -> None:
    opened = open_job(api, **UPSERT)
    uploaded = upload(api, opened, "Ext__c,Name\nk,A\n")
    closed = close(api, opened).json()
    done = wait(api, opened)

    assert opened["state"] == "Open"
    assert opened["apiVersion"] == 67.0
    assert opened["contentUrl"] == f"services/data/v67.0/jobs/ingest/{opened['id']}/batches"
    assert opened["id"].startswith("750")
    assert (uploaded.status_code, uploaded.content) == (201, b"")
    assert closed["state"] == "UploadComplete"
    assert not {"contentUrl", "lineEnding", "columnDelimiter", "jobType"} & set(closed)
    assert (done["jobType"], done["state"]) == ("V2Ingest", "JobComplete")
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"], done["retries"]) == (1, 0, 0)
    assert {"totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime"} <= set(done)


def test_an_open_job_runs_nothing(api: Api, sandbox: Sandbox) -> None:
    opened = open_job(api, **UPSERT)
    upload(api, opened, "Ext__c,Name\nk,A\n")

    assert "numberRecordsProcessed" not in api.get(f"jobs/ingest/{opened['id']}").json()
    assert sandbox.records("Account") == []


def test_good_and_bad_rows_go_to_their_files(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "Old", "Ext__c": "k1"}])

    job = run(api, "Ext__c,Name,AnnualRevenue\nk1,New,912260031\nk2,Two,5\nk3,,\n", **UPSERT)

    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    successful = {each["Ext__c"]: each for each in result(api, job, "successfulResults")}
    assert successful["k1"]["sf__Created"] == "false"
    assert successful["k1"]["AnnualRevenue"] == "9.12260031E8"
    assert successful["k2"]["sf__Created"] == "true"
    (failed,) = result(api, job, "failedResults")
    assert failed == {
        "sf__Id": "",
        "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
        "Ext__c": "k3",
        "Name": "",
        "AnnualRevenue": "",
    }
    assert [each["Name"] for each in sandbox.records("Account")] == ["New", "Two"]


def test_only_the_sf_headers_are_quoted_and_all_values_are(api: Api) -> None:
    job = run(api, 'Ext__c,Name\nk,"A ""quoted"", B"\n', **UPSERT)

    text = api.get(f"jobs/ingest/{job['id']}/successfulResults").text
    lines = text.splitlines()
    assert lines[0] == '"sf__Id","sf__Created",Ext__c,Name'
    assert lines[1].endswith(',"true","k","A ""quoted"", B"')
    assert api.get(f"jobs/ingest/{job['id']}/failedResults/").text == '"sf__Id","sf__Error",Ext__c,Name\n'
    assert api.get(f"jobs/ingest/{job['id']}/unprocessedRecords").text == "Ext__c,Name\n"


def test_failed_results_have_an_id_only_since_version_53(sandbox: Sandbox) -> None:
    api = Api(org=sandbox, version="52.0")

    job = run(api, "Ext__c,Name\nk,\n", **UPSERT)

    assert api.get(f"jobs/ingest/{job['id']}/failedResults").text.startswith('"sf__Error",Ext__c')


def test_results_are_not_in_the_order_of_the_upload(api: Api) -> None:
    keys = [f"k{number:03}" for number in range(300)]

    job = run(api, "Ext__c,Name\n" + "".join(f"{each},A\n" for each in keys), **UPSERT)

    found = [each["Ext__c"] for each in result(api, job, "successfulResults")]
    assert found != keys
    assert sorted(found) == keys


def test_an_empty_cell_leaves_alone_and_na_clears(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A", "Ext__c": "k", "Phone": "1", "Fax": "2"}])

    run(api, "Ext__c,Phone,Fax\nk,,#N/A\n", **UPSERT)

    (row,) = sandbox.records("Account")
    assert (row["Phone"], row["Fax"]) == ("1", None)


def test_update_and_delete_go_by_the_id_column(api: Api, sandbox: Sandbox) -> None:
    one, two = sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])

    updated = run(api, f"Id,Name\n{one},A2\n001gL000002rbza,X\n", object="Account", operation="update")
    deleted = run(api, f"Id\n{two}\n", object="Account", operation="delete")

    assert (
        result(api, updated, "failedResults")[0]["sf__Error"]
        == "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"
    )
    assert deleted["numberRecordsFailed"] == 0
    assert [each["Name"] for each in sandbox.records("Account")] == ["A2"]
    assert sandbox.stats().rows_deleted == 1


def test_hard_delete_leaves_nothing_in_the_bin(api: Api, sandbox: Sandbox) -> None:
    (one,) = sandbox.insert("Account", [{"Name": "A"}])

    run(api, f"Id\n{one}\n", object="Account", operation="hardDelete")

    assert api.get("queryAll", params={"q": "SELECT Id FROM Account"}).json()["totalSize"] == 0


def test_an_insert_with_an_id_is_refused(api: Api) -> None:
    job = run(api, "Id,Name\n001gL000002rbza,A\n,B\n", object="Account", operation="insert")

    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)


def test_an_empty_id_column_does_no_harm(api: Api, sandbox: Sandbox) -> None:
    """jsforce sends one with every upsert by external id."""
    job = run(api, 'Id,Ext__c,Name\n"",k,A\n', **UPSERT)

    assert job["numberRecordsFailed"] == 0
    assert sandbox.records("Account")[0]["Ext__c"] == "k"


@pytest.mark.parametrize("key", ["Id", "id"])
def test_upsert_by_id_updates_and_inserts(api: Api, sandbox: Sandbox, key: str) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    run(api, f"Id,Name\n{known},A2\n,B\n", object="Account", operation="upsert", externalIdFieldName=key)

    assert [each["Name"] for each in sandbox.records("Account")] == ["A2", "B"]


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
    ("Budget__c", "1.239", 1.23),
    ("Sequence__c", "7", 7),
    ("StartDate__c", "2026-01-31", "2026-01-31"),
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


def test_a_key_twice_in_a_chunk_fails_both_rows(api: Api, sandbox: Sandbox) -> None:
    job = run(api, "Ext__c,Name\nk,A\nk,B\nl,C\n", **UPSERT)

    assert job["numberRecordsFailed"] == 2
    assert [each["Name"] for each in sandbox.records("Account")] == ["C"]


def test_a_second_upload_is_refused(api: Api) -> None:
    job = open_job(api, **UPSERT)
    upload(api, job, "Ext__c\nk\n")

    answer = upload(api, job, "Ext__c\nl\n")

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")


def test_a_job_can_be_aborted_until_it_has_ended(api: Api) -> None:
    opened = open_job(api, **UPSERT)
    assert close(api, opened, "Aborted").json()["state"] == "Aborted"

    done = run(api, "Ext__c,Name\nk,A\n", **UPSERT)
    answer = close(api, done, "Aborted")
    assert answer.status_code == 400
    assert answer.json() == [{"errorCode": "INVALIDJOBSTATE", "message": "Aborting already Completed Job not allowed"}]


def test_a_deleted_job_is_gone(api: Api) -> None:
    opened = open_job(api, **UPSERT)
    assert api.call("DELETE", f"jobs/ingest/{opened['id']}").status_code == 400
    close(api, opened, "Aborted")

    answer = api.call("DELETE", f"jobs/ingest/{opened['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(f"jobs/ingest/{opened['id']}").status_code == 404


def test_jobs_are_listed(api: Api) -> None:
    ids = [open_job(api, **UPSERT)["id"] for _ in range(3)]

    body = api.get("jobs/ingest").json()

    assert (body["done"], [each["id"] for each in body["records"]]) == (True, ids)


@pytest.mark.parametrize(
    "job",
    [
        {"object": "Nope", "operation": "insert"},
        {"object": "Account", "operation": "merge"},
        {"object": "Account", "operation": "upsert"},
        {"object": "Account", "operation": "upsert", "externalIdFieldName": "Phone"},
        {"object": "Account", "operation": "insert", "contentType": "XML"},
        {"object": "Account", "operation": "insert", "columnDelimiter": "SPACE"},
    ],
    ids=["object", "operation", "no key", "bad key", "content type", "delimiter"],
)
def test_a_bad_declaration_is_refused(api: Api, job: dict[str, str]) -> None:
    assert api.call("POST", "jobs/ingest", json=job).status_code == 400


def test_a_multipart_job_brings_its_data(api: Api, sandbox: Sandbox) -> None:
    parts = {
        "job": (None, '{"object":"Account","operation":"insert"}', "application/json"),
        "content": ("content", "Name\nA\n", "text/csv"),
    }

    job = api.call("POST", "jobs/ingest", files=parts).json()

    assert job["state"] == "UploadComplete"
    assert wait(api, job)["numberRecordsProcessed"] == 1
    assert sandbox.records("Account")[0]["Name"] == "A"


def test_a_job_can_be_made_to_fail(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("bulk_job_failed", at=(1,))

    job = run(api, "Ext__c,Name\nk,A\n", **UPSERT)

    assert job["state"] == "Failed"
    assert job["errorMessage"]
    assert api.get(f"jobs/ingest/{job['id']}/unprocessedrecords").text == 'Ext__c,Name\n"k","A"\n'


def test_a_job_can_be_made_to_hang_until_it_is_aborted(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("bulk_job_stuck", at=(1,))
    opened = open_job(api, **UPSERT)
    upload(api, opened, "Ext__c,Name\nk,A\n")
    close(api, opened)
    after = run(api, "Ext__c,Name\nl,B\n", **UPSERT)

    assert after["state"] == "JobComplete"
    assert api.get(f"jobs/ingest/{opened['id']}").json()["state"] == "InProgress"
    assert close(api, opened, "Aborted").json()["state"] == "Aborted"


def test_a_locked_row_fails_its_chunk_of_200(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("unable_to_lock_row", records=("k5",))

    job = run(api, "Ext__c,Name\n" + "".join(f"k{number},A\n" for number in range(250)), **UPSERT)

    assert job["numberRecordsFailed"] == 200
    assert result(api, job, "failedResults")[0]["sf__Error"] == (
        "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: k5:--"
    )


def test_stopping_does_not_wait_for_a_long_job(start_sandbox: StartSandbox) -> None:
    org = start_sandbox(SandboxOptions(latency="bulk_per_record=1"))
    api = Api(org=org)
    job = open_job(api, **UPSERT)
    upload(api, job, "Ext__c,Name\nk,A\n" * 1000)
    close(api, job)

    org.stop()

    assert not [each for each in threading.enumerate() if each.name.startswith("sandbox")]


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


@pytest.mark.parametrize("state", ["Done", "UploadComplete"])
def test_a_state_that_cannot_be_set_is_refused(api: Api, state: str) -> None:
    done = run(api, "Ext__c,Name\nk,A\n", **UPSERT)

    assert close(api, done, state).json()[0]["errorCode"] == "INVALIDJOBSTATE"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x", "multipart/form-data"),
        (b"--B\r\n\r\n--B--", "multipart/form-data; boundary=B"),
        (b"x" * 100_001, "multipart/form-data; boundary=B"),
    ],
    ids=["no boundary", "no parts", "too long"],
)
def test_a_bad_multipart_body_is_refused(api: Api, body: bytes, content_type: str) -> None:
    assert api.call("POST", "jobs/ingest", data=body, headers={"Content-Type": content_type}).status_code == 400


def test_a_job_deleted_before_its_turn_writes_nothing(api: Api, start_sandbox: StartSandbox) -> None:
    org = start_sandbox(SandboxOptions(latency="bulk_per_record=0.2"))
    api = Api(org=org)
    first, second = open_job(api, **UPSERT), open_job(api, **UPSERT)
    for job, key in ((first, "a"), (second, "b")):
        upload(api, job, f"Ext__c,Name\n{key},A\n")
        close(api, job)

    assert api.call("DELETE", f"jobs/ingest/{second['id']}").status_code == 204

    run(api, "Ext__c,Name\nc,A\n", **UPSERT)
    assert [each["Ext__c"] for each in org.records("Account")] == ["a", "c"]
