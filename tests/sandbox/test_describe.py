"""Describes: global, by object, and of real orgs loaded as objects."""

import json
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from salesforce_sandbox.schema.build import SchemaError
from salesforce_sandbox.schema.load import load_schema
from tests.sandbox.client import Api

DATA = Path(__file__).parents[2] / "../shared/data"
KEYS = [
    "aggregatable",
    "aiPredictionField",
    "autoNumber",
    "byteLength",
    "calculated",
    "calculatedFormula",
    "cascadeDelete",
    "caseSensitive",
    "compoundFieldName",
    "controllerName",
    "createable",
    "custom",
    "defaultValue",
    "defaultValueFormula",
    "defaultedOnCreate",
    "dependentPicklist",
    "deprecatedAndHidden",
    "digits",
    "displayLocationInDecimal",
    "encrypted",
    "externalId",
    "extraTypeInfo",
    "filterable",
    "filteredLookupInfo",
    "formulaTreatNullNumberAsZero",
    "groupable",
    "highScaleNumber",
    "htmlFormatted",
    "idLookup",
    "inlineHelpText",
    "label",
    "length",
    "mask",
    "maskType",
    "name",
    "nameField",
    "namePointing",
    "nillable",
    "permissionable",
    "picklistValues",
    "polymorphicForeignKey",
    "precision",
    "queryByDistance",
    "referenceTargetField",
    "referenceTo",
    "relationshipName",
    "relationshipOrder",
    "restrictedDelete",
    "restrictedPicklist",
    "scale",
    "searchPrefilterable",
    "soapType",
    "sortable",
    "type",
    "unique",
    "updateable",
    "writeRequiresMasterRead",
]
OBJECTS = [
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "Case",
    "Task",
    "Event",
    "Campaign",
    "CampaignMember",
    "Product2",
    "Pricebook2",
    "PricebookEntry",
    "OpportunityLineItem",
    "User",
    "RecordType",
    "Attachment",
    "ContentVersion",
    "Project__c",
    "Invoice__c",
    "InvoiceLine__c",
    "ProjectMember__c",
]
TYPES = [
    "id",
    "reference",
    "string",
    "textarea",
    "email",
    "phone",
    "url",
    "picklist",
    "multipicklist",
    "combobox",
    "encryptedstring",
    "boolean",
    "int",
    "long",
    "double",
    "currency",
    "percent",
    "date",
    "datetime",
    "time",
    "base64",
    "address",
    "location",
    "anyType",
]


def fields_of(api: Api, name: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in api.get(f"sobjects/{name}/describe").json()["fields"]}


def test_global_describe_lists_every_object(api: Api) -> None:
    body = api.get("sobjects").json()

    listed = {each["name"]: each for each in body["sobjects"]}
    assert set(OBJECTS) <= set(listed)
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    assert listed["Account"]["keyPrefix"] == "001"
    assert listed["Account"]["urls"]["rowTemplate"] == "/services/data/v67.0/sobjects/Account/{ID}"
    assert listed["Project__c"]["custom"] is True


@pytest.mark.parametrize("name", OBJECTS)
def test_every_field_has_all_57_keys(api: Api, name: str) -> None:
    for field in fields_of(api, name).values():
        assert set(field) == set(KEYS)


def test_custom_objects_use_every_field_type(api: Api) -> None:
    used = {each["type"] for name in OBJECTS if name.endswith("__c") for each in fields_of(api, name).values()}

    assert used == set(TYPES)


