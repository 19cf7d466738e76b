"""What becomes of a save because of other records: unique values, duplicates, parents, details, record types."""

from typing import ClassVar

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import Api, Record, error_of


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> Sandbox:
    """An org with the example rules."""
    return start_sandbox(SandboxOptions(example_rules=True))


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
        sandbox.insert("Account", [{"Name": "C", "ParentId": account}])

        api.call("DELETE", f"sobjects/Account/{account}")

        assert [each["ParentId"] for each in sandbox.records("Account")] == [None]

    # As the child relationships of real describes of these objects say.
    @pytest.mark.parametrize(
        ("parent", "child", "link"),
        [
            ("Account", "Contact", "AccountId"),
            ("Account", "Opportunity", "AccountId"),
            ("Account", "Task", "WhatId"),
            ("Contact", "Event", "WhoId"),
            ("Opportunity", "OpportunityLineItem", "OpportunityId"),
            ("Campaign", "CampaignMember", "CampaignId"),
            ("Case", "Task", "WhatId"),
            ("Contact", "Asset", "ContactId"),
            ("Account", "Note", "ParentId"),
        ],
    )
    def test_children_go_along(self, api: Api, sandbox: Sandbox, parent: str, child: str, link: str) -> None:
        (held,) = sandbox.insert(parent, [{}])
        sandbox.insert(child, [{link: held}])

        assert api.call("DELETE", f"sobjects/{parent}/{held}").status_code == 204
        assert sandbox.records(child) == []

    @pytest.mark.parametrize(
        ("parent", "child", "link"),
        [
            ("Account", "Case", "AccountId"),
            ("Contact", "Case", "ContactId"),
            ("Account", "Order", "AccountId"),
            ("Account", "Contract", "AccountId"),
        ],
    )
    def test_children_keep_their_parent(self, api: Api, sandbox: Sandbox, parent: str, child: str, link: str) -> None:
        (held,) = sandbox.insert(parent, [{}])
        sandbox.insert(child, [{link: held}])

        answer = api.call("DELETE", f"sobjects/{parent}/{held}")

        assert answer.json()[0]["errorCode"] == "DELETE_FAILED"
        assert (len(sandbox.records(parent)), len(sandbox.records(child))) == (1, 1)

    def test_a_deleted_record_tells_when_it_went(self, api: Api, sandbox: Sandbox) -> None:
        (gone,) = sandbox.insert("Account", [{"Name": "A", "SystemModstamp": "2001-01-01T00:00:00.000+0000"}])
        api.call("DELETE", f"sobjects/Account/{gone}")

        found = api.get("queryAll", params={"q": "SELECT SystemModstamp FROM Account"}).json()["records"]
        assert found[0]["SystemModstamp"] > "2026"


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
