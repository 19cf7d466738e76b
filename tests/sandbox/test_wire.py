"""Headers, encodings and connections."""

import gzip
import json
import re

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api


def test_every_answer_has_the_headers_of_a_real_one(api: Api) -> None:
    headers = api.get("limits").headers

    assert headers["content-type"] == "application/json;charset=UTF-8"
    assert headers["server"] == "sfdcedge"
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    assert headers["x-request-id"] == headers["x-sfdc-request-id"]
    assert headers["cache-control"] == "no-cache,must-revalidate,max-age=0,no-store,private"


def test_calls_are_counted_in_limit_info_but_for_versions(api: Api) -> None:
    assert "Sforce-Limit-Info" not in api.get("/services/data").headers
    assert api.get("limits").headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert api.get("sobjects/Nope/describe").headers["Sforce-Limit-Info"] == "api-usage=2/100000"


def test_versions_need_no_session_and_are_named(api: Api) -> None:
    versions = api.get("/services/data", headers={"Authorization": ""}).json()

    assert (versions[0]["version"], versions[-1]["version"]) == ("50.0", "68.0")
    assert {each["version"]: each["label"] for each in versions}["67.0"] == "Summer '26"
    assert {each["version"]: each["label"] for each in versions}["59.0"] == "Winter '24"


def test_gzip_goes_both_ways(api: Api, sandbox: Sandbox) -> None:
    body = gzip.compress(json.dumps({"Name": "A"}).encode())

    answer = api.call("POST", "sobjects/Account", data=body, headers={"Content-Encoding": "gzip"})
    large = api.get("sobjects/Account/describe", headers={"Accept-Encoding": "gzip"})
    plain = api.get("sobjects/Account/describe", headers={"Accept-Encoding": "identity"})

    assert answer.status_code == 201
    assert large.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert large.json() == plain.json()
    assert len(sandbox.records("Account")) == 1


def test_pretty_print_spreads_the_answer(api: Api) -> None:
    assert "\n" in api.get("limits", headers={"X-PrettyPrint": "1"}).text
    assert "\n" not in api.get("limits").text


def test_trailing_slashes_and_head_requests_are_fine(api: Api) -> None:
    assert api.get("limits/").status_code == 200
    head = api.call("HEAD", "limits")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("scheme", ["Bearer", "OAuth"])
def test_both_authorization_schemes_open(sandbox: Sandbox, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {sandbox.access_token()}"}

    assert Api(org=sandbox).get("limits", headers=headers).status_code == 200


def test_headers_beyond_16_kb_are_refused_with_431(api: Api) -> None:
    assert api.get("limits", headers={"X-Padding": "x" * 16_384}).status_code == 431


def test_a_connection_is_used_again(api: Api) -> None:
    for _ in range(3):
        api.get("limits")

    pools = api.session.get_adapter("https://x").poolmanager.pools  # type: ignore[attr-defined]  # the adapter's own pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118  pools are no dict


def test_namespaced_fields_may_go_without_their_namespace(api: Api) -> None:
    answer = api.create("Account", {"Name": "A"}, headers={"Sforce-Call-Options": "client=x, defaultNamespace=ns"})

    assert answer.status_code == 201


def test_record_counts_leave_out_empty_objects(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": "A"}] * 2)

    answer = api.get("limits/recordCount?sObjects=Contact,Lead").json()

    assert answer == {"sObjects": [{"count": 2, "name": "Contact"}]}


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_not_compressed_as_it_says_is_refused(api: Api, encoding: str) -> None:
    answer = api.call("POST", "sobjects/Account", data=b"{}", headers={"Content-Encoding": encoding})

    assert answer.status_code == 400


def test_a_mistake_of_the_sandbox_is_an_unknown_exception(api: Api, sandbox: Sandbox) -> None:
    sandbox.org.store.query('DROP TABLE "Account"')

    answer = api.query("SELECT Id FROM Account")

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
