"""Bulk API 2.0 ingest: jobs, from their declaration to their results."""

import threading

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.bulk.worker import longest_lane
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.bulk import UPSERT, close, open_job, result, run, upload, wait
from tests.sandbox.client import Api


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


@pytest.mark.parametrize("key", ["Id", "id"])
def test_upsert_by_id_updates_and_inserts(api: Api, sandbox: Sandbox, key: str) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    run(api, f"Id,Name\n{known},A2\n,B\n", object="Account", operation="upsert", externalIdFieldName=key)

    assert [each["Name"] for each in sandbox.records("Account")] == ["A2", "B"]


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


@pytest.mark.parametrize(
    ("name", "line_end"),
    [
        (b'name="content"', b"\r\n"),
        (b'filename="rows.csv"; name="content"', b"\r\n"),
        (b"name=content", b"\r\n"),
        (b'name="content"', b"\n"),
    ],
    ids=["boundary inside a line", "file name first", "no quotes", "line feeds only"],
)
def test_the_parts_of_a_multipart_job_are_read_as_mime_says(
    api: Api, sandbox: Sandbox, name: bytes, line_end: bytes
) -> None:
    """RFC 2046, 5.1.1: a boundary stands at the start of a line; RFC 2183: parameters come in any order."""
    job = b'{"object":"Account","operation":"insert"}'
    lines = [b"--B", b'Content-Disposition: form-data; name="job"', b"", job]
    lines += [b"--B", b"Content-Disposition: form-data; " + name, b"", b"Name\nA--B\n", b"--B--", b""]
    headers = {"Content-Type": "multipart/form-data; boundary=B"}

    made = api.call("POST", "jobs/ingest", data=line_end.join(lines), headers=headers).json()

    wait(api, made)
    assert [each["Name"] for each in sandbox.records("Account")] == ["A--B"]


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
    ("rows", "lanes", "share"),
    [(200, 20, 1.0), (20_000, 1, 1.0), (100_000, 5, 0.2), (100_000, 20, 0.1), (60_000, 5, 1 / 3), (10_001, 2, 0.9999)],
)
def test_batches_of_a_job_run_side_by_side_in_so_many_lanes(rows: int, lanes: int, share: float) -> None:
    assert longest_lane(rows, lanes=lanes) == pytest.approx(share, rel=1e-4)


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
