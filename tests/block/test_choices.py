"""What the dropdowns offer, against an org."""

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext
from tests.support.orgs import client_credentials_config, context_for
from ziggy_sf_write.block.choices import choices
from ziggy_sf_write.contract import Connection, HostError, StoreRecord
from ziggy_sf_write.salesforce.org import ORGS

ACCOUNT = {"connection": "sfDev", "object": "Account"}


def test_connections_are_those_of_type_salesforce(org: Sandbox) -> None:
    context = context_for(org)
    other = Connection(name="ftp", type="sftp")
    context.connections = {**context.connections, "ftp": other}
    assert [one.value for one in choices("connection", {}, context)] == ["sfDev"]


def test_objects_have_label_and_api_name_standard_ones_first(org: Sandbox) -> None:
    found = choices("object", {"connection": "sfDev"}, context_for(org))
    account = next(one for one in found if one.value == "Account")
    assert (account.label, account.hint, account.group) == ("Account", "Account", "Standard")
    groups = [one.group for one in found]
    assert groups == sorted(groups, key=lambda group: group != "Standard")
    assert "Custom" in groups


def test_the_all_box_shows_objects_that_cannot_be_written(org: Sandbox) -> None:
    context = context_for(org)
    some = {one.value for one in choices("object", {"connection": "sfDev"}, context)}
    every = {one.value for one in choices("object?all", {"connection": "sfDev"}, context)}
    assert some < every


def test_match_keys_begin_with_the_edges_then_id_then_keys_of_the_object(org: Sandbox) -> None:
    context = context_for(org)
    context.edge_keys = ["Name", "ext__c"]
    found = choices("matchKey", ACCOUNT, context)
    assert [one.value for one in found[:3]] == ["Name", "ext__c", "Id"]
    assert "Ext__c" not in [one.value for one in found], "it is on the edge already"


def test_without_an_object_match_keys_are_the_edges(org: Sandbox) -> None:
    context = context_for(org)
    context.edge_keys = ["Name"]
    assert [one.value for one in choices("matchKey", {}, context)] == ["Name"]
    assert org.stats().total_calls == 0


def test_properties_are_the_writable_fields_by_label(org: Sandbox) -> None:
    found = choices("properties", ACCOUNT, context_for(org))
    name = next(one for one in found if one.value == "Name")
    assert name.label == "Account Name"
    assert "required" in name.hint
    assert "CreatedDate" not in [one.value for one in found]
    assert [one.label.lower() for one in found] == sorted(one.label.lower() for one in found)


def test_namespaces_are_those_of_the_store_but_for_the_blocks_own() -> None:
    context = FakeContext()
    names = ("bad", "ziggy.bulkJobs", "ziggy.claims", "undo 2026-11-29 run-1")
    context.store.upsert_many(StoreRecord(name=name, key="a", data=1) for name in names)
    assert [one.value for one in choices("errorNamespace", {}, context)] == ["bad"]


def test_describes_are_cached_between_dropdowns(org: Sandbox) -> None:
    context = context_for(org)
    for source in ("properties", "matchKey", "properties"):
        choices(source, ACCOUNT, context)
    assert org.stats().calls["describe"] == 1


@pytest.mark.parametrize(
    ("source", "config", "sentence"),
    [
        ("object", {}, "Choose a connection first"),
        ("properties", {"connection": "sfDev"}, "Choose an object first"),
        ("properties", {"connection": "sfDev", "object": "Nope"}, "`Nope` does not exist"),
        ("object", {"connection": "gone"}, "no connection `gone`"),
        ("colour", {}, "is no dropdown of this block"),
    ],
)
def test_what_cannot_be_listed_is_an_error_in_words_never_an_empty_list(
    org: Sandbox, source: str, config: dict[str, str], sentence: str
) -> None:
    with pytest.raises(HostError, match=sentence):
        choices(source, config, context_for(org))


def test_an_org_that_does_not_answer_is_an_error_that_says_so(org: Sandbox) -> None:
    config = {**client_credentials_config(org), "domain": "127.0.0.1:1"}
    context = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce", config=config)})
    with pytest.raises(HostError, match=r"cannot be reached.*Try again"):
        choices("object", {"connection": "sfDev"}, context)
    ORGS.clear()