def test_figures_of_the_types(api: Api) -> None:
    fields = fields_of(api, "Project__c")

    assert [fields["Name"][key] for key in ("length", "byteLength", "soapType", "nillable")] == [
        80,
        240,
        "xsd:string",
        False,
    ]
    assert [fields["Skills__c"][key] for key in ("length", "byteLength", "sortable")] == [4099, 4099, False]
    assert [fields["Notes__c"][key] for key in ("filterable", "extraTypeInfo")] == [False, "plaintextarea"]
    assert [fields["Charter__c"][key] for key in ("htmlFormatted", "extraTypeInfo")] == [True, "richtextarea"]
    assert [fields["Budget__c"][key] for key in ("precision", "scale", "soapType")] == [16, 2, "xsd:double"]
    assert [fields["Billable__c"][key] for key in ("defaultValue", "nillable", "defaultedOnCreate")] == [
        True,
        False,
        True,
    ]
    assert [fields["Remaining__c"][key] for key in ("calculated", "createable")] == [True, False]
    assert [fields["Site__c"][key] for key in ("type", "createable")] == ["location", False]
    assert fields["Site__Latitude__s"]["compoundFieldName"] == "Site__c"
    assert [fields["StrictKey__c"][key] for key in ("unique", "caseSensitive", "externalId", "idLookup")] == [True] * 4


def test_relations_are_described_from_both_sides(api: Api) -> None:
    line = fields_of(api, "InvoiceLine__c")["Invoice__c"]
    children = api.get("sobjects/Invoice__c/describe").json()["childRelationships"]
    owner = fields_of(api, "Lead")["OwnerId"]

    assert [line[key] for key in ("relationshipName", "relationshipOrder", "cascadeDelete")] == ["Invoice__r", 0, True]
    assert {"Lines__r"} == {each["relationshipName"] for each in children if each["childSObject"] == "InvoiceLine__c"}
    assert [owner[key] for key in ("referenceTo", "polymorphicForeignKey", "namePointing")] == [
        ["Group", "User"],
        True,
        True,
    ]


def test_dependent_values_name_their_controllers_in_bits(api: Api) -> None:
    country = fields_of(api, "Project__c")["Country__c"]

    assert (country["controllerName"], country["dependentPicklist"]) == ("Region__c", True)
    assert [each["validFor"] for each in country["picklistValues"]] == ["gA==", "gA==", "QA==", "IA=="]


def test_record_types_end_with_master(api: Api) -> None:
    infos = api.get("sobjects/Account/describe").json()["recordTypeInfos"]

    assert [each["developerName"] for each in infos] == ["Business_Account", "Partner_Account", "Master"]
    assert infos[-1]["recordTypeId"] == "012000000000000AAA"
    assert [each["defaultRecordTypeMapping"] for each in infos] == [True, False, False]


@pytest.mark.parametrize("path", ["sobjects", "sobjects/Account/describe"])
def test_an_unchanged_describe_answers_304(api: Api, path: str) -> None:
    first = api.get(path)

    again = api.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    stale = api.get(path, headers={"If-Modified-Since": "Tue, 10 Aug 2015 00:00:00 GMT"})

    assert first.headers["ETag"]
    assert (again.status_code, again.content) == (304, b"")
    assert stale.status_code == 200


def test_basics_of_an_object(api: Api) -> None:
    assert api.get("sobjects/Account").json()["objectDescribe"]["name"] == "Account"


def test_an_object_of_ones_own_can_be_declared(tmp_path: Path, start_sandbox: StartSandbox) -> None:
    (tmp_path / "crate.yaml").write_text(
        "name: Crate__c\nprefix: a50\nfields:\n  Name: {type: string, length: 10, required: true, name_field: true}\n"
    )
    org = start_sandbox(SandboxOptions(objects=(tmp_path,)))

    (result,) = Api(org=org).create_many("Crate__c", [{"Name": "C"}])

    assert result["id"].startswith("a50")


