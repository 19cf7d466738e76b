"""CumulusCI over REST: every scenario is a task or a step of the library, as projects run them."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

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

HOME = Path(tempfile.mkdtemp(prefix="cumulusci-"))
os.chdir(HOME)
os.environ |= {"HOME": str(HOME), "CUMULUSCI_KEYCHAIN_CLASS": "cumulusci.core.keychain.BaseProjectKeychain"}

from cumulusci.core.config import (  # noqa: E402  # the library reads HOME while it is imported
    BaseProjectConfig,
    OrgConfig,
    ServiceConfig,
    TaskConfig,
    UniversalConfig,
)
from cumulusci.core.exceptions import BulkDataException, SalesforceException  # noqa: E402  # as above
from cumulusci.core.keychain import BaseProjectKeychain  # noqa: E402  # as above
from cumulusci.salesforce_api.org_schema import Filters, get_org_schema  # noqa: E402  # as above
from cumulusci.tasks.bulkdata import DeleteData, ExtractData, LoadData  # noqa: E402  # as above
from cumulusci.tasks.bulkdata.snowfakery import Snowfakery  # noqa: E402  # as above
from cumulusci.tasks.bulkdata.step import (  # noqa: E402  # as above
    DataApi,
    DataOperationStatus,
    DataOperationType,
    get_dml_operation,
    get_query_operation,
)
from cumulusci.tasks.bulkdata.update_data import UpdateData  # noqa: E402  # as above
from cumulusci.tasks.preflight.permsets import GetPermissionSetAssignments  # noqa: E402  # as above
from cumulusci.tasks.preflight.sobjects import CheckSObjectPerms, CheckSObjectsAvailable  # noqa: E402  # as above
from cumulusci.tasks.salesforce import SOQLQuery  # noqa: E402  # as above
from cumulusci.tasks.salesforce.composite import CompositeApi  # noqa: E402  # as above
from cumulusci.tasks.salesforce.DescribeMetadataTypes import DescribeMetadataTypes  # noqa: E402  # as above
from cumulusci.tasks.salesforce.insert_record import InsertRecord  # noqa: E402  # as above
from cumulusci.tasks.salesforce.salesforce_files import ListFiles, RetrieveFiles, UploadFiles  # noqa: E402  # as above
from simple_salesforce.exceptions import SalesforceMalformedRequest  # noqa: E402  # it comes with CumulusCI

LOGIN = credentials()
CALLBACK = "http://localhost:8080/callback"


def project() -> BaseProjectConfig:
    """A project whose keychain has the connected app."""
    (HOME / ".git").mkdir()
    config = {"project": {"name": "Box", "package": {"name": "Box", "api_version": "60.0"}}}
    (HOME / "cumulusci.yml").write_text(json.dumps(config))
    found = BaseProjectConfig(UniversalConfig(), repo_info={"root": str(HOME), "name": "box", "owner": "box"})
    found.set_keychain(BaseProjectKeychain(found, None))
    app = {
        "client_id": LOGIN["consumer_key"],
        "client_secret": LOGIN["consumer_secret"],
        "login_url": URL,
        "callback_url": CALLBACK,
    }
    found.keychain.set_service("connected_app", "box", ServiceConfig(app))
    return found


def refresh_token() -> str:
    """What the web server flow of `cci org connect` ends with."""
    asked = {"response_type": "code", "client_id": LOGIN["consumer_key"], "redirect_uri": CALLBACK}
    answer = requests.get(f"{URL}/services/oauth2/authorize?{urlencode(asked)}", allow_redirects=False, timeout=60)
    (code,) = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": LOGIN["consumer_key"],
        "client_secret": LOGIN["consumer_secret"],
    }
    return str(requests.post(f"{URL}/services/oauth2/token", data=form, timeout=60).json()["refresh_token"])


PROJECT = project()
ORG = OrgConfig(
    {
        "instance_url": URL,
        "refresh_token": refresh_token(),
        "id": f"{URL}/id/{LOGIN['org_id']}/{LOGIN['user_id']}",
        "connected_app": "box",
        "namespaced": False,
    },
    "box",
    keychain=PROJECT.keychain,
)


def run(task: Any, **options: Any) -> Any:
    """A task as a flow runs it; it renews its login first."""
    made = task(PROJECT, TaskConfig({"options": options}), ORG)
    made()
    return made


def context() -> Any:
    """A task that has a connection: what the steps of a load want."""
    return run(CheckSObjectsAvailable)


def step(operation: DataOperationType, fields: list[str], rows: list[list[Any]], **options: Any) -> list[Any]:
    """The results of a load by REST into Account."""
    made = get_dml_operation(
        sobject="Account",
        operation=operation,
        fields=fields,
        api_options=options,
        context=context(),
        volume=len(rows),
        api=DataApi.REST,
    )
    made.start()
    made.load_records(iter(rows))
    made.end()
    return list(made.get_results())


def selected(query: str, fields: list[str], api: DataApi = DataApi.REST) -> Iterator[list[Any]]:
    """The rows of a query step."""
    made = get_query_operation(
        sobject="Account", fields=fields, api_options={}, context=context(), query=query, api=api
    )
    made.query()
    assert made.job_result.status is DataOperationStatus.SUCCESS
    yield from made.get_results()


@scenario
def renews_its_login_and_reads_the_org() -> None:
    ORG.refresh_oauth_token(PROJECT.keychain)
    assert (ORG.username, ORG.org_id) == (LOGIN["username"], LOGIN["org_id"])
    assert ORG.organization_sobject["OrganizationType"]


@scenario
def reads_the_latest_version() -> None:
    assert float(ORG.latest_api_version) >= 67


@scenario
def tells_whether_the_org_has_person_accounts() -> None:
    assert ORG.is_person_accounts_enabled is False


@scenario
def tells_whether_the_org_has_many_currencies() -> None:
    assert ORG.is_multiple_currencies_enabled is False


@scenario
def goes_on_after_the_session_has_expired() -> None:
    expire_sessions()
    assert "Account" in context().return_values


@scenario
def checks_which_objects_are_there() -> None:
    assert {"Account", "Project__c"} <= context().return_values


@scenario
def checks_what_may_be_done_to_objects() -> None:
    checked = run(CheckSObjectPerms, permissions={"Account": {"createable": True, "queryable": True}})
    assert checked.return_values is True


@scenario
def inserts_a_record() -> None:
    run(InsertRecord, object="Account", values="Name:A,Ext__c:cci-insert,Active__c:true")
    assert held("Account", "cci-insert")["Active__c"] is True


@scenario
def a_refused_record_ends_the_task_with_the_code() -> None:
    error = raises(SalesforceMalformedRequest, lambda: run(InsertRecord, object="Contact", values="FirstName:A"))
    assert error.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"


@scenario
def a_step_inserts_in_batches() -> None:
    rows = [[f"N{each}", f"cci-step-{each}", "true"] for each in range(450)]
    found = step(DataOperationType.INSERT, ["Name", "Ext__c", "Active__c"], rows)
    assert (len(found), all(each.success for each in found)) == (450, True)
    assert held("Account", "cci-step-449")["Active__c"] is True


@scenario
def a_step_upserts_by_external_id() -> None:
    insert("Account", [{"Name": "Old", "Ext__c": "cci-known"}])
    rows = [["New", "cci-known"], ["New", "cci-new"]]
    found = step(DataOperationType.UPSERT, ["Name", "Ext__c"], rows, update_key="Ext__c")
    assert [each.created for each in found] == [False, True]
    assert held("Account", "cci-known")["Name"] == "New"


@scenario
def a_step_updates_and_clears() -> None:
    (key,) = insert("Account", [{"Name": "A", "Ext__c": "cci-update", "Phone": "1"}])
    step(DataOperationType.UPDATE, ["Id", "Name", "Phone"], [[key, "B", ""]])
    found = held("Account", "cci-update")
    assert (found["Name"], found["Phone"]) == ("B", None)


@scenario
def a_step_deletes() -> None:
    keys = insert("Account", [{"Name": "A"}, {"Name": "B"}])
    assert all(each.success for each in step(DataOperationType.DELETE, ["Id"], [[each] for each in keys]))
    assert not {each["Id"] for each in records("Account")} & set(keys)


@scenario
def a_step_tells_refused_rows_from_written_ones() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "cci-taken"}])
    found = step(DataOperationType.INSERT, ["Name", "Ext__c"], [["A", "cci-free"], ["B", "cci-taken"]])
    assert [each.success for each in found] == [True, False]
    assert found[1].error.startswith("DUPLICATE_VALUE: ")


@scenario
def a_step_queries() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "cci-query", "Active__c": True}])
    query = "SELECT Name, Phone, Active__c FROM Account WHERE Ext__c = 'cci-query'"
    assert list(selected(query, ["Name", "Phone", "Active__c"])) == [["A", "", "True"]]


@scenario
def a_step_chooses_rest_by_the_count_of_records() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "cci-smart"}])
    query = "SELECT Name FROM Account WHERE Ext__c = 'cci-smart'"
    assert list(selected(query, ["Name"], DataApi.SMART)) == [["A"]]


@scenario
def deletes_what_a_condition_finds() -> None:
    insert("Account", [{"Name": "cci-delete", "Ext__c": f"cci-delete-{each}"} for each in range(3)])
    run(DeleteData, objects="Account", where="Name = 'cci-delete'", api="rest")
    assert "cci-delete" not in {each["Name"] for each in records("Account")}


MAPPING = """
Accounts:
  sf_object: Account
  api: rest
  fields: [Name, Ext__c]
  soql_filter: "Ext__c LIKE 'cci-set-%'"
