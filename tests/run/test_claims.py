"""Two runs at once, or one after another was killed, make no two records of one key (block specification 7)."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.block.namespaces import CLAIMS
from ziggy_sf_write.contract import BlockResult, HostError, StoreRecord
from ziggy_sf_write.errors import StoreError
from ziggy_sf_write.run import claims
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import describe_target
from ziggy_sf_write.run.plan import match_key

BY_NAME = {"matchKey": "Name", "advanced": {"doubtTime": 3}}
BY_EMAIL = {"object": "Contact", "matchKey": "Email", "advanced": {"doubtTime": 3}}


class WatchedStore(MemoryStore):
    """Counts what it is asked for; `before` is called once before the first claim is made, `fails` makes calls fail."""

    def __init__(self, before: Callable[[], object] | None = None, fails: Iterable[str] = ()) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.before = before
        self.fails = set(fails)

    def _ask(self, method: str) -> None:
        self.asked.append(method)
        if method in self.fails:
            raise HostError("The disk is full.")

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        before, self.before = self.before, None
        if before is not None:
            before()
        self._ask("insert_many")
        return super().insert_many(records)

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        self._ask("upsert_many")
        super().upsert_many(records)

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        self._ask("find")
        return super().find(name, limit=limit, offset=offset)

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        self._ask("find_keys")
        return super().find_keys(name, keys)

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        self._ask("delete_keys")
        return super().delete_keys(name, keys)


def names(org: Sandbox) -> list[str]:
    return sorted(one["Name"] for one in org.records("Account"))


def code_of(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


def held(store: MemoryStore) -> list[StoreRecord]:
    """The claims that keep others off."""
    found = store.find(CLAIMS, limit=9_999)
    return [one for one in found if one.data["struck"] is None and one.data["until"] > time.time()]


def end_all(store: MemoryStore) -> None:
    """As if their time were over for long."""
    for one in store.find(CLAIMS, limit=9_999):
        store.upsert_many([StoreRecord(name=one.name, key=one.key, data={**one.data, "until": 1.0})])


def leave_a_claim(org: Sandbox, store: MemoryStore, items: list[dict[str, Any]], *, config: Any = None) -> None:
    """A run whose creates are lost for good: nothing of them is saved, and nobody knows."""
    kinds = ("collections_create", "collections_upsert")
    org.inject("reset_before_reading", kinds=kinds)
    settings = {**(config or BY_NAME), "advanced": {"doubtTime": 3}}
    result = write(org, items, settings, context_for(org, store=store, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"unknown": len(items)}
    org.clear_faults()


class TestTwoRunsAtOnce:
    def test_what_another_run_has_made_since_the_look_up_is_updated(self, org: Sandbox) -> None:
        store = WatchedStore()
        items = [{"Name": f"n{number}", "Phone": "1"} for number in range(5)]
        store.before = lambda: write(org, items[:3], BY_NAME, context_for(org, store=store))
        result = write(org, [{**one, "Phone": "2"} for one in items], BY_NAME, context_for(org, store=store))
        assert outcomes(result) == {"written": 5}
        assert result.report is not None
        assert (result.report["counts"]["received"], result.report["created"], result.report["updated"]) == (5, 2, 3)
        assert [(one["Name"], one["Phone"]) for one in org.records("Account")] == [(f"n{n}", "2") for n in range(5)]
        assert [one["Name"] for one in result.outputs[0]] == [one["Name"] for one in items]
        assert held(store) == []

    def test_three_runs_of_one_flow_make_one_record_of_each_name(self, org: Sandbox) -> None:
        store = MemoryStore()
        items = [{"Name": f"n{number:03}"} for number in range(594)]

        def run(number: int) -> BlockResult:
            config = {**BY_NAME, "advanced": {"doubtTime": 3, "batchSize": 50}}
            return write(org, items, config, context_for(org, store=store, execution_id=f"run-{number}"))

        with ThreadPoolExecutor(3) as pool:
            results = list(pool.map(run, range(3)))
        assert [outcomes(one) for one in results] == [{"written": 594}] * 3
        assert names(org) == [one["Name"] for one in items]

    def test_sixty_launches_with_one_name_make_one_record(self, org: Sandbox) -> None:
        store = MemoryStore()
        with ThreadPoolExecutor(60) as pool:
            contexts = [context_for(org, store=store, execution_id=f"run-{number}") for number in range(60)]
            results = list(pool.map(lambda context: write(org, [{"Name": "one"}], BY_NAME, context), contexts))
        assert [outcomes(one) for one in results] == [{"written": 1}] * 60
        assert names(org) == ["one"]

    def test_a_second_item_of_a_claimed_key_comes_after_the_first(self, org: Sandbox) -> None:
        store = WatchedStore()
        store.before = lambda: write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=store))
        items = [{"Name": "a", "Phone": "1"}, {"Name": "b"}, {"Name": "a", "Phone": "2"}]
        assert outcomes(write(org, items, BY_NAME, context_for(org, store=store))) == {"written": 3}
        assert [(one["Name"], one["Phone"]) for one in org.records("Account")] == [("a", "2"), ("b", None)]

    def test_a_child_of_a_claimed_parent_comes_after_it(self, org: Sandbox) -> None:
        store, config = MemoryStore(), {**BY_NAME, "matchKey": "ErpNumber__c"}
        leave_a_claim(org, store, [{"ErpNumber__c": 1, "Name": "top"}], config=config)
        items = [{"ErpNumber__c": 2, "Name": "low", "Parent": {"ErpNumber__c": 1}}, {"ErpNumber__c": 1, "Name": "top"}]
        assert outcomes(write(org, items, config, context_for(org, store=store))) == {"written": 2}
        top, low = sorted(org.records("Account"), key=lambda one: one["ErpNumber__c"])
        assert low["ParentId"] == top["Id"]

    def test_what_is_all_or_none_waits_as_a_whole(self, org: Sandbox) -> None:
        store = WatchedStore()
        store.before = lambda: write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=store))
        config = {"matchKey": "Name", "advanced": {"allOrNone": True, "doubtTime": 3}}
        assert outcomes(write(org, [{"Name": "a"}, {"Name": "b"}], config, context_for(org, store=store))) == {
            "written": 2
        }
        assert names(org) == ["a", "b"]
        assert org.stats().calls["collections_create"] == 2
        assert held(store) == []

    @pytest.mark.parametrize("api", ["collections", "bulk"])
    def test_an_upsert_by_a_key_that_is_not_unique_is_claimed(
        self, org: Sandbox, api: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = MemoryStore()
        leave_a_claim(org, store, [{"Email": "a@x.org", "LastName": "Lost"}], config=BY_EMAIL)
        items = [{"Email": f"{name}@x.org", "LastName": "New"} for name in "ab"]
        config = {**BY_EMAIL, "advanced": {"doubtTime": 3, "api": api}}
        stopped = write(org, items, config, context_for(org, store=store, cancelled=_StopInThePause(caplog)))
        assert code_of(stopped) == [(0, "unprocessed", "key_claimed")]
        assert outcomes(write(org, items, config, context_for(org, store=store))) == {"written": 2}
        assert sorted(one["Email"] for one in org.records("Contact")) == ["a@x.org", "b@x.org"]
        assert held(store) == []

    def test_a_claimed_upsert_goes_on_when_its_record_is_there(self, org: Sandbox) -> None:
        store = MemoryStore()
        item = {"Email": "a@x.org", "LastName": "New"}
        leave_a_claim(org, store, [item], config=BY_EMAIL)
        org.insert("Contact", [{"Email": "a@x.org", "LastName": "Late"}])
        assert outcomes(write(org, [item], BY_EMAIL, context_for(org, store=store))) == {"written": 1}
        assert [one["LastName"] for one in org.records("Contact")] == ["New"]


class _StopInThePause(threading.Event):
    """A stop that comes when the run waits for another one, not for a job of its own."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        super().__init__()
        self._caplog = caplog

    def wait(self, timeout: float | None = None) -> bool:
        if "items wait for another run" in self._caplog.text:
            self.set()
        return super().wait(timeout)


