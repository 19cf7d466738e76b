"""aiosalesforce: every scenario is what one of its users does."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import Auth, ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from aiosalesforce.events import ResponseEvent, RetryEvent
from aiosalesforce.exceptions import (
    AuthenticationError,
    MoreThanOneRecordError,
    NotFoundError,
    RequestLimitExceededError,
    SalesforceError,
)

from tests.sandbox.scenarios.harness import (
    URL,
    credentials,
    expire_sessions,
    held,
    inject,
    insert,
    main,
    records,
    scenario,
)

LOGIN = credentials()
ORG = urlsplit(URL)
HOST = "https://box.my.salesforce.com"  # the client takes no address but Salesforce's


class Detour(httpx.AsyncHTTPTransport):  # type: ignore[misc]  # it is not installed where types are checked
    """Sends what goes to the org's host to the sandbox."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host=ORG.hostname, port=ORG.port)
        return await super().handle_async_request(request)


def by_client_credentials() -> Auth:
    return ClientCredentialsFlow(LOGIN["consumer_key"], LOGIN["consumer_secret"])


@asynccontextmanager
async def connected(auth: Auth | None = None, **options: Any) -> AsyncIterator[Salesforce]:
    """A client of the org."""
    async with httpx.AsyncClient(transport=Detour(verify=LOGIN["ca_file"]), timeout=60) as http:
        yield Salesforce(http, HOST, auth or by_client_credentials(), **options)


async def refusal(kind: type[SalesforceError], call: Any) -> SalesforceError:
    """The error that a call has to end with."""
    try:
        await call
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


async def rows(sf: Salesforce, soql: str, **options: Any) -> list[dict[str, Any]]:
    return [each async for each in sf.query(soql, **options)]


@scenario
async def logs_in_by_client_credentials() -> None:
    async with connected() as sf:
        assert (await sf.get_limits())["DailyApiRequests"]["Max"] == 100_000


@scenario
async def logs_in_by_jwt() -> None:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key.pem")
        key.write_text(LOGIN["private_key_pem"])
        async with connected(JwtBearerFlow(LOGIN["consumer_key"], LOGIN["username"], key)) as sf:
            assert await rows(sf, "SELECT Id FROM User")


@scenario
async def logs_in_by_soap() -> None:
    async with connected(SoapLogin(LOGIN["username"], LOGIN["password"], LOGIN["token"])) as sf:
        assert await rows(sf, "SELECT Id FROM User")


@scenario
async def a_wrong_secret_is_told_with_its_code() -> None:
    async with connected(ClientCredentialsFlow(LOGIN["consumer_key"], "wrong")) as sf:
        assert (await refusal(AuthenticationError, sf.get_limits())).error_code == "invalid_client"


@scenario
async def a_wrong_password_over_soap_is_told_with_its_code() -> None:
    async with connected(SoapLogin(LOGIN["username"], "wrong", "")) as sf:
        assert (await refusal(AuthenticationError, sf.get_limits())).error_code == "INVALID_LOGIN"


@scenario
async def an_expired_session_is_renewed_by_itself() -> None:
    async with connected() as sf:
        await sf.get_limits()
        expire_sessions()
        assert (await sf.get_limits())["DailyApiRequests"]["Remaining"] > 0


@scenario
async def counts_the_calls_from_the_limit_header() -> None:
    seen: list[int | None] = []
    async with connected(event_hooks=[lambda one: seen.append(getattr(one, "remaining", None))]) as sf:
        await sf.get_limits()
        await sf.get_limits()
    (first, second) = [one for one in seen if one is not None][-2:]
    assert (first, second) == (100_000, 100_000)


@scenario
async def creates_a_record() -> None:
    async with connected() as sf:
        found = await sf.sobject.create("Account", {"Name": "A", "Ext__c": "aio-create", "AnnualRevenue": 5})
    assert (held("Account", "aio-create")["Id"], held("Account", "aio-create")["AnnualRevenue"]) == (found, 5)


