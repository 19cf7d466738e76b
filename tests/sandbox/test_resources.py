"""What an org lists, what it lacks, and how it says so (Salesforce API 3.2, 5.1)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api

NOT_THERE = [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_a_version_lists_its_resources_and_who_asks(api: Api, sandbox: Sandbox) -> None:
    listed = api.get("").json()

    assert len(listed) >= 18
    assert {"sobjects", "query", "queryAll", "composite", "jobs", "limits", "search", "tooling"} <= set(listed)
    assert listed["sobjects"] == "/services/data/v67.0/sobjects"
    assert api.session.get(listed["identity"], timeout=30).json()["username"] == sandbox.login.username
    assert listed["identity"].startswith("https://")


@pytest.mark.parametrize("each", ["composite", "recent"])
def test_what_is_listed_and_small_is_served(api: Api, each: str) -> None:
    assert api.get(each).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "nope",
        "search?q=FIND%20%7Bx%7D",
        "sobjects/Account/describe/layouts",
        "sobjects/Account/describe/layouts/012000000000000AAA",
        "sobjects/Account/listviews",
        "sobjects/Account/quickActions",
        "sobjects/Nope/describe",
        "sobjects/Nope/001Zg000000000AAAA",
        "sobjects/Account/Ext__c/missing",
    ],
)
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    answer = api.get(path)

    assert (answer.status_code, answer.json()) == (404, NOT_THERE)


@pytest.mark.parametrize("path", ["/services/nope", "/nope"])
def test_outside_of_the_api_nobody_hears_of_a_session(sandbox: Sandbox, path: str) -> None:
    answer = requests.get(f"{sandbox.url}{path}", verify=str(sandbox.ca_file), timeout=30)

    assert (answer.status_code, answer.json()) == (404, NOT_THERE)


def test_apex_rest_finds_no_class(api: Api) -> None:
    answer = api.get("/services/apexrest/Mine")

    assert answer.status_code == 404
    assert answer.json()[0]["message"] == "Could not find a match for URL"


@pytest.mark.parametrize(("kind", "shown"), [("application/json", '"FeatureNotEnabled"'), ("application/xml", "<exc")])
def test_bulk_1_is_switched_off(api: Api, kind: str, shown: str) -> None:
    headers = {"Content-Type": kind, "X-SFDC-Session": "x"}
    answer = api.call("POST", "/services/async/59.0/job", data="{}", headers=headers)

    assert answer.status_code == 400
    assert shown in answer.text
    assert "FeatureNotEnabled" in answer.text


def test_other_soap_apis_are_switched_off(api: Api) -> None:
    answer = api.call("POST", "/services/Soap/m/59.0/00D", data="<x/>", headers={"Content-Type": "text/xml"})

    assert answer.status_code == 500
    assert "API_DISABLED_FOR_ORG" in answer.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/mixed"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "sobjects/Account"), ("PATCH", "composite/sobjects"), ("POST", "jobs/ingest")]
)
def test_a_body_of_another_type_is_a_415(api: Api, sandbox: Sandbox, method: str, path: str, media_type: str) -> None:
    answer = api.call(method, path, data='{"Name": "A"}', headers={"Content-Type": media_type})

    assert answer.status_code == 415
    assert answer.json()[0]["errorCode"] == "UNSUPPORTED_MEDIA_TYPE"
    assert media_type in answer.json()[0]["message"]
    assert sandbox.records("Account") == []


def test_a_row_is_deleted_by_its_external_id(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A", "Ext__c": "a/1"}, {"Name": "B", "Ext__c": "b"}])

    first = api.call("DELETE", "sobjects/Account/Ext__c/a%2F1")
    again = api.call("DELETE", "sobjects/Account/Ext__c/a%2F1")

    assert (first.status_code, first.content, again.status_code) == (204, b"", 404)
    assert [each["Name"] for each in sandbox.records("Account")] == ["B"]


def test_a_delete_by_a_key_of_several_rows_deletes_none(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A", "ErpNumber__c": 1}, {"Name": "B", "ErpNumber__c": 1}])

    answer = api.call("DELETE", "sobjects/Account/ErpNumber__c/1")

    assert (answer.status_code, len(answer.json()), len(sandbox.records("Account"))) == (300, 2, 2)


def test_changed_and_deleted_records_are_listed(sandbox: Sandbox, api: Api) -> None:
    kept, gone = sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])
    api.call("DELETE", f"sobjects/Account/{gone}")
    span = {"start": "2001-01-01T00:00:00+00:00", "end": "2101-01-01T00:00:00+00:00"}

    assert api.get("sobjects/Account/updated/", params=span).json()["ids"] == [kept]
    assert [each["id"] for each in api.get("sobjects/Account/deleted/", params=span).json()["deletedRecords"]] == [gone]
    backwards = {"start": span["end"], "end": span["start"]}
    assert api.get("sobjects/Account/updated", params=backwards).status_code == 400
    assert api.get("sobjects/Account/updated").json()[0]["errorCode"] == "MISSING_ARGUMENT"


def test_simple_salesforce_reads_what_was_deleted(sandbox: Sandbox) -> None:
    (gone,) = sandbox.insert("Account", [{"Name": "B"}])
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(sandbox.ca_file)
        client: Any = Salesforce(instance_url=sandbox.url, session_id=sandbox.access_token(), session=session)
        client.Account.delete(gone)
        start, end = datetime.now(UTC).replace(year=2001), datetime.now(UTC).replace(year=2101)

        assert [each["id"] for each in client.Account.deleted(start, end)["deletedRecords"]] == [gone]