class TestAfterAKill:
    def test_a_claim_holds_until_its_time_is_over(self, org: Sandbox) -> None:
        store = MemoryStore()
        leave_a_claim(org, store, [{"Name": "a"}])
        assert len(held(store)) == 1
        result = write(org, [{"Name": "a"}, {"Name": "b"}], BY_NAME, context_for(org, store=store))
        assert outcomes(result) == {"written": 2}
        assert names(org) == ["a", "b"]
        assert {one.key.partition(".")[2] for one in store.find(CLAIMS, limit=9)} == {"", "1"}

    def test_and_the_next_but_one_run_finds_the_third_generation(self, org: Sandbox) -> None:
        store = MemoryStore()
        for _ in range(2):
            leave_a_claim(org, store, [{"Name": "a"}])
            end_all(store)
        assert outcomes(write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=store))) == {"written": 1}
        assert sorted(one.key.partition(".")[2] for one in store.find(CLAIMS, limit=9)) == ["", "1", "2"]

    def test_its_record_may_come_late(self, org: Sandbox) -> None:
        store = MemoryStore()
        org.inject("late_commit", at=(1,), kinds=("collections_create",), seconds=0.8)
        items = [{"Name": f"n{number}"} for number in range(30)]
        first = write(org, items, BY_NAME, context_for(org, store=store, cancelled=ImpatientEvent()))
        assert outcomes(first) == {"unknown": 30}
        again = write(org, items, BY_NAME, context_for(org, store=store))
        assert outcomes(again) == {"written": 30}
        org.await_late_commits()
        assert names(org) == sorted(one["Name"] for one in items)

    def test_a_stop_ends_the_wait_and_says_until_when(self, org: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
        store = MemoryStore()
        leave_a_claim(org, store, [{"Name": "a"}])
        result = write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=store, cancelled=_StopInThePause(caplog)))
        assert result.report is not None
        (line,) = result.report["notWritten"]
        assert (line["outcome"], line["errors"][0]["code"]) == ("unprocessed", "key_claimed")
        until = store.find(CLAIMS, limit=1)[0].data["until"]
        told = f"has claimed their keys until {claims.clock(until)} UTC"
        assert told in line["errors"][0]["message"]
        assert told in caplog.text

    def test_nobody_waits_for_longer_than_a_claim_can_hold(self, org: Sandbox) -> None:
        store = MemoryStore()
        leave_a_claim(org, store, [{"Name": "a"}])
        context = context_for(org, store=store, cancelled=ImpatientEvent())
        assert code_of(write(org, [{"Name": "a"}], BY_NAME, context)) == [(0, "unprocessed", "key_claimed")]
        assert names(org) == []