def test_a_declaration_with_an_unknown_key_says_which(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: Bad__c\nprefix: a51\nfields:\n  X__c: {type: string, lenght: 3}\n")

    with pytest.raises(SchemaError, match=r"bad\.yaml: field X__c: unknown keys \['lenght'\]"):
        load_schema([tmp_path])


def test_a_rule_that_cannot_be_read_is_told_before_the_org_begins(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "name: Bad__c\nprefix: a51\nfields: {}\nvalidation_rules:\n  - {name: Likes, when: Name LIKE, message: No}\n"
    )

    with pytest.raises(SchemaError, match=r"bad\.yaml: Bad__c, rule Likes: .*unexpected token: '<EOF>'"):
        load_schema([tmp_path])


def test_a_describe_becomes_an_object_that_describes_itself_alike(
    api: Api, tmp_path: Path, start_sandbox: StartSandbox
) -> None:
    describe = api.get("sobjects/Project__c/describe").json() | {"name": "Copy__c", "keyPrefix": "a77"}
    (tmp_path / "copy.json").write_text(json.dumps(describe))
    copy = Api(org=start_sandbox(SandboxOptions(objects=(tmp_path / "copy.json",))))

    assert copy.get("sobjects/Copy__c/describe").json()["fields"] == describe["fields"]
    assert copy.create_many("Copy__c", [{"Name": "A", "Key__c": "k"}])[0]["success"]


def real_describes() -> list[Path]:
    return sorted((DATA / "describes").glob("*.json"))


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no folder {DATA}")
class TestRealDescribes:
    """Objects of real orgs, dropped in."""

    @pytest.mark.parametrize("file", real_describes(), ids=lambda each: each.stem)
    def test_is_answered_as_it_came(self, file: Path, start_sandbox: StartSandbox) -> None:
        org = start_sandbox(SandboxOptions(objects=(file,)))
        real = json.loads(file.read_text("utf-8"))

        fields = fields_of(Api(org=org), real["name"])

        assert [{key: fields[each["name"]][key] for key in each} for each in real["fields"]] == real["fields"]
        assert all(set(each) >= set(KEYS) for each in fields.values())

    @pytest.mark.parametrize("file", real_describes(), ids=lambda each: each.stem)
    def test_takes_a_record_with_its_required_fields(self, file: Path, start_sandbox: StartSandbox) -> None:
        org = start_sandbox(SandboxOptions(objects=(file,)))
        real = json.loads(file.read_text("utf-8"))
        if not real.get("createable"):
            pytest.skip(f"{real['name']} cannot be created")
        org.insert("Account", [{"Name": "A"}])
        record = {each["name"]: sample(each, org) for each in real["fields"] if required(each)}

        (result,) = Api(org=org).create_many(real["name"], [record])

        assert result["success"], result

    def test_built_in_fields_have_the_types_of_the_real_ones(self, api: Api) -> None:
        for file in real_describes():
            real = json.loads(file.read_text("utf-8"))
            if real["name"] not in OBJECTS:
                continue
            ours = fields_of(api, real["name"])
            for field in real["fields"]:
                mine = ours.get(field["name"])
                if mine is None or field["custom"]:
                    continue
                assert mine["type"] == field["type"], f"{real['name']}.{field['name']}"


UNKNOWN_PREFIX = "0zzZ"  # of no object that the sandbox has


def required(field: dict[str, Any]) -> bool:
    return bool(field["createable"] and not field["nillable"] and not field["defaultedOnCreate"])


SAMPLES: dict[str, Any] = {
    "boolean": True,
    "int": 1,
    "double": 1,
    "currency": 1,
    "percent": 1,
    "date": "2026-01-01",
    "datetime": "2026-01-01T00:00:00Z",
    "email": "a@example.com",
    "base64": "YQ==",
}


def sample(field: dict[str, Any], org: Sandbox) -> Any:
    """A value that the field takes."""
    if field["type"] == "reference":
        held = [each for name in field["referenceTo"] if org.org.schema.find(name) for each in org.records(name)]
        return held[0]["Id"] if held else f"{UNKNOWN_PREFIX}gL000002rbz"
    if field["picklistValues"]:
        return field["picklistValues"][0]["value"]
    return SAMPLES.get(field["type"], "x")


def test_a_describe_changed_since_answers_412(api: Api) -> None:
    headers = {"If-Unmodified-Since": "Tue, 10 Aug 2015 00:00:00 GMT"}

    assert api.get("sobjects", headers=headers).status_code == 412
    assert api.get("sobjects", headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_a_declaration_with_an_unknown_object_key_says_which(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: Bad__c\nprefix: a51\ncolour: red\nfields: {}\n")

    with pytest.raises(SchemaError, match=r"unknown keys \['colour'\]"):
        load_schema([tmp_path / "bad.yaml"])
