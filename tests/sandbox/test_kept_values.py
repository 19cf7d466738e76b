"""What a save makes of what it takes, and parents that it does not (HELP 000231088, HELP 000382141, jsforce #1006)."""

import pytest

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("SQL;Python;SQL", "Python;SQL"),
        ("React; Salesforce ;Python", "Python;Salesforce;React"),
        ("SQL", "SQL"),
    ],
)
def test_choices_come_back_in_the_picklists_order_each_once(api: Api, sandbox: Sandbox, sent: str, kept: str) -> None:
    (result,) = api.create_many("Project__c", [{"Name": "x", "Skills__c": sent}])
    assert result["success"], result
    assert [one["Skills__c"] for one in sandbox.records("Project__c")] == [kept]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<p>a</p><script>alert(1)</script><p>b</p>", "<p>a</p><p>b</p>"),
        ("a<SCRIPT src='x'>1</script >b<script>2</script>c", "abc"),
        ("a<script>never closed", "a"),
        ("a <scripture> b", "a <scripture> b"),
    ],
)
def test_rich_text_loses_its_scripts(api: Api, sandbox: Sandbox, sent: str, kept: str) -> None:
    api.create_many("Project__c", [{"Name": "x", "Charter__c": sent, "Notes__c": sent}])
    (row,) = sandbox.records("Project__c")
    assert (row["Charter__c"], row["Notes__c"]) == (kept, sent)


@pytest.mark.parametrize(("field", "is_taken"), [("Charter__c", False), ("Notes__c", True)])
def test_rich_text_counts_its_escaped_form(api: Api, field: str, is_taken: bool) -> None:  # noqa: FBT001 (a case)
    text = "&" * (131_072 // 5 + 1)
    (result,) = api.create_many("Project__c", [{"Name": "x", field: text}])
    assert result["success"] is is_taken


@pytest.mark.parametrize(
    ("name", "field", "code"),
    [
        ("Task", "WhoId", "FIELD_INTEGRITY_EXCEPTION"),
        ("Case", "OwnerId", "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact", "ReportsToId", "MALFORMED_ID"),
        ("Contact", "OwnerId", "MALFORMED_ID"),
    ],
)
def test_a_parent_of_the_wrong_kind(api: Api, sandbox: Sandbox, name: str, field: str, code: str) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "x"}])
    (result,) = api.create_many(name, [{"LastName" if name == "Contact" else "Subject": "x", field: account}])
    assert [error["statusCode"] for error in result["errors"]] == [code]


def test_no_record_is_its_own_parent(api: Api, sandbox: Sandbox) -> None:
    (account,) = sandbox.insert("Account", [{"Name": "x", "Ext__c": "A"}])
    for parent in ({"ParentId": account}, {"Parent": {"Ext__c": "A"}}):
        (result,) = api.update_many("Account", [{"Id": account, **parent}])
        assert [error["statusCode"] for error in result["errors"]] == ["CIRCULAR_DEPENDENCY"]
    assert sandbox.records("Account")[0]["ParentId"] is None