@scenario
async def reads_a_record_whole() -> None:
    (found,) = insert("Account", [{"Name": "A", "Phone": "1"}])
    async with connected() as sf:
        record = await sf.sobject.get("Account", found)
    assert (record["attributes"]["type"], record["Phone"], record["IsDeleted"]) == ("Account", "1", False)


@scenario
async def reads_some_fields_by_external_id() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "aio-read", "Phone": "1"}])
    async with connected() as sf:
        record = await sf.sobject.get("Account", "aio-read", external_id_field="Ext__c", fields=["Name", "Phone"])
    assert (record["Name"], record["Phone"], "Ext__c" in record) == ("A", "1", False)


@scenario
async def updates_a_record_and_clears_a_field() -> None:
    (found,) = insert("Account", [{"Name": "A", "Ext__c": "aio-update", "Phone": "1"}])
    async with connected() as sf:
        await sf.sobject.update("Account", found, {"Name": "B", "Phone": None})
    record = held("Account", "aio-update")
    assert (record["Name"], record["Phone"]) == ("B", None)


@scenario
async def upserts_by_external_id_new_and_known() -> None:
    async with connected() as sf:
        made = await sf.sobject.upsert("Account", "aio-upsert", "Ext__c", {"Name": "A", "Ext__c": "aio-upsert"})
        known = await sf.sobject.upsert("Account", "aio-upsert", "Ext__c", {"Name": "B"})
    assert (made.created, known.created, made.id) == (True, False, known.id)
    assert held("Account", "aio-upsert")["Name"] == "B"


@scenario
async def deletes_by_id_and_by_external_id() -> None:
    (found, _) = insert("Account", [{"Name": "A"}, {"Name": "B", "Ext__c": "aio-delete"}])
    async with connected() as sf:
        await sf.sobject.delete("Account", found)
        await sf.sobject.delete("Account", "aio-delete", external_id_field="Ext__c")
    assert not {found, "aio-delete"} & {one for each in records("Account") for one in (each["Id"], each["Ext__c"])}


@scenario
async def a_missing_record_is_not_found() -> None:
    async with connected() as sf:
        error = await refusal(NotFoundError, sf.sobject.get("Account", "001000000000009AAA"))
    assert error.error_code == "NOT_FOUND"


@scenario
async def a_key_of_two_records_is_more_than_one() -> None:
    insert("Contact", [{"LastName": "A", "Email": "aio@example.com"}] * 2)
    async with connected() as sf:
        await refusal(
            MoreThanOneRecordError, sf.sobject.upsert("Contact", "aio@example.com", "Email", {"LastName": "B"})
        )


@scenario
async def a_missing_field_is_told_with_its_code() -> None:
    async with connected() as sf:
        error = await refusal(SalesforceError, sf.sobject.create("Contact", {}))
    assert (error.error_code, error.error_message) == (
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName]",
    )


@scenario
async def a_value_outside_the_picklist_is_told_with_its_code() -> None:
    async with connected() as sf:
        error = await refusal(SalesforceError, sf.sobject.create("Account", {"Name": "A", "Tier__c": "Tin"}))
    assert error.error_code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


@scenario
async def queries_with_parents() -> None:
    (parent,) = insert("Account", [{"Name": "Parent"}])
    insert("Contact", [{"LastName": "Aio", "AccountId": parent}])
    async with connected() as sf:
        (found,) = await rows(sf, "SELECT LastName, Account.Name FROM Contact WHERE LastName = 'Aio'")
    assert found["Account"]["Name"] == "Parent"


@scenario
async def follows_the_pages_of_a_query() -> None:
    insert("Lead", [{"LastName": f"N{number}", "Company": "C"} for number in range(4100)])
    async with connected() as sf:
        found = await rows(sf, "SELECT LastName FROM Lead")
    assert len({each["LastName"] for each in found}) == 4100


