"""Single rows: create, read, update, delete, upsert by key."""

from urllib.parse import quote

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api


def test_create_answers_201_with_a_location(api: Api, sandbox: Sandbox) -> None:
    answer = api.create("Account", {"name": "Acme"})

    record_id = sandbox.records("Account")[0]["Id"]
    assert answer.status_code == 201
    assert answer.json() == {"id": record_id, "success": True, "errors": []}
    assert answer.headers["Location"] == f"/services/data/v67.0/sobjects/Account/{record_id}"


def test_create_refuses_an_id_in_the_body(api: Api) -> None:
    answer = api.create("Account", {"Id": "001gL000002rbza", "Name": "A"})

    assert answer.status_code == 400
    assert answer.json()[0]["message"] == "The Id field should not be specified in the sobject data."


def test_failed_create_lists_code_message_and_fields(api: Api) -> None:
    answer = api.create("Lead", {"FirstName": "A"})

    assert answer.status_code == 400
    assert answer.json() == [
        {
            "message": "Required fields are missing: [LastName, Company]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["LastName", "Company"],
        }
    ]


def test_unknown_column_has_no_fields_key(api: Api) -> None:
    answer = api.create("Account", {"Name": "A", "Nope__c": 1})

    assert answer.json() == [
        {"message": "No such column 'Nope__c' on sobject of type Account", "errorCode": "INVALID_FIELD"}
    ]


