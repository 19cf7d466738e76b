"""What a save refuses, with the code, the message and the fields of the real thing."""

from typing import Any, ClassVar

import pytest

from tests.sandbox.client import Api, Record, error_of, typed
from ziggy_sf_write.sandbox import Sandbox

PROJECT: Record = {"Name": "P"}

REFUSED: list[tuple[str, str, Record, str, str, list[str]]] = [
    (
        "required",
        "Lead",
        {},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName, Company]",
        ["LastName", "Company"],
    ),
    (
        "empty text is null",
        "Account",
        {"Name": "  "},
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [Name]",
        ["Name"],
    ),
    (
        "length",
        "Account",
        {"Name": "ä" * 256},
        "STRING_TOO_LONG",
        f"Account Name: data value too large: {'ä' * 256} (max length=255)",
        ["Name"],
    ),
    (
        "email",
        "Contact",
        {"LastName": "A", "Email": "foo"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: foo",
        ["Email"],
    ),
    (
        "email that starts with a dot",
        "Contact",
        {"LastName": "A", "Email": ".a@b.example"},
        "INVALID_EMAIL_ADDRESS",
        "Email: invalid email address: .a@b.example",
        ["Email"],
    ),
    (
        "restricted picklist",
        "Account",
        {"Name": "A", "Tier__c": "Goldd"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Tier: bad value for restricted picklist field: Goldd",
        ["Tier__c"],
    ),
    (
        "inactive picklist value",
        "Project__c",
        PROJECT | {"Status__c": "Paused"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Status: bad value for restricted picklist field: Paused",
        ["Status__c"],
    ),
    (
        "restricted multipicklist",
        "Project__c",
        PROJECT | {"Skills__c": "SQL;Cobol"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Skills: bad value for restricted picklist field: Cobol",
        ["Skills__c"],
    ),
    (
        "too many choices",
        "Contact",
        {"LastName": "A", "Languages__c": ";".join(["x"] * 101)},
        "TOO_MANY_ENUM_VALUE",
        "Languages: too many enum values: 101",
        ["Languages__c"],
    ),
    (
        "int digits",
        "Account",
        {"Name": "A", "NumberOfEmployees": 1431655766},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Employees: value outside of valid range on numeric field: 1431655766",
        ["NumberOfEmployees"],
    ),
    (
        "digits left of the point",
        "Project__c",
        PROJECT | {"Headcount__c": 100000},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Headcount: value outside of valid range on numeric field: 100000",
        ["Headcount__c"],
    ),
    (
        "latitude",
        "Project__c",
        PROJECT | {"Site__Latitude__s": 91.0},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Site (Latitude): value outside of valid range on numeric field: 91",
        ["Site__Latitude__s"],
    ),
    (
        "reference of another object",
        "Contact",
        {"LastName": "A", "AccountId": "003gL000002rbza"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 003gL000002rbza",
        ["AccountId"],
    ),
    (
        "reference that is no id",
        "Contact",
        {"LastName": "A", "AccountId": "nonsense"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: nonsense",
        ["AccountId"],
    ),
    (
        "reference with a wrong checksum",
        "Contact",
        {"LastName": "A", "AccountId": "001gL000002rbzaQAB"},
        "MALFORMED_ID",
        "Account ID: id value of incorrect type: 001gL000002rbzaQAB",
        ["AccountId"],
    ),
    (
        "reference to nothing",
        "Contact",
        {"LastName": "A", "AccountId": "001gL000002rbza"},
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        ["AccountId"],
    ),
    (
        "unknown column",
        "Account",
        {"Name": "A", "Nope__c": "x"},
        "INVALID_FIELD",
        "No such column 'Nope__c' on sobject of type Account",
        [],
    ),
    (
        "parent by key, missing",
        "Contact",
        {"LastName": "A", "Account": {"Ext__c": "c9"}},
        "INVALID_FIELD",
        "Foreign key external ID: c9 not found for field Ext__c in entity Account",
        [],
    ),
    (
        "parent by a field that is no key",
        "Contact",
        {"LastName": "A", "Account": {"Phone": "1"}},
        "INVALID_FIELD",
        "Field name provided, Phone is not an External ID or indexed field for Account",
        [],
    ),
    (
        "record type by name",
        "Account",
        {"Name": "A", "RecordType": {"DeveloperName": "X"}},
        "INVALID_FIELD",
        "Field name provided, DeveloperName is not an External ID or indexed field for RecordType",
        [],
    ),
    (
        "validation rule",
        "Opportunity",
        {"Name": "O", "StageName": "Closed Won", "CloseDate": "2026-01-01"},
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "A won opportunity needs an amount.",
        ["Amount"],
    ),
    (
        "validation rule without a field",
        "Project__c",
        PROJECT | {"Status__c": "Done"},
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "A project that is done must have started.",
        [],
    ),
    (
        "not Base64",
        "Project__c",
        PROJECT | {"Thumbnail__c": "???"},
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "Thumbnail: value not of required type: ???",
        ["Thumbnail__c"],
    ),
]


@pytest.mark.parametrize(
    ("name", "record", "code", "message", "fields"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_refused(api: Api, name: str, record: Record, code: str, message: str, fields: list[str]) -> None:
    (result,) = api.create_many(name, [record])

    assert result == {"success": False, "errors": [{"statusCode": code, "message": message, "fields": fields}]}


@pytest.mark.parametrize("field", ["IsDeleted", "CreatedDate", "Remaining__c"])
def test_read_only_fields_are_refused_by_name(api: Api, field: str) -> None:
    value: Any = {"IsDeleted": True, "CreatedDate": "2026-01-01T00:00:00Z", "Remaining__c": 1}[field]

    (result,) = api.create_many("Project__c", [PROJECT | {field: value}])

    assert error_of(result)[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert error_of(result)[1].startswith(
        f"Unable to create/update fields: {field}. Please check the security settings"
    )


MISMATCHES: list[tuple[str, Record, str]] = [
    ("number for text", {"Name": 5}, "string from VALUE_NUMBER_INT value 5"),
    ("object for text", {"Name": {"a": 1}}, "string from START_OBJECT value {"),
    ("array for a multipicklist", {"Skills__c": ["a"]}, "multipicklist from START_ARRAY value ["),
    ("text for a boolean", {"Billable__c": "FALSE"}, "boolean from VALUE_STRING value FALSE"),
    ("number for a boolean", {"Billable__c": 1}, "boolean from VALUE_NUMBER_INT value 1"),
    ("text for a double", {"Headcount__c": "12"}, "double from VALUE_STRING value 12"),
    ("boolean for a currency", {"Budget__c": True}, "currency from VALUE_TRUE value true"),
    ("decimals for an int", {"Sequence__c": 6.5}, "int from VALUE_NUMBER_FLOAT value 6.5"),
    (
        "datetime for a date",
        {"StartDate__c": "2026-01-01T00:00:00Z"},
        "date from VALUE_STRING value 2026-01-01T00:00:00Z",
    ),
    ("American date", {"StartDate__c": "6/15/19"}, "date from VALUE_STRING value 6/15/19"),
    ("a day that does not exist", {"StartDate__c": "2026-02-30"}, "date from VALUE_STRING value 2026-02-30"),
    ("SQL datetime", {"KickOff__c": "2017-10-17 00:00:00"}, "datetime from VALUE_STRING value 2017-10-17 00:00:00"),
    ("text for an address", {"Venue__c": "x"}, "Venue__c from VALUE_STRING value x"),
    ("object for an unknown name", {"Nope__r": {"a": "b"}}, "<unknown> from START_OBJECT value {"),
]


@pytest.mark.parametrize(("record", "text"), [each[1:] for each in MISMATCHES], ids=[each[0] for each in MISMATCHES])
def test_wrong_json_type_fails_the_whole_call(api: Api, sandbox: Sandbox, record: Record, text: str) -> None:
    answer = api.collection(
        "POST", "composite/sobjects", [typed("Project__c", PROJECT), typed("Project__c", PROJECT | record)]
    )

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert answer.json()[0]["message"].startswith(f"Cannot deserialize instance of {text} or request may be missing")
    assert sandbox.records("Project__c") == []


def test_parser_error_names_the_place_of_the_value(api: Api) -> None:
    answer = api.call("POST", "sobjects/Account", data=b'{"Name": "A",\n "AnnualRevenue" : "x"}')

    assert answer.json()[0]["message"].endswith("at [line:2, column:20]")


STORED: list[tuple[str, str, Any, Any]] = [
    ("text is trimmed", "Summary__c", "  a b \n", "a b"),
    ("empty text is null", "Summary__c", "", None),
    ("e-mail is lower-cased", "ContactEmail__c", " Ann.Ng@Example.COM ", "ann.ng@example.com"),
    ("surplus decimals are cut", "Budget__c", 1.239, 1.23),
    ("and not rounded when negative", "Progress__c", -1.239, -1.23),
    ("exact decimals stay", "Budget__c", 0.29, 0.29),
    ("a time zone becomes UTC", "KickOff__c", "2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.000+0000"),
    ("a zone without a colon", "KickOff__c", "2026-01-31T10:00:00.999+0000", "2026-01-31T10:00:00.000+0000"),
    ("time keeps milliseconds", "DailyStandup__c", "09:30:00.5Z", "09:30:00.500Z"),
    ("unrestricted picklists take anything", "Country__c", "Atlantis", "Atlantis"),
    ("dependent picklists are not enforced", "Country__c", "Japan", "Japan"),
    ("free text in a phone", "Hotline__c", "call me", "call me"),
    ("a multipicklist", "Skills__c", "Python;SQL", "Python;SQL"),
    ("null for a boolean is false", "Billable__c", None, False),
    ("a long beyond 32 bits", "Ticks__c", 2**40, 2**40),
    ("an int as text", "Sequence__c", "31", 31),
    ("rich text", "Charter__c", "<b>x</b>", "<b>x</b>"),
    ("a combobox", "Channel__c", "Pigeon", "Pigeon"),
]


@pytest.mark.parametrize(("field", "sent", "kept"), [each[1:] for each in STORED], ids=[each[0] for each in STORED])
def test_stored(api: Api, sandbox: Sandbox, field: str, sent: Any, kept: Any) -> None:
    (result,) = api.create_many("Project__c", [PROJECT | {field: sent}])

    assert result["success"], result
    assert sandbox.records("Project__c")[0][field] == kept


def test_defaults_fill_what_a_create_leaves_out_but_not_nulls(api: Api, sandbox: Sandbox) -> None:
    api.create_many("Project__c", [PROJECT, PROJECT | {"Status__c": None}])

    left_out, null = sandbox.records("Project__c")
    assert (left_out["Status__c"], left_out["Billable__c"]) == ("Planned", True)
    assert null["Status__c"] is None


def test_a_create_fills_system_fields_and_numbers(api: Api, sandbox: Sandbox) -> None:
    api.create_many("Case", [{"Subject": "a"}, {"Subject": "b"}])

    rows = sandbox.records("Case")
    assert [each["CaseNumber"] for each in rows] == ["00000001", "00000002"]
    assert rows[0]["OwnerId"] == rows[0]["CreatedById"] == rows[0]["LastModifiedById"]


def test_a_formula_follows_its_fields(api: Api) -> None:
    api.create_many("Project__c", [PROJECT | {"Budget__c": 10, "Spent__c": 4}])

    assert api.rows("SELECT Remaining__c FROM Project__c") == [{"Remaining__c": 6.0}]


def test_encrypted_text_is_read_masked(api: Api) -> None:
    api.create_many("Project__c", [PROJECT | {"Secret__c": "abc"}])

    assert api.rows("SELECT Secret__c FROM Project__c") == [{"Secret__c": "***"}]


def test_a_location_is_read_as_a_whole(api: Api) -> None:
    api.create_many("Project__c", [PROJECT | {"Site__Latitude__s": 50.5, "Site__Longitude__s": 7.25}])

    assert api.rows("SELECT Site__c FROM Project__c") == [{"Site__c": {"latitude": 50.5, "longitude": 7.25}}]


class TestUniqueValues:
    """A value that another record holds."""

    def test_names_the_holder_with_15_characters(self, api: Api, sandbox: Sandbox) -> None:
        (holder,) = sandbox.insert("Account", [{"Name": "A", "Ext__c": "k"}])

        (result,) = api.create_many("Account", [{"Name": "B", "Ext__c": "K"}])

        assert error_of(result) == (
            "DUPLICATE_VALUE",
            f"duplicate value found: Ext__c duplicates value on record with id: {holder[:15]}",
        )
        assert result["errors"][0]["fields"] == ["Ext__c"]

    def test_the_second_of_two_in_a_call_meets_the_first(self, api: Api, sandbox: Sandbox) -> None:
        results = api.create_many("Account", [{"Name": "A", "Ext__c": "k"}, {"Name": "B", "Ext__c": "k"}])

        assert results[0]["success"]
        assert error_of(results[1])[1].endswith(sandbox.records("Account")[0]["Id"][:15])

    def test_a_refused_record_holds_nothing(self, api: Api) -> None:
        results = api.create_many("Account", [{"Ext__c": "k"}, {"Name": "B", "Ext__c": "k"}])

        assert [each["success"] for each in results] == [False, True]

    def test_a_record_may_keep_its_own_value(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Account", [{"Name": "A", "Ext__c": "k"}])

        assert api.update_many("Account", [{"Id": known, "Ext__c": "K"}])[0]["success"]

    def test_a_deleted_record_holds_nothing(self, api: Api, sandbox: Sandbox) -> None:
        (gone,) = sandbox.insert("Account", [{"Name": "A", "Ext__c": "k"}])
        api.call("DELETE", f"sobjects/Account/{gone}")

        assert api.create_many("Account", [{"Name": "B", "Ext__c": "k"}])[0]["success"]


class TestDuplicateRules:
    """Alert rules give way to a header, block rules do not."""

    LEAD: ClassVar[Record] = {"LastName": "Ng", "Company": "Acme", "Email": "ng@example.com"}
    ALLOW: ClassVar[dict[str, str]] = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}

    def test_a_single_row_tells_the_matches_under_the_misspelled_key(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Lead", [self.LEAD])

        (error,) = api.create("Lead", self.LEAD).json()

        assert error["errorCode"] == "DUPLICATES_DETECTED"
        assert error["duplicateResut"]["allowSave"] is True
        (match,) = error["duplicateResut"]["matchResults"][0]["matchRecords"]
        assert match["record"]["Id"] == known

    def test_collections_tell_only_code_and_message(self, api: Api, sandbox: Sandbox) -> None:
        sandbox.insert("Lead", [self.LEAD])

        (result,) = api.create_many("Lead", [self.LEAD])

        assert result["errors"] == [
            {
                "statusCode": "DUPLICATES_DETECTED",
                "message": "You're creating a duplicate record. We recommend you use an existing record instead.",
                "fields": [],
            }
        ]

    def test_the_header_saves_despite_an_alert(self, api: Api, sandbox: Sandbox) -> None:
        sandbox.insert("Lead", [self.LEAD])

        assert api.create("Lead", self.LEAD, headers=self.ALLOW).status_code == 201

    def test_the_header_does_not_save_despite_a_block(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])
        invoice = {"Account__c": account, "IssuedOn__c": "2026-01-01", "Reference__c": "R1"}
        sandbox.insert("Invoice__c", [invoice])

        answer = api.create("Invoice__c", invoice, headers=self.ALLOW)

        assert answer.json()[0]["errorCode"] == "DUPLICATES_DETECTED"


class TestUpdates:
    """Rules that look at what is stored."""

    def test_validation_rules_see_the_merged_record(self, api: Api, sandbox: Sandbox) -> None:
        (won,) = sandbox.insert(
            "Opportunity", [{"Name": "O", "StageName": "Closed Won", "CloseDate": "2026-01-01", "Amount": 5}]
        )

        (result,) = api.update_many("Opportunity", [{"Id": won, "Amount": None}])

        assert error_of(result)[0] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"

    def test_converted_leads_are_closed(self, api: Api, sandbox: Sandbox) -> None:
        (lead,) = sandbox.insert("Lead", [{"LastName": "A", "Company": "C", "IsConverted": True}])

        (result,) = api.update_many("Lead", [{"Id": lead, "Title": "x"}])

        assert error_of(result) == ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")

    def test_required_fields_may_not_be_cleared(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Account", [{"Name": "A"}])

        (result,) = api.update_many("Account", [{"Id": known, "Name": ""}])

        assert error_of(result) == ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]")

    def test_fields_that_are_only_createable_are_refused(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Opportunity", [{"Name": "O", "StageName": "x", "CloseDate": "2026-01-01"}])

        (result,) = api.update_many("Opportunity", [{"Id": known, "ContactId": None}])

        assert error_of(result)[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"

    def test_a_master_that_is_fixed_cannot_be_changed(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])
        one, two = sandbox.insert("Invoice__c", [{"Account__c": account}, {"Account__c": account}])
        (line,) = sandbox.insert("InvoiceLine__c", [{"Invoice__c": one, "Quantity__c": 1}])

        (result,) = api.update_many("InvoiceLine__c", [{"Id": line, "Invoice__c": two}])

        assert error_of(result)[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"

    def test_the_last_of_two_updates_of_a_record_in_a_call_stays(self, api: Api, sandbox: Sandbox) -> None:
        (known,) = sandbox.insert("Account", [{"Name": "A"}])

        api.update_many(
            "Account", [{"Id": known, "Phone": "1"}, {"Id": known, "Fax": "2"}, {"Id": known, "Phone": "3"}]
        )

        assert [(each["Phone"], each["Fax"]) for each in sandbox.records("Account")] == [("3", "2")]

    def test_a_null_parent_clears_the_lookup(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])
        (contact,) = sandbox.insert("Contact", [{"LastName": "C", "AccountId": account}])

        api.update_many("Contact", [{"Id": contact, "Account": None}])

        assert sandbox.records("Contact")[0]["AccountId"] is None


class TestReferences:
    """Parents by id and by key."""

    def test_a_deleted_parent_is_refused(self, api: Api, sandbox: Sandbox) -> None:
        (gone,) = sandbox.insert("Account", [{"Name": "A"}])
        api.call("DELETE", f"sobjects/Account/{gone}")

        (result,) = api.create_many("Contact", [{"LastName": "C", "AccountId": gone}])

        assert error_of(result) == ("ENTITY_IS_DELETED", "entity is deleted")

    def test_15_characters_are_stored_as_18(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])

        api.create_many("Contact", [{"LastName": "C", "AccountId": account[:15]}])

        assert sandbox.records("Contact")[0]["AccountId"] == account

    def test_a_polymorphic_parent_is_found_by_its_inner_type(self, api: Api, sandbox: Sandbox) -> None:
        (lead,) = sandbox.insert("Lead", [{"LastName": "L", "Company": "C", "Email": "x@example.com"}])
        sandbox.insert("Contact", [{"LastName": "C", "Email": "x@example.com"}])

        (result,) = api.create_many("Task", [{"Who": {"attributes": {"type": "Lead"}, "Email": "x@example.com"}}])

        assert result["success"], result
        assert sandbox.records("Task")[0]["WhoId"] == lead

    def test_a_parent_by_its_unique_number(self, api: Api, sandbox: Sandbox) -> None:
        (parent,) = sandbox.insert("Project__c", [{"Name": "P", "Number__c": 7}])

        api.create_many("Project__c", [{"Name": "C", "Parent__r": {"Number__c": 7}}])

        assert sandbox.records("Project__c")[1]["Parent__c"] == parent

    def test_records_of_one_chunk_do_not_find_each_other(self, api: Api) -> None:
        results = api.create_many(
            "Project__c", [{"Name": "P", "Key__c": "p"}, {"Name": "C", "Parent__r": {"Key__c": "p"}}]
        )

        assert [each["success"] for each in results] == [True, False]


class TestDeletes:
    """What goes along with a parent, and what holds it back."""

    def test_details_go_with_their_master(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])
        (invoice,) = sandbox.insert("Invoice__c", [{"Account__c": account}])
        sandbox.insert("InvoiceLine__c", [{"Invoice__c": invoice, "Quantity__c": 1}])

        assert api.call("DELETE", f"sobjects/Invoice__c/{invoice}").status_code == 204
        assert sandbox.records("InvoiceLine__c") == []

    def test_a_restricted_parent_stays(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])
        sandbox.insert("Invoice__c", [{"Account__c": account}])

        answer = api.call("DELETE", f"sobjects/Account/{account}")

        assert answer.status_code == 400
        assert answer.json()[0]["errorCode"] == "DELETE_FAILED"
        assert answer.json()[0]["message"].startswith("Your attempt to delete A could not be completed because it is")

    def test_lookups_are_cleared(self, api: Api, sandbox: Sandbox) -> None:
        (account,) = sandbox.insert("Account", [{"Name": "A"}])
        sandbox.insert("Contact", [{"LastName": "C", "AccountId": account}])

        api.call("DELETE", f"sobjects/Account/{account}")

        assert sandbox.records("Contact")[0]["AccountId"] is None


class TestRecordTypes:
    """The default one is given, another can be chosen by its name."""

    def test_a_create_gets_the_default(self, api: Api, sandbox: Sandbox) -> None:
        api.create_many("Account", [{"Name": "A"}])

        types = {each["Id"]: each["DeveloperName"] for each in sandbox.records("RecordType")}
        assert types[sandbox.records("Account")[0]["RecordTypeId"]] == "Business_Account"

    def test_a_create_can_name_another(self, api: Api) -> None:
        (result,) = api.create_many("Account", [{"Name": "A", "RecordType": {"Name": "Partner Account"}}])

        assert result["success"], result
        assert (
            api.rows("SELECT RecordType.DeveloperName FROM Account")[0]["RecordType"]["DeveloperName"]
            == "Partner_Account"
        )


@pytest.mark.parametrize(
    "body",
    [
        b'{"Name": NaN}',
        b'{"Name": "\\ud83d"}',
        b'{"Name": "A", "AnnualRevenue": 1e400}',
        b'{"Name": "A", "AnnualRevenue": 1' + b"0" * 400 + b"}",
        b'{"Name": "A", "NumberOfEmployees": 1' + b"0" * 400 + b"}",
    ],
    ids=["NaN", "half a surrogate pair", "beyond a double", "400 digits for a currency", "400 digits for an int"],
)
def test_what_no_field_can_hold_is_refused(api: Api, sandbox: Sandbox, body: bytes) -> None:
    answer = api.call("POST", "sobjects/Account", data=body)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] in ("JSON_PARSER_ERROR", "NUMBER_OUTSIDE_VALID_RANGE")
    assert sandbox.records("Account") == []