Contacts:
  sf_object: Contact
  api: rest
  fields: [LastName]
  soql_filter: "Account.Ext__c LIKE 'cci-set-%'"
  lookups:
    AccountId:
      table: Account
"""
DATASET = """
BEGIN TRANSACTION;
CREATE TABLE "Account" (id VARCHAR(255) NOT NULL, "Name" VARCHAR(255), "Ext__c" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Account" VALUES('Account-1','Acme','cci-set-1');
CREATE TABLE "Contact" (
  id VARCHAR(255) NOT NULL, "LastName" VARCHAR(255), "AccountId" VARCHAR(255), PRIMARY KEY (id)
);
INSERT INTO "Contact" VALUES('Contact-1','Cci','Account-1');
COMMIT;
"""


@scenario
def loads_a_dataset_with_its_parents() -> None:
    (HOME / "mapping.yml").write_text(MAPPING)
    (HOME / "data.sql").write_text(DATASET)
    run(LoadData, mapping="mapping.yml", sql_path="data.sql")
    (contact,) = (each for each in records("Contact") if each["LastName"] == "Cci")
    assert contact["AccountId"] == held("Account", "cci-set-1")["Id"]


@scenario
def extracts_a_dataset() -> None:
    run(ExtractData, mapping="mapping.yml", sql_path="out.sql")
    written = (HOME / "out.sql").read_text()
    assert "cci-set-1" in written
    assert "Contact-1" in written


@scenario
def a_dataset_may_upsert() -> None:
    mapping = MAPPING.split("Contacts:", maxsplit=1)[0] + "  action: upsert\n  update_key: Ext__c\n"
    (HOME / "upsert.yml").write_text(mapping)
    (HOME / "upsert.sql").write_text(DATASET.replace("'Acme'", "'Renamed'"))
    run(LoadData, mapping="upsert.yml", sql_path="upsert.sql")
    assert held("Account", "cci-set-1")["Name"] == "Renamed"


@scenario
def a_dataset_with_an_unknown_field_is_refused_before_it_is_sent() -> None:
    (HOME / "bad.yml").write_text(MAPPING.split("Contacts:", maxsplit=1)[0].replace("Name,", "Name, Nope__c,"))
    raises(BulkDataException, lambda: run(LoadData, mapping="bad.yml", sql_path="data.sql"))


RECIPE = "- object: Account\n  count: 3\n  fields:\n    Name: Faked\n    Ext__c: cci-fake-${{id}}\n"


@scenario
def makes_data_from_a_recipe_and_loads_it() -> None:
    (HOME / "recipe.yml").write_text(RECIPE)
    (HOME / "recipe.load.yml").write_text("- sf_object: Account\n  api: rest\n")
    run(Snowfakery, recipe="recipe.yml", loading_rules="recipe.load.yml")
    assert len([each for each in records("Account") if each["Name"] == "Faked"]) == 3


@scenario
def updates_records_from_a_recipe() -> None:
    insert("Account", [{"Name": "cci-recipe", "Ext__c": "cci-recipe"}])
    recipe = "- object: Account\n  fields:\n    Oid: ${{input.Oid}}\n    Phone: '42'\n"
    (HOME / "update.recipe.yml").write_text(recipe)
    options = {"object": "Account", "where": "Name = 'cci-recipe'", "recipe": HOME / "update.recipe.yml", "api": "rest"}
    run(UpdateData, **options)
    assert held("Account", "cci-recipe")["Phone"] == "42"


def composite(first: dict[str, Any]) -> None:
    """A composite call of two records from a file."""
    base = "/services/data/v60.0/sobjects"
    child = {"LastName": "Composite", "AccountId": "@{one.id}"}
    body = {
        "allOrNone": True,
        "compositeRequest": [
            {"method": "POST", "url": f"{base}/Account", "referenceId": "one", "body": first},
            {"method": "POST", "url": f"{base}/Contact", "referenceId": "two", "body": child},
        ],
    }
    (HOME / "composite.json").write_text(json.dumps(body))
    run(CompositeApi, data_files=["composite.json"], managed=False)


@scenario
def sends_composite_calls_from_files() -> None:
    composite({"Name": "A", "Ext__c": "cci-composite", "OwnerId": "%%%USERID%%%"})
    assert held("Account", "cci-composite")["OwnerId"] == LOGIN["user_id"]


@scenario
def a_refused_composite_call_ends_the_task() -> None:
    raises(SalesforceException, lambda: composite({"Ext__c": "cci-no-name"}))
    assert "cci-no-name" not in {each["Ext__c"] for each in records("Account")}


@scenario
def uploads_lists_and_fetches_files() -> None:
    (HOME / "in").mkdir()
    (HOME / "in" / "note.txt").write_text("hello")
    run(UploadFiles, path="in")
    listed = run(ListFiles).return_values
    assert ("note", "TEXT") in {(each["FileName"], each["FileType"]) for each in listed}
    run(RetrieveFiles, path="out", file_list="note.TEXT")
    assert (HOME / "out" / "note.text").read_text() == "hello"


@scenario
def keeps_the_schema_of_the_org() -> None:
    with get_org_schema(context().sf, ORG, included_objects=["Account"], filters=[Filters.createable]) as schema:
        assert "Ext__c" in schema["Account"].fields


@scenario
def keeps_the_schema_while_nothing_has_changed() -> None:
    for _ in range(2):
        with get_org_schema(context().sf, ORG, included_objects=["Contact"], filters=[]) as schema:
            assert schema["Contact"].createable


@scenario
def reads_the_permission_sets_of_a_user() -> None:
    assert run(GetPermissionSetAssignments).return_values == []


@scenario
def reads_the_installed_packages() -> None:
    assert not ORG.installed_packages


@scenario
def queries_into_a_file_by_bulk_1() -> None:
    run(SOQLQuery, object="Account", query="SELECT Name FROM Account", result_file="accounts.csv")
    assert (HOME / "accounts.csv").read_text().startswith("Name")


@scenario
def a_step_inserts_by_bulk_1() -> None:
    made = get_dml_operation(
        sobject="Account",
        operation=DataOperationType.INSERT,
        fields=["Name"],
        api_options={},
        context=context(),
        volume=1,
        api=DataApi.BULK,
    )
    made.start()
    made.load_records(iter([["A"]]))


@scenario
def describes_the_metadata_types() -> None:
    run(DescribeMetadataTypes)


if __name__ == "__main__":
    main()
