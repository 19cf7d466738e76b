"""Bulk API 2.0 queries (Salesforce API 7; Bulk API 2.0 Developer Guide, query jobs)."""

from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api


def start(api: Api, soql: str, **more: str) -> Any:
    return api.call("POST", "jobs/query", json={"operation": "query", "query": soql, **more})


def test_a_job_is_made_done_and_read_in_parts(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": f'A"{n}', "AnnualRevenue": 1e9, "Active__c": n == 0} for n in range(5)])

    made = start(api, "SELECT Name, AnnualRevenue, Active__c, Phone, Owner.Alias FROM Account ORDER BY Name").json()
    assert (made["state"], made["object"], made["operation"]) == ("UploadComplete", "Account", "query")
    done = api.get(f"jobs/query/{made['id']}").json()
    assert (done["state"], done["jobType"], done["numberRecordsProcessed"]) == ("JobComplete", "V2Query", 5)

    parts, locator = [], ""
    while locator != "null":
        answer = api.get(f"jobs/query/{made['id']}/results", params={"maxRecords": "2", "locator": locator})
        locator = answer.headers["Sforce-Locator"]
        parts.append(answer)
    assert [each.headers["Sforce-NumberOfRecords"] for each in parts] == ["2", "2", "1"]
    assert parts[0].headers["Content-Type"] == "text/csv"
    assert parts[0].text.splitlines() == [
        '"Name","AnnualRevenue","Active__c","Phone","Owner.Alias"',
        '"A""0","1.0E9","true","","admin"',
        '"A""1","1.0E9","false","","admin"',
    ]


def test_dates_end_in_z_and_the_recycle_bin_is_read_on_demand(api: Api, sandbox: Sandbox) -> None:
    (gone,) = sandbox.insert("Account", [{"Name": "A", "CreatedDate": "2026-01-02T03:04:05.000+0000"}])
    api.call("DELETE", f"sobjects/Account/{gone}")

    job = start(api, "SELECT CreatedDate FROM Account", operation="queryAll", lineEnding="CRLF").json()
    text = api.get(f"jobs/query/{job['id']}/results").text
    assert text == '"CreatedDate"\r\n"2026-01-02T03:04:05.000Z"\r\n'
    assert start(api, "SELECT Id FROM Account").status_code == 200
    assert [each["operation"] for each in api.get("jobs/query").json()["records"]] == ["queryAll", "query"]


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT() FROM Account",
        "SELECT COUNT(Id) FROM Account",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT Id FROM Account LIMIT 1 OFFSET 1",
        "SELECT BillingAddress FROM Account",
        "SELECT Body FROM Attachment",
    ],
)
def test_what_a_bulk_query_cannot_do_is_refused(api: Api, soql: str) -> None:
    answer = start(api, soql)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "API_ERROR")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "SELECT Id FROM Nope"}, "INVALID_TYPE"),
        ({"query": ""}, "MALFORMED_QUERY"),
        ({"operation": "insert", "query": "SELECT Id FROM Account"}, "INVALIDJOB"),
        ({"contentType": "JSON", "query": "SELECT Id FROM Account"}, "INVALIDJOB"),
        ({"lineEnding": "X", "query": "SELECT Id FROM Account"}, "INVALIDJOB"),
    ],
)
def test_a_bad_job_is_refused(api: Api, body: dict[str, str], code: str) -> None:
    answer = api.call("POST", "jobs/query", json=body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_job_is_aborted_or_deleted(api: Api) -> None:
    job = start(api, "SELECT Id FROM Account").json()["id"]
    assert api.call("PATCH", f"jobs/query/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert api.get(f"jobs/query/{job}/results").status_code == 404
    assert api.call("PATCH", f"jobs/query/{job}", json={"state": "Aborted"}).status_code == 400
    assert api.call("DELETE", f"jobs/query/{job}").status_code == 204
    assert api.get(f"jobs/query/{job[:15]}").status_code == 404


def test_a_locator_of_nonsense_is_refused(api: Api) -> None:
    job = start(api, "SELECT Id FROM Account").json()["id"]
    assert api.get(f"jobs/query/{job}/results?locator=x").status_code == 400


@pytest.mark.slow
def test_simple_salesforce_reads_a_whole_table(sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": f"N{n}"} for n in range(3)])
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(sandbox.ca_file)
        client: Any = Salesforce(instance_url=sandbox.url, session_id=sandbox.access_token(), session=session)
        parts = list(client.bulk2.Account.query("SELECT Name FROM Account ORDER BY Name", max_records=2))

    assert [part.split() for part in parts] == [['"Name"', '"N0"', '"N1"'], ['"Name"', '"N2"']]
