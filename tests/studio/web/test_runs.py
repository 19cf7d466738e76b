"""Runs over HTTP: events as they happen, items by the page, each run with a stop signal of its own."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import pytest
from starlette.requests import Request

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue
from ziggy_studio.flow import parse_flow
from ziggy_studio.outcome import HistoryLevel
from ziggy_studio.store import History
from ziggy_studio.web.app import _begin
from ziggy_studio.web.errors import ApiError
from ziggy_studio.web.replay import full_store
from ziggy_studio.web.runs import Runs

Make = Callable[..., dict[str, JsonValue]]


def test_a_run_tells_block_by_block_what_happens(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    told = list(client.events(client.run(flow())))
    assert [number for number, _, _ in told] == list(range(1, len(told) + 1))
    kinds = [(kind, data.get("block") or data.get("edge")) for _, kind, data in told]
    assert kinds == [
        ("runStarted", None),
        ("blockStarted", "in"),
        ("blockFinished", "in"),
        ("edgeFilled", "first"),
        ("blockStarted", "work"),
        ("logLine", "work"),
        ("blockProgress", "work"),
        ("blockFinished", "work"),
        ("edgeFilled", "second"),
        ("blockStarted", "out"),
        ("blockFinished", "out"),
        ("runFinished", None),
    ]
    assert {**told[6][2], "at": ""} == {
        "block": "work", "phase": "write", "done": 1, "total": 2, "failures": 0, "at": "",
    }  # fmt: skip
    assert told[-1][2]["status"] == "ok"


def test_a_report_travels_with_groups_in_place_of_its_items(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    told = list(client.events(client.run(flow())))
    report = next(data["report"] for _, kind, data in told if kind == "blockFinished" and data["block"] == "work")
    assert "notWritten" not in report
    assert report["notWrittenGroups"] == [{"outcome": "invalid", "code": "bad", "count": 1, "sample": "It is bad."}]


def test_a_stream_is_taken_up_again_where_it_broke_off(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    whole = list(client.events(run))
    assert list(client.events(run, after=4)) == whole[4:]


def test_stopping_one_run_leaves_the_other_alone(client: Client, flow: Make) -> None:
    first, second = client.run(flow()), client.run(flow(), again=True)
    client.call("POST", f"/api/runs/{first}/stop", {})
    assert list(client.events(first))[-1][2]["status"] == "stopped"
    client.slow.may_go_on.set()
    assert list(client.events(second))[-1][2]["status"] == "ok"


def test_items_come_by_the_page_and_can_be_searched(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    list(client.events(run))
    page = client.call("GET", f"/api/runs/{run}/edges/first?offset=1&limit=1").json()
    assert page == {"total": 2, "keys": ["n", "m"], "rows": [{"index": 1, "item": {"n": 2}}]}
    found = client.call("GET", f"/api/runs/{run}/edges/first?search=ä").json()
    assert [row["index"] for row in found["rows"]] == [0]


def test_rejected_items_are_shown_with_their_reasons_on_both_sides_of_the_block(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    list(client.events(run))
    for edge in ("first", "second"):
        page = client.call("GET", f"/api/runs/{run}/edges/{edge}/rejected").json()
        assert (page["block"], page["total"]) == ("work", 1)
        assert (page["rows"][0]["reason"], page["rows"][0]["data"]) == ("It is bad.", {"n": 2})
    assert client.call("GET", f"/api/runs/{run}/blocks/work/rejected?code=other").json()["total"] == 0


def test_downloads_hold_every_item(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    list(client.events(run))
    answer = client.call("GET", f"/api/runs/{run}/edges/first/download?format=csv")
    answer.encoding = "utf-8"
    assert answer.text == "n,m\r\n1,Ä\r\n2,\r\n"
    assert client.call("GET", f"/api/runs/{run}/edges/first/download?format=json").json() == [
        {"n": 1, "m": "Ä"},
        {"n": 2},
    ]


def test_a_table_says_in_a_column_of_its_own_what_is_no_object(client: Client, flow: Make) -> None:
    run = client.run_to_end(flow(), "[{n: 1}, null, true, ['a', 9007199254740993], '=1']")
    where = f"/api/runs/{run}/edges/first/download?format=csv"
    rows = ["n,(no object)", "1,", ",null", ",true", ',"[""a"", 9007199254740993]"', ',"""=1"""', ""]
    assert client.call("GET", where).text == "\r\n".join(rows)


def test_a_download_for_a_spreadsheet_runs_nothing_there(client: Client, flow: Make) -> None:
    run = client.run_to_end(flow(), "[{n: '=1+1', m: -5}, {n: 'plain', m: '@x'}]")
    where = f"/api/runs/{run}/edges/first/download?format=csv"
    assert client.call("GET", where).text == "n,m\r\n=1+1,-5\r\nplain,@x\r\n"
    assert client.call("GET", f"{where}&safe=1").text == "n,m\r\n'=1+1,-5\r\nplain,'@x\r\n"


def test_an_edge_whose_id_has_a_slash_is_looked_into_as_any_other(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    document = flow()
    document["edges"][0]["id"] = "e/世"
    run = client.run(document)
    list(client.events(run))
    edge = f"/api/runs/{run}/edges/e%2F%E4%B8%96"
    assert client.call("GET", edge).json()["total"] == 2
    assert client.call("GET", f"{edge}/rejected").json()["total"] == 1
    answer = client.call("GET", f"{edge}/download?format=csv")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"e--.csv\"; filename*=UTF-8''e%2F%E4%B8%96.csv"
    )
    assert client.call("GET", f"/api/history/{run}/edges/e%2F%E4%B8%96").json()["total"] == 2


def test_a_run_up_to_a_block_fills_its_edge_and_leaves_it_alone(client: Client, flow: Make) -> None:
    told = list(client.events(client.run(flow(), until="work")))
    assert [data["block"] for _, kind, data in told if kind == "blockStarted"] == ["in"]
    assert told[-1][2]["status"] == "ok"


def test_the_keys_of_an_edge_are_offered_after_a_run(client: Client, flow: Make) -> None:
    document = flow("SALESFORCE_WRITE_V1")
    question = {"blockType": "SALESFORCE_WRITE_V1", "field": "matchKey", "config": {}, "flow": "test", "edge": "first"}
    assert client.call("POST", "/api/choices", question).json() == {"choices": [], "edgeKeys": []}
    list(client.events(client.run(document, until="work")))
    answer = client.call("POST", "/api/choices", question).json()
    assert [one["value"] for one in answer["choices"]] == answer["edgeKeys"] == ["n", "m"]


def test_a_flow_that_is_not_ready_does_not_start_and_says_why(client: Client, flow: Make) -> None:
    answer = client.call("POST", "/api/runs", {"flow": "test", "document": flow("SALESFORCE_WRITE_V1")})
    assert answer.status_code == 422
    assert "set Connection" in answer.json()["error"]["message"]


def test_a_run_that_is_gone_says_so(client: Client) -> None:
    answer = client.call("GET", "/api/runs/none/events")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "This run is gone.")


@pytest.mark.parametrize("query", ["offset=-1", "limit=x"])
def test_a_page_that_makes_no_sense_is_refused(client: Client, flow: Make, query: str) -> None:
    client.slow.may_go_on.set()
    run = client.run(flow())
    list(client.events(run))
    assert client.call("GET", f"/api/runs/{run}/edges/first?{query}").status_code == 400


def test_of_the_runs_that_have_ended_the_last_ones_are_kept(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    runs = [client.run(flow(), again=True) for _ in range(3)]
    for run in runs:
        list(client.events(run))
    later = [client.run(flow(), again=True) for _ in range(20)]
    assert client.call("GET", f"/api/runs/{runs[0]}").status_code == 404
    assert client.call("GET", f"/api/runs/{later[0]}").status_code == 200


def test_the_end_of_the_studio_ends_streams_and_runs(client: Client, flow: Make) -> None:
    run = client.run(flow())
    events = client.events(run)
    assert next(events)[1] == "runStarted"
    client.studio.close()
    list(events)
    assert client.studio.runs.get(run).cancelled.is_set()


# The torn thread is what this is about.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_block_that_tears_its_thread_down_ends_the_run_all_the_same(client: Client, flow: Make) -> None:
    told = list(client.events(client.run(flow("EXIT_V1"))))
    assert (told[-1][1], told[-1][2]["status"]) == ("runFinished", "error")


def test_a_run_that_the_studio_has_says_whether_it_ended(client: Client, flow: Make) -> None:
    run = client.run(flow())
    assert client.call("GET", f"/api/runs/{run}").json()["isFinished"] is False
    client.slow.may_go_on.set()
    list(client.events(run))
    assert client.call("GET", f"/api/runs/{run}").json()["isFinished"] is True
    assert client.call("GET", "/api/runs/none").status_code == 404


def test_items_of_a_run_that_only_the_history_has_are_shown_or_said_not_to_be_kept(client: Client, flow: Make) -> None:
    stopped = client.run(flow())
    events = client.events(stopped)
    assert next(kind for _, kind, _ in events if kind == "blockProgress")  # its edge is filled
    client.call("POST", f"/api/runs/{stopped}/stop", {})
    list(events)
    client.studio.runs = Runs()  # as after the studio was started anew
    page = client.call("GET", f"/api/runs/{stopped}/edges/first?search=ä").json()
    assert page == {"total": 1, "keys": ["n", "m"], "rows": [{"index": 0, "item": {"n": 1, "m": "Ä"}}]}
    assert client.call("GET", f"/api/runs/{stopped}/edges/first/download?format=json").json()[1] == {"n": 2}
    assert client.call("GET", f"/api/runs/{stopped}/edges/first/rejected").json()["total"] == 0
    answer = client.call("GET", f"/api/runs/{stopped}/edges/third").json()
    assert answer["error"]["message"] == "The items of this edge were not kept."


@pytest.mark.parametrize(("message", "started"), [("http.disconnect", 0), ("http.request", 1)])
def test_a_run_that_nobody_waits_for_any_more_is_not_started(
    client: Client, flow: Make, message: str, started: int
) -> None:
    """While the blocks of a flow are checked, which may take long, the page can take its wish back."""

    async def receive() -> dict[str, str]:
        return {"type": message}

    flow_to_run = parse_flow(flow(), client.studio.known, where="test")
    request = Request({"type": "http", "headers": []}, receive)
    start = partial(client.studio.runs.start, flow_to_run, client.studio.host, file_name="test")
    with nullcontext() if started else pytest.raises(ApiError, match="Nobody waits"):
        asyncio.run(_begin(request, start))
    assert len(client.studio.runs._runs) == started


def test_a_run_under_way_is_known_to_whoever_asks_for_its_flow(client: Client, flow: Make) -> None:
    run = client.run(flow(), until="out")
    (told,) = client.call("GET", "/api/runs?flow=test").json()["runs"]
    assert (told["id"], told["flow"], told["kind"], told["mode"]) == (run, "test", "partial", "DEV")
    assert (told["isFinished"], told["isStopping"]) == (False, False)
    assert client.call("GET", "/api/runs?flow=another").json() == {"runs": []}
    client.call("POST", f"/api/runs/{run}/stop", {})
    list(client.events(run))
    assert client.call("GET", "/api/runs?flow=test").json() == {"runs": []}


def test_a_flow_that_runs_is_started_a_second_time_only_by_who_says_so(client: Client, flow: Make) -> None:
    first = client.run(flow())
    refused = client.call("POST", "/api/runs", {"flow": "test", "document": flow()})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "alreadyRunning")
    second = client.run(flow(), again=True)
    assert second != first
    client.slow.may_go_on.set()
    list(client.events(first))
    list(client.events(second))
    list(client.events(client.run(flow())))


def test_the_history_says_what_was_started(client: Client, flow: Make) -> None:
    client.slow.may_go_on.set()
    list(client.events(client.run(flow())))
    list(client.events(client.run(flow(), preview=True)))
    list(client.events(client.run(flow(), until="out")))
    runs = client.call("GET", "/api/history?flow=Test").json()["runs"]
    assert sorted(one["kind"] for one in runs) == ["partial", "preview", "run"]


def _five_large_runs(client: Client, document: dict[str, JsonValue]) -> list[str]:
    """Runs of two edges with 1.5 MB each, in a studio that keeps 4 MB."""
    client.studio.runs = Runs(most_bytes=4_000_000)
    client.slow.may_go_on.set()
    document["blocks"][0]["config"]["testData"] = str([{"n": f"{number:0100}"} for number in range(5_000)])
    ids = []
    for _ in range(5):
        ids.append(client.run(document))
        list(client.events(ids[-1]))
    client.studio.runs.wait()
    assert sum(client.studio.runs.get(one).bytes() for one in ids) <= 4_000_000
    return ids


def _shown(client: Client, run: str, query: str = "") -> dict[str, JsonValue]:
    page: dict[str, JsonValue] = client.call("GET", f"/api/runs/{run}/edges/first{query}").json()
    return page


def test_ended_runs_leave_their_items_to_the_history_by_what_they_hold(client: Client, flow: Make) -> None:
    first = _five_large_runs(client, flow())[0]
    page = _shown(client, first, "?offset=4998")
    assert (page["total"], page["keys"]) == (5_000, ["n"])
    assert [int(one["item"]["n"]) for one in page["rows"]] == [4_998, 4_999]
    assert [one["index"] for one in _shown(client, first, "?search=04711")["rows"]] == [4_711]
    rejected = client.call("GET", f"/api/runs/{first}/edges/second/rejected").json()["rows"]
    assert [int(one["data"]["n"]) for one in rejected] == [1]
    told = [kind for _, kind, _ in client.events(first)]
    assert told[-1] == "runFinished"


def test_items_that_no_history_keeps_make_room_for_those_of_later_runs(client: Client, flow: Make) -> None:
    host = client.studio.host
    host.history = History(full_store(host), level=HistoryLevel.ERRORS, runs=50)
    ids = _five_large_runs(client, flow())
    assert _shown(client, ids[0])["error"]["message"] == "The items of this edge were not kept."
    assert _shown(client, ids[-1])["total"] == 5_000


def test_a_single_run_stays_whatever_it_holds(client: Client, flow: Make) -> None:
    client.studio.host.history = None
    client.studio.runs = Runs(most_bytes=1)
    client.slow.may_go_on.set()
    run = client.run(flow())
    list(client.events(run))
    client.studio.runs.wait()
    assert _shown(client, run)["total"] == 2
