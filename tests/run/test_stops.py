"""What ends a run before its last item: a stop, too many failures, the reserve of API calls."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Gateway, Said
from tests.support.orgs import context_for, context_through, outcomes, write
from ziggy_sf_write.contract import BlockResult
from ziggy_sf_write.run.guard import StopSignal

BY_KEY = {"matchKey": "Ext__c"}


def _codes(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


def test_a_stopped_run_leaves_the_rest_unprocessed(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    result = write(org, [{"Ext__c": "a", "Name": "x"}], {**BY_KEY, "errorNamespace": "bad"}, context)
    assert _codes(result) == [(0, "unprocessed", "stopped")]
    assert org.stats().write_calls == 0
    assert context.store.find_key("bad", "a") is not None


@pytest.mark.slow
def test_ten_seconds_after_a_stop_the_items_of_a_call_under_way_are_unknown(org: Sandbox) -> None:
    org.inject("slow_answer", kinds=("collections_upsert",), seconds=60)
    context = context_for(org)
    threading.Timer(0.5, context.cancelled.set).start()
    started = time.monotonic()
    result = write(org, [{"Ext__c": "a", "Name": "x"}], BY_KEY, context)
    assert 9 < time.monotonic() - started < 20
    assert _codes(result) == [(0, "unknown", "answer_lost")]
    assert result.report is not None
    assert "did not answer within 10 s after the stop" in result.report["notWritten"][0]["errors"][0]["message"]
    assert len(org.records("Account")) == 1


def test_too_many_failures_stop_the_run(org: Sandbox) -> None:
    items = [{"Ext__c": str(number), "Name": "y" * 256} for number in range(30)]
    settings = {"batchSize": 10, "concurrency": 1, "maxFailures": 10}
    result = write(org, items, {**BY_KEY, "advanced": settings})
    assert outcomes(result) == {"failed": 10, "unprocessed": 20}


def test_the_reserve_of_api_calls_is_left_untouched(org: Sandbox) -> None:
    settings = {"reserveApiCalls": 100, "batchSize": 1}
    result = write(org, [{"Ext__c": "a", "Name": "x"}], {**BY_KEY, "advanced": settings})
    assert _codes(result) == [(0, "unprocessed", "api_reserve")]
    assert org.stats().write_calls == 0


def test_the_reserve_is_left_untouched_by_look_ups_too(org: Sandbox) -> None:
    items = [{"Name": f"{number:04}"} for number in range(1_200)]
    result = write(org, items, {"matchKey": "Name", "advanced": {"reserveApiCalls": 100}})
    assert outcomes(result) == {"unprocessed": 1_200}
    assert org.stats().calls.get("query", 0) == 0


def test_a_stop_between_look_ups_leaves_everything_unprocessed(org: Sandbox) -> None:
    items = [{"Name": f"{number:04}"} for number in range(1_200)]
    context = context_for(org)
    context.on_report = lambda progress: context.cancelled.set() if progress.phase == "match" else None
    result = write(org, items, {"matchKey": "Name"}, context)
    assert outcomes(result) == {"unprocessed": 1_200}
    assert org.stats().write_calls == 0


@pytest.mark.slow
def test_too_many_failures_in_one_window_keep_the_next_from_being_looked_up(org: Sandbox) -> None:
    items = [{"Name": "y" * 300}] + [{"Name": f"{number:05}"} for number in range(20_100)]
    result = write(
        org, items, {"matchKey": "Name", "advanced": {"api": "collections", "maxFailures": 1, "concurrency": 1}}
    )
    assert outcomes(result)["unprocessed"] >= 19_900
    # The first window of 20,000 keys, eight bytes each in the 12,000 of a query.
    assert org.stats().calls["query"] == 14


def test_refusals_that_are_to_be_checked_again_count_as_failures(before: Gateway, org: Sandbox) -> None:
    """Such as a record type's picklist, of which no describe tells."""
    twin = {"statusCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "message": "bad value", "fields": ["Industry"]}
    refused = json.dumps([{"success": False, "errors": [twin]}]).encode()
    before.say = lambda asked, ask: Said(body=refused) if "composite/sobjects" in asked.path else ask()
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(30)]
    settings = {"batchSize": 1, "concurrency": 1, "maxFailures": 2}
    config = {**BY_KEY, "validate": True, "advanced": settings}
    result = write(org, items, config, context_through(before))
    assert outcomes(result) == {"failed": 2, "unprocessed": 28}


class Unable(threading.Event):
    """A host's stop signal that raises from its n-th question on."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def _ask(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("the signal is out of reach")

    def is_set(self) -> bool:
        self._ask()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._ask()
        return super().wait(0)


@pytest.mark.parametrize("after", [0, 1, 2, 3, 5, 8])
@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_a_stop_signal_that_raises_costs_nothing_and_is_told_once(
    org: Sandbox, caplog: pytest.LogCaptureFixture, after: int, api: str
) -> None:
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(30)]
    config = {"matchKey": "Ext__c", "advanced": {"api": api, "batchSize": 10, "concurrency": 2}}
    result = write(org, items, config, context_for(org, cancelled=Unable(after)))
    assert outcomes(result) == {"written": 30}
    assert len(org.records("Account")) == 30
    assert caplog.text.count("the host's stop signal fails") == 1


def test_a_pause_is_kept_although_the_signal_raises() -> None:
    assert StopSignal(Unable(0)).wait(0.01) is False


def test_threads_that_find_out_at_once_say_so_once(caplog: pytest.LogCaptureFixture) -> None:
    together = threading.Barrier(2)

    class Late(threading.Event):
        def is_set(self) -> bool:
            together.wait(10)
            raise RuntimeError("the signal is out of reach")

    signal = StopSignal(Late())
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: signal.is_set(), range(2))) == [False, False]
    assert caplog.text.count("the host's stop signal fails") == 1