@scenario
async def finds_the_deleted() -> None:
    async with connected() as sf:
        made = await sf.sobject.create("Account", {"Name": "Aio gone"})
        await sf.sobject.delete("Account", made)
        (found,) = await rows(sf, "SELECT IsDeleted FROM Account WHERE Name = 'Aio gone'", include_all_records=True)
    assert found["IsDeleted"] is True


@scenario
async def groups_and_sums() -> None:
    insert("Opportunity", [{"Name": "A", "StageName": "Aio", "CloseDate": "2030-01-01", "Amount": 4}] * 3)
    async with connected() as sf:
        soql = "SELECT StageName, SUM(Amount) total FROM Opportunity WHERE StageName = 'Aio' GROUP BY StageName"
        (found,) = await rows(sf, soql)
    assert found["total"] == 12


@scenario
async def a_malformed_query_is_told_with_its_code() -> None:
    async with connected() as sf:
        assert (await refusal(SalesforceError, rows(sf, "SELECT FROM"))).error_code == "MALFORMED_QUERY"


@scenario
async def a_batch_carries_calls_and_a_query() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "aio-batch"}])
    async with connected() as sf, sf.composite.batch(halt_on_error=True, autoraise=True) as batch:
        query = batch.query("SELECT Name FROM Account WHERE Ext__c = 'aio-batch'")
        contact = batch.sobject.create("Contact", {"LastName": "Batch"})
        upserted = batch.sobject.upsert("Account", "aio-batch", "Ext__c", {"Phone": "9"})
    assert (query.records[0]["Name"], contact.id[:3], upserted.created) == ("A", "003", False)
    assert held("Account", "aio-batch")["Phone"] == "9"


@scenario
async def a_batch_goes_on_after_a_refusal() -> None:
    async with connected() as sf, sf.composite.batch() as batch:
        refused = batch.sobject.create("Contact", {})
        made = batch.sobject.create("Contact", {"LastName": "After"})
    assert (refused.is_success, refused.status_code, made.is_success) == (False, 400, True)


@scenario
async def a_composite_call_refers_to_earlier_results() -> None:
    async with connected() as sf, sf.composite(all_or_none=True, autoraise=True) as composite:
        account = composite.sobject.create("Account", {"Name": "A", "Ext__c": "aio-composite"})
        contact = composite.sobject.create("Contact", {"LastName": "C", "AccountId": str(account.reference.id)})
        composite.sobject.update("Contact", str(contact.reference.id), {"Phone": "3"})
    (found,) = (each for each in records("Contact") if each["Id"] == contact.id)
    assert (found["AccountId"], found["Phone"]) == (account.id, "3")


@scenario
async def a_composite_call_is_rolled_back_whole() -> None:
    async with connected() as sf, sf.composite(all_or_none=True) as composite:
        account = composite.sobject.create("Account", {"Name": "A", "Ext__c": "aio-rolled-back"})
        refused = composite.sobject.create("Contact", {})
    assert (account.is_success, refused.status_code) == (False, 400)
    assert not [each for each in records("Account") if each["Ext__c"] == "aio-rolled-back"]


@scenario
async def a_composite_call_refers_to_a_query() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "aio-reference"}])
    async with connected() as sf, sf.composite(all_or_none=True, autoraise=True) as composite:
        query = composite.query("SELECT Id FROM Account WHERE Ext__c = 'aio-reference'")
        made = composite.sobject.create("Contact", {"LastName": "Q", "AccountId": str(query.reference.records[0].Id)})
    (found,) = (each for each in records("Contact") if each["Id"] == made.id)
    assert found["AccountId"] == held("Account", "aio-reference")["Id"]


@scenario
async def a_reference_is_written_as_the_documentation_shows_it() -> None:
    async with connected() as sf, sf.composite(autoraise=True) as composite:
        account = composite.sobject.create("Account", {"Name": "A"})
        composite.sobject.create("Contact", {"LastName": "C", "AccountId": account.reference.id})


