"""Children of one parent travel together."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.run.plan import Ready, Write, group_by_parent
from ziggy_sf_write.salesforce.describe import Operation, parse_object_describe

CONTACT = parse_object_describe(
    {
        "name": "Contact",
        "fields": [
            {"name": "LastName", "type": "string"},
            {"name": "OwnerId", "type": "reference", "referenceTo": ["User"], "relationshipName": "Owner"},
            {"name": "AccountId", "type": "reference", "referenceTo": ["Account"], "relationshipName": "Account"},
        ],
    }
)


def _wave(*bodies: dict[str, Any]) -> list[Ready]:
    return [Ready(Write(index, body, index), Operation.UPSERT, body) for index, body in enumerate(bodies)]


def _order(*bodies: dict[str, Any]) -> list[int]:
    return [ready.write.index for ready in group_by_parent(_wave(*bodies), CONTACT)]


def test_children_stand_side_by_side_in_the_order_of_their_parents() -> None:
    assert _order({"AccountId": "b"}, {"AccountId": "a"}, {"AccountId": "b"}, {"AccountId": None}) == [0, 2, 1, 3]


def test_an_id_of_15_characters_is_the_same_parent_as_one_of_18() -> None:
    assert _order({"AccountId": "001gL000002rbzaQAA"}, {"AccountId": "x"}, {"AccountId": "001gL000002rbza"}) == [
        0,
        2,
        1,
    ]


def test_a_parent_may_be_named_by_its_external_id() -> None:
    assert _order({"Account": {"Ext__c": "b"}}, {"Account": {"Ext__c": "a"}}, {"Account": {"Ext__c": "b"}}) == [0, 2, 1]


def test_owners_are_no_parents() -> None:
    assert _order({"OwnerId": "b"}, {"OwnerId": "a"}, {"OwnerId": "b"}) == [0, 1, 2]


@given(st.lists(st.sampled_from("abc")))
def test_nothing_is_lost_and_each_parents_children_keep_their_order(parents: list[str]) -> None:
    order = _order(*({"AccountId": parent} for parent in parents))
    assert sorted(order) == list(range(len(parents)))
    for parent in set(parents):
        of_parent = [index for index in order if parents[index] == parent]
        assert of_parent == sorted(of_parent)
        assert order.index(of_parent[-1]) - order.index(of_parent[0]) == len(of_parent) - 1


def test_edge_0_keeps_the_input_order_all_the_same(org: Sandbox) -> None:
    first, second = org.insert("Account", [{"Name": "a"}, {"Name": "b"}])
    items = [{"Ext__c": str(n), "LastName": str(n), "AccountId": (first, second)[n % 2]} for n in range(10)]
    result = write(org, items, {"object": "Contact", "matchKey": "Ext__c", "advanced": {"batchSize": 5}})
    assert outcomes(result) == {"written": 10}
    assert [item["LastName"] for item in result.outputs[0]] == [str(n) for n in range(10)]