def test_unknown_object_is_not_found(api: Api) -> None:
    answer = api.create("Nope", {})

    assert answer.status_code == 404
    assert answer.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_read_has_attributes_and_every_field(api: Api, sandbox: Sandbox) -> None:
    (record_id,) = sandbox.insert("Account", [{"Name": "Acme", "BillingCity": "Bonn", "AnnualRevenue": 3.0}])

    row = api.get(f"sobjects/Account/{record_id[:15]}").json()

    assert row["attributes"] == {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{record_id}"}
    assert (row["Id"], row["AnnualRevenue"], row["IsDeleted"]) == (record_id, 3, False)
    assert row["BillingAddress"]["city"] == "Bonn"


def test_read_of_chosen_fields(api: Api, sandbox: Sandbox) -> None:
    (record_id,) = sandbox.insert("Account", [{"Name": "Acme"}])

    row = api.get(f"sobjects/Account/{record_id}?fields=Name,Phone").json()

    assert set(row) == {"attributes", "Name", "Phone"}


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_update_answers_204_with_an_empty_body(api: Api, sandbox: Sandbox, method: str) -> None:
    (record_id,) = sandbox.insert("Account", [{"Name": "Acme"}])
    suffix = "?_HttpMethod=PATCH" if method == "POST" else ""

    answer = api.call(method, f"sobjects/Account/{record_id}{suffix}", json={"Phone": "1"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert sandbox.records("Account")[0]["Phone"] == "1"


@pytest.mark.parametrize("segment", ["001gL000002rbza", "rubbish", "003gL000002rbza"])
def test_update_of_what_is_not_there_is_not_found(api: Api, segment: str) -> None:
    answer = api.call("PATCH", f"sobjects/Account/{segment}", json={"Phone": "1"})

    assert answer.status_code == 404
    assert answer.json()[0]["message"] == (f"Provided external ID field does not exist or is not accessible: {segment}")


def test_deleted_rows_answer_404_entity_is_deleted(api: Api, sandbox: Sandbox) -> None:
    (record_id,) = sandbox.insert("Account", [{"Name": "Acme"}])

    assert api.call("DELETE", f"sobjects/Account/{record_id}").status_code == 204
    for answer in (
        api.call("DELETE", f"sobjects/Account/{record_id}"),
        api.call("PATCH", f"sobjects/Account/{record_id}", json={"Phone": "1"}),
    ):
        assert answer.status_code == 404
        assert answer.json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


def test_upsert_inserts_with_201_and_updates_with_200(api: Api, sandbox: Sandbox) -> None:
    path = f"sobjects/Account/Ext__c/{quote('a/b ä', safe='')}"

    first = api.call("PATCH", path, json={"Name": "A"})
    second = api.call("PATCH", path, json={"Name": "B"})

    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert [(each["Ext__c"], each["Name"]) for each in sandbox.records("Account")] == [("a/b ä", "B")]


def test_upsert_before_version_46_updates_with_204(sandbox: Sandbox) -> None:
    api = Api(org=sandbox, version="45.0")

    first = api.call("PATCH", "sobjects/Account/Ext__c/k", json={"Name": "A"})
    second = api.call("PATCH", "sobjects/Account/Ext__c/k", json={"Name": "B"})

    assert (first.status_code, "created" in first.json()) == (201, False)
    assert (second.status_code, second.content) == (204, b"")


def test_upsert_with_several_matches_answers_300_and_writes_nothing(api: Api, sandbox: Sandbox) -> None:
    ids = sandbox.insert("Contact", [{"LastName": "A", "Email": "x@example.com"}] * 2)

    answer = api.call("PATCH", "sobjects/Contact/Email/x@example.com", json={"LastName": "Z"})

    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v67.0/sobjects/Contact/{each}" for each in ids]
    assert {each["LastName"] for each in sandbox.records("Contact")} == {"A"}


def test_upsert_that_may_only_update_inserts_nothing(api: Api, sandbox: Sandbox) -> None:
    answer = api.call("PATCH", "sobjects/Account/Ext__c/k?updateOnly=true", json={"Name": "A"})

    assert answer.status_code == 404
    assert sandbox.records("Account") == []


def test_upsert_refuses_the_key_in_the_body(api: Api) -> None:
    answer = api.call("PATCH", "sobjects/Account/Ext__c/k", json={"Ext__c": "k", "Name": "A"})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_upsert_by_an_unknown_field_is_not_found(api: Api) -> None:
    answer = api.call("PATCH", "sobjects/Account/Phone/k", json={"Name": "A"})

    assert answer.status_code == 404
    assert answer.json()[0]["message"].endswith("not accessible: Phone")


def test_read_by_key(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Name": "A", "Ext__c": "k"}])

    assert api.get("sobjects/Account/Ext__c/K").json()["Name"] == "A"
    assert api.get("sobjects/Account/Ext__c/other").status_code == 404


def test_wrong_method_is_a_405_that_names_the_right_ones(api: Api) -> None:
    answer = api.call("PUT", "sobjects/Account", json={})

    assert answer.status_code == 405
    assert answer.json()[0]["message"] == "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET,POST"


@pytest.mark.parametrize(
    ("version", "status"),
    [("50.0", 200), ("68.0", 200), ("20.0", 410), ("99.0", 404), ("x", 404), ("²", 404), ("nan", 404)],
)
def test_versions_in_the_path(sandbox: Sandbox, version: str, status: int) -> None:
    assert Api(org=sandbox, version=version).get("limits").status_code == status


def test_malformed_json_is_a_parser_error_with_its_place(api: Api) -> None:
    answer = api.call("POST", "sobjects/Account", data=b"{}}")

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert answer.json()[0]["message"].endswith("at [line:1, column:3]")


def test_a_file_is_read_as_it_is(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "A"}])
    created = api.create("Attachment", {"Name": "a.txt", "ParentId": account, "Body": "aGVsbG8="}).json()

    row = api.get(f"sobjects/Attachment/{created['id']}").json()

    assert api.get(row["Body"]).content == b"hello"
    assert api.get(f"sobjects/Attachment/{account}/Body").status_code == 404


class TestEntityTags:
    """Account rows alone have them."""

    def test_an_unchanged_row_answers_304(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Account", [{"Name": "A"}])
        etag = api.get(f"sobjects/Account/{known}").headers["ETag"]

        assert api.get(f"sobjects/Account/{known}", headers={"If-None-Match": etag}).status_code == 304

    def test_a_changed_row_is_not_overwritten(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Account", [{"Name": "A"}])
        path = f"sobjects/Account/{known}"
        etag = api.get(path).headers["ETag"]

        first = api.call("PATCH", path, json={"Phone": "1"}, headers={"If-Match": etag})
        second = api.call("PATCH", path, json={"Phone": "2"}, headers={"If-Match": etag})

        assert (first.status_code, second.status_code) == (204, 412)
        assert sandbox.records("Account")[0]["Phone"] == "1"

    def test_a_malformed_tag_is_refused(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Account", [{"Name": "A"}])

        answer = api.call("PATCH", f"sobjects/Account/{known}", json={"Phone": "1"}, headers={"If-Match": "x"})

        assert answer.status_code == 400


def test_an_insert_can_be_spelled_as_an_upsert_by_id(api: Api, sandbox: Sandbox) -> None:
    answer = api.call("POST", "sobjects/Account/Id", json={"Name": "A"})

    assert answer.status_code == 201
    assert len(sandbox.records("Account")) == 1


def test_upsert_by_a_given_id_is_an_update(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    assert api.call("PATCH", f"sobjects/Account/Id/{known}", json={"Name": "B"}).status_code == 204
    assert sandbox.records("Account")[0]["Name"] == "B"
    assert api.get(f"sobjects/Account/Id/{known}").json()["Name"] == "B"


def test_update_refuses_an_id_in_the_body(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    assert api.call("PATCH", f"sobjects/Account/{known}", json={"Id": known}).json()[0]["errorCode"] == "INVALID_FIELD"


def test_a_key_of_the_wrong_type_finds_nothing(api: Api) -> None:
    assert api.call("PATCH", "sobjects/Project__c/Number__c/many", json={"Name": "P"}).status_code == 404


def test_an_ambiguous_key_cannot_be_read(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": "A", "Email": "x@example.com"}] * 2)

    assert api.get("sobjects/Contact/Email/x@example.com").status_code == 300


def test_unknown_fields_cannot_be_read(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    assert api.get(f"sobjects/Account/{known}?fields=Nope").json()[0]["errorCode"] == "INVALID_FIELD"


def test_resources_of_a_version_are_listed(api: Api) -> None:
    assert api.get("/services/data/v67.0").json()["sobjects"] == "/services/data/v67.0/sobjects"


@pytest.mark.parametrize(
    ("name", "record", "sentence"),
    [
        ("Account", {"NumberOfEmployees": "--5"}, "int from VALUE_STRING value --5"),
        ("Account", {"NumberOfEmployees": "9" * 5000}, "int from VALUE_STRING value 999"),
        ("Project__c", {"KickOff__c": "2026-01-31T10:00:00+99:99"}, "datetime from VALUE_STRING value 2026-01-31"),
        ("Project__c", {"KickOff__c": "2026-01-31T10:00:00+24:00"}, "datetime from VALUE_STRING value 2026-01-31"),
        ("Project__c", {"KickOff__c": "2026-01-31T10:00:00-10:60"}, "datetime from VALUE_STRING value 2026-01-31"),
    ],
    ids=["two signs", "5,000 digits", "a zone that is none", "a day's zone", "an hour's minutes"],
)
def test_a_text_that_is_no_value_of_its_field_refuses_the_call(
    api: Api, name: str, record: dict[str, str], sentence: str
) -> None:
    answer = api.create(name, {"Name": "A", **record})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert answer.json()[0]["message"].startswith(f"Cannot deserialize instance of {sentence}")


@pytest.mark.parametrize(
    "body", [b'{"NumberOfEmployees": ' + b"9" * 5000 + b"}", b"[" * 100_000], ids=["5,000 digits", "depth"]
)
def test_json_that_no_parser_takes_refuses_the_call(api: Api, body: bytes) -> None:
    answer = api.call("POST", "sobjects/Account", data=body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_an_unknown_relationship_is_named_by_the_field_in_it(api: Api) -> None:
    answer = api.create("Account", {"Name": "A", "Foo": {"Nope": "x"}})

    assert answer.json()[0]["message"] == (
        "Cannot deserialize instance of <unknown> from FIELD_NAME value Nope "
        "or request may be missing a required field at [line:1, column:22]"
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "sobjects/Account/001000000000001AAA?_HttpMethod=", 405),
        ("GET", "jobs/ingest?queryLocator=abc", 400),
        ("GET", "jobs/ingest?queryLocator=-5", 400),
    ],
)
def test_an_odd_address_is_no_mistake_of_the_server(api: Api, method: str, path: str, status: int) -> None:
    assert api.call(method, path).status_code == status
