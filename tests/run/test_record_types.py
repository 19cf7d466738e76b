"""Record types by name, through both APIs, at no call of their own."""

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.contract import JsonValue

NAMES: list[dict[str, JsonValue]] = [
    {"RecordTypeId": "Partner Account"},
    {"RecordTypeId": "partner_account"},
    {"RecordType": {"attributes": {"type": "RecordType"}, "Name": "Partner Account"}},
    {"RecordType.DeveloperName": "Partner_Account"},
]


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("named", NAMES, ids=str)
def test_a_record_type_is_found_by_its_name_at_no_call(org: Sandbox, api: str, named: dict[str, JsonValue]) -> None:
    config = {"matchKey": "Ext__c", "validate": True, "advanced": {"api": api}}
    write(org, [{"Ext__c": "warm", "Name": "w"}], config)
    calls = org.stats().calls
    assert outcomes(write(org, [{"Ext__c": "R1", "Name": "r", **named}], config)) == {"written": 1}
    assert org.stats().calls.keys() == calls.keys()
    assert org.stats().calls["describe"] == calls["describe"] == 1
    (partner,) = (one["Id"] for one in org.records("RecordType") if one["DeveloperName"] == "Partner_Account")
    assert [one["RecordTypeId"] for one in org.records("Account") if one["Ext__c"] == "R1"] == [partner]
