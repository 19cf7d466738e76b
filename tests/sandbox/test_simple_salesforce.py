"""simple-salesforce, unpatched, against the sandbox."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

from salesforce_sandbox import Sandbox


class Detour(requests.adapters.HTTPAdapter):
    """Sends what goes to login.salesforce.com to the sandbox: the library has the host built in."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # passes on
        parts = urlsplit(request.url or "")
        request.url = urlunsplit(("https", self._host, parts.path, parts.query, ""))
        return super().send(request, **options)


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    """A session that trusts the sandbox and finds it under Salesforce's name."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(sandbox.ca_file)
        session.mount("https://login.salesforce.com", Detour(sandbox.host))
        session.mount("https://sandbox.my.salesforce.com", Detour(sandbox.host))
        yield session


@pytest.fixture
def sf(sandbox: Sandbox, session: requests.Session) -> Any:
    """Logged in over SOAP, as the library does by default; its handlers are made up at run time, hence Any."""
    login = sandbox.login
    return Salesforce(username=login.username, password=login.password, security_token=login.token, session=session)


def test_soap_login_leads_to_the_org(sf: Any, sandbox: Sandbox) -> None:
    assert sf.sf_instance == sandbox.host
    assert sf.describe()["maxBatchSize"] == 200
    assert sandbox.stats().calls["soap_login"] == 1


def test_wrong_password_is_told_with_its_code(sandbox: Sandbox, session: requests.Session) -> None:
    with pytest.raises(
        SalesforceAuthenticationFailed, match=r"INVALID_LOGIN.: Invalid username, password, security token"
    ):
        Salesforce(username=sandbox.login.username, password="wrong", security_token="", session=session)


def test_client_credentials_by_basic_authentication(sandbox: Sandbox, session: requests.Session) -> None:
    login = sandbox.login
    sf = Salesforce(
        consumer_key=login.consumer_key, consumer_secret=login.consumer_secret, domain="sandbox.my", session=session
    )

    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


def test_jwt_login(sandbox: Sandbox, session: requests.Session) -> None:
    login = sandbox.login
    sf = Salesforce(
        username=login.username, consumer_key=login.consumer_key, privatekey=login.private_key_pem, session=session
    )

    assert sf.query("SELECT Username FROM User")["records"][0]["Username"] == login.username


def test_describe_of_an_object(sf: Any) -> None:
    fields = {each["name"]: each for each in sf.Account.describe()["fields"]}

    assert fields["Ext__c"]["externalId"] is True


def test_query_all_follows_the_pages(sf: Any, sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": f"N{number}"} for number in range(4100)])

    found = sf.query_all("SELECT LastName FROM Contact ORDER BY LastName")

    assert (found["totalSize"], len(found["records"]), found["done"]) == (4100, 4100, True)
    assert sandbox.stats().calls["query_more"] == 2


def test_rows_are_created_read_changed_and_deleted(sf: Any, sandbox: Sandbox) -> None:
    created = sf.Account.create({"Name": "A"})
    changed = sf.Account.update(created["id"], {"Phone": "1"})
    read = sf.Account.get(created["id"])
    deleted = sf.Account.delete(created["id"])

    assert (created["success"], changed, read["Phone"], deleted) == (True, 204, "1", 204)
    assert sandbox.records("Account") == []


def test_single_upsert_tells_created_from_changed(sf: Any, sandbox: Sandbox) -> None:
    assert sf.Account.upsert("Ext__c/k", {"Name": "A"}) == 201
    assert sf.Account.upsert("Ext__c/k", {"Name": "B"}) == 200
    assert [(each["Ext__c"], each["Name"]) for each in sandbox.records("Account")] == [("k", "B")]


def test_refusals_are_the_librarys_exceptions(sf: Any, sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": "A", "Email": "x@example.com"}] * 2)

    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        sf.Account.create({})
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get("001gL000002rbza")
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Contact.upsert("Email/x@example.com", {"LastName": "B"})


def test_usage_is_read_from_the_limit_header(sf: Any) -> None:
    sf.limits()

    assert sf.api_usage["api-usage"].total == 100_000


def test_an_expired_session_is_renewed_by_a_new_login(sf: Any, sandbox: Sandbox) -> None:
    sandbox.expire_sessions()

    assert sf.query("SELECT Id FROM Account")["totalSize"] == 0
    assert sandbox.stats().calls["soap_login"] == 2


def test_a_given_session_is_not_renewed(sandbox: Sandbox, session: requests.Session) -> None:
    sf = Salesforce(session_id=sandbox.access_token(), instance_url=sandbox.url, session=session)
    sandbox.expire_sessions()

    with pytest.raises(SalesforceExpiredSession):
        sf.limits()


def test_collections_through_restful(sf: Any, sandbox: Sandbox) -> None:
    records = [{"attributes": {"type": "Account"}, "Ext__c": f"k{number}", "Name": "A"} for number in range(200)]

    results = sf.restful("composite/sobjects/Account/Ext__c", method="PATCH", json={"records": records})

    assert [each["created"] for each in results] == [True] * 200
    assert len(sandbox.records("Account")) == 200


def test_bulk2_upsert_with_failures_and_their_files(sf: Any, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "Old", "Ext__c": "k0"}])
    rows = [{"Ext__c": f"k{number}", "Name": f"N{number}"} for number in range(5)] + [{"Ext__c": "bad", "Name": ""}]

    (outcome,) = sf.bulk2.Account.upsert(records=rows, external_id_field="Ext__c", wait=0.01)

    assert (outcome["numberRecordsProcessed"], outcome["numberRecordsFailed"]) == (6, 1)
    failed = sf.bulk2.Account.get_failed_records(outcome["job_id"])
    successful = sf.bulk2.Account.get_successful_records(outcome["job_id"])
    unprocessed = sf.bulk2.Account.get_unprocessed_records(outcome["job_id"])
    assert "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --" in failed
    assert successful.count('"true"') == 4
    assert successful.count('"false"') == 1
    assert sorted(unprocessed.strip().split(",")) == ["Ext__c", "Name"]
    assert sorted(each["Name"] for each in sandbox.records("Account")) == ["N0", "N1", "N2", "N3", "N4"]


def test_bulk2_with_an_unknown_column_raises_the_jobs_message(sf: Any) -> None:
    with pytest.raises(SalesforceOperationError, match="Field name not found : Nope__c"):
        sf.bulk2.Account.insert(records=[{"Nope__c": "x"}], wait=0.01)
