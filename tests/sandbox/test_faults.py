"""Faults and latency: what they look like from outside, and what the org holds afterwards."""

import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from salesforce_sandbox import Fault, FaultName, Sandbox, SandboxOptions
from salesforce_sandbox.faults import FaultBoard, parse_fault
from salesforce_sandbox.latency import parse_latency
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import Api, error_of

ACCOUNT = [{"Ext__c": "k", "Name": "A"}]


def test_answer_lost_after_commit_leaves_the_record_written(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("answer_lost_after_commit", at=(1,), kinds=("collections_upsert",))

    with pytest.raises(requests.ConnectionError):
        api.upsert_many("Account", "Ext__c", ACCOUNT)

    assert [each["Ext__c"] for each in sandbox.records("Account")] == ["k"]
    assert sandbox.stats().faults == {"answer_lost_after_commit": 1}
    assert api.upsert_many("Account", "Ext__c", ACCOUNT)[0]["created"] is False


def test_refuse_retry_refuses_the_second_try_of_what_was_saved(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("refuse_retry", at=(1,), kinds=("collections_upsert",))

    with pytest.raises(requests.ConnectionError):
        api.upsert_many("Account", "Ext__c", ACCOUNT)

    (second,) = api.upsert_many("Account", "Ext__c", ACCOUNT)
    assert (second["success"], second["errors"][0]["statusCode"]) == (False, "ENTITY_IS_LOCKED")
    assert [each["Ext__c"] for each in sandbox.records("Account")] == ["k"]
    assert api.upsert_many("Account", "Ext__c", ACCOUNT)[0]["success"]


def test_commit_order_lets_the_second_try_come_first(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("commit_order", at=(1,), kinds=("collections_upsert",), seconds=60)

    with pytest.raises(requests.ConnectionError):
        api.upsert_many("Account", "Ext__c", ACCOUNT)
    assert sandbox.records("Account") == []

    assert api.upsert_many("Account", "Ext__c", [{"Ext__c": "k", "Name": "B"}])[0]["created"]
    sandbox.await_late_commits()
    assert [each["Name"] for each in sandbox.records("Account")] == ["A"]


def test_a_call_that_none_overtakes_is_carried_out_after_its_time(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("commit_order", at=(1,), kinds=("collections_upsert",), seconds=0.1)

    with pytest.raises(requests.ConnectionError):
        api.upsert_many("Account", "Ext__c", ACCOUNT)

    sandbox.await_late_commits()
    assert [each["Name"] for each in sandbox.records("Account")] == ["A"]


def test_a_late_commit_is_never_told_as_a_call_that_did_nothing(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("request_limit_total", at=(1,), kinds=("row_create",))
    sandbox.inject("late_commit_503", at=(1,), kinds=("row_create",), seconds=0.01)

    assert api.create("Account", ACCOUNT[0]).status_code == 503

    sandbox.await_late_commits()
    assert [each["Name"] for each in sandbox.records("Account")] == ["A"]


def test_reset_before_reading_leaves_nothing(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("reset_before_reading", at=(1,))

    with pytest.raises(requests.ConnectionError):
        api.upsert_many("Account", "Ext__c", ACCOUNT)

    assert sandbox.records("Account") == []


def test_refused_connections_reach_no_resource(sandbox: Sandbox) -> None:
    sandbox.inject("connection_refused", at=(1,))

    with pytest.raises(requests.ConnectionError):
        Api(org=sandbox).get("limits")

    assert sandbox.stats().total_calls == 0
    assert Api(org=sandbox).get("limits").status_code == 200


def test_an_outage_closes_the_port_until_the_faults_are_cleared(api: Api, sandbox: Sandbox) -> None:
    assert api.get("limits").status_code == 200
    sandbox.inject("connection_refused", seconds=60)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(sandbox.host.partition(":")[2])))
    sandbox.clear_faults()

    assert Api(org=sandbox).get("limits").status_code == 200
    assert sandbox.stats().faults == {"connection_refused": 1}


def test_an_outage_asked_for_over_https_ends_by_itself(api: Api, sandbox: Sandbox) -> None:
    answer = api.call("POST", "/__sandbox__/faults", json={"name": "connection_refused", "seconds": 0.05})
    assert answer.status_code == 204

    while not answers(sandbox):
        threading.Event().wait(0.005)


def answers(org: Sandbox) -> bool:
    try:
        return Api(org=org).get("limits").status_code == 200
    except requests.ConnectionError:
        return False


def test_a_stop_during_an_outage_is_clean() -> None:
    before = threading.active_count()
    with Sandbox() as org:
        org.inject("connection_refused", seconds=60)
    assert threading.active_count() <= before


def test_truncated_answers_end_early(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("truncated_answer", at=(1,))

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.upsert_many("Account", "Ext__c", ACCOUNT)

    assert len(sandbox.records("Account")) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("waits", [False, True], ids=["plain", "with Retry-After"])
def test_gateway_statuses_come_without_an_error_body(api: Api, sandbox: Sandbox, status: int, waits: bool) -> None:  # noqa: FBT001  parametrized
    sandbox.inject(f"http_{status}{'_retry_after' if waits else ''}", at=(1,), retry_after_s=7)

    answer = api.get("limits")

    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers.get("Retry-After") == ("7" if waits else None)
    assert api.get("limits").status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("request_limit_total", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("request_limit_concurrent", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("server_unavailable", 503, "SERVER_UNAVAILABLE"),
        ("expired_session", 401, "INVALID_SESSION_ID"),
    ],
)
def test_refusals_have_their_codes(api: Api, sandbox: Sandbox, name: str, status: int, code: str) -> None:
    sandbox.inject(name, at=(1,))

    answer = api.get("limits")

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)


def test_the_two_request_limits_differ_in_their_message(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("request_limit_total", at=(1,))
    sandbox.inject("request_limit_concurrent", at=(2,))

    messages = [api.get("limits").json()[0]["message"] for _ in range(2)]

    assert messages == ["TotalRequests Limit exceeded.", "ConcurrentPerOrgLongTxn Limit exceeded."]


def test_an_expired_session_stays_expired(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("expired_session", at=(1,))

    assert [api.get("limits").status_code for _ in range(2)] == [401, 401]
    assert Api(org=sandbox).get("limits").status_code == 200


def test_html_errors_are_pages(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("html_error", at=(1,))

    answer = api.get("limits")

    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")


def test_a_locked_record_fails_its_whole_chunk(api: Api, sandbox: Sandbox) -> None:
    one, two = sandbox.insert("Account", [{"Name": "A"}, {"Name": "B"}])
    sandbox.inject("unable_to_lock_row", records=(one,))

    results = api.update_many("Account", [{"Id": one, "Phone": "1"}, {"Id": two, "Phone": "2"}])

    expected = ("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {one}")
    assert [error_of(each) for each in results] == [expected, expected]
    sandbox.clear_faults()
    assert api.update_many("Account", [{"Id": one, "Phone": "1"}])[0]["success"]


def test_a_lock_can_be_put_on_a_key(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("unable_to_lock_row", records=("k",))

    assert error_of(api.upsert_many("Account", "Ext__c", ACCOUNT)[0])[0] == "UNABLE_TO_LOCK_ROW"


def test_a_lock_by_number_hits_whatever_the_call_touches(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("unable_to_lock_row", at=(2,), kinds=("collections_upsert",))

    assert [api.upsert_many("Account", "Ext__c", ACCOUNT)[0]["success"] for _ in range(3)] == [True, False, True]


def test_faults_count_only_the_calls_of_their_kinds(api: Api, sandbox: Sandbox) -> None:
    sandbox.inject("http_503", at=(2,), kinds=("query",))

    statuses = [api.get("limits").status_code, api.query("SELECT Id FROM Account").status_code]
    statuses += [api.get("limits").status_code, api.query("SELECT Id FROM Account").status_code]

    assert statuses == [200, 200, 200, 503]


def test_the_same_seed_hits_the_same_calls() -> None:
    def run(seed: int) -> list[bool]:
        board = FaultBoard(seed, on_hit=lambda _name: None)
        board.arm(Fault(name=FaultName.HTTP_503, rate=0.3))
        return [bool(board.on_call("query")) for _ in range(100)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 15 < sum(run(1)) < 45


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("slow_answer", Fault(name=FaultName.SLOW_ANSWER)),
        ("slow_answer=0.25", Fault(name=FaultName.SLOW_ANSWER, rate=0.25)),
        ("slow_answer@3,5", Fault(name=FaultName.SLOW_ANSWER, at=(3, 5))),
    ],
)
def test_faults_can_be_written_as_text(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize("text", ["nope", "slow_answer=often", "slow_answer@x"])
def test_bad_fault_text_names_the_known_ones(text: str) -> None:
    with pytest.raises(ValueError, match="expected NAME, NAME=RATE or NAME@CALL"):
        parse_fault(text)


def test_faults_can_be_on_from_the_start(start_sandbox: StartSandbox) -> None:
    org = start_sandbox(SandboxOptions(faults=("http_503@1", Fault(name=FaultName.HTTP_502, at=(2,)))))

    assert [Api(org=org).get("limits").status_code for _ in range(3)] == [503, 502, 200]


def test_the_allowance_runs_out(start_sandbox: StartSandbox) -> None:
    api = Api(org=start_sandbox(SandboxOptions(api_limit=2)))

    answers = [api.get("limits") for _ in range(3)]

    assert [each.headers["Sforce-Limit-Info"] for each in answers] == [
        "api-usage=1/2",
        "api-usage=2/2",
        "api-usage=3/2",
    ]
    assert answers[1].json()["DailyApiRequests"] == {"Max": 2, "Remaining": 0}
    assert answers[2].status_code == 403


def test_slow_calls_overlap(start_sandbox: StartSandbox) -> None:
    """Latency is slept outside of the lock: five calls are in flight at the same time."""
    org = start_sandbox(SandboxOptions(latency="per_call=0.2"))
    barrier = threading.Barrier(5)

    def write(number: int) -> bool:
        api = Api(org=org)
        barrier.wait()
        return bool(api.upsert_many("Account", "Ext__c", [{"Ext__c": str(number), "Name": "A"}])[0]["success"])

    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(write, range(5)))
    assert org.stats().peak_concurrency == 5


def _calls_under_way(org: Sandbox, pool: ThreadPoolExecutor) -> Future[list[dict[str, Any]]]:
    call = pool.submit(Api(org=org).upsert_many, "Account", "Ext__c", ACCOUNT)
    while "collections_upsert" not in org.stats().calls:
        threading.Event().wait(0.01)
    return call


def test_latency_may_lie_before_the_commit(start_sandbox: StartSandbox) -> None:
    org = start_sandbox(SandboxOptions(latency="per_call=2,before=1"))
    with ThreadPoolExecutor(1) as pool:
        call = _calls_under_way(org, pool)
        assert org.records("Account") == []
        call.result()
    assert len(org.records("Account")) == 1


def test_latency_may_lie_after_the_commit(start_sandbox: StartSandbox) -> None:
    org = start_sandbox(SandboxOptions(latency="per_call=2"))
    with ThreadPoolExecutor(1) as pool:
        call = _calls_under_way(org, pool)
        while not org.records("Account"):
            threading.Event().wait(0.01)
        assert not call.done()


def test_latency_profiles_have_names_and_parts() -> None:
    assert parse_latency("typical").per_call > 0
    assert parse_latency("per_call=0.1,jitter=0.5").jitter == 0.5
    with pytest.raises(ValueError, match="expected one of none, fast, typical, slow"):
        parse_latency("warp")
    with pytest.raises(ValueError, match="expected one of"):
        parse_latency("speed=1")


class TestControlEndpoint:
    """The same over HTTPS, for programs in another process."""

    def test_records_and_stats(self, api: Api) -> None:
        created = api.call("POST", "/__sandbox__/records/Account", json=[{"Name": "A"}])
        api.get("limits")

        assert [each["Id"] for each in api.get("/__sandbox__/records/Account").json()] == created.json()
        assert api.get("/__sandbox__/stats").json()["calls"] == {"limits": 1}
        assert api.call("DELETE", "/__sandbox__/stats").status_code == 204

    def test_faults_and_latency(self, api: Api, sandbox: Sandbox) -> None:
        assert api.call("POST", "/__sandbox__/faults", json={"name": "http_503", "at": [1]}).status_code == 204
        assert [api.get("limits").status_code for _ in range(2)] == [503, 200]
        assert api.call("DELETE", "/__sandbox__/faults").status_code == 204
        assert api.call("PUT", "/__sandbox__/latency", json={"profile": "fast"}).status_code == 204
        assert sandbox.org.latency == parse_latency("fast")

    def test_expiry_and_login(self, api: Api) -> None:
        assert api.call("POST", "/__sandbox__/expire").status_code == 204
        assert api.get("limits").status_code == 401
        access_token = api.get("/__sandbox__/login").json()["access_token"]
        assert api.get("limits", headers={"Authorization": f"Bearer {access_token}"}).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "faults", {"name": "nope"}),
            ("POST", "faults", {"name": "http_503", "nope": 1}),
            ("PUT", "latency", {"profile": "warp"}),
            ("POST", "records/Account", [{"Nope": 1}]),
        ],
    )
    def test_mistakes_are_told(self, api: Api, method: str, path: str, body: object) -> None:
        assert api.call(method, f"/__sandbox__/{path}", json=body).status_code == 400
