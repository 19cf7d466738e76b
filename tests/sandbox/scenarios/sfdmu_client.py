"""SFDMU, a plugin of the Salesforce CLI that moves data between orgs and files: every scenario is a run of it."""

import csv
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tests.sandbox.npm import installed, salesforce_cli
from tests.sandbox.scenarios.harness import URL, credentials, held, insert, main, records, scenario

HOME = Path(tempfile.mkdtemp(prefix="sfdmu-"))
ENVIRONMENT = {**os.environ, "HOME": str(HOME), "SF_SKIP_NEW_VERSION_CHECK": "true"}


def sf(*arguments: str, folder: Path = HOME) -> None:
    """A command that has to succeed."""
    done = salesforce_cli(*arguments, folder=folder, env=ENVIRONMENT)
    assert done.returncode == 0, (done.stdout + done.stderr)[-1500:]


def run(source: str, target: str, *objects: dict[str, Any], **files: list[str]) -> Path:
    """A run over these objects; files are the CSV files that it finds. Returns its folder."""
    folder = Path(tempfile.mkdtemp(dir=HOME))
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("".join(f"{line}\n" for line in lines))
    orgs = [{"name": "box", "instanceUrl": URL, "accessToken": credentials()["access_token"]}]
    (folder / "export.json").write_text(json.dumps({"orgs": orgs, "objects": objects}))
    sf("sfdmu", "run", "--sourceusername", source, "--targetusername", target, "--noprompt", folder=folder)
    return folder


def step(query: str, operation: str, key: str = "Ext__c") -> dict[str, Any]:
    """One object of a run."""
    return {"query": query, "operation": operation, "externalId": key}


@scenario
def upserts_files_with_their_parents() -> None:
    insert("Account", [{"Name": "Old", "Ext__c": "b"}])
    run(
        "csvfile",
        "box",
        step("SELECT Name, Ext__c, Industry FROM Account", "Upsert"),
        step("SELECT LastName, Email, AccountId FROM Contact", "Upsert", "LastName"),
        Account=["Name,Ext__c,Industry", "Acme,a,Banking", "Globex,b,Energy"],
        Contact=["LastName,Email,Account.Ext__c", "Ng,ng@example.com,a"],
    )
    assert (held("Account", "a")["Name"], held("Account", "b")["Name"]) == ("Acme", "Globex")
    (contact,) = records("Contact")
    assert contact["AccountId"] == held("Account", "a")["Id"]


@scenario
def exports_records_into_files() -> None:
    (parent,) = insert("Account", [{"Name": "Out", "Ext__c": "out"}])
    insert("Contact", [{"LastName": "Outer", "AccountId": parent}])
    folder = run(
        "box",
        "csvfile",
        step("SELECT Name, Ext__c FROM Account WHERE Ext__c = 'out'", "Readonly"),
        step("SELECT LastName, AccountId FROM Contact WHERE LastName = 'Outer'", "Readonly", "LastName"),
    )
    with (folder / "Contact.csv").open() as file:
        (contact,) = csv.DictReader(file)
    assert (contact["LastName"], contact["Account.Ext__c"]) == ("Outer", "out")


@scenario
def updates_what_it_finds_and_inserts_nothing() -> None:
    insert("Account", [{"Name": "Old", "Ext__c": "up"}])
    run(
        "csvfile",
        "box",
        step("SELECT Name, Ext__c FROM Account", "Update"),
        Account=["Name,Ext__c", "New,up", "New,no"],
    )
    assert held("Account", "up")["Name"] == "New"
    assert "no" not in {each["Ext__c"] for each in records("Account")}


@scenario
def deletes_what_a_query_finds_and_loads_anew() -> None:
    insert("Lead", [{"LastName": "Gone", "Company": "C"}, {"LastName": "Kept", "Company": "C"}])
    query = "SELECT LastName, Company FROM Lead WHERE Company = 'C' AND LastName = 'Gone'"
    lead = {**step(query, "Insert", "LastName"), "deleteOldData": True}
    run("csvfile", "box", lead, Lead=["LastName,Company", "Fresh,C"])
    assert sorted(each["LastName"] for each in records("Lead")) == ["Fresh", "Kept"]


@scenario
def loads_many_rows_by_bulk_2() -> None:
    rows = [f"N{number},many-{number}" for number in range(250)]
    run("csvfile", "box", step("SELECT Name, Ext__c FROM Account", "Insert"), Account=["Name,Ext__c", *rows])
    assert held("Account", "many-249")["Name"] == "N249"


if __name__ == "__main__":
    sf("plugins", "link", str(installed("sfdmu", "sfdmu@3.7.19", probe="sfdmu/package.json") / "sfdmu"))
    main()
