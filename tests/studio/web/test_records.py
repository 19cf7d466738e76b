"""The Data Store in the page: browsed, searched, deleted, and failed items sent once more."""

from collections.abc import Callable, Iterable

import pytest

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue, StoreRecord

Make = Callable[..., dict[str, JsonValue]]


def _keep(client: Client, records: Iterable[StoreRecord]) -> None:
    client.studio.host.store.upsert_many(records)


def _failure(key: str, *, is_good: bool) -> StoreRecord:
    data = {"data": {"key": key, "good": is_good}, "reason": "It was refused.", "outcome": "failed"}
    return StoreRecord(name="errors", key=key, data=data)


def _keys(client: Client) -> list[str]:
    return [one.key for one in client.studio.host.store.find("errors", limit=100)]


def _replay(client: Client, document: JsonValue) -> list[tuple[int, str, JsonValue]]:
    body = {"document": document, "flow": "test", "block": "work"}
    run = client.call("POST", "/api/namespaces/errors/replay", body).json()["id"]
    return list(client.events(run))


def _said(told: Iterable[tuple[int, str, JsonValue]]) -> str:
    return next(str(data["message"]) for _, kind, data in told if kind == "logLine" and data["block"] == "Flow")


def test_namespaces_come_with_their_sizes(client: Client) -> None:
    _keep(client, [StoreRecord(name=name, key=str(at), data=at) for name in ("b", "a") for at in range(len(name) + 1)])
    _keep(client, [StoreRecord(name="ziggy.claims", key="k", data=1)])  # the bookkeeping of a block
    answer = client.call("GET", "/api/namespaces").json()
    assert answer == {"namespaces": [{"name": "a", "count": 2}, {"name": "b", "count": 2}]}


def test_records_come_by_the_page_and_say_whether_there_are_more(client: Client) -> None:
    _keep(client, [StoreRecord(name="errors", key=f"k/{at}", data={"n": at}) for at in range(3)])
    first = client.call("GET", "/api/namespaces/errors?offset=0&limit=2").json()
    assert (first["count"], first["hasMore"], [one["key"] for one in first["records"]]) == (3, True, ["k/0", "k/1"])
    last = client.call("GET", "/api/namespaces/errors?offset=2&limit=2").json()
    assert (last["hasMore"], last["records"]) == (False, [{"key": "k/2", "data": {"n": 2}, "isFailure": False}])


@pytest.mark.parametrize(("search", "keys"), [("MÜLLER", ["b"]), ("b", ["b"]), ("nobody", []), ("e", ["a", "b", "c"])])
def test_a_search_looks_at_keys_and_data_of_the_whole_namespace(client: Client, search: str, keys: list[str]) -> None:
    names = {"a": "Becker", "b": "Müller", "c": "Peters"}
    _keep(client, [StoreRecord(name="errors", key=key, data={"e": name}) for key, name in names.items()])
    page = client.call("GET", f"/api/namespaces/errors?search={search}").json()
    expected = ["a", "b"] if search == "b" else keys
    assert [one["key"] for one in page["records"]] == expected


def test_a_search_has_pages_too(client: Client) -> None:
    _keep(client, [StoreRecord(name="errors", key=f"{at}", data={"even": at % 2 == 0}) for at in range(6)])
    page = client.call("GET", "/api/namespaces/errors?search=true&offset=1&limit=1").json()
    assert ([one["key"] for one in page["records"]], page["hasMore"]) == (["2"], True)


def test_a_record_and_a_whole_namespace_can_be_deleted(client: Client) -> None:
    _keep(client, [StoreRecord(name="errors", key=f"k/{at}", data=at) for at in range(3)])
    assert client.call("DELETE", "/api/namespaces/errors?key=k%2F1").json() == {"deleted": 1}
    assert client.call("DELETE", "/api/namespaces/errors?key=k%2F1").json() == {"deleted": 0}
    assert client.call("DELETE", "/api/namespaces/errors").json() == {"deleted": 2}
    assert client.call("GET", "/api/namespaces").json() == {"namespaces": []}


def test_a_namespace_with_a_slash_is_reached_as_any_other(client: Client, flow: Make) -> None:
    _keep(client, [StoreRecord(name="a/b", key="k", data={"reason": "x", "data": {"good": True}})])
    assert client.call("GET", "/api/namespaces/a%2Fb").json()["count"] == 1
    body = {"document": flow("PICKY_V1"), "flow": "test", "block": "work"}
    answer = client.call("POST", "/api/namespaces/a%2Fb/replay", body)
    list(client.events(answer.json()["id"]))
    assert client.call("GET", "/api/namespaces/a%2Fb").json()["count"] == 0
    _keep(client, [StoreRecord(name="a/b", key="k", data=1)])
    assert client.call("DELETE", "/api/namespaces/a%2Fb").json() == {"deleted": 1}


