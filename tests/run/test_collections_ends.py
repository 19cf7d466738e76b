"""How a Collections call may end other than well, and what becomes of its records."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.salesforce.gateway import Said, gateway
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.contract import BlockResult, Connection, HostError, Progress
from ziggy_sf_write.errors import AccessError, ApiBudgetError, ConfigError, StoreError, UnreachableError
from ziggy_sf_write.sandbox import Sandbox

BY_KEY = {"matchKey": "Ext__c"}
TWO = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y"}]


class StopsInTheSecondWait(ImpatientEvent):
    """A stop that comes in the wait after the first one."""

    def __init__(self) -> None:
        super().__init__()
        self._waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self._waits += 1
        if self._waits == 2:
            self.set()
        return super().wait(timeout)


def _impatient(org: Sandbox, **settings: Any) -> FakeContext:
    return context_for(org, cancelled=ImpatientEvent(), **settings)


def _codes(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


def test_an_org_that_is_gone_leaves_all_items_unprocessed(org: Sandbox) -> None:
    context = _impatient(org)

    def cut(progress: Progress) -> None:
        if progress.phase == "match":
            org.inject("connection_refused", seconds=60)

    context.on_report = cut
    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        write(org, TWO, BY_KEY, context)
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 2


class TestLockedRows:
    ALL_OR_NONE = {"matchKey": "Ext__c", "advanced": {"allOrNone": True, "maxTries": 3}}  # noqa: RUF012 # read only

    def test_all_or_none_sends_the_whole_call_again(self, org: Sandbox) -> None:
        org.inject("unable_to_lock_row", at=(1,), kinds=("collections_upsert",))
        assert outcomes(write(org, TWO, self.ALL_OR_NONE, _impatient(org))) == {"written": 2}
        assert org.stats().calls["collections_upsert"] == 2
        assert org.stats().rows_created == 2

    def test_all_or_none_with_a_row_that_stays_locked_writes_none(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Ext__c": "a", "Name": "old"}])
        org.inject("unable_to_lock_row", records=(known,))
        result = write(org, TWO, self.ALL_OR_NONE, _impatient(org))
        assert _codes(result) == [(0, "failed", "UNABLE_TO_LOCK_ROW"), (1, "failed", "UNABLE_TO_LOCK_ROW")]
        assert [one["Name"] for one in org.records("Account")] == ["old"]
        assert org.stats().calls["collections_upsert"] == 3

    def test_a_row_that_an_earlier_try_may_have_saved_is_unknown_not_failed(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_upsert",))
        org.inject("unable_to_lock_row", at=(2, 3, 4), kinds=("collections_upsert",))
        config = {**BY_KEY, "advanced": {"maxTries": 2}}
        result = write(org, TWO[:1], config, _impatient(org))
        assert _codes(result) == [(0, "unknown", "answer_lost")]
        assert result.report is not None
        codes = [error["code"] for error in result.report["notWritten"][0]["errors"]]
        assert codes == ["answer_lost", "UNABLE_TO_LOCK_ROW"]
        assert len(org.records("Account")) == 1

    def test_it_stays_unknown_when_the_run_is_stopped_before_the_next_try(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_upsert",))
        org.inject("unable_to_lock_row", at=(2,), kinds=("collections_upsert",))
        context = context_for(org, cancelled=StopsInTheSecondWait())
        result = write(org, TWO[:1], BY_KEY, context)
        assert outcomes(result) == {"unknown": 1}

    def test_it_stays_unknown_when_the_org_is_gone_at_the_next_try(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_upsert",))
        org.inject("unable_to_lock_row", at=(2,), kinds=("collections_upsert",))
        org.inject("request_limit_total", at=(3,), kinds=("collections_upsert",))
        with pytest.raises(ApiBudgetError) as caught:
            write(org, TWO[:1], BY_KEY, _impatient(org))
        assert caught.value.report is not None
        assert caught.value.report["counts"]["unknown"] == 1

    def test_too_many_failures_keep_a_locked_row_from_its_next_try(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Ext__c": "a", "Name": "old"}])
        org.inject("unable_to_lock_row", records=(known,))
        items = [{"Ext__c": "a", "Name": "new"}, {"Ext__c": "b", "Name": "y" * 256}]
        config = {**BY_KEY, "advanced": {"maxFailures": 1}}
        result = write(org, items, config, _impatient(org))
        assert _codes(result) == [(0, "unprocessed", "max_failures"), (1, "failed", "STRING_TOO_LONG")]


def test_a_fatal_error_and_a_broken_store_are_both_told(org: Sandbox) -> None:
    """What could not be kept must be said, whatever else has ended the run (spec, section 6)."""
    org.inject("request_limit_total", kinds=("collections_upsert",))
    context = _impatient(org)
    context.store.is_broken = True
    with pytest.raises(StoreError, match=r"takes no more API calls.*The disk is full") as caught:
        write(org, TWO, {**BY_KEY, "errorNamespace": "bad"}, context)
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 2


def test_two_calls_that_end_the_run_end_it_once(org: Sandbox) -> None:
    org.inject("request_limit_total", kinds=("collections_upsert",))
    org.inject("slow_answer", kinds=("collections_upsert",), seconds=0.05)  # so that both are under way
    with pytest.raises(ApiBudgetError) as caught:
        write(org, TWO, {**BY_KEY, "advanced": {"batchSize": 1, "concurrency": 2}}, _impatient(org))
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 2


def test_a_look_up_that_is_refused_ends_the_run_before_anything_is_written(org: Sandbox) -> None:
    org.inject("request_limit_total", kinds=("query",))
    with pytest.raises(ApiBudgetError):
        write(org, [{"Name": "x"}], {"matchKey": "Name"}, _impatient(org))
    assert org.records("Account") == []


def test_a_connection_that_the_host_does_not_have_is_the_hosts_error(org: Sandbox) -> None:
    with pytest.raises(HostError, match="no connection `gone`"):
        write(org, TWO, {**BY_KEY, "connection": "gone"})


def test_a_session_that_cannot_be_renewed_ends_the_run_with_the_cause(org: Sandbox) -> None:
    write(org, TWO, BY_KEY)
    org.expire_sessions()
    org.inject("reset_before_reading", kinds=("oauth_token",))
    with pytest.raises(UnreachableError, match="does not answer") as caught:
        write(org, TWO, BY_KEY, _impatient(org))
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 2


def test_a_look_up_that_salesforce_refuses_says_why(org: Sandbox, tmp_path: Path) -> None:
    body = json.dumps([{"errorCode": "QUERY_TOO_COMPLICATED", "message": "too complicated"}]).encode()
    with gateway(org, tmp_path) as before:
        before.say = lambda asked, ask: Said(status=400, body=body) if "/query" in asked.path else ask()
        context = FakeContext(connections={"sfDev": Connection(name="sfDev", type="salesforce", config=before.config)})
        with pytest.raises(AccessError, match="Salesforce refused a look-up: QUERY_TOO_COMPLICATED"):
            write(org, [{"Name": "x"}], {"matchKey": "Name"}, context)


def test_a_key_that_cannot_be_searched_is_refused_before_anything_is_sent(org: Sandbox) -> None:
    config = {"object": "Project__c", "matchKey": "Notes__c"}
    with pytest.raises(ConfigError, match=r"cannot search `Notes__c` of Project__c. Match by another field"):
        write(org, [{"Notes__c": "x", "Name": "n"}], config)
    assert org.stats().write_calls == 0
