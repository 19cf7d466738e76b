"""Person accounts, as an object file that the sandbox brings and as the describe of an org that has them.

`LastName` makes a person and `Name` beside it is refused: reports of four loaders (Salesforce API 3.2, further facts).
"""

import json
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from salesforce_sandbox.schema.build import SchemaError
from tests.sandbox.bulk import UPSERT, result, run
from tests.sandbox.client import Api, error_of

REFUSED = "INVALID_FIELD_FOR_INSERT_UPDATE"


@pytest.fixture(params=["by its name", "from a describe"])
def persons(request: pytest.FixtureRequest, start_sandbox: StartSandbox, tmp_path: Path) -> Sandbox:
    org = start_sandbox(SandboxOptions(objects=("person-accounts",)))
    if request.param == "by its name":
        return org
    path = tmp_path / "account.json"
    path.write_text(json.dumps(Api(org=org).get("sobjects/Account/describe").json()))
    return start_sandbox(SandboxOptions(objects=(path,)))


def _types(org: Sandbox) -> dict[str, str]:
    return {each["Id"]: each["DeveloperName"] for each in org.records("RecordType")}


def test_a_last_name_makes_a_person_and_a_name_a_company(persons: Sandbox) -> None:
    api = Api(org=persons)
    records = [
        {"LastName": "Okafor", "FirstName": "Ada", "PersonEmail": "ADA@Example.com"},
        {"LastName": "Ng"},
        {"Name": "Werft"},
    ]
    assert all(each["success"] for each in api.create_many("Account", records))
    held = persons.records("Account")
    assert [(each["Name"], each["IsPersonAccount"]) for each in held] == [
        ("Ada Okafor", True),
        ("Ng", True),
        ("Werft", False),
    ]
    assert held[0]["PersonEmail"] == "ada@example.com"
    assert [_types(persons)[each["RecordTypeId"]] for each in held] == [
        "PersonAccount",
        "PersonAccount",
        "Business_Account",
    ]


def test_a_name_beside_a_last_name_is_refused(persons: Sandbox) -> None:
    api = Api(org=persons)
    (answer,) = api.create_many("Account", [{"Name": "Ada Okafor", "LastName": "Okafor"}])
    assert error_of(answer)[0] == REFUSED
    assert answer["errors"][0]["fields"] == ["Name"]
    assert not persons.records("Account")


def test_a_record_type_says_what_its_record_is(persons: Sandbox) -> None:
    api, ids = Api(org=persons), {name: key for key, name in _types(persons).items()}
    answers = api.create_many(
        "Account",
        [
            {"RecordTypeId": ids["PersonAccount"], "LastName": "Okafor"},
            {"RecordTypeId": ids["PersonAccount"], "FirstName": "Ada"},
            {"RecordTypeId": ids["PersonAccount"], "Name": "Okafor"},
            {"RecordTypeId": ids["Business_Account"], "LastName": "Okafor"},
            {"RecordTypeId": ids["Business_Account"], "Name": "Werft", "PersonEmail": "a@b.de"},
            {"RecordTypeId": ids["Business_Account"], "Name": "Werft", "PersonEmail": None},
        ],
    )
    codes = [each["errors"][0]["statusCode"] if each["errors"] else "saved" for each in answers]
    assert codes == ["saved", "REQUIRED_FIELD_MISSING", REFUSED, REFUSED, REFUSED, "saved"]


def test_a_person_is_renamed_by_its_parts_alone(persons: Sandbox) -> None:
    api = Api(org=persons)
    person, company = (each["id"] for each in api.create_many("Account", [{"LastName": "Ng"}, {"Name": "Werft"}]))
    changes = [
        ({"Id": person, "FirstName": "Bo"}, "saved"),
        ({"Id": person, "Name": "Somebody"}, REFUSED),
        ({"Id": person, "LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"Id": company, "LastName": "Ng"}, REFUSED),
        ({"Id": company, "Name": "Hafen"}, "saved"),
    ]
    for record, wanted in changes:
        (answer,) = api.update_many("Account", [record])
        assert (answer["errors"][0]["statusCode"] if answer["errors"] else "saved") == wanted, record
    assert [each["Name"] for each in persons.records("Account")] == ["Bo Ng", "Hafen"]


def test_bulk_knows_persons_too(persons: Sandbox) -> None:
    api = Api(org=persons)
    text = "Ext__c,Name,LastName\nP-1,,Okafor\nC-1,Werft,\nX-1,Both,Both\n"
    job = run(api, text, **UPSERT)
    assert [row["Ext__c"] for row in result(api, job, "failedResults")] == ["X-1"]
    held = {each["Ext__c"]: (each["Name"], each["IsPersonAccount"]) for each in persons.records("Account")}
    assert held == {"P-1": ("Okafor", True), "C-1": ("Werft", False)}


def test_a_name_that_no_file_has_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="by name the sandbox knows person-accounts"):
        Sandbox(SandboxOptions(objects=(tmp_path / "none.yaml",))).__enter__()


def test_what_extends_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "more.yaml"
    path.write_text("{name: Account, extends: Nothing, prefix: '001', fields: {}}")
    with pytest.raises(SchemaError, match="extends Nothing: the sandbox brings no such object"):
        Sandbox(SandboxOptions(objects=(path,))).__enter__()