def test_a_block_that_is_itself_called_replay_is_sent_the_items(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True)])
    document = flow("PICKY_V1")
    document["blocks"][1]["id"] = "replay"
    document["edges"] = [{"id": "replay", "source": "replay", "target": "out"}]
    body = {"document": document, "flow": "test", "block": "replay"}
    run = client.call("POST", "/api/namespaces/errors/replay", body).json()["id"]
    told = list(client.events(run))
    assert [data["block"] for _, kind, data in told if kind == "blockFinished"] == ["replay2", "replay"]
    assert _keys(client) == []


def test_a_failed_item_that_is_written_now_leaves_the_namespace_and_the_other_stays(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True), _failure("2", is_good=False), _failure("3", is_good=True)])
    told = _replay(client, flow("PICKY_V1"))
    assert _keys(client) == ["2"]
    assert _said(told) == "Replay of errors: 2 of 3 written and taken out. 1 stays."


def test_when_nothing_is_written_everything_stays(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=False)])
    said = _said(_replay(client, flow("PICKY_V1")))
    assert (_keys(client), said) == (["1"], "Replay of errors: none of 1 was written; every record stays.")


def test_only_the_block_itself_runs_and_its_own_edges_are_filled(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True)])
    told = _replay(client, flow("PICKY_V1"))
    assert [data["block"] for _, kind, data in told if kind == "blockStarted"] == ["replay", "work"]
    filled = {data["edge"]: data["count"] for _, kind, data in told if kind == "edgeFilled"}
    assert filled == {"first": 1, "second": 1}
    assert told[-1][2]["status"] == "ok"


def test_a_record_that_is_no_failed_item_is_left_alone(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True), StoreRecord(name="errors", key="note", data={"data": "no reason"})])
    _replay(client, flow("PICKY_V1"))
    assert _keys(client) == ["note"]


def test_a_record_that_changed_meanwhile_is_kept(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True), _failure("2", is_good=True)])
    said = _said(_replay(client, flow("PICKY_V1", touches=["2"])))
    assert _keys(client) == ["2"]
    assert said.endswith("Nothing is left of them. Kept, because they changed meanwhile: 1.")


@pytest.mark.parametrize("config", [{"dryRun": True}, {"silent": True}])
def test_after_a_preview_or_without_a_report_everything_stays(client: Client, flow: Make, config: JsonValue) -> None:
    _keep(client, [_failure("1", is_good=True)])
    said = _said(_replay(client, flow("PICKY_V1", **config)))
    assert _keys(client) == ["1"]
    assert said == "Replay of errors: the block does not say what it wrote, so all 1 records stay."


# The torn thread is what this is about.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_block_that_breaks_leaves_everything_where_it_is(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True)])
    told = _replay(client, flow("EXIT_V1"))
    assert (_keys(client), told[-1][2]["status"]) == (["1"], "error")


def test_a_replay_of_nothing_by_no_block_or_by_one_that_is_not_ready_says_so(client: Client, flow: Make) -> None:
    body = {"document": flow("PICKY_V1"), "flow": "test", "block": "work"}
    address = "/api/namespaces/errors/replay"
    assert "holds no failed items" in client.call("POST", address, body).json()["error"]["message"]
    _keep(client, [_failure("1", is_good=True)])
    assert "no block `wrok`" in client.call("POST", address, {**body, "block": "wrok"}).json()["error"]["message"]
    unready = client.call("POST", address, {**body, "document": flow("SALESFORCE_WRITE_V1")})
    assert (unready.status_code, "set Connection" in unready.json()["error"]["message"]) == (422, True)
    assert _keys(client) == ["1"]


def test_a_store_that_fails_at_the_end_is_said_and_the_run_ends_all_the_same(client: Client, flow: Make) -> None:
    _keep(client, [_failure("1", is_good=True)])
    told = _replay(client, flow("PICKY_V1", breaks=str(client.folder / ".state" / "store.sqlite")))
    line = next(data for _, kind, data in told if kind == "logLine" and data["block"] == "Flow")
    assert (line["level"], "The Data Store at" in line["message"]) == ("error", True)
    assert told[-1][2]["status"] == "ok"
