"""Flows launched over HTTP, and the history of runs."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from salesforce_sandbox import Sandbox
from tests.studio.web.conftest import Client
from tests.support.orgs import password_config
from ziggy_studio.web.runs import Runs

KEY = "planted-Execution-Key-4"
Flow = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIGGY_SECRET_executionKey", KEY)


@pytest.fixture
def launch(client: Client, flow: Flow) -> Callable[..., Any]:
    """Saves the flow as `nightly` and launches it."""
    document = flow("SLOW_V1")
    document["blocks"][2] = {"id": "out", "type": "TERMINATOR_V1", "config": {"sendDataInResponse": True}}
    assert client.call("PUT", "/api/flows/nightly", {"document": document}).status_code == 200

    def post(query: str = "", body: Any = None, name: str = "nightly", **headers: str) -> Any:
        authorized = {"Authorization": f"Bearer {KEY}", **headers}
        return client.call("POST", f"/launch/{name}{query}", body, **authorized)

    return post


def _connect(client: Client, org: Sandbox) -> None:
    """Saves `sfNew`, which leads to the org."""
    values = {"config": password_config(org), "kept": [], "kind": 0}
    body = {"type": "salesforce", "isNew": True, "development": values, "production": None}
    saved = client.call("PUT", "/api/connections/sfNew", body)
    assert saved.status_code == 200, saved.text


def test_it_waits_for_the_end_and_answers_with_the_terminators_data(client: Client, launch: Any) -> None:
    client.slow.may_go_on.set()
    answer = launch("?executionId=e1", [{"n": 7}])
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("ms") >= 0
    told = [{"id": "work", "status": "ok", "counts": {"received": 2}}]
    assert body == {
        "executionId": "e1",
        "status": "ok",
        "error": None,
        "response": {"data0": [{"n": 7}]},
        "blocks": told,
    }


@pytest.mark.parametrize(
    ("names", "fault", "state", "sentence"),
    [
        (["a", "b"], None, "complete", "2 of 2 written"),
        (["a", "y" * 256], None, "partial", "1 of 2 written: 1 failed"),
        (["x" * 256, "y" * 256], None, "nothing", "0 of 2 written: 2 failed"),
        (["a", "b"], "request_limit_total", "nothing", "0 of 2 written: 2 unprocessed"),
    ],
    ids=["complete", "partial", "nothing", "fatal"],
)
def test_a_launch_tells_what_was_written_now_and_when_asked_later(
    client: Client,
    flow: Flow,
    org: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    fault: str | None,
    state: str,
    sentence: str,
) -> None:
    if fault is not None:
        org.inject(fault, kinds=("collections_upsert",))
    _connect(client, org)
    properties = {"connection": "sfNew", "object": "Account", "matchKey": "Ext__c", "upsert": True, "validate": False}
    document = flow("SALESFORCE_WRITE_V1", **properties, properties=["Name"])
    assert client.call("PUT", "/api/flows/nightly", {"document": document}).status_code == 200
    items = [{"Ext__c": str(place), "Name": name} for place, name in enumerate(names)]
    authorized = {"Authorization": f"Bearer {KEY}"}
    launched = client.call("POST", "/launch/nightly?executionId=e1", items, **authorized).json()
    assert launched["status"] == ("ok" if fault is None else "error"), launched
    assert (launched["error"] is None) == (fault is None)
    (block,) = launched["blocks"]
    assert (block["id"], block["verdict"]) == ("work", {"state": state, "sentence": sentence})
    assert block["counts"]["written"] == len(org.records("Account"))
    client.studio.runs = Runs()  # as after the studio was started anew
    assert client.call("GET", "/launch/executions/e1", **authorized).json()["blocks"] == [block]


def test_sixty_launches_at_once_with_one_name_make_one_record(client: Client, flow: Flow, org: Sandbox) -> None:
    _connect(client, org)
    properties = {"connection": "sfNew", "object": "Account", "matchKey": "Name", "advanced": {"doubtTime": 3}}
    document = flow("SALESFORCE_WRITE_V1", **properties)
    assert client.call("PUT", "/api/flows/nightly", {"document": document}).status_code == 200

    def launch(number: int) -> Any:
        headers = {"Authorization": f"Bearer {KEY}"}
        return client.call("POST", f"/launch/nightly?executionId=e{number}", [{"Name": "one"}], **headers).json()

    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(launch, range(60)))
    assert [one["blocks"][0]["counts"]["written"] for one in answers] == [1] * 60
    assert [one["Name"] for one in org.records("Account")] == ["one"]


def test_a_launch_that_is_stopped_tells_what_was_written_by_then(client: Client, flow: Flow, org: Sandbox) -> None:
    _connect(client, org)
    slow = {"batchSize": 1, "concurrency": 1}
    document = flow("SALESFORCE_WRITE_V1", connection="sfNew", object="Account", matchKey="Ext__c", advanced=slow)
    assert client.call("PUT", "/api/flows/nightly", {"document": document}).status_code == 200
    items = [{"Ext__c": str(place), "Name": "x"} for place in range(3_000)]
    authorized = {"Authorization": f"Bearer {KEY}"}
    client.call("POST", "/launch/nightly?executionId=e1&wait=0", items, **authorized)
    tick = threading.Event()
    while len(org.records("Account")) < 20:
        assert client.call("GET", "/launch/executions/e1", **authorized).json()["status"] == "running"
        tick.wait(0.01)
    assert client.call("POST", "/api/runs/e1/stop", {}).status_code == 200
    client.studio.runs.wait()
    told = client.call("GET", "/launch/executions/e1", **authorized).json()
    written = len(org.records("Account"))
    (block,) = told["blocks"]
    assert (told["status"], block["verdict"]) == (
        "stopped",
        {"state": "partial", "sentence": f"{written} of 3000 written: {3_000 - written} unprocessed"},
    )


def test_more_than_may_fail_goes_to_the_terminators_error_output(client: Client, flow: Flow, org: Sandbox) -> None:
    _connect(client, org)
    block = {"connection": "sfNew", "object": "Account", "matchKey": "Ext__c", "advanced": {"failAbove": 40}}
    document = flow("SALESFORCE_WRITE_V1", **block)
    document["blocks"][2]["type"] = "TERMINATOR_V1"
    document["blocks"].append({"id": "told", "type": "SINKHOLE_V1"})
    document["edges"].append({"id": "wrong", "source": "out", "target": "told"})
    assert client.call("PUT", "/api/flows/nightly", {"document": document}).status_code == 200
    items = [{"Ext__c": "1", "Name": "a"}, {"Ext__c": "2", "Name": "n" * 300}]
    launched = client.call("POST", "/launch/nightly?executionId=e1", items, Authorization=f"Bearer {KEY}").json()
    assert launched["status"] == "error"
    assert "1 of 2 items were not written, more than the 40 %" in launched["error"]["message"]
    assert launched["blocks"][0]["verdict"]["state"] == "partial"
    (row,) = client.call("GET", "/api/runs/e1/edges/wrong").json()["rows"]
    assert row["item"] == launched["error"]
    assert [one["Name"] for one in org.records("Account")] == ["a"]


def test_one_under_way_is_kept_however_many_others_are_launched_meanwhile(client: Client, launch: Any) -> None:
    for number in range(25):
        launch(f"?executionId=e{number}&wait=0")
    assert launch("?executionId=e0&wait=0").json()["status"] == "running"
    assert client.call("POST", "/api/runs/e0/stop", {}).status_code == 200
    client.slow.may_go_on.set()
    assert launch("?executionId=e0").json()["status"] == "stopped"


def test_numbers_that_json_has_no_word_for_come_back_as_texts(client: Client, launch: Any) -> None:
    client.slow.may_go_on.set()
    authorized = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    answer = requests.post(
        f"{client.url}/launch/nightly", data='[{"n": NaN, "m": -Infinity}]', headers=authorized, timeout=10
    )
    assert answer.json()["response"] == {"data0": [{"n": "NaN", "m": "-Infinity"}]}
    run = answer.json()["executionId"]
    assert client.call("GET", f"/api/runs/{run}/edges/first").json()["rows"][0]["item"] == {
        "n": "NaN",
        "m": "-Infinity",
    }


def test_a_single_object_becomes_an_array_and_no_body_leaves_the_test_data(client: Client, launch: Any) -> None:
    client.slow.may_go_on.set()
    assert launch(body={"n": 7}).json()["response"] == {"data0": [{"n": 7}]}
    assert len(launch().json()["response"]["data0"]) == 2


def test_one_that_runs_on_is_asked_for_by_its_id_and_never_started_twice(client: Client, launch: Any) -> None:
    assert (launch("?executionId=e1&wait=0").status_code, launch("?executionId=e1&wait=0").json()["status"]) == (
        202,
        "running",
    )
    asked = client.call("GET", "/launch/executions/e1", Authorization=f"Bearer {KEY}")
    assert (asked.status_code, asked.json()["status"], asked.json()["response"]) == (202, "running", None)
    client.slow.may_go_on.set()
    assert launch("?executionId=e1").json()["status"] == "ok"
    assert len(client.call("GET", "/api/history").json()["runs"]) == 1


def test_an_execution_that_ended_is_known_after_the_studio_was_started_anew(client: Client, launch: Any) -> None:
    client.slow.may_go_on.set()
    launch("?executionId=e1", [{"n": 7}])
    client.studio.runs = Runs()
    for answer in (
        client.call("GET", "/launch/executions/e1", Authorization=f"Bearer {KEY}"),
        launch("?executionId=e1", [{"n": 8}]),
    ):
        assert (answer.status_code, answer.json()["response"]) == (200, {"data0": [{"n": 7}]})


def test_one_that_was_killed_is_run_again_under_its_id(client: Client, launch: Any) -> None:
    client.slow.may_go_on.set()
    assert client.studio.host.history is not None
    client.studio.host.history.begin("e1", flow="Test", mode="DEV")
    assert launch("?executionId=e1", [{"n": 7}]).json()["status"] == "ok"


def test_the_mode_is_chosen_by_the_caller(client: Client, launch: Any) -> None:
    client.slow.may_go_on.set()
    launch("?mode=prod")
    assert client.call("GET", "/api/history").json()["runs"][0]["mode"] == "PROD"


@pytest.mark.parametrize("shown", ["", "Bearer wrong", f"Basic {KEY}", KEY])
def test_without_the_key_nothing_starts(client: Client, launch: Any, shown: str) -> None:
    answer = launch(Authorization=shown)
    assert (answer.status_code, answer.json()["error"]["message"]) == (403, "The execution key is missing or wrong.")
    assert client.call("GET", "/launch/executions/e1").status_code == 403
    assert client.call("GET", "/api/history").json()["runs"] == []


def test_wrong_keys_are_answered_later_and_later_and_noted_with_the_caller(
    client: Client, launch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client.slow.may_go_on.set()
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: launch(Authorization="Bearer wrong").status_code, range(4)))
    # One after the other: 0.2, 0.4, 0.8 and 1.6 seconds.
    assert time.monotonic() - began > 2.9
    assert answers == [403] * 4
    assert caplog.text.count("a launch by 127.0.0.1 was refused: the execution key is missing or wrong") == 4
    assert "Bearer" not in caplog.text
    began = time.monotonic()
    assert launch().status_code == 200
    assert time.monotonic() - began < 2


def _leave(url: str, request: str) -> None:
    """Sends a part of a request, and goes."""
    host, _, port = url.removeprefix("http://").partition(":")
    head = f"{request} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {KEY}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{"
    with socket.create_connection((host, int(port)), timeout=10) as sender:
        sender.sendall(head.encode())


@pytest.mark.parametrize("request_line", ["POST /launch/nightly", "POST /api/check"])
def test_three_hundred_that_leave_in_the_middle_leave_a_line_each(
    client: Client, launch: Any, caplog: pytest.LogCaptureFixture, request_line: str
) -> None:
    for _ in range(300):
        _leave(client.url, request_line)
    told = f"127.0.0.1 left in the middle of its request {request_line}; nothing was done"
    tick, deadline = threading.Event(), time.monotonic() + 20
    while caplog.text.count(told) < 300 and time.monotonic() < deadline:
        tick.wait(0.05)
    noted = [one.getMessage() for one in caplog.records if one.levelname in ("WARNING", "ERROR")]
    assert noted == [told] * 300
    assert client.call("GET", "/api/history").json()["runs"] == []


def _parts(sent: list[int]) -> Iterator[bytes]:
    for _ in range(2_000):
        sent.append(100_000)
        yield b" " * 100_000


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
def test_a_body_beyond_the_limit_is_refused_before_it_has_come(client: Client, launch: Any, *, is_told: bool) -> None:
    client.slow.may_go_on.set()
    assert launch(body=[{"n": 1}]).status_code == 200
    runs = len(client.call("GET", "/api/history").json()["runs"])
    client.studio.host.project.largest_body = 1_000_000
    sent: list[int] = []
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data: Any = b" " * 3_000_000 if is_told else _parts(sent)
    answer = requests.post(f"{client.url}/launch/nightly", data=data, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["error"]["message"]) == (413, "The request's body is larger than 1 MB.")
    assert len(client.call("GET", "/api/history").json()["runs"]) == runs


def test_a_project_without_a_key_cannot_be_launched(client: Client, launch: Any) -> None:
    client.studio.host.project._execution_key = None
    assert "Set executionKey in project.yaml" in launch().json()["error"]["hint"]


@pytest.mark.parametrize(
    ("query", "name", "status", "message"),
    [
        ("", "gone", 404, "There is no flow `gone`"),
        ("?mode=test", "nightly", 400, "`test` is no mode"),
        ("?wait=soon", "nightly", 400, "`soon` is no time to wait"),
        ("?wait=601", "nightly", 400, "`601` is no time to wait"),
    ],
)
def test_what_cannot_be_launched_is_said(launch: Any, query: str, name: str, status: int, message: str) -> None:
    answer = launch(query, name=name)
    assert (answer.status_code, message in answer.json()["error"]["message"]) == (status, True)


def test_an_id_of_another_flow_is_refused(client: Client, launch: Any, flow: Flow) -> None:
    client.slow.may_go_on.set()
    launch("?executionId=e1")
    client.call("PUT", "/api/flows/other", {"document": {**flow(), "name": "Other"}})
    assert "is one of the flow Test" in launch("?executionId=e1", name="other").json()["error"]["message"]


def test_an_id_of_another_flow_that_still_runs_is_refused(client: Client, launch: Any, flow: Flow) -> None:
    launch("?executionId=e1&wait=0")
    client.call("PUT", "/api/flows/other", {"document": {**flow(), "name": "Other"}})
    assert "is one of the flow Test" in launch("?executionId=e1", name="other").json()["error"]["message"]
    client.slow.may_go_on.set()


def test_what_is_no_json_is_refused(client: Client, launch: Any) -> None:
    answer = requests.post(
        f"{client.url}/launch/nightly", data="{", headers={"Authorization": f"Bearer {KEY}"}, timeout=10
    )
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "The request's body is not JSON.")


class TestHistory:
    def test_a_run_and_the_items_of_its_edges_can_be_looked_at(self, client: Client, launch: Any) -> None:
        client.slow.may_go_on.set()
        launch("?executionId=e1", [{"n": number} for number in range(5)])
        (listed,) = client.call("GET", "/api/history?flow=Test&limit=5").json()["runs"]
        assert client.call("GET", "/api/history/e1").json() == listed
        assert listed["edges"] == {"first": 5, "second": 5}
        page = client.call("GET", "/api/history/e1/edges/first?offset=3&limit=1").json()
        assert page == {"total": 5, "items": [{"n": 3}]}
        assert client.call("GET", "/api/history?flow=Other").json() == {"runs": []}

    def test_what_is_not_there_says_why(self, client: Client) -> None:
        assert client.call("GET", "/api/history/gone").status_code == 404
        answer = client.call("GET", "/api/history/gone/edges/e").json()["error"]
        assert "none, errors or all" in answer["hint"]

    def test_a_studio_without_one_says_so(self, client: Client) -> None:
        client.studio.host.history = None
        assert client.call("GET", "/api/history").status_code == 404


def test_the_items_of_a_large_launch_do_not_stay_in_memory(client: Client, launch: Any) -> None:
    client.studio.host.history = None
    client.studio.runs = Runs(most_bytes=5_000)
    client.slow.may_go_on.set()
    answer = launch("?executionId=e1", [{"n": "x" * 1_000} for _ in range(4)]).json()
    client.studio.runs.wait()
    assert len(answer["response"]["data0"]) == 4
    gone = client.call("GET", "/api/runs/e1/edges/first").json()
    assert gone["error"]["message"] == "The items of this edge were not kept."
    asked = client.call("GET", "/launch/executions/e1", Authorization=f"Bearer {KEY}").json()
    assert asked == answer
