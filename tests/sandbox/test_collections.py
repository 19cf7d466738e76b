"""sObject Collections answer one by one, in the order of the input."""

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api, Record, error_of, typed


def test_create_answers_in_input_order_with_new_ids(api: Api, sandbox: Sandbox) -> None:
    results = api.create_many("Account", [{"Name": "A"}, {"Name": "B"}])

    assert [each["success"] for each in results] == [True, True]
    assert [each["id"] for each in results] == [each["Id"] for each in sandbox.records("Account")]
    assert "created" not in results[0]


def test_failed_record_has_no_id_key_and_a_status_code(api: Api) -> None:
    (result,) = api.create_many("Account", [{"Industry": "Energy"}])

    assert result == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }


def test_one_bad_record_leaves_the_others_saved(api: Api, sandbox: Sandbox) -> None:
    results = api.create_many("Account", [{"Name": "A"}, {}, {"Name": "C"}])

    assert [each["success"] for each in results] == [True, False, True]
    assert [each["Name"] for each in sandbox.records("Account")] == ["A", "C"]


def test_all_or_none_rolls_back_and_shows_the_culprit(api: Api, sandbox: Sandbox) -> None:
    results = api.create_many("Account", [{"Name": "A"}, {}], all_or_none=True)

    assert error_of(results[0])[0] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert error_of(results[1])[0] == "REQUIRED_FIELD_MISSING"
    assert "id" not in results[0]
    assert sandbox.records("Account") == []


def test_rolled_back_update_shows_the_id_it_had(api: Api, sandbox: Sandbox) -> None:
    good, bad = sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])

    results = api.update_many("Account", [{"Id": good, "Name": "A2"}, {"Id": bad, "Name": None}], all_or_none=True)

    assert results[0]["id"] == good
    assert error_of(results[0])[0] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert [each["Name"] for each in sandbox.records("Account")] == ["A", "B"]


