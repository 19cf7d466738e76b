"""Conditional requests on rows (Salesforce API 2.5)."""

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api

PAST, FUTURE = "Mon, 01 Jan 2001 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT"


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    (record_id,) = sandbox.insert("Contact", [{"LastName": "A"}])
    return f"sobjects/Contact/{record_id}"


@pytest.mark.parametrize(("since", "status"), [(PAST, 200), (FUTURE, 304), ("rubbish", 200)])
def test_a_row_that_was_not_modified_is_not_sent_again(api: Api, path: str, since: str, status: int) -> None:
    answer = api.get(path, headers={"If-Modified-Since": since})

    assert answer.status_code == status
    assert bool(answer.content) == (status == 200)


def test_what_a_row_says_of_its_change_can_be_sent_back(api: Api, path: str) -> None:
    changed = api.get(path).headers["Last-Modified"]

    assert changed.endswith("GMT")
    assert api.get(path, headers={"If-Modified-Since": changed}).status_code == 304
    assert api.get(path, headers={"If-Unmodified-Since": changed}).status_code == 200


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"LastName": "B"}), ("DELETE", None)])
def test_a_row_that_was_modified_since_is_left_alone(
    api: Api, sandbox: Sandbox, path: str, method: str, body: dict[str, str] | None
) -> None:
    answer = api.call(method, path, json=body, headers={"If-Unmodified-Since": PAST})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    assert [each["LastName"] for each in sandbox.records("Contact")] == ["A"]
    assert api.call(method, path, json=body, headers={"If-Unmodified-Since": FUTURE}).status_code < 300
