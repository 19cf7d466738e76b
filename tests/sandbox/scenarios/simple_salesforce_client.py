"""simple-salesforce: every scenario is what one of its users does."""

import base64
import csv
import io
import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceError,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql
from simple_salesforce.login import SalesforceLogin

from tests.sandbox.scenarios.harness import (
    URL,
    credentials,
    expire_sessions,
    held,
    insert,
    main,
    raises,
    records,
    scenario,
)

LOGIN = credentials()


class Detour(requests.adapters.HTTPAdapter):
    """Sends what goes to Salesforce's host of logins to the sandbox: the library has it built in."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # passes on
        parts = urlsplit(request.url or "")
        request.url = urlunsplit(urlsplit(URL)[:2] + parts[2:])
        return super().send(request, **options)


def session() -> requests.Session:
    """A session in which login.salesforce.com and box.my.salesforce.com are the sandbox."""
    found = requests.Session()
    for host in ("login", "test", "box.my"):
        found.mount(f"https://{host}.salesforce.com", Detour())
    return found


def connected(**options: Any) -> Any:
    """Logged in with a session id; the handlers are made up at run time, hence Any."""
    return Salesforce(instance_url=URL, session_id=credentials()["access_token"], **options)


SF = connected()


@scenario
def logs_in_by_soap() -> None:
    sf = Salesforce(
        username=LOGIN["username"], password=LOGIN["password"], security_token=LOGIN["token"], session=session()
    )
    assert sf.sf_instance == urlsplit(URL).netloc


@scenario
def a_wrong_password_over_soap_is_told_with_its_code() -> None:
    error = raises(
        SalesforceAuthenticationFailed,
        lambda: Salesforce(username=LOGIN["username"], password="wrong", security_token="", session=session()),
    )
    assert error.code == "INVALID_LOGIN"


@scenario
def logs_in_by_password_with_a_consumer_key() -> None:
    token, instance = SalesforceLogin(
        username=LOGIN["username"],
        password=LOGIN["password"] + LOGIN["token"],
        consumer_key=LOGIN["consumer_key"],
        consumer_secret=LOGIN["consumer_secret"],
        session=session(),
    )
    assert (token[:3], instance) == ("00D", urlsplit(URL).netloc)


@scenario
def logs_in_by_client_credentials() -> None:
    sf = Salesforce(
        consumer_key=LOGIN["consumer_key"],
        consumer_secret=LOGIN["consumer_secret"],
        domain="box.my",
        session=session(),
    )
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


@scenario
def logs_in_by_jwt_from_a_file() -> None:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key.pem")
        key.write_text(LOGIN["private_key_pem"])
        sf = Salesforce(
            username=LOGIN["username"],
            consumer_key=LOGIN["consumer_key"],
            privatekey_file=str(key),
            session=session(),
        )
    assert sf.query("SELECT Id FROM User")["totalSize"] >= 1


@scenario
def takes_a_session_id_and_the_address_of_the_org() -> None:
    assert SF.query("SELECT Id FROM Organization")["records"][0]["Id"] == LOGIN["org_id"]


@scenario
def an_expired_session_is_renewed_by_a_new_login() -> None:
    sf = Salesforce(
        username=LOGIN["username"], password=LOGIN["password"], security_token=LOGIN["token"], session=session()
    )
    expire_sessions()
    assert sf.query("SELECT Id FROM User")["done"] is True


@scenario
def a_given_session_is_not_renewed() -> None:
    sf = connected()
    expire_sessions()
    error = raises(SalesforceExpiredSession, sf.limits)
    assert error.content[0]["errorCode"] == "INVALID_SESSION_ID"
    globals()["SF"] = connected()


@scenario
def describes_the_org() -> None:
    assert {"Account", "Project__c"} <= {each["name"] for each in SF.describe()["sobjects"]}


@scenario
def describes_an_object() -> None:
    fields = {each["name"]: each for each in SF.Project__c.describe()["fields"]}
    assert (fields["Key__c"]["externalId"], fields["Budget__c"]["type"]) == (True, "currency")


@scenario
def reads_the_metadata_of_an_object() -> None:
    assert SF.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"


@scenario
def reads_the_limits_and_the_usage() -> None:
    SF.limits()
    assert SF.api_usage["api-usage"].total == 100_000


@scenario
def counts_records() -> None:
    insert("Case", [{"Subject": "A"}] * 3)
    found = SF.restful("limits/recordCount", params={"sObjects": "Case"})
    assert [(each["name"], each["count"]) for each in found["sObjects"]] == [("Case", 3)]


@scenario
def creates_reads_changes_and_deletes() -> None:
    made = SF.Account.create({"Name": "A", "Ext__c": "ss-life"})
    assert SF.Account.get(made["id"])["Ext__c"] == "ss-life"
    assert SF.Account.update(made["id"], {"Phone": "1", "Site": None}) == 204
    assert held("Account", "ss-life")["Phone"] == "1"
    assert SF.Account.delete(made["id"]) == 204
    assert "ss-life" not in {each["Ext__c"] for each in records("Account")}


@scenario
def reads_by_external_id() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "ss&key=1"}])
    assert SF.Account.get_by_custom_id("Ext__c", "ss&key=1")["Name"] == "A"


@scenario
def upserts_by_external_id_new_and_known() -> None:
    assert SF.Account.upsert("Ext__c/ss-upsert", {"Name": "A"}) == 201
    assert SF.Account.upsert("Ext__c/ss-upsert", {"Name": "B"}) == 200
    assert held("Account", "ss-upsert")["Name"] == "B"


@scenario
def a_parent_is_found_by_its_external_id() -> None:
    (parent,) = insert("Account", [{"Name": "A", "Ext__c": "ss-parent"}])
    made = SF.Contact.create({"LastName": "B", "Account": {"Ext__c": "ss-parent"}})
    assert SF.Contact.get(made["id"])["AccountId"] == parent


@scenario
def a_key_of_two_records_is_more_than_one() -> None:
    insert("Contact", [{"LastName": "A", "Email": "ss@example.com"}] * 2)
    raises(SalesforceMoreThanOneRecord, lambda: SF.Contact.upsert("Email/ss@example.com", {"LastName": "B"}))


@scenario
def a_missing_record_is_not_found() -> None:
    error = raises(SalesforceResourceNotFound, lambda: SF.Account.get("001000000000009AAA"))
    assert error.content[0]["errorCode"] == "NOT_FOUND"


@scenario
def a_deleted_record_is_told_as_such() -> None:
    made = SF.Account.create({"Name": "A"})
    SF.Account.delete(made["id"])
    error = raises(SalesforceResourceNotFound, lambda: SF.Account.update(made["id"], {"Name": "B"}))
    assert error.content[0]["errorCode"] == "ENTITY_IS_DELETED"


@scenario
def a_missing_field_is_told_with_its_code() -> None:
    error = raises(SalesforceMalformedRequest, lambda: SF.Contact.create({"FirstName": "A"}))
    assert (error.content[0]["errorCode"], error.content[0]["fields"]) == ("REQUIRED_FIELD_MISSING", ["LastName"])


@scenario
def a_text_that_is_too_long_is_told_with_its_code() -> None:
    error = raises(SalesforceMalformedRequest, lambda: SF.Account.create({"Name": "A" * 256}))
    assert error.content[0]["errorCode"] == "STRING_TOO_LONG"


@scenario
def lists_what_was_changed_and_deleted() -> None:
    made = SF.Lead.create({"LastName": "A", "Company": "B"})
    gone = SF.Lead.create({"LastName": "A", "Company": "B"})
    SF.Lead.delete(gone["id"])
    now = datetime.now(tz=UTC)
    start, end = now - timedelta(days=1), now + timedelta(minutes=5)
    assert made["id"] in SF.Lead.updated(start, end)["ids"]
    assert gone["id"] in {each["id"] for each in SF.Lead.deleted(start, end)["deletedRecords"]}


@scenario
def quotes_values_in_soql() -> None:
    insert("Account", [{"Name": "O'Neil \\ Sons", "Ext__c": "ss-quote"}])
    found = SF.query(format_soql("SELECT Ext__c FROM Account WHERE Name = {}", "O'Neil \\ Sons"))
    assert found["records"][0]["Ext__c"] == "ss-quote"


@scenario
def follows_the_pages_of_a_query() -> None:
    insert("Campaign", [{"Name": f"C{number}"} for number in range(4100)])
    found = SF.query_all("SELECT Name FROM Campaign")
    assert (found["totalSize"], len({each["Name"] for each in found["records"]})) == (4100, 4100)


@scenario
def goes_through_pages_one_record_after_the_other() -> None:
    assert sum(1 for _ in SF.query_all_iter("SELECT Name FROM Campaign")) == 4100


@scenario
def takes_the_next_page_by_its_address() -> None:
    page = SF.query("SELECT Name FROM Campaign")
    more = SF.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    assert (len(page["records"]), len(more["records"]), more["done"]) == (2000, 2000, False)


@scenario
def finds_the_deleted() -> None:
    made = SF.Account.create({"Name": "ss-bin"})
    SF.Account.delete(made["id"])
    soql = "SELECT IsDeleted FROM Account WHERE Name = 'ss-bin'"
    assert SF.query(soql)["totalSize"] == 0
    assert SF.query(soql, include_deleted=True)["records"][0]["IsDeleted"] is True


@scenario
def reads_parents_and_children() -> None:
    (parent,) = insert("Account", [{"Name": "P", "Ext__c": "ss-family"}])
    insert("Contact", [{"LastName": each, "AccountId": parent} for each in "AB"])
    soql = (
        "SELECT Owner.Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Ext__c = 'ss-family'"
    )
    (found,) = SF.query(soql)["records"]
    assert [each["LastName"] for each in found["Contacts"]["records"]] == ["A", "B"]
    assert found["Owner"]["Name"]


@scenario
def counts_and_groups() -> None:
    insert("Opportunity", [{"Name": "A", "StageName": each, "CloseDate": "2030-01-01"} for each in ("X", "X", "Y")])
    assert SF.query("SELECT COUNT() FROM Opportunity")["totalSize"] == 3
    soql = "SELECT StageName, COUNT(Id) n FROM Opportunity GROUP BY StageName HAVING COUNT(Id) > 1"
    assert [(each["StageName"], each["n"]) for each in SF.query(soql)["records"]] == [("X", 2)]


@scenario
def compares_with_relative_dates() -> None:
    insert("Contact", [{"LastName": "ss-day", "Birthdate": date.today().isoformat()}])  # noqa: DTZ011  # as users do
    soql = "SELECT LastName FROM Contact WHERE LastName = 'ss-day' AND Birthdate = LAST_N_DAYS:2"
    assert SF.query(soql)["totalSize"] == 1


@scenario
def an_unknown_object_is_told_with_its_code() -> None:
    error = raises(SalesforceMalformedRequest, lambda: SF.query("SELECT Id FROM Nope__c"))
    assert error.content[0]["errorCode"] == "INVALID_TYPE"


@scenario
def collections_create_with_a_refusal() -> None:
    rows = [{"attributes": {"type": "Account"}, **each} for each in ({"Name": "A", "Ext__c": "ss-c1"}, {})]
    found = SF.restful("composite/sobjects", method="POST", json={"records": rows, "allOrNone": False})
    assert [each["success"] for each in found] == [True, False]
    assert found[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"


@scenario
def collections_all_or_none() -> None:
    rows = [{"attributes": {"type": "Account"}, **each} for each in ({"Name": "A", "Ext__c": "ss-none"}, {})]
    found = SF.restful("composite/sobjects", method="POST", json={"records": rows, "allOrNone": True})
    assert found[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert "ss-none" not in {each["Ext__c"] for each in records("Account")}


@scenario
def a_tree_makes_parents_and_children() -> None:
    child = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Tree"}
    parent = {
        "attributes": {"type": "Account", "referenceId": "a"},
        "Name": "A",
        "Ext__c": "ss-tree",
        "Contacts": {"records": [child]},
    }
    found = SF.restful("composite/tree/Account", method="POST", json={"records": [parent]})
    (contact,) = (each for each in records("Contact") if each["LastName"] == "Tree")
    assert (found["hasErrors"], contact["AccountId"]) == (False, held("Account", "ss-tree")["Id"])


@scenario
def a_file_goes_up_and_its_bytes_come_back() -> None:
    body = {"Title": "ss", "PathOnClient": "a.bin", "VersionData": base64.b64encode(b"\x00\xff").decode()}
    made = SF.ContentVersion.create(body)
    assert SF.ContentVersion.get(made["id"])["ContentDocumentId"].startswith("069")
    answer = SF.ContentVersion._call_salesforce(
        method="GET", url=f"{SF.base_url}sobjects/ContentVersion/{made['id']}/VersionData"
    )
    assert answer.content == b"\x00\xff"


@scenario
def a_blob_field_is_changed_by_base64() -> None:
    (parent,) = insert("Account", [{"Name": "A"}])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.txt")
        path.write_text("hello")
        made = SF.Attachment.create({"Name": "a.txt", "ParentId": parent, "Body": base64.b64encode(b"a").decode()})
        assert SF.Attachment.update_base64(made["id"], str(path)) == 204
        assert SF.Attachment.get_base64(made["id"], "Body") == b"hello"


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@scenario
def bulk_2_inserts_from_a_csv_file() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "accounts.csv")
        path.write_text("Name,Ext__c\nA,ss-csv-1\nB,ss-csv-2\n")
        (found,) = SF.bulk2.Account.insert(str(path), wait=0.01)
    assert (found["numberRecordsProcessed"], found["numberRecordsFailed"]) == (2, 0)
    assert held("Account", "ss-csv-2")["Name"] == "B"


@scenario
def bulk_2_upserts_with_the_files_of_its_results() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "ss-bulk-known"}])
    rows = [{"Ext__c": "ss-bulk-known", "Name": "B"}, {"Ext__c": "ss-bulk-bad", "Name": ""}]
    (found,) = SF.bulk2.Account.upsert(records=rows, external_id_field="Ext__c", wait=0.01)
    done, failed = (
        read(SF.bulk2.Account.get_successful_records(found["job_id"])),
        read(SF.bulk2.Account.get_failed_records(found["job_id"])),
    )
    assert [each["sf__Created"] for each in done] == ["false"]
    assert failed[0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")


@scenario
def bulk_2_deletes() -> None:
    keys = insert("Account", [{"Name": "A"}, {"Name": "B"}])
    SF.bulk2.Account.delete(records=[{"Id": each} for each in keys], wait=0.01)
    assert not {each["Id"] for each in records("Account")} & set(keys)


@scenario
def bulk_2_refuses_an_unknown_column() -> None:
    error = raises(SalesforceOperationError, lambda: SF.bulk2.Account.insert(records=[{"Nope__c": "x"}], wait=0.01))
    assert "Field name not found : Nope__c" in str(error)


@scenario
def bulk_2_queries_in_pages() -> None:
    pages = list(SF.bulk2.Campaign.query("SELECT Name FROM Campaign", max_records=3000, wait=0.01))
    assert [len(read(each)) for each in pages] == [3000, 1100]


@scenario
def publishes_a_platform_event_nobody_knows() -> None:
    raises(SalesforceResourceNotFound, lambda: SF.Nothing__e.create({"Text__c": "A"}))


@scenario
def bulk_1_inserts() -> None:
    assert SF.bulk.Account.insert([{"Name": "A"}])[0]["success"]


@scenario
def searches_by_sosl() -> None:
    SF.search("FIND {A} IN ALL FIELDS RETURNING Account(Id)")


@scenario
def searches_by_words() -> None:
    SF.quick_search("A")


@scenario
def calls_apex_rest() -> None:
    SF.apexecute("mine", method="GET")


@scenario
def describes_layouts() -> None:
    assert SF.Account.describe_layout(LOGIN["org_id"])


@scenario
def deploys_metadata() -> None:
    SF.mdapi.describe_metadata()


@scenario
def asks_the_tooling_api_for_apex_classes() -> None:
    SF.toolingexecute("query/?q=SELECT+Id+FROM+ApexClass")


@scenario
def sets_a_password() -> None:
    assert SF.set_password(LOGIN["user_id"], LOGIN["password"]) is None


@scenario
def reads_whether_it_runs_in_a_sandbox() -> None:
    assert SF.is_sandbox() in {True, False}


@scenario
def errors_have_the_status_and_the_address() -> None:
    error = raises(SalesforceError, lambda: SF.restful("nowhere"))
    assert (error.status, error.content[0]["errorCode"]) == (404, "NOT_FOUND")
    assert os.environ["SF_INSTANCE_URL"] in error.url


if __name__ == "__main__":
    main()
