"""What was not written: searched, taken home as a file, mended and sent again."""

import csv
import io
from collections.abc import Callable

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue, StoreRecord
from ziggy_studio.web.runs import Runs

Make = Callable[..., dict[str, JsonValue]]


def test_rejected_items_are_found_by_their_reason_and_by_what_is_in_them(client: Client, flow: Make) -> None:
    path = f"/api/runs/{client.run_to_end(flow())}/edges/second/rejected"
    found = {text: client.call("GET", f"{path}?search={text}").json()["total"] for text in ("IS BAD", '"n": 2', "Ä")}
    assert found == {"IS BAD": 1, '"n": 2': 1, "Ä": 0}


def test_rejected_items_come_as_a_table_with_their_reasons(client: Client, flow: Make) -> None:
    run = client.run_to_end(flow())
    answer = client.call("GET", f"/api/runs/{run}/edges/second/rejected/download?format=csv")
    assert "second-rejected.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows == [{"#": "2", "outcome": "invalid", "reason": "It is bad.", "n": "2"}]


def test_a_key_of_an_item_takes_no_reason_out_of_the_table(client: Client, flow: Make) -> None:
    run = client.run_to_end(flow(), "[{n: 1}, {n: 2, reason: 'mine', '#': 7}]")
    text = client.call("GET", f"/api/runs/{run}/edges/second/rejected/download?format=csv").text
    assert text == "#,outcome,reason,n,reason (item),# (item)\r\n2,invalid,It is bad.,2,mine,7\r\n"


def test_a_rejected_item_that_is_no_object_has_a_column_of_its_own(client: Client, flow: Make) -> None:
    run = client.run_to_end(flow(), "[{n: 1}, [1, null]]")
    text = client.call("GET", f"/api/runs/{run}/edges/second/rejected/download?format=csv").text
    assert text == '#,outcome,reason,(no object)\r\n2,invalid,It is bad.,"[1, null]"\r\n'


def test_of_an_item_that_is_no_longer_kept_the_reason_is_still_shown(client: Client, flow: Make) -> None:
    """An item that is left out is not the item `null`: the page would offer to send that again."""
    client.studio.host.history = None
    client.studio.runs = Runs(most_bytes=50_000)
    large = f"[{{n: 1}}, {{n: 2, text: '{'x' * 100_000}'}}]"
    run, _later = client.run_to_end(flow(), large), client.run_to_end(flow())
    client.studio.runs.wait()
    path = f"/api/runs/{run}/edges/second/rejected"
    (row,) = client.call("GET", path).json()["rows"]
    assert (row["index"], row["reason"], "data" in row) == (1, "It is bad.", False)
    assert client.call("GET", f"{path}?search=null").json()["total"] == 0
    text = client.call("GET", f"{path}/download?format=csv").text
    assert text == "#,outcome,reason\r\n2,invalid,It is bad.\r\n"


def test_an_item_that_was_mended_goes_through_its_block_alone(client: Client, flow: Make) -> None:
    body = {
        "flow": "test",
        "document": flow("PICKY_V1"),
        "block": "work",
        "items": [{"n": 9007199254740993, "good": 1}],
    }
    run = client.call("POST", "/api/resend", body).json()["id"]
    told = list(client.events(run))
    assert [data["block"] for _, kind, data in told if kind == "blockStarted"] == ["replay", "work"]
    items = client.call("GET", f"/api/runs/{run}/edges/second").json()["rows"]
    assert [one["item"] for one in items] == [{"n": 9007199254740993, "good": 1}]


def test_nothing_is_sent_again_where_nothing_is_given(client: Client, flow: Make) -> None:
    answer = client.call("POST", "/api/resend", {"document": flow(), "block": "work", "items": []})
    assert answer.status_code == 400


def test_a_kept_failure_that_was_mended_leaves_the_namespace_alone(client: Client, flow: Make) -> None:
    kept = [StoreRecord(name="errors", key=key, data={"reason": "bad", "data": {"n": key}}) for key in ("a", "b")]
    client.studio.host.store.upsert_many(kept)
    body = {"flow": "test", "document": flow("PICKY_V1"), "block": "work", "items": {"b": {"n": "b", "good": True}}}
    run = client.call("POST", "/api/namespaces/errors/replay", body).json()["id"]
    list(client.events(run))
    left = client.call("GET", "/api/namespaces/errors").json()["records"]
    assert [one["key"] for one in left] == ["a"]