class TestWhatItCosts:
    def test_two_hundred_creates_cost_two_calls_of_the_store_and_a_look_before_and_after(self, org: Sandbox) -> None:
        store = WatchedStore()
        items = [{"Name": f"n{number}"} for number in range(200)]
        write(org, items, BY_NAME, context_for(org, store=store))
        assert store.asked == ["find", "insert_many", "upsert_many", "find"]

    def test_a_warm_run_by_a_unique_key_of_the_org_asks_the_store_for_nothing(self, org: Sandbox) -> None:
        store = WatchedStore()
        items = [{"Ext__c": f"k{number}", "Name": "a"} for number in range(200)]
        write(org, items, {"matchKey": "Ext__c"}, context_for(org, store=store))
        assert store.asked == ["find"]  # whether a Bulk job of a killed run is noted
        store.asked, calls = [], org.stats().total_calls
        write(org, items, {"matchKey": "Ext__c"}, context_for(org, store=store))
        assert (store.asked, org.stats().total_calls - calls) == ([], 1)

    def test_a_store_that_has_no_hash_is_asked_each_time(self, org: Sandbox) -> None:
        class Unhashable(WatchedStore):
            __hash__ = None  # type: ignore[assignment]

        store = Unhashable()
        for _ in range(2):
            write(org, [{"Ext__c": "k", "Name": "a"}], {"matchKey": "Ext__c"}, context_for(org, store=store))
        assert store.asked == ["find", "find"]

    def test_neither_does_an_update(self, org: Sandbox) -> None:
        org.insert("Account", [{"Name": "a"}])
        store = WatchedStore()
        write(org, [{"Name": "a", "Phone": "1"}], BY_NAME, context_for(org, store=store))
        assert store.asked == ["find"]

    def test_claims_of_records_that_were_refused_are_struck_at_once(self, org: Sandbox) -> None:
        store = MemoryStore()
        result = write(org, [{"Name": "a", "Industry": "x" * 300}], BY_NAME, context_for(org, store=store))
        assert outcomes(result) == {"failed": 1}
        assert store.find(CLAIMS, limit=9) == []

    def test_what_is_over_is_taken_out_by_later_runs(self, org: Sandbox) -> None:
        store = MemoryStore()
        write(org, [{"Name": "old"}], BY_NAME, context_for(org, store=store))
        (one,) = store.find(CLAIMS, limit=9)
        # Two generations of each key, of which the second of every seventh key is not over.
        for number in range(1_500):
            over = {**one.data, "until": 1.0}
            store.upsert_many([StoreRecord(name=one.name, key=f"{number:040}", data=over)])
            second = one.data if number % 7 == 0 else over
            store.upsert_many([StoreRecord(name=one.name, key=f"{number:040}.1", data=second)])
        for number in range(4):
            write(org, [{"Name": f"new{number}"}], BY_NAME, context_for(org, store=store))
        left = [found.key for found in store.find(CLAIMS, limit=9_999)]
        kept = [f"{number:040}{suffix}" for number in range(0, 1_500, 7) for suffix in ("", ".1")]
        assert sorted(key for key in left if key.startswith("0000")) == kept
        assert len(left) == len(kept) + 5