async def bulk(sf: Salesforce, operation: Any, sobject: str, data: list[dict[str, Any]], **options: Any) -> Any:
    """The result of the one job of an operation."""
    ingest = sf.bulk_v2.ingest.perform_operation(operation, sobject, data, polling_interval=0.01, **options)
    (found,) = [each async for each in ingest]
    return found


@scenario
async def bulk_inserts() -> None:
    async with connected() as sf:
        found = await bulk(
            sf, "insert", "Account", [{"Name": f"B{each}", "Ext__c": f"aio-b{each}"} for each in range(9)]
        )
    assert (len(found.successful_results), found.failed_results) == (9, [])
    assert held("Account", "aio-b8")["Name"] == "B8"


@scenario
async def bulk_upserts_with_a_refusal() -> None:
    insert("Account", [{"Name": "Old", "Ext__c": "aio-known"}])
    data = [{"Name": "New", "Ext__c": "aio-known"}, {"Name": "", "Ext__c": "aio-refused"}]
    async with connected() as sf:
        found = await bulk(sf, "upsert", "Account", data, external_id_field="Ext__c")
    assert [each["sf__Created"] for each in found.successful_results] == ["false"]
    assert found.failed_results[0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING")
    assert held("Account", "aio-known")["Name"] == "New"


@scenario
async def bulk_updates_and_deletes() -> None:
    (found,) = insert("Account", [{"Name": "A", "Ext__c": "aio-bulk-update"}])
    async with connected() as sf:
        await bulk(sf, "update", "Account", [{"Id": found, "Name": "B"}])
        assert held("Account", "aio-bulk-update")["Name"] == "B"
        await bulk(sf, "delete", "Account", [{"Id": found}])
    assert found not in {each["Id"] for each in records("Account")}


@scenario
async def a_bulk_job_is_aborted_listed_and_deleted() -> None:
    async with connected() as sf:
        job = await sf.bulk_v2.ingest.create_job("insert", "Contact")
        assert (await sf.bulk_v2.ingest.abort_job(job.id)).state == "Aborted"
        assert job.id in {each.id async for each in sf.bulk_v2.ingest.list_jobs()}
        await sf.bulk_v2.ingest.delete_job(job.id)
        await refusal(NotFoundError, sf.bulk_v2.ingest.get_job(job.id))


@scenario
async def bulk_refuses_an_unknown_object() -> None:
    async with connected() as sf:
        error = await refusal(SalesforceError, sf.bulk_v2.ingest.create_job("insert", "Nope__c"))
    assert error.error_code in {"INVALIDENTITY", "INVALID_TYPE"}


@scenario
async def a_locked_row_is_written_at_the_second_try() -> None:
    retries: list[RetryEvent] = []

    def hook(event: Any) -> None:
        if isinstance(event, RetryEvent):
            retries.append(event)

    inject({"name": "unable_to_lock_row", "at": [1], "kinds": ["row_create"]})
    async with connected(event_hooks=[hook]) as sf:
        await sf.sobject.create("Account", {"Name": "A", "Ext__c": "aio-lock"})
    assert (len(retries), held("Account", "aio-lock")["Name"]) == (1, "A")


@scenario
async def calls_over_the_limit_are_told_as_such() -> None:
    inject({"name": "request_limit_total", "at": [1], "kinds": ["limits"]})
    async with connected(retry_policy=None) as sf:
        await refusal(RequestLimitExceededError, sf.get_limits())


@scenario
async def events_see_each_answer() -> None:
    statuses: list[int] = []

    def hook(event: Any) -> None:
        if isinstance(event, ResponseEvent):
            statuses.append(event.response.status_code)

    async with connected(event_hooks=[hook]) as sf:
        await sf.sobject.create("Account", {"Name": "A"})
    assert statuses == [200, 201]


if __name__ == "__main__":
    main()
