"""The keys of an edge are known before anything has run, from the flow's own data."""

from collections.abc import Callable

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue

Make = Callable[..., dict[str, JsonValue]]


def _keys(client: Client, document: JsonValue, edge: str) -> dict[str, tuple[str, int]]:
    client.call("PUT", "/api/flows/test", {"document": document, "version": None})
    found = client.call("GET", f"/api/flows/test/edges/{edge}/keys").json()["keys"]
    return {one["key"]: (one["sample"], one["repeated"]) for one in found}


def test_the_receivers_items_tell_them_with_a_sample_and_how_often_values_come_again(
    client: Client, flow: Make
) -> None:
    document = flow()
    document["blocks"][0]["config"]["testData"] = "[{n: 1, m: 'a'}, {n: 2, m: 'A'}, 5]"
    assert _keys(client, document, "first") == {"n": ("1", 0), "m": ("a", 1)}


def test_a_mapper_renames_them(client: Client, flow: Make) -> None:
    document = flow("MAPPER_V1", keys={"Account.Ext__c": "n", "Name": "nothing"})
    assert _keys(client, document, "second") == {"Account.Ext__c": ("1", 0)}


def test_a_writer_passes_them_on(client: Client, flow: Make) -> None:
    assert list(_keys(client, flow("SALESFORCE_WRITE_V1"), "second")) == ["n", "m"]


def test_behind_a_block_that_makes_its_own_items_they_are_known_after_a_run(client: Client, flow: Make) -> None:
    assert _keys(client, flow("SLOW_V1"), "second") == {}
    client.slow.may_go_on.set()
    list(client.events(client.run(flow("SLOW_V1"))))
    assert list(_keys(client, flow("SLOW_V1"), "second")) == ["n", "m"]


def test_data_that_cannot_be_read_has_none(client: Client, flow: Make) -> None:
    document = flow()
    document["blocks"][0]["config"]["testData"] = "[{n: "
    assert _keys(client, document, "first") == {}
    assert client.call("GET", "/api/flows/none/edges/first/keys").json() == {"keys": []}
