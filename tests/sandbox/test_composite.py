"""Composite, batch, graph and tree."""

from typing import Any

import pytest
import requests

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api, typed

V = "/services/data/v67.0"
GOOD = {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "acme", "body": {"Name": "Acme"}}
BAD = {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": "bad", "body": {}}


def composite(api: Api, *requests_: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    answer = api.call("POST", "composite", json={"allOrNone": all_or_none, "compositeRequest": list(requests_)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["compositeResponse"]
    return found


def test_later_parts_refer_to_earlier_ones(api: Api, sandbox: Sandbox) -> None:
    child = {
        "method": "POST",
        "url": f"{V}/sobjects/Contact",
        "referenceId": "child",
        "body": {"LastName": "C", "AccountId": "@{acme.id}"},
    }
    read = {"method": "GET", "url": f"{V}/sobjects/Account/@{{acme.id}}?fields=Name", "referenceId": "read"}

    responses = composite(api, GOOD, child, read)

    assert [each["httpStatusCode"] for each in responses] == [201, 201, 200]
    assert [each["referenceId"] for each in responses] == ["acme", "child", "read"]
    assert responses[0]["httpHeaders"]["Location"].endswith(responses[0]["body"]["id"])
    assert responses[2]["body"]["Name"] == "Acme"
    assert sandbox.records("Contact")[0]["AccountId"] == responses[0]["body"]["id"]
    assert sandbox.stats().calls == {"composite": 1}
    assert sandbox.stats().api_calls == 1


def test_query_results_can_be_referred_to(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "Acme"}])
    query = {"method": "GET", "url": f"{V}/query?q=SELECT+Id+FROM+Account", "referenceId": "q"}
    update = {
        "method": "PATCH",
        "url": f"{V}/sobjects/Account/@{{q.records[0].Id}}",
        "referenceId": "u",
        "body": {"Phone": "1"},
    }

    responses = composite(api, query, update)

    assert (responses[1]["httpStatusCode"], responses[1]["body"]) == (204, None)
    assert sandbox.records("Account")[0]["Phone"] == "1"


def test_collection_results_can_be_referred_to(api: Api, sandbox: Sandbox) -> None:
    create = {
        "method": "POST",
        "url": f"{V}/composite/sobjects",
        "referenceId": "many",
        "body": {"records": [typed("Account", {"Name": "A"})]},
    }
    child = {
        "method": "POST",
        "url": f"{V}/sobjects/Contact",
        "referenceId": "c",
        "body": {"LastName": "C", "AccountId": "@{many[0].id}"},
    }

    assert composite(api, create, child)[1]["httpStatusCode"] == 201


def test_a_reference_without_a_value_halts_that_part(api: Api) -> None:
    update = {"method": "PATCH", "url": f"{V}/sobjects/Account/@{{bad.id}}", "referenceId": "u", "body": {"Phone": "1"}}

    responses = composite(api, BAD, update)

    assert [each["httpStatusCode"] for each in responses] == [400, 400]
    assert responses[1]["body"] == [
        {"errorCode": "PROCESSING_HALTED", "message": "Invalid reference specified. No value for id found in bad"}
    ]


def test_without_all_or_none_the_good_parts_stay(api: Api, sandbox: Sandbox) -> None:
    assert [each["httpStatusCode"] for each in composite(api, BAD, GOOD)] == [400, 201]
    assert len(sandbox.records("Account")) == 1


def test_all_or_none_rolls_everything_back(api: Api, sandbox: Sandbox) -> None:
    responses = composite(api, GOOD, BAD, {**GOOD, "referenceId": "third"}, all_or_none=True)

    assert [each["body"][0]["errorCode"] for each in responses] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert sandbox.records("Account") == []
    assert sandbox.stats().rows_created == 0


def test_outer_all_or_none_overrides_an_inner_collection(api: Api, sandbox: Sandbox) -> None:
    """The inner body still says success, although nothing was kept."""
    many = {
        "method": "POST",
        "url": f"{V}/composite/sobjects",
        "referenceId": "many",
        "body": {"allOrNone": False, "records": [typed("Account", {"Name": "A"}), typed("Account", {})]},
    }

    (response,) = composite(api, many, all_or_none=True)

    assert [each["success"] for each in response["body"]] == [True, False]
    assert sandbox.records("Account") == []


def test_part_headers_are_honoured(api: Api) -> None:
    described = api.get("sobjects/Account/describe")
    part = {
        "method": "GET",
        "url": f"{V}/sobjects/Account/describe",
        "referenceId": "d",
        "httpHeaders": {"If-Modified-Since": described.headers["Last-Modified"]},
    }

    assert composite(api, part)[0]["httpStatusCode"] == 304


@pytest.mark.parametrize(
    "parts",
    [
        [{**GOOD, "referenceId": f"r{number}"} for number in range(26)],
        [{**GOOD, "referenceId": "not-allowed"}],
        [GOOD, GOOD],
        [],
        [{"method": "GET", "url": f"{V}/query?q=x", "referenceId": f"q{number}"} for number in range(6)],
    ],
    ids=["26 parts", "bad name", "same name twice", "none", "six queries"],
)
def test_a_bad_composite_is_refused(api: Api, parts: list[dict[str, Any]]) -> None:
    assert api.call("POST", "composite", json={"compositeRequest": parts}).status_code == 400


def batch(api: Api, *parts: dict[str, Any], halt: bool = False) -> requests.Response:
    return api.call("POST", "composite/batch", json={"batchRequests": list(parts), "haltOnError": halt})


def test_batch_parts_are_independent_and_counted(api: Api, sandbox: Sandbox) -> None:
    body = batch(
        api,
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "A"}},
        {"method": "GET", "url": "v67.0/sobjects/Nope"},
        {"method": "GET", "url": "v67.0/limits"},
    ).json()

    assert body["hasErrors"] is True
    assert [each["statusCode"] for each in body["results"]] == [201, 404, 200]
    assert sandbox.stats().api_calls == 3


