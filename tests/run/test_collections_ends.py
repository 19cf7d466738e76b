"""How a Collections call may end other than well, and what becomes of its records."""

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.salesforce.gateway import Asked, Gateway, Said, Say, gateway
from tests.support.host import FakeContext, MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, context_through, outcomes, write
from tests.support.streams import stream
from ziggy_sf_write.contract import BlockResult, Connection, HostError, Progress, StoreRecord
from ziggy_sf_write.errors import (
    AccessError,
    ApiBudgetError,
    ConfigError,
    StoreError,
    UnreachableError,
)

BY_KEY = {"matchKey": "Ext__c"}
TWO = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y"}]


class StopsInAWait(ImpatientEvent):
    """A stop that comes in the wait of this number, from 1."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._left = number

    def wait(self, timeout: float | None = None) -> bool:
        self._left -= 1
        if self._left == 0:
            self.set()
        return super().wait(timeout)


class UnreadableStore(MemoryStore):
    """A store that cannot be read."""

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        raise HostError("The disk is gone.")


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
        context = context_for(org, cancelled=StopsInAWait(2))
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

    def test_each_call_that_is_all_or_none_stays_one_when_it_is_sent_again(self, org: Sandbox) -> None:
        org.inject("unable_to_lock_row", at=(1, 2, 3), kinds=("collections_upsert",))
        items = [{"Ext__c": f"k{at}", "Name": "x" * 300 if at == 8 else f"n{at}"} for at in range(10)]
        advanced = {"allOrNone": True, "batchSize": 4, "concurrency": 2}
        result = write(org, items, {"matchKey": "Ext__c", "advanced": advanced}, _impatient(org))
        assert [index for index, _, _ in _codes(result)] == [8, 9]
        assert len(org.records("Account")) == 8

    def test_a_stop_while_a_row_waits_is_why_it_was_not_written(self, org: Sandbox) -> None:
        org.inject("unable_to_lock_row", kinds=("collections_upsert",))
        context = context_for(org, cancelled=StopsInAWait(2))
        assert _codes(write(org, TWO[:1], BY_KEY, context)) == [(0, "unprocessed", "stopped")]

    def test_too_many_failures_keep_a_locked_row_from_its_next_try(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Ext__c": "a", "Name": "old"}])
        org.inject("unable_to_lock_row", records=(known,))
        items = [{"Ext__c": "a", "Name": "new"}, {"Ext__c": "b", "Name": "y" * 256}]
        config = {**BY_KEY, "advanced": {"maxFailures": 1}}
        result = write(org, items, config, _impatient(org))
        assert _codes(result) == [(0, "unprocessed", "max_failures"), (1, "failed", "STRING_TOO_LONG")]


class TestCreatesWhoseAnswerIsLost:
    """An error page says nothing of what the org did, so a create is never sent again blindly (spec, section 7)."""

    PAGE = Said(status=500, body=b"<html>Internal error</html>", headers={"Content-Type": "text/html"})

    def _say_once(self, answer: Said) -> Say:
        answers = [answer]

        def say(asked: Asked, ask: Callable[[], Said]) -> Said:
            said = ask()
            return answers.pop() if answers and "composite/sobjects" in asked.path else said

        return say

    def test_after_a_crash_without_a_word_a_keyed_one_is_found(self, before: Gateway, org: Sandbox) -> None:
        before.say = self._say_once(self.PAGE)
        result = write(org, TWO, {"matchKey": "Name"}, context_through(before))
        assert outcomes(result) == {"written": 2}
        assert len(org.records("Account")) == 2

    def test_after_a_crash_without_a_word_one_without_a_key_is_unknown(self, before: Gateway, org: Sandbox) -> None:
        before.say = self._say_once(self.PAGE)
        result = write(org, TWO, {"matchKey": "Id"}, context_through(before))
        assert outcomes(result) == {"unknown": 2}
        assert len(org.records("Account")) == 2

    def test_behind_a_gateway_that_lost_the_org_one_that_is_not_there_may_still_come(
        self, before: Gateway, org: Sandbox
    ) -> None:
        before.say = lambda asked, ask: Said(status=502) if "composite/sobjects" in asked.path else ask()
        result = write(org, TWO, {"matchKey": "Name"}, context_through(before))
        assert outcomes(result) == {"unknown": 2}
        assert len([asked for asked in before.asked if "composite/sobjects" in asked.path]) == 1

    def test_a_keyed_one_that_is_not_there_is_looked_for_and_never_sent_again(self, org: Sandbox) -> None:
        """A gateway that turns it away says nothing of the org behind it, which may be at work for ten minutes."""
        org.inject("http_503", kinds=("collections_create",))
        result = write(org, TWO, {"matchKey": "Name"}, _impatient(org))
        assert _codes(result) == [(0, "unknown", "answer_lost"), (1, "unknown", "answer_lost")]
        assert org.stats().calls["collections_create"] == 1
        # Before it, then after pauses of 1, 2, 4, 8, 16, 32 and nine times 60 seconds: ten minutes in all.
        assert org.stats().calls["query"] == 1 + 16
        assert org.records("Account") == []

    def test_one_that_is_not_there_is_looked_for_no_longer_than_a_stop_allows(self, org: Sandbox) -> None:
        org.inject("http_503", kinds=("collections_create",))
        context = context_for(org, cancelled=StopsInAWait(1))
        assert _codes(write(org, TWO[:1], {"matchKey": "Name"}, context)) == [(0, "unknown", "answer_lost")]
        assert org.stats().calls["query"] == 2
        assert org.records("Account") == []


class TestLateCommits:
    """A call that is cut may be carried out later: Salesforce lets one run for ten minutes (Salesforce API 8.1)."""

    FIFTY = [{"Name": f"n{number:02}"} for number in range(50)]  # noqa: RUF012 # read only

    @pytest.mark.parametrize("fault", ["late_commit", "late_commit_503", "late_commit_504", "late_commit_html"])
    def test_creates_by_a_key_are_found_once_they_come(self, org: Sandbox, fault: str) -> None:
        org.inject(fault, at=(1,), kinds=("collections_create",), seconds=0.3)
        result = write(org, self.FIFTY, {"matchKey": "Name", "advanced": {"doubtTime": 30}})
        assert outcomes(result) == {"written": 50}
        org.await_late_commits()
        assert sorted(one["Name"] for one in org.records("Account")) == [one["Name"] for one in self.FIFTY]
        assert [one["Id"] for one in result.outputs[0]] == [one["Id"] for one in org.records("Account")]

    def test_what_comes_later_than_anybody_waits_is_unknown_and_no_twin(self, org: Sandbox) -> None:
        org.inject("late_commit", at=(1,), kinds=("collections_create",), seconds=0.5)
        items = [*self.FIFTY, {"Name": "n00", "Phone": "2"}]
        result = write(org, items, {"matchKey": "Name", "advanced": {"doubtTime": 0}})
        assert outcomes(result) == {"unknown": 50, "unprocessed": 1}
        org.await_late_commits()
        assert sorted(one["Name"] for one in org.records("Account")) == [one["Name"] for one in self.FIFTY]

    @pytest.mark.parametrize(("known", "held"), [([], 1), ([{"LastName": "Old", "Email": "ann@x.org"}], 1)])
    def test_an_upsert_by_a_key_that_is_not_unique_is_a_create_in_disguise(
        self, org: Sandbox, known: list[dict[str, Any]], held: int
    ) -> None:
        org.insert("Contact", known)
        org.inject("late_commit", at=(1,), kinds=("collections_upsert",), seconds=0.3)
        items = [{"Email": "ann@x.org", "LastName": "New"}]
        config = {"object": "Contact", "matchKey": "Email", "advanced": {"doubtTime": 30}}
        assert outcomes(write(org, items, config)) == {"written": 1}
        org.await_late_commits()
        assert [one["LastName"] for one in org.records("Contact")] == ["New"] * held

    def test_a_refusal_of_the_update_that_follows_says_nothing_of_the_lost_upsert(self, org: Sandbox) -> None:
        (known,) = org.insert("Contact", [{"LastName": "Old", "Email": "ann@x.org"}])
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_upsert",))
        org.inject("request_limit_total", kinds=("collections_update",))
        config = {"object": "Contact", "matchKey": "Email"}
        with pytest.raises(ApiBudgetError) as caught:
            write(org, [{"Email": "ann@x.org", "LastName": "New"}], config, _impatient(org))
        assert caught.value.report is not None
        assert caught.value.report["counts"]["unknown"] == 1
        assert [(one["Id"], one["LastName"]) for one in org.records("Contact")] == [(known, "New")]

    def test_a_later_write_of_a_key_is_not_overtaken_by_a_late_one(self, org: Sandbox) -> None:
        org.insert("Account", [{"Ext__c": "a", "Name": "old"}])
        org.inject("late_commit", at=(1,), kinds=("collections_upsert",), seconds=0.3)
        items = [{"Ext__c": "a", "Name": "first"}, {"Ext__c": "a", "Name": "last"}]
        result = write(org, items, BY_KEY, _impatient(org))
        assert _codes(result) == [(1, "unprocessed", "key_in_doubt")]
        org.await_late_commits()
        assert [one["Name"] for one in org.records("Account")] == ["first"]

    def test_an_error_on_the_second_try_says_nothing_of_the_first(self, before: Gateway, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_upsert",))
        locked = {"statusCode": "ENTITY_IS_LOCKED", "message": "in an approval process", "fields": []}
        refused = Said(body=json.dumps([{"success": False, "errors": [locked]}]).encode())
        tries: list[Asked] = []

        def say(asked: Asked, ask: Callable[[], Said]) -> Said:
            if "composite/sobjects" not in asked.path:
                return ask()
            tries.append(asked)
            return ask() if len(tries) == 1 else refused

        before.say = say
        result = write(org, TWO[:1], BY_KEY, context_through(before))
        assert len(tries) == 2
        assert _codes(result) == [(0, "unknown", "answer_lost")]
        assert result.report is not None
        assert [one["code"] for one in result.report["notWritten"][0]["errors"]] == ["answer_lost", "ENTITY_IS_LOCKED"]
        assert len(org.records("Account")) == 1


class TestTriesThatMayStillBeAtWork:
    TIMED_OUT = Said(status=504)
    TWICE = [{"Ext__c": "a", "Name": "first"}, {"Ext__c": "a", "Name": "last"}]  # noqa: RUF012 # read only

    def _say(self, *, then: Say) -> Say:
        tries: list[Asked] = []

        def say(asked: Asked, ask: Callable[[], Said]) -> Said:
            if "composite/sobjects" not in asked.path:
                return ask()
            tries.append(asked)
            if len(tries) == 1:
                ask()
                return self.TIMED_OUT
            return then(asked, ask)

        return say

    def test_a_later_item_of_its_key_is_not_sent(self, before: Gateway, org: Sandbox) -> None:
        """The late try would come after it, and the first item would win."""
        before.say = self._say(then=lambda _asked, ask: ask())
        result = write(org, self.TWICE, BY_KEY, context_through(before))
        assert _codes(result) == [(1, "unprocessed", "key_in_doubt")]

    def test_not_even_in_the_next_window_of_the_stream(self, before: Gateway, org: Sandbox) -> None:
        before.say = self._say(then=lambda _asked, ask: ask())
        assert stream(self.TWICE, context_through(before), window=1).outcomes == ["written", "unprocessed"]

    def _refused(self, *codes: str) -> Said:
        rows = [{"success": False, "errors": [{"statusCode": code, "message": "no", "fields": []}]} for code in codes]
        return Said(body=json.dumps(rows).encode())

    def test_a_record_that_it_has_created_meanwhile_is_updated(self, before: Gateway, org: Sandbox) -> None:
        refusals = [self._refused("DUPLICATE_VALUE"), self._refused("UNABLE_TO_LOCK_ROW")]
        before.say = self._say(then=lambda _asked, ask: refusals.pop() if refusals else ask())
        result = write(org, TWO[:1], BY_KEY, context_through(before))
        assert outcomes(result) == {"written": 1}
        assert len(org.records("Account")) == 1

    def test_what_is_all_or_none_is_then_sent_again_as_a_whole(self, before: Gateway, org: Sandbox) -> None:
        refusals = [self._refused("ALL_OR_NONE_OPERATION_ROLLED_BACK", "DUPLICATE_VALUE")]
        before.say = self._say(then=lambda _asked, ask: refusals.pop() if refusals else ask())
        config = {**BY_KEY, "advanced": {"allOrNone": True}}
        assert outcomes(write(org, TWO, config, context_through(before))) == {"written": 2}

    def test_a_crash_that_salesforce_tells_of_says_nothing_of_the_try_before(
        self, before: Gateway, org: Sandbox
    ) -> None:
        crash = Said(status=500, body=json.dumps([{"errorCode": "UNKNOWN_EXCEPTION", "message": "oops"}]).encode())
        before.say = self._say(then=lambda _asked, _ask: crash)
        assert outcomes(write(org, TWO[:1], BY_KEY, context_through(before))) == {"unknown": 1}


def test_calls_that_are_not_let_in_end_the_run_instead_of_being_halved(org: Sandbox) -> None:
    org.inject("http_429", kinds=("collections_upsert",))
    items = [{"Ext__c": str(number), "Name": "x"} for number in range(50)]
    with pytest.raises(UnreachableError, match=r"No call is let through for now.*429") as caught:
        write(org, items, {**BY_KEY, "advanced": {"maxTries": 2}}, _impatient(org))
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 50
    assert org.stats().calls["collections_upsert"] == 2


def test_a_stop_in_the_wait_before_a_call_is_made_again_leaves_its_items_unprocessed(org: Sandbox) -> None:
    org.inject("http_429", kinds=("collections_upsert",))
    result = write(org, TWO, BY_KEY, context_for(org, cancelled=StopsInAWait(1)))
    assert outcomes(result) == {"unprocessed": 2}


def test_a_fatal_error_and_a_broken_store_are_both_told(org: Sandbox) -> None:
    """What could not be kept must be said, whatever else has ended the run (spec, section 6)."""
    org.inject("request_limit_total", kinds=("collections_upsert",))
    context = _impatient(org)
    context.store.is_broken = True
    with pytest.raises(StoreError, match=r"takes no more API calls.*The disk is full") as caught:
        write(org, TWO, {**BY_KEY, "errorNamespace": "bad"}, context)
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 2


def test_a_broken_store_keeps_no_items_from_being_written_that_need_none(
    org: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    context = _impatient(org, store=UnreadableStore())
    assert outcomes(write(org, TWO, BY_KEY, context)) == {"written": 2}
    assert "Bulk jobs of earlier runs could not be looked up" in caplog.text


@pytest.mark.parametrize("body", [b"[{}]", b'[{"success": true, "id": 5}]'])
def test_an_answer_that_cannot_be_read_leaves_its_item_unknown_and_loses_nothing_else(
    before: Gateway, org: Sandbox, body: bytes
) -> None:
    calls: list[Asked] = []

    def say(asked: Asked, ask: Callable[[], Said]) -> Said:
        said = ask()
        if "composite/sobjects" not in asked.path:
            return said
        calls.append(asked)
        return Said(body=body) if len(calls) == 2 else said

    before.say = say
    context = context_through(before)
    items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y"}, {"Ext__c": "a", "Name": "z"}]
    config = {**BY_KEY, "errorNamespace": "bad", "advanced": {"batchSize": 1, "concurrency": 1, "doubtTime": 1}}
    result = write(org, items, config, context)
    assert outcomes(result) == {"written": 2, "unknown": 1}
    assert [record.key for record in context.store.find("bad", limit=9)] == ["b"]


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
        with pytest.raises(AccessError, match="Salesforce refused to look up `Account`: QUERY_TOO_COMPLICATED"):
            write(org, [{"Name": "x"}], {"matchKey": "Name"}, context)


def test_a_key_that_cannot_be_searched_is_refused_before_anything_is_sent(org: Sandbox) -> None:
    config = {"object": "Project__c", "matchKey": "Notes__c"}
    with pytest.raises(ConfigError, match=r"cannot search `Notes__c` of Project__c. Match by another field"):
        write(org, [{"Notes__c": "x", "Name": "n"}], config)
    assert org.stats().write_calls == 0


def _plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


class TestCallsThatAreAllRefused:
    """Halving a call finds a guilty record; where no record is guilty it would be a storm of calls."""

    ITEMS = [{"Ext__c": f"k{number}", "Name": "x"} for number in range(2_000)]  # noqa: RUF012 # read only

    def _refuse(self, before: Gateway, status: int, body: bytes) -> None:
        before.say = lambda asked, ask: Said(status=status, body=body) if "composite/sobjects" in asked.path else ask()

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, "UNKNOWN_EXCEPTION"), (403, "TXN_SECURITY_NO_ACCESS"), (400, "UNSUPPORTED_API_VERSION"), (400, "")],
    )
    def test_in_the_same_words_they_end_the_run_at_once(
        self, before: Gateway, org: Sandbox, status: int, code: str
    ) -> None:
        self._refuse(before, status, json.dumps([{"errorCode": code, "message": "no"}]).encode() if code else b"")
        with pytest.raises(AccessError) as caught:
            write(org, self.ITEMS, {**BY_KEY, "advanced": {"concurrency": 5}}, context_through(before))
        calls = [asked for asked in before.asked if "composite/sobjects" in asked.path]
        assert len(calls) <= 5 + 3
        assert caught.value.report is not None
        counts = caught.value.report["counts"]
        assert counts["failed"] + counts["unprocessed"] == 2_000

    def test_a_guilty_record_among_many_is_found(self, before: Gateway, org: Sandbox) -> None:
        refused = json.dumps([{"errorCode": "JSON_PARSER_ERROR", "message": "Cannot deserialize"}]).encode()
        before.say = lambda asked, ask: Said(status=400, body=refused) if b'"k77"' in _plain(asked.body) else ask()
        result = write(org, self.ITEMS[:200], BY_KEY, context_through(before))
        assert _codes(result) == [(77, "failed", "JSON_PARSER_ERROR")]
        assert len(org.records("Account")) == 199

    @pytest.mark.parametrize("column", [1, 20, 3_000, 999_999])
    def test_also_where_the_refusal_names_another_place(self, before: Gateway, org: Sandbox, column: int) -> None:
        message = f"Cannot deserialize instance of string at [line:1, column:{column}]"
        refused = json.dumps([{"errorCode": "JSON_PARSER_ERROR", "message": message}]).encode()
        before.say = lambda asked, ask: Said(status=400, body=refused) if b'"k77"' in _plain(asked.body) else ask()
        result = write(org, self.ITEMS[:80], BY_KEY, context_through(before))
        assert _codes(result) == [(77, "failed", "JSON_PARSER_ERROR")]
        assert len(org.records("Account")) == 79

    def test_eight_guilty_records_in_a_row_end_the_run_with_the_cure(self, before: Gateway, org: Sandbox) -> None:
        self._refuse(before, 400, json.dumps([{"errorCode": "JSON_PARSER_ERROR", "message": "no"}]).encode())
        with pytest.raises(AccessError, match="Turn on Perform data property validation") as caught:
            write(
                org,
                self.ITEMS,
                {**BY_KEY, "advanced": {"api": "collections", "concurrency": 1}},
                context_through(before),
            )
        assert len([asked for asked in before.asked if "composite/sobjects" in asked.path]) < 40
        assert caught.value.report is not None
        counts = caught.value.report["counts"]
        assert counts["failed"] + counts["unprocessed"] == 2_000
        assert counts["failed"] >= 8

    def test_too_many_long_requests_are_not_taken_for_the_days_allowance(self, org: Sandbox) -> None:
        org.inject("request_limit_concurrent", kinds=("collections_upsert",))
        with pytest.raises(UnreachableError, match="as many long requests as it takes at once"):
            write(org, TWO, {**BY_KEY, "advanced": {"maxTries": 2}}, _impatient(org))


@pytest.mark.parametrize("concurrency", [1, 5, 10])
def test_the_reserve_is_not_overrun_by_calls_side_by_side(concurrency: int) -> None:
    """With a limit of 20 and a reserve of half of it, ten calls at any concurrency."""
    items = [{"Ext__c": f"k{number}", "Name": "x"} for number in range(40)]
    advanced = {"api": "collections", "batchSize": 1, "concurrency": concurrency, "reserveApiCalls": 50}
    with Sandbox(SandboxOptions(api_limit=20)) as org:
        result = write(org, items, {**BY_KEY, "advanced": advanced})
    assert outcomes(result)["unprocessed"] > 0
    assert result.report is not None
    assert result.report["apiCalls"]["orgUsed"] == 10