class TestAStoreThatFails:
    def test_without_a_claim_nothing_is_created(self, org: Sandbox) -> None:
        store = WatchedStore(fails=["insert_many"])
        with pytest.raises(StoreError, match=r"could not be claimed .* The disk is full") as caught:
            write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=store))
        assert caught.value.report is not None
        assert caught.value.report["counts"]["unprocessed"] == 1
        assert names(org) == []

    @pytest.mark.parametrize("method", ["upsert_many", "find"])
    def test_what_was_created_before_it_failed_stays_accounted_for(self, org: Sandbox, method: str) -> None:
        store = WatchedStore(fails=[method])
        with pytest.raises(StoreError) as caught:
            write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=store))
        assert caught.value.report is not None
        assert caught.value.report["counts"]["written"] == 1
        assert names(org) == ["a"]

    def test_a_claim_that_was_made_although_the_store_failed_is_ones_own(self, org: Sandbox) -> None:
        class Forgetful(MemoryStore):
            has_failed = False

            def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
                there = super().insert_many(records)
                if not self.has_failed:
                    self.has_failed = True
                    raise HostError("The answer was lost.")
                return there

        assert outcomes(write(org, [{"Name": "a"}], BY_NAME, context_for(org, store=Forgetful()))) == {"written": 1}

    def test_a_host_that_cannot_insert_is_told_so_once(self, org: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
        class Plain(MemoryStore):
            insert_many = None  # type: ignore[assignment]

        config = {**BY_NAME, "advanced": {"batchSize": 1}}
        with caplog.at_level(logging.WARNING):
            result = write(org, [{"Name": "a"}, {"Name": "b"}], config, context_for(org, store=Plain()))
        assert outcomes(result) == {"written": 2}
        assert caplog.text.count("insert_many") == 1


class TestTheirTime:
    """A clock of the test's own: what takes minutes."""

    def _claims(self, org: Sandbox, store: MemoryStore, clock: list[float]) -> claims.Claims:
        run = RunContext.start(
            parse_config({"connection": "sfDev", "object": "Account", **BY_NAME}), context_for(org, store=store)
        )
        describe, field = describe_target(run.config, run.client)
        return claims.Claims(run, describe, match_key(field, upsert=True, dry_run=False), now=lambda: clock[0])

    def test_a_look_up_of_long_ago_says_nothing_any_more(self, org: Sandbox) -> None:
        clock = [1_000.0]
        own = self._claims(org, MemoryStore(), clock)
        own.begin_look_up()
        clock[0] += claims.FRESH_S + 1
        assert own.take(["a", "b"]) == {"a", "b"}
        own.begin_look_up()
        assert own.take(["a", "b"]) == set()

    def test_a_claim_is_renewed_before_its_key_is_sent_once_more(self, org: Sandbox) -> None:
        clock, store = [1_000.0], MemoryStore()
        own = self._claims(org, store, clock)
        own.begin_look_up()
        own.take(["a"])
        clock[0] += 9
        own.renew(["a", "of nobody"])
        assert [one.data["until"] for one in store.find(CLAIMS, limit=9)] == [1_003.0]
        clock[0] += 9
        own.renew(["a"])
        assert [one.data["until"] for one in store.find(CLAIMS, limit=9)] == [1_021.0]

    def test_and_while_a_job_is_at_work_on_it_when_half_of_its_time_is_over(self, org: Sandbox) -> None:
        clock, store = [1_000.0], MemoryStore()
        own = self._claims(org, store, clock)
        own.begin_look_up()
        own.take(["a"])
        for seconds, until in ((1.4, 1_003.0), (0.2, 1_004.6)):
            clock[0] += seconds
            own.renew(["a"], is_at_work=True)
            assert [one.data["until"] for one in store.find(CLAIMS, limit=9)] == [until]

    def test_the_clock_of_another_machine_may_be_wrong(self, org: Sandbox) -> None:
        clock, store = [1_000.0], MemoryStore()
        own = self._claims(org, store, clock)
        own.begin_look_up()
        own.take(["a"])
        (one,) = store.find(CLAIMS, limit=9)
        store.upsert_many([StoreRecord(name=one.name, key=one.key, data={**one.data, "machine": "another"})])
        for at, blocked in ((1_004.0, {"a"}), (1_062.0, {"a"}), (1_064.0, set())):
            clock[0] = at
            other = self._claims(org, store, clock)
            other.begin_look_up()
            assert other.take(["a"]) == blocked