def test_update_takes_15_and_18_character_ids(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Account", [{"Id": "001gL000002rbzaQAA", "Name": "Acme"}])

    results = api.update_many("Account", [{"id": "001gL000002rbza", "Name": "Acme Ltd"}])

    assert results == [{"id": "001gL000002rbzaQAA", "success": True, "errors": []}]
    assert sandbox.records("Account")[0]["Name"] == "Acme Ltd"


def test_update_without_id_is_refused_for_that_record(api: Api) -> None:
    (result,) = api.update_many("Account", [{"Name": "A"}])

    assert error_of(result) == ("MISSING_ARGUMENT", "Id not specified in an update call")


def test_update_of_another_objects_id_is_malformed(api: Api) -> None:
    (result,) = api.update_many("Account", [{"Id": "003gL000002rbza", "Name": "A"}])

    assert error_of(result) == ("MALFORMED_ID", "Account ID: id value of incorrect type: 003gL000002rbza")


def test_update_of_an_unknown_id_is_an_invalid_cross_reference(api: Api) -> None:
    (result,) = api.update_many("Account", [{"Id": "001gL000002rbza", "Name": "A"}])

    assert error_of(result) == ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def test_create_with_an_id_is_refused(api: Api) -> None:
    (result,) = api.create_many("Account", [{"Id": "001gL000002rbza", "Name": "A"}])

    assert error_of(result)[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_upsert_creates_then_updates_and_says_which(api: Api, sandbox: Sandbox) -> None:
    first = api.upsert_many("Account", "Ext__c", [{"Ext__c": "k1", "Name": "A"}])
    second = api.upsert_many("Account", "Ext__c", [{"Ext__c": "K1", "Name": "B"}, {"Ext__c": "k2", "Name": "C"}])

    assert [each["created"] for each in first + second] == [True, False, True]
    assert first[0]["id"] == second[0]["id"]
    assert [each["Name"] for each in sandbox.records("Account")] == ["B", "C"]


def test_same_key_twice_in_a_call_fails_every_holder(api: Api, sandbox: Sandbox) -> None:
    results = api.upsert_many(
        "Account",
        "Ext__c",
        [{"Ext__c": "k1", "Name": "A"}, {"Ext__c": "k2", "Name": "B"}, {"Ext__c": "K1 ", "Name": "C"}],
    )

    assert error_of(results[0]) == ("DUPLICATE_VALUE", "Duplicate external id specified: k1")
    assert error_of(results[2])[0] == "DUPLICATE_VALUE"
    assert [each["Ext__c"] for each in sandbox.records("Account")] == ["k2"]


def test_upsert_without_a_key_value_is_refused_for_that_record(api: Api) -> None:
    results = api.upsert_many("Account", "Ext__c", [{"Name": "A"}, {"Ext__c": "", "Name": "B"}])

    assert [error_of(each) for each in results] == [("MISSING_ARGUMENT", "Ext__c not specified")] * 2


def test_upsert_by_an_ambiguous_key_names_the_matches(api: Api, sandbox: Sandbox) -> None:
    ids = sandbox.insert(
        "Contact", [{"LastName": "A", "Email": "x@example.com"}, {"LastName": "B", "Email": "x@example.com"}]
    )

    (result,) = api.upsert_many("Contact", "Email", [{"Email": "X@example.com", "LastName": "C"}])

    assert error_of(result) == (
        "DUPLICATE_EXTERNAL_ID",
        f"Email: more than one record found for external id field: [{ids[0]}, {ids[1]}]",
    )


def test_upsert_by_id_creates_for_null_and_updates_for_a_given_one(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Contact", [{"LastName": "Bluth"}])

    results = api.upsert_many("Contact", "Id", [{"Id": known, "FirstName": "GOB"}, {"Id": None, "LastName": "Funke"}])

    assert [each["created"] for each in results] == [False, True]
    assert [each["Name"] for each in sandbox.records("Contact")] == ["GOB Bluth", "Funke"]


def test_key_of_a_case_sensitive_field_tells_cases_apart(api: Api, sandbox: Sandbox) -> None:
    api.upsert_many(
        "Project__c", "StrictKey__c", [{"StrictKey__c": "a", "Name": "lower"}, {"StrictKey__c": "A", "Name": "upper"}]
    )

    assert [each["StrictKey__c"] for each in sandbox.records("Project__c")] == ["a", "A"]


@pytest.mark.parametrize("key", ["Number__c", "ContactEmail__c", "LegacyKey__c", "Name"])
def test_every_kind_of_key_finds_its_record_again(api: Api, sandbox: Sandbox, key: str) -> None:
    value = {"Number__c": 42, "ContactEmail__c": "Someone@Example.com"}.get(key, "Key 1")

    first = api.upsert_many("Project__c", key, [{"Name": "P", key: value}])
    second = api.upsert_many("Project__c", key, [{key: value, "Headcount__c": 3}])

    assert first[0]["id"] == second[0]["id"]
    assert [each["Headcount__c"] for each in sandbox.records("Project__c")] == [3]


def test_unknown_upsert_key_answers_404(api: Api) -> None:
    answer = api.collection("PATCH", "composite/sobjects/Account/Nope__c", [typed("Account", {"Name": "A"})])

    assert answer.status_code == 404
    assert answer.json() == [
        {
            "message": "Provided external ID field does not exist or is not accessible: Nope__c",
            "errorCode": "NOT_FOUND",
        }
    ]


def test_more_than_200_records_are_refused_as_a_whole(api: Api, sandbox: Sandbox) -> None:
    answer = api.collection("POST", "composite/sobjects", [typed("Account", {"Name": "A"})] * 201)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"
    assert sandbox.records("Account") == []


def test_an_empty_list_is_refused(api: Api) -> None:
    answer = api.collection("POST", "composite/sobjects", [])

    assert answer.status_code == 400
    assert answer.json() == [{"message": "At least 1 record is required", "errorCode": "REQUIRED_FIELD_MISSING"}]


def test_more_than_10_chunks_of_types_are_refused(api: Api) -> None:
    mixed = [typed("Account", {"Name": "A"}), typed("Contact", {"LastName": "B"})] * 6

    answer = api.collection("POST", "composite/sobjects", mixed)

    assert answer.status_code == 400


def test_child_finds_the_parent_of_an_earlier_chunk(api: Api, sandbox: Sandbox) -> None:
    answer = api.collection(
        "POST",
        "composite/sobjects",
        [
            typed("Account", {"Name": "Parent", "Ext__c": "p"}),
            typed("Contact", {"LastName": "Child", "Account": {"Ext__c": "P"}}),
        ],
    )

    assert [each["success"] for each in answer.json()] == [True, True]
    assert sandbox.records("Contact")[0]["AccountId"] == sandbox.records("Account")[0]["Id"]


def test_delete_answers_for_each_id(api: Api, sandbox: Sandbox) -> None:
    ids = sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])

    first = api.call("DELETE", f"composite/sobjects?ids={ids[0]},001gL000002rbza,rubbish").json()
    again = api.call("DELETE", f"composite/sobjects?ids={ids[0]}").json()

    assert first[0] == {"id": ids[0], "success": True, "errors": []}
    assert error_of(first[1])[0] == "INVALID_CROSS_REFERENCE_KEY"
    assert error_of(first[2]) == ("MALFORMED_ID", "malformed id rubbish")
    assert error_of(again[0]) == ("ENTITY_IS_DELETED", "entity is deleted")
    assert [each["Name"] for each in sandbox.records("Account")] == ["B"]


def test_retrieve_answers_null_for_what_is_not_there(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    answer = api.call(
        "POST", "composite/sobjects/Account", json={"ids": ["001gL000002rbza", known], "fields": ["Name"]}
    )

    assert answer.json()[0] is None
    assert answer.json()[1]["Name"] == "A"


def test_upsert_by_a_key_refuses_an_id_beside_it(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A", "Ext__c": "k"}])

    (result,) = api.upsert_many("Account", "Ext__c", [{"Id": known, "Ext__c": "k", "Name": "B"}])

    assert error_of(result)[0] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("method", "path", "records", "code"),
    [
        ("POST", "composite/sobjects", [{"Name": "A"}], "JSON_PARSER_ERROR"),
        ("POST", "composite/sobjects", ["x"], "JSON_PARSER_ERROR"),
        ("POST", "composite/sobjects", [typed("Nope", {})], "INVALID_TYPE"),
        ("PATCH", "composite/sobjects/Account/Ext__c", [typed("Contact", {})], "INVALID_TYPE"),
        ("PATCH", "composite/sobjects/Account/Ext__c", ["x"], "JSON_PARSER_ERROR"),
        ("POST", "composite/sobjects", [typed("Contact", {"Account": "x"})], "JSON_PARSER_ERROR"),
        ("POST", "composite/sobjects", [typed("Contact", {"Account": {"a": 1, "b": 2}})], "JSON_PARSER_ERROR"),
        ("PATCH", "composite/sobjects", [typed("Contact", {"Id": 5})], "JSON_PARSER_ERROR"),
    ],
)
def test_a_call_that_is_not_well_formed_is_refused_as_a_whole(
    api: Api, method: str, path: str, records: list[Record], code: str
) -> None:
    answer = api.collection(method, path, records)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    assert api.call("POST", "composite/sobjects", json=[]).status_code == 400
    assert api.call("POST", "composite/sobjects", data=b"\xff").status_code == 400


def test_all_or_none_holds_for_deletes(api: Api, sandbox: Sandbox) -> None:
    (known,) = sandbox.insert("Account", [{"Name": "A"}])

    results = api.call("DELETE", f"composite/sobjects?ids={known},001gL000002rbza&allOrNone=true").json()

    assert error_of(results[0])[0] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert len(sandbox.records("Account")) == 1


def test_a_null_key_of_a_parent_clears_the_lookup(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "A"}])
    (contact,) = sandbox.insert("Contact", [{"LastName": "C", "AccountId": account}])

    api.update_many("Contact", [{"Id": contact, "Account": {"Ext__c": None}}])

    assert sandbox.records("Contact")[0]["AccountId"] is None


def test_a_parent_by_its_id_in_a_nested_object(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "A"}])

    results = api.create_many("Contact", [{"LastName": "C", "Account": {"Id": account[:15]}}])

    assert results[0]["success"], results
    assert sandbox.records("Contact")[0]["AccountId"] == account


def test_an_ambiguous_parent_is_refused(api: Api, sandbox: Sandbox) -> None:
    sandbox.insert("Contact", [{"LastName": "A", "Email": "x@example.com"}] * 2)

    (result,) = api.create_many("Contact", [{"LastName": "C", "ReportsTo": {"Email": "x@example.com"}}])

    assert error_of(result)[0] == "DUPLICATE_EXTERNAL_ID"


def test_an_unknown_field_cannot_be_retrieved(api: Api) -> None:
    assert api.get("composite/sobjects/Account?ids=001gL000002rbza&fields=Nope").status_code == 400


def test_a_number_that_the_org_gives_can_be_matched_on(api: Api, sandbox: Sandbox) -> None:
    api.create_many("Case", [{"Subject": "A"}])

    (result,) = api.upsert_many("Case", "CaseNumber", [{"CaseNumber": "00000001", "Subject": "B"}])

    assert result["created"] is False
    assert sandbox.records("Case")[0]["Subject"] == "B"
