"""Parents under names with a dot, through both APIs: the record holds what the nested form would leave."""

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("is_validating", [True, False])
@pytest.mark.parametrize("properties", [[], ["LastName", "account.Ext__c"]], ids=["all", "chosen"])
def test_a_flat_parent_is_found(
    org: Sandbox,
    api: str,
    is_validating: bool,  # noqa: FBT001 (a case)
    properties: list[str],
) -> None:
    (account,) = org.insert("Account", [{"Name": "x", "Ext__c": "A-1"}])
    config = {
        "object": "Contact",
        "matchKey": "Ext__c",
        "validate": is_validating,
        "properties": properties,
        "advanced": {"api": api},
    }
    items = [{"Ext__c": "C-1", "LastName": "Okafor", "Account.Ext__c": "A-1"}]
    assert outcomes(write(org, items, config)) == {"written": 1}
    assert [one["AccountId"] for one in org.records("Contact")] == [account]


def test_the_object_of_a_parent_stands_before_its_name(org: Sandbox) -> None:
    (kim,) = org.insert("Contact", [{"LastName": "Kim", "Email": "kim@example.com"}])
    config = {"object": "Task", "matchKey": "Id", "validate": True}
    assert outcomes(write(org, [{"Subject": "Call", "Contact:Who.Email": "kim@example.com"}], config)) == {"written": 1}
    assert [one["WhoId"] for one in org.records("Task")] == [kim]
