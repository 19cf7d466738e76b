"""The Salesforce CLI: every scenario is a command, or two, of somebody who works with it."""

import os
import tempfile
from pathlib import Path
from typing import Any

from tests.sandbox.npm import salesforce_cli_json
from tests.sandbox.scenarios.harness import URL, credentials, held, insert, main, records, scenario

FOLDER = Path(tempfile.mkdtemp(prefix="sf-"))
ENVIRONMENT = {
    **os.environ,
    "HOME": str(FOLDER),
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
}
ORG = ("--target-org", "box")


def sf(*arguments: str) -> dict[str, Any]:
    """What a command answers, also where it fails."""
    return salesforce_cli_json(*arguments, folder=FOLDER, env=ENVIRONMENT)


def result(*arguments: str) -> Any:
    """The result of a command against the sandbox that has to succeed."""
    answer = sf(*arguments, *ORG)
    assert answer["status"] == 0, answer
    return answer["result"]


def table(name: str, *rows: str) -> str:
    """A CSV file in the folder of the commands."""
    (FOLDER / name).write_text("".join(f"{row}\n" for row in rows))
    return name


@scenario
def logs_in_with_an_access_token() -> None:
    answer = sf("org", "login", "access-token", "--instance-url", URL, "--no-prompt", "--alias", "box")
    assert answer["result"]["username"] == credentials()["username"], answer


@scenario
def creates_a_record() -> None:
    made = result("data", "create", "record", "--sobject", "Account", "--values", "Name='X Y' Ext__c=sf-create")
    assert held("Account", "sf-create")["Id"] == made["id"]


@scenario
def a_refused_record_is_told_with_its_code() -> None:
    answer = sf("data", "create", "record", "--sobject", "Contact", "--values", "FirstName=A", *ORG)
    assert (answer["status"], answer["name"]) == (1, "REQUIRED_FIELD_MISSING")


@scenario
def describes_an_object() -> None:
    described = result("sobject", "describe", "--sobject", "Account")
    assert "Ext__c" in {each["name"] for each in described["fields"]}


@scenario
def changes_the_record_that_a_condition_finds() -> None:
    insert("Account", [{"Name": "A", "Ext__c": "sf-update"}])
    where = ("--sobject", "Account", "--where", "Ext__c=sf-update")
    result("data", "update", "record", *where, "--values", "Phone=7")
    assert held("Account", "sf-update")["Phone"] == "7"


@scenario
def queries_parents_and_sums() -> None:
    insert("Account", [{"Name": "sf-q", "AnnualRevenue": each} for each in (3, 4)])
    soql = "SELECT Owner.Name, SUM(AnnualRevenue) total FROM Account WHERE Name = 'sf-q' GROUP BY Owner.Name"
    (found,) = result("data", "query", "--query", soql)["records"]
    assert (found["Name"], found["total"]) == ("Sandbox Admin", 7)


@scenario
def upserts_in_bulk() -> None:
    insert("Account", [{"Name": "Old", "Ext__c": "sf-bulk-0"}])
    file = table("good.csv", "Ext__c,Name", "sf-bulk-0,Zero", "sf-bulk-1,One")
    result("data", "upsert", "bulk", "--sobject", "Account", "--file", file, "--external-id", "Ext__c", "--wait", "5")
    assert (held("Account", "sf-bulk-0")["Name"], held("Account", "sf-bulk-1")["Name"]) == ("Zero", "One")


@scenario
def refused_rows_of_a_bulk_job_are_an_error() -> None:
    file = table("bad.csv", "Ext__c,Name", "sf-bulk-2,Two", "sf-bulk-3,")
    asked = ("--sobject", "Account", "--file", file, "--external-id", "Ext__c", "--wait", "5")
    answer = sf("data", "upsert", "bulk", *asked, *ORG)
    assert (answer["status"], answer["name"]) == (1, "FailedRecordDetailsError")
    assert held("Account", "sf-bulk-2")["Name"] == "Two"


@scenario
def deletes_in_bulk() -> None:
    keys = insert("Account", [{"Name": "A"}, {"Name": "B"}])
    file = table("delete.csv", "Id", *keys)
    result("data", "delete", "bulk", "--sobject", "Account", "--file", file, "--wait", "5")
    assert not {each["Id"] for each in records("Account")} & set(keys)


@scenario
def exports_in_bulk() -> None:
    insert("Account", [{"Name": "sf-export"}])
    soql = "SELECT Name FROM Account WHERE Name = 'sf-export'"
    asked = ("--query", soql, "--output-file", "all.csv", "--result-format", "csv", "--wait", "5")
    result("data", "export", "bulk", *asked)
    assert (FOLDER / "all.csv").read_text().replace('"', "").split() == ["Name", "sf-export"]


@scenario
def exports_a_tree_and_imports_it() -> None:
    (parent,) = insert("Account", [{"Name": "sf-tree"}])
    insert("Contact", [{"LastName": "Leaf", "AccountId": parent}])
    family = "SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = 'sf-tree'"
    result("data", "export", "tree", "--query", family, "--output-dir", "out")
    (exported,) = (FOLDER / "out").glob("Account*.json")
    result("data", "import", "tree", "--files", str(exported))
    parents = {each["Id"] for each in records("Account") if each["Name"] == "sf-tree"}
    assert len(parents) == 2
    assert {each["AccountId"] for each in records("Contact") if each["LastName"] == "Leaf"} == parents


@scenario
def creates_a_file_for_a_record() -> None:
    (parent,) = insert("Account", [{"Name": "A"}])
    (FOLDER / "note.bin").write_bytes(bytes(range(256)))
    result("data", "create", "file", "--file", "note.bin", "--parent-id", parent)
    assert [each["ContentSize"] for each in records("ContentVersion")] == [256]
    assert parent in {each["LinkedEntityId"] for each in records("ContentDocumentLink")}


@scenario
def searches_by_sosl() -> None:
    result("data", "search", "--query", "FIND {A} IN ALL FIELDS RETURNING Account(Id)")


@scenario
def runs_apex() -> None:
    (FOLDER / "run.apex").write_text("System.debug(1);")
    result("apex", "run", "--file", "run.apex")


if __name__ == "__main__":
    main()
