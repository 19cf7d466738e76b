"""Kept failures end when their item is written (block.md, section 6): no replay puts old values over newer ones."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import CountingStore, FakeContext, MemoryStore
from tests.support.orgs import context_for, write
from tests.support.streams import stream
from ziggy_sf_write.block.namespaces import KEPT_KEYS
from ziggy_sf_write.contract import BlockResult, HostError, StoreRecord
from ziggy_sf_write.errors import LoginError, StoreError

NAMESPACE = "accountErrors"
LONG = "n" * 300
SETTINGS = {"matchKey": "Ext__c", "errorNamespace": NAMESPACE}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def _run(org: Sandbox, store: MemoryStore, items: Sequence[Any], name: str, **more: Any) -> BlockResult:
    context: FakeContext = context_for(org, store=store)
    context.execution_id = name
    return write(org, items, {**SETTINGS, **more}, context)


def _kept(store: MemoryStore) -> dict[str, Any]:
    return {one.key: one.data["data"] for one in store.find(NAMESPACE, limit=10_000)}


def _told(result: BlockResult) -> dict[str, int]:
    assert result.report is not None
    return dict(result.report["keptFailures"])


def test_a_later_success_of_all_fields_removes_it(org: Sandbox, store: MemoryStore) -> None:
    _run(org, store, [{"Ext__c": "a", "Name": LONG}, {"Ext__c": "b", "Name": LONG}], "first")
    assert list(_kept(store)) == ["a", "b"]
    done = _run(org, store, [{"Ext__c": "a", "Name": "Acme", "Phone": "1"}], "second")
    assert list(_kept(store)) == ["b"]
    assert _told(done) == {"removed": 1, "superseded": 0}


@pytest.mark.parametrize("spelling", ["ÄB ", "äb", "ÄB"])
def test_the_key_is_compared_as_in_matching(org: Sandbox, store: MemoryStore, spelling: str) -> None:
    _run(org, store, [{"Ext__c": "Äb", "Name": LONG}], "first")
    _run(org, store, [{"Ext__c": spelling, "Name": "Acme"}], "second")
    assert _kept(store) == {}


def test_its_siblings_go_with_it(org: Sandbox, store: MemoryStore) -> None:
    _run(org, store, [{"Ext__c": "a", "Name": LONG}, {"Ext__c": "a", "Name": LONG, "Phone": "1"}], "first")
    assert list(_kept(store)) == ["a", "a (2)"]
    _run(org, store, [{"Ext__c": "a", "Name": "Acme", "Phone": "2"}], "second")
    assert _kept(store) == {}


def test_one_that_is_covered_in_part_loses_what_was_written_since(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Acme"}])
    _run(org, store, [{"Ext__c": "a", "Name": LONG, "phone": "old"}], "first")
    done = _run(org, store, [{"Ext__c": "a", "Phone": "new"}], "second", upsert=True, matchKey="ext__C")
    assert _told(done) == {"removed": 0, "superseded": 1}
    assert _kept(store) == {"a": {"Ext__c": "a", "Name": LONG}}
    kept = store.find_key(NAMESPACE, "a")
    assert kept is not None
    assert kept.data["superseded"] == {"phone": "old"}
    # What a replay sends now leaves the newer value alone.
    replayed = {**_kept(store)["a"], "Name": "Mended"}
    _run(org, store, [replayed], "third")
    (record,) = org.records("Account")
    assert (record["Name"], record["Phone"]) == ("Mended", "new")
    assert _kept(store) == {}


def test_a_stopped_run_and_a_whole_one_after_it_leave_nothing(org: Sandbox, store: MemoryStore) -> None:
    items = [{"Ext__c": str(number), "Name": f"Acme {number}", "Note": "no field"} for number in range(2_300)]
    context = context_for(org, store=store)
    context.execution_id = "first"
    context.on_report = lambda progress: context.cancelled.set() if progress.done else None
    settings = {
        **SETTINGS,
        "properties": ["Name"],
        "advanced": {"api": "collections", "concurrency": 1, "batchSize": 100},
    }
    write(org, items, settings, context)
    assert 1_000 < len(_kept(store)) < 2_300
    done = _run(org, store, items, "second", properties=["Name"])
    assert _kept(store) == {}
    assert len(org.records("Account")) == 2_300
    assert _told(done)["removed"] > 1_000


def test_items_without_a_key_end_each_with_one_like_it(org: Sandbox, store: MemoryStore) -> None:
    context = context_for(org, store=store)
    context.execution_id = "first"
    context.cancelled.set()
    twins = [{"Name": "Twin"}, {"Name": "Twin"}, {"Name": "Other"}]
    write(org, twins, {**SETTINGS, "matchKey": "Id"}, context)
    assert len(_kept(store)) == 3
    _run(org, store, [{"Name": "Twin"}], "second", matchKey="Id")
    assert sorted(one["Name"] for one in _kept(store).values()) == ["Other", "Twin"]


class TestWhatStays:
    def test_a_failure_that_comes_behind_the_success_of_its_key(self, org: Sandbox, store: MemoryStore) -> None:
        done = _run(org, store, [{"Ext__c": "a", "Name": "Acme"}, {"Ext__c": "a", "Name": LONG}], "first")
        assert _kept(store) == {"a": {"Ext__c": "a", "Name": LONG}}
        assert _told(done) == {"removed": 0, "superseded": 0}

    def test_but_not_one_that_comes_before_it(self, org: Sandbox, store: MemoryStore) -> None:
        _run(org, store, [{"Ext__c": "a", "Name": LONG}, {"Ext__c": "a", "Name": "Acme"}], "first")
        assert _kept(store) == {}

    def test_a_twin_without_a_key_in_the_same_run(self, org: Sandbox, store: MemoryStore) -> None:
        context = context_for(org, store=store)
        settings = {**SETTINGS, "matchKey": "Id", "advanced": {"batchSize": 1, "concurrency": 1, "maxFailures": 1}}
        write(org, [{"Name": "Twin"}, {"Name": LONG}, {"Name": "Twin"}], settings, context)
        assert sorted(one["Name"] for one in _kept(store).values()) == ["Twin", LONG]

    @pytest.mark.parametrize(
        "about", [{"object": "Contact"}, {"connection": "other"}, {"matchKey": "Name"}, {"data": "no object"}]
    )
    def test_what_was_kept_for_something_else(self, org: Sandbox, store: MemoryStore, about: dict[str, Any]) -> None:
        _run(org, store, [{"Ext__c": "a", "Name": LONG}], "first")
        (record,) = store.find(NAMESPACE, limit=10)
        store.upsert_many([StoreRecord(name=NAMESPACE, key="a", data={**record.data, **about})])
        store.upsert_many([StoreRecord(name=NAMESPACE, key="note", data="of a person")])
        _run(org, store, [{"Ext__c": "a", "Name": "Acme"}], "second")
        assert [one.key for one in store.find(NAMESPACE, limit=10)] == ["a", "note"]

    def test_what_another_run_keeps_while_this_one_writes(self, org: Sandbox, store: MemoryStore) -> None:
        _run(org, store, [{"Ext__c": "a", "Name": LONG}], "first")
        (record,) = store.find(NAMESPACE, limit=10)
        later = {**record.data, "executionId": "beside", "at": "2999-01-01T00:00:00.000+00:00"}
        store.upsert_many([StoreRecord(name=NAMESPACE, key="a", data=later)])
        _run(org, store, [{"Ext__c": "a", "Name": "Acme"}], "second")
        assert list(_kept(store)) == ["a"]

    def test_what_none_of_its_fields_was_written_of(self, org: Sandbox, store: MemoryStore) -> None:
        org.insert("Account", [{"Ext__c": "a", "Name": "Acme"}])
        _run(org, store, [{"Ext__c": "a", "Name": LONG}], "first")
        done = _run(org, store, [{"Ext__c": "a", "Phone": "1"}], "second")
        assert _kept(store) == {"a": {"Ext__c": "a", "Name": LONG}}
        assert _told(done) == {"removed": 0, "superseded": 0}

    def test_everything_in_a_preview(self, org: Sandbox, store: MemoryStore) -> None:
        _run(org, store, [{"Ext__c": "a", "Name": LONG}], "first")
        _run(org, store, [{"Ext__c": "a", "Name": "Acme"}], "second", advanced={"dryRun": True})
        assert list(_kept(store)) == ["a"]

    def test_what_is_empty_and_left_alone_need_not_be_written(self, org: Sandbox, store: MemoryStore) -> None:
        _run(org, store, [{"Ext__c": "a", "Name": LONG, "Phone": ""}], "first")
        _run(org, store, [{"Ext__c": "a", "Name": "Acme"}], "second")
        assert _kept(store) == {}

    def test_a_relationship_is_covered_by_its_field(self, org: Sandbox, store: MemoryStore) -> None:
        (parent,) = org.insert("Account", [{"Name": "Parent", "Ext__c": "p"}])
        _run(org, store, [{"Ext__c": "a", "Name": LONG, "Parent.Ext__c": "p"}], "first")
        _run(org, store, [{"Ext__c": "a", "Name": "Acme", "ParentId": parent}], "second")
        assert _kept(store) == {}


def test_a_store_that_fails_is_asked_again_and_then_told(org: Sandbox, store: MemoryStore) -> None:
    class Stuck(MemoryStore):
        failing = 1

        def delete_keys(self, name: str, keys: Any) -> int:
            self.failing -= 1
            if self.failing >= 0:
                raise HostError("The disk is full.")
            return super().delete_keys(name, keys)

    stuck = Stuck()
    _run(org, stuck, [{"Ext__c": "a", "Name": LONG}], "first")
    _run(org, stuck, [{"Ext__c": "a", "Name": "Acme"}], "second")
    assert _kept(stuck) == {}
    stuck.failing = 2
    _run(org, stuck, [{"Ext__c": "a", "Name": LONG}], "third")
    with pytest.raises(StoreError, match="could not be taken out of it: The disk is full") as caught:
        _run(org, stuck, [{"Ext__c": "a", "Name": "Acme"}], "fourth")
    assert caught.value.report is not None
    assert caught.value.report["counts"]["written"] == 1


def _fill(org: Sandbox, store: MemoryStore, keys: Iterable[str], **more: Any) -> None:
    """Keeps a failure of each key, as a run of before has done."""
    _run(org, store, [{"Ext__c": "like", "Name": LONG}], "before")
    like = store.find_key(NAMESPACE, "like")
    assert like is not None
    store.delete_key(NAMESPACE, "like")
    store.upsert_many(
        replace(like, key=key, data={**like.data, "data": {"Ext__c": key.partition(" (")[0], "Name": LONG, **more}})
        for key in keys
    )


def test_it_costs_one_look_while_the_namespace_is_empty(org: Sandbox) -> None:
    store = CountingStore(NAMESPACE)
    _run(org, store, [{"Ext__c": str(number), "Name": "Acme"} for number in range(3_000)], "first")
    assert store.looks == 1
    _run(org, store, [{"Ext__c": "a", "Name": "Acme"}], "second", errorNamespace=None)
    assert store.looks == 1


class TestInALargeNamespace:
    """More is kept than a run writes: what is kept is found by its key, not by reading all of it."""

    @pytest.fixture
    def store(self, org: Sandbox) -> CountingStore:
        store = CountingStore(NAMESPACE)
        _fill(org, store, [f"K-{number}" for number in range(20_000)])
        store.looks = 0
        return store

    @pytest.mark.parametrize(("count", "looks"), [(1, 2), (1_000, 2), (2_500, 6)])
    def test_it_costs_a_look_for_a_thousand_written_items(
        self, org: Sandbox, store: CountingStore, count: int, looks: int
    ) -> None:
        """One thousand or as many as are written are read at first; then one look is for each thousand."""
        items = [{"Ext__c": f"K-{number}", "Name": "Acme"} for number in range(10_000, 10_000 + count)]
        done = _run(org, store, items, "later")
        assert _told(done) == {"removed": count, "superseded": 0}
        assert store.looks == looks
        assert len(store.find(NAMESPACE, limit=20_000)) == 20_000 - count

    @pytest.mark.parametrize("spelling", ["K-19999", "k-19999", " K-19999 ", "K-19999\t"])
    def test_a_key_may_be_spelled_in_another_way(self, org: Sandbox, store: CountingStore, spelling: str) -> None:
        _run(org, store, [{"Ext__c": spelling, "Name": "Acme"}], "later")
        assert store.find_key(NAMESPACE, "K-19999") is None
        assert store.looks == 2

    def test_all_siblings_of_a_key_are_found(self, org: Sandbox, store: CountingStore) -> None:
        siblings = [f"Z ({number})" for number in range(2, 41)]
        _fill(org, store, ["Z", *siblings])
        looks = store.looks
        _run(org, store, [{"Ext__c": "Z", "Name": "Acme"}], "later")
        assert len(store.records) == 20_000
        assert store.looks == looks + 7  # a first one, then for Z and (2), to (4), (8), (16), (32) and (64)

    def test_what_was_kept_for_another_object_stays(self, org: Sandbox, store: CountingStore) -> None:
        _fill(org, store, ["Y"])
        kept = store.records[NAMESPACE, "Y"]
        store.upsert_many([replace(kept, data={**kept.data, "object": "Lead"})])
        done = _run(org, store, [{"Ext__c": "Y", "Name": "Acme"}], "later")
        assert _told(done) == {"removed": 0, "superseded": 0}
        assert store.find_key(NAMESPACE, "Y") is not None

    def test_items_without_a_key_are_found_by_what_is_in_them(self, org: Sandbox, store: CountingStore) -> None:
        context = context_for(org, store=store, execution_id="stopped")
        context.cancelled.set()
        write(org, [{"Name": "Twin"}, {"Name": "Twin"}], {**SETTINGS, "matchKey": "Id"}, context)
        assert len(store.records) == 20_003  # and a note that they are siblings
        _run(org, store, [{"Name": "Twin"}], "later", matchKey="Id")
        assert len(store.records) == 20_001

    def test_an_id_is_found_with_and_without_its_check_digits(self, org: Sandbox, store: CountingStore) -> None:
        first, second = org.insert("Account", [{"Name": "one"}, {"Name": "two"}])
        for kept in (first[:15], second):
            _run(org, store, [{"Id": kept, "Name": LONG}], "failed", matchKey="Id")
        assert len(store.records) == 20_002
        items = [{"Id": first, "Name": "Acme"}, {"Id": second[:15], "Name": "Acme"}]
        _run(org, store, items, "later", matchKey="Id")
        assert len(store.records) == 20_000


class TestOddSpellings:
    """A spelling that does not follow from the written one is noted when a failure is kept under it."""

    @pytest.fixture
    def store(self, org: Sandbox) -> CountingStore:
        """More than a run looks through, and all of it before what the tests keep."""
        store = CountingStore(NAMESPACE)
        _fill(org, store, [f" -{number:04}" for number in range(1_200)])
        store.looks = 0
        return store

    @pytest.mark.parametrize(
        ("kept", "written"),
        [("AbC", "aBc"), ("Äb  \t", "äB"), ("Abcdefghijklmno", "aBCDEFGHIJKLMNO"), ("n (2) X", "N (2) x")],
    )
    def test_a_key_that_was_kept_in_an_odd_spelling_is_found(
        self, org: Sandbox, store: CountingStore, kept: str, written: str
    ) -> None:
        """A note of the odd spelling leads to it, and goes with it: one look more at the store."""
        _run(org, store, [{"Ext__c": kept, "Name": LONG}, {"Ext__c": kept, "Name": LONG, "Phone": "1"}], "first")
        assert len(store.find(KEPT_KEYS, limit=10)) == 1
        assert len(store.records) == 1_204  # a note of its spelling, and one of its sibling
        store.looks = 0
        done = _run(org, store, [{"Ext__c": written, "Name": "Acme", "Phone": "1"}], "later")
        assert _told(done) == {"removed": 2, "superseded": 0}
        assert len(store.records) == 1_200
        assert store.looks == 3  # the third is for a sibling `(3)`

    @pytest.mark.parametrize(
        ("kept", "written"), [("1.0", 1), ("1E3", "1000"), (" 7", "7.00"), (7.0, "7"), ("0.50", Decimal("0.5"))]
    )
    def test_a_number_is_found_by_its_value(self, org: Sandbox, store: CountingStore, kept: Any, written: Any) -> None:
        (record,) = org.insert("Account", [{"Name": "Old", "AnnualRevenue": float(kept)}])
        numbers = {"matchKey": "AnnualRevenue"}
        _run(org, store, [{"AnnualRevenue": kept, "Name": LONG}], "first", **numbers)
        assert store.find_key(NAMESPACE, str(kept)) is not None
        done = _run(org, store, [{"AnnualRevenue": written, "Name": "Acme"}], "later", validate=True, **numbers)
        assert _told(done) == {"removed": 1, "superseded": 0}
        assert len(store.records) == 1_200
        assert [one["Id"] for one in org.records("Account") if one["Name"] == "Acme"] == [record]

    def test_one_of_a_key_that_only_looks_alike_stays(self, org: Sandbox, store: CountingStore) -> None:
        """`1.0` and `1` are one number and two texts: what is noted of a key is compared as its field compares."""
        _run(org, store, [{"Ext__c": "1.0", "Name": LONG}, {"Ext__c": "1.00", "Name": LONG}], "first")
        done = _run(org, store, [{"Ext__c": "1", "Name": "Acme"}], "later")
        assert _told(done) == {"removed": 0, "superseded": 0}
        done = _run(org, store, [{"Ext__c": "1.00", "Name": "Acme"}], "last")
        assert _told(done) == {"removed": 1, "superseded": 0}
        (note,) = store.find(KEPT_KEYS, limit=10)
        assert note.data == {"namespace": NAMESPACE, "keys": ["1.0"]}

    def test_a_note_stays_with_a_sibling_and_goes_once_there_is_none(self, org: Sandbox, store: CountingStore) -> None:
        twice = [{"Ext__c": "AbC", "Name": LONG}, {"Ext__c": "AbC", "Name": LONG, "Phone": "1"}]
        _run(org, store, twice, "first")
        _run(org, store, [{"Ext__c": "abc", "Name": "Acme"}], "later")
        assert [store.find_key(NAMESPACE, key) is None for key in ("AbC", "AbC (2)")] == [True, False]
        assert len(store.find(KEPT_KEYS, limit=10)) == 1
        # Somebody has thrown it away: the note goes when its key is written next.
        store.delete_key(NAMESPACE, "AbC (2)")
        _run(org, store, [{"Ext__c": "abc", "Name": "Acme", "Phone": "1"}], "last")
        assert store.find(KEPT_KEYS, limit=10) == []

    def test_a_failure_of_a_refused_login_is_found_too(self, org: Sandbox, store: CountingStore) -> None:
        """Nothing is known of the field then, so the note cannot follow its rule."""
        context = context_for(org, store=store)
        wrong = {**context.connections["sfDev"].config, "consumerSecret": "wrong"}
        object.__setattr__(context.connections["sfDev"], "config", wrong)
        with pytest.raises(LoginError):
            write(org, [{"Ext__c": "AbC", "Name": "Acme"}], SETTINGS, context)
        assert store.find_key(NAMESPACE, "AbC") is not None
        _run(org, store, [{"Ext__c": "abc", "Name": "Acme"}], "later")
        assert len(store.records) == 1_200


def test_what_a_run_keeps_itself_ends_with_its_own_success_in_a_later_window(org: Sandbox) -> None:
    store = CountingStore(NAMESPACE)
    rows = [{"Ext__c": "Äb", "Name": LONG}, {"Ext__c": "b", "Name": "x"}, {"Ext__c": "äB ", "Name": "Acme"}]
    stream(iter(rows), context_for(org, store=store), SETTINGS, window=1)
    assert _kept(store) == {}