def test_batch_can_halt_at_the_first_error(api: Api) -> None:
    body = batch(
        api, {"method": "GET", "url": "v67.0/sobjects/Nope"}, {"method": "GET", "url": "v67.0/limits"}, halt=True
    ).json()

    assert [each["statusCode"] for each in body["results"]] == [404, 412]


def test_each_graph_is_all_or_none(api: Api, sandbox: Sandbox) -> None:
    graphs = [{"graphId": "1", "compositeRequest": [GOOD]}, {"graphId": "2", "compositeRequest": [GOOD, BAD]}]

    answers = api.call("POST", "composite/graph", json={"graphs": graphs}).json()["graphs"]

    assert [each["isSuccessful"] for each in answers] == [True, False]
    assert len(sandbox.records("Account")) == 1


def record(kind: str, name: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, "referenceId": name}, **values}


def test_tree_creates_parents_with_their_children(api: Api, sandbox: Sandbox) -> None:
    contacts = {"records": [record("Contact", "c1", LastName="C"), record("Contact", "c2", LastName="D")]}

    answer = api.call(
        "POST", "composite/tree/Account", json={"records": [record("Account", "a1", Name="A", Contacts=contacts)]}
    )

    (account,) = sandbox.records("Account")
    assert answer.status_code == 201
    assert [each["referenceId"] for each in answer.json()["results"]] == ["a1", "c1", "c2"]
    assert {each["AccountId"] for each in sandbox.records("Contact")} == {account["Id"]}


def test_a_bad_child_undoes_the_tree(api: Api, sandbox: Sandbox) -> None:
    contacts = {"records": [record("Contact", "c1")]}

    answer = api.call(
        "POST", "composite/tree/Account", json={"records": [record("Account", "a1", Name="A", Contacts=contacts)]}
    )

    assert answer.status_code == 400
    assert answer.json() == {
        "hasErrors": True,
        "results": [
            {
                "referenceId": "c1",
                "errors": [
                    {
                        "statusCode": "REQUIRED_FIELD_MISSING",
                        "message": "Required fields are missing: [LastName]",
                        "fields": ["LastName"],
                    }
                ],
            }
        ],
    }
    assert sandbox.records("Account") == []


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{"Name": "A"}],
        [record("Contact", "x", LastName="A")],
        [record("Account", f"r{number}", Name="A") for number in range(201)],
        [record("Account", "a", Name="A", Nopes={"records": []})],
    ],
    ids=["empty", "no attributes", "other type", "201 records", "unknown relation"],
)
def test_a_bad_tree_is_refused(api: Api, records: list[dict[str, Any]]) -> None:
    assert api.call("POST", "composite/tree/Account", json={"records": records}).status_code == 400
