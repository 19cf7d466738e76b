"""Person accounts: `LastName` makes one, `Name` is not writable on it (reports of four loaders)."""

from collections.abc import Iterator

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.orgs import outcomes, write
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.org import ORGS

APIS = pytest.mark.parametrize("api", ["collections", "bulk"])


@pytest.fixture
def persons() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(objects=("person-accounts",))) as org:
        yield org
    ORGS.clear()


def _config(api: str, key: str = "Ext__c") -> dict[str, JsonValue]:
    return {"matchKey": key, "validate": True, "advanced": {"api": api}}


@APIS
def test_persons_and_companies_go_through_one_run(persons: Sandbox, api: str) -> None:
    items = [
        {"Ext__c": "P-1", "LastName": "Okafor", "FirstName": "Ada", "PersonEmail": "ADA@example.com"},
        {"Ext__c": "C-1", "Name": "Werft"},
        {"Ext__c": "P-2", "LastName": "Ng", "RecordTypeId": "Person Account"},
        {"Ext__c": "P-3", "LastName": "Xu", "RecordType.DeveloperName": "PersonAccount"},
    ]
    assert outcomes(write(persons, items, _config(api))) == {"written": 4}
    held = {each["Ext__c"]: each for each in persons.records("Account")}
    assert {key: (each["Name"], each["IsPersonAccount"]) for key, each in held.items()} == {
        "P-1": ("Ada Okafor", True),
        "C-1": ("Werft", False),
        "P-2": ("Ng", True),
        "P-3": ("Xu", True),
    }
    assert held["P-1"]["PersonEmail"] == "ada@example.com"
    again = [{"Ext__c": "P-1", "FirstName": "Eve"}, {"Ext__c": "C-1", "Phone": "040"}]
    assert outcomes(write(persons, again, _config(api))) == {"written": 2}
    assert {each["Name"] for each in persons.records("Account")} == {"Eve Okafor", "Werft", "Ng", "Xu"}


def test_a_new_person_needs_no_name_of_its_own(persons: Sandbox) -> None:
    """`Account.Name` is required by the describe, and the parts of a person's name are what satisfies it."""
    items: list[JsonValue] = [{"LastName": "Okafor"}, {"Phone": "040"}, {"Name": "Werft"}]
    result = write(persons, items, _config("auto", key="Id"))
    assert outcomes(result) == {"written": 2, "invalid": 1}
    assert result.report is not None
    assert result.report["notWritten"][0]["errors"][0]["code"] == "required_missing"


@APIS
def test_both_names_at_once_are_invalid_and_an_empty_one_is_not(persons: Sandbox, api: str) -> None:
    items: list[JsonValue] = [
        {"Ext__c": "1", "Name": "Ada Okafor", "LastName": "Okafor"},
        {"Ext__c": "2", "Name": "Werft", "LastName": None},
        {"Ext__c": "3", "Name": "Werft", "LastName": ""},
        {"Ext__c": "4", "Name": "", "LastName": "Ng"},
    ]
    result = write(persons, items, _config(api))
    assert outcomes(result) == {"written": 3, "invalid": 1}
    assert result.report is not None
    (error,) = result.report["notWritten"][0]["errors"]
    assert (error["code"], error["fields"]) == ("compound_field", ["Name"])
    assert "the item has LastName too" in error["message"]


@APIS
def test_what_only_the_org_knows_of_a_record_is_told_in_its_words(persons: Sandbox, api: str) -> None:
    persons.insert("Account", [{"Ext__c": "P-1", "Name": "Ng", "LastName": "Ng", "IsPersonAccount": True}])
    items: list[JsonValue] = [{"Ext__c": "P-1", "Name": "Somebody else"}]
    result = write(persons, items, _config(api))
    assert outcomes(result) == {"failed": 1}
    assert result.report is not None
    assert result.report["notWritten"][0]["errors"][0]["code"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


@APIS
def test_a_person_is_matched_by_its_e_mail(persons: Sandbox, api: str) -> None:
    """`PersonEmail` is no key of Salesforce's own upsert here: it is looked up, whatever its case."""
    items: list[JsonValue] = [{"PersonEmail": "ada@example.com", "LastName": "Okafor", "Phone": "1"}]
    assert outcomes(write(persons, items, _config(api, key="PersonEmail"))) == {"written": 1}
    again: list[JsonValue] = [{"PersonEmail": "ADA@example.com", "Phone": "2"}]
    assert outcomes(write(persons, again, _config(api, key="PersonEmail"))) == {"written": 1}
    assert [each["Phone"] for each in persons.records("Account")] == ["2"]
