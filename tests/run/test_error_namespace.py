"""The namespace for errors: what was not written is kept there, item by item, with all that a replay needs."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import CountingStore, StoreLockedOnce
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.block.namespaces import SIBLINGS
from ziggy_sf_write.contract import DataStore, Progress
from ziggy_sf_write.errors import StoreError

BY_NAME = {"matchKey": "Name", "errorNamespace": "bad"}
BY_KEY = {"matchKey": "Ext__c", "errorNamespace": "bad"}


def test_a_failed_item_is_kept_with_all_that_a_replay_needs(org: Sandbox) -> None:
    org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
    context = context_for(org)
    write(org, [{"Name": "Two", "Phone": "1"}], BY_NAME, context)
    kept = context.store.find_key("bad", "Two")
    assert kept is not None
    assert kept.data["data"] == {"Name": "Two", "Phone": "1"}
    assert kept.data["errors"][0]["code"] == "ambiguous"
    about = {name: kept.data[name] for name in ("outcome", "object", "operation", "connection", "attempt")}
    assert about == {
        "outcome": "failed", "object": "Account", "operation": "upsert", "connection": "sfDev", "attempt": 1,
    }  # fmt: skip
    assert (kept.data["flow"], kept.data["executionId"]) == ("A flow", "run-1")


def test_a_second_failure_of_the_same_item_counts_as_the_next_attempt(org: Sandbox) -> None:
    org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
    context = context_for(org)
    for _ in range(2):
        write(org, [{"Name": "Two"}], BY_NAME, context)
    assert [record.data["attempt"] for record in context.store.find("bad", limit=9)] == [2]


def test_two_failures_of_one_key_are_both_kept(org: Sandbox) -> None:
    org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
    context = context_for(org)
    write(org, [{"Name": "Two", "Phone": "1"}, {"Name": "Two", "Phone": "2"}], BY_NAME, context)
    assert [record.data["data"]["Phone"] for record in context.store.find("bad", limit=9)] == ["1", "2"]


def test_invalid_items_are_not_kept(org: Sandbox) -> None:
    context = context_for(org)
    write(org, [{"Name": "x", "Nonsense": 1}], {**BY_NAME, "validate": True}, context)
    assert context.store.namespaces() == []


def test_a_broken_store_ends_the_run_and_the_report_still_has_every_item(org: Sandbox) -> None:
    org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
    context = context_for(org)
    context.store.is_broken = True
    with pytest.raises(StoreError, match="The disk is full") as caught:
        write(org, [{"Name": "Two"}], BY_NAME, context)
    assert caught.value.report is not None
    assert caught.value.report["notWritten"][0]["errors"][0]["code"] == "ambiguous"


def test_unknown_and_unprocessed_items_are_kept_too(org: Sandbox) -> None:
    org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_create",))
    org.inject("answer_lost_after_commit", at=(2, 3), kinds=("query",))
    context = context_for(org, cancelled=ImpatientEvent())
    items = [{"Name": "born"}, {"Name": "BORN"}]
    write(org, items, {**BY_NAME, "advanced": {"maxTries": 2, "doubtTime": 0}}, context)
    kept = {record.key: record.data["outcome"] for record in context.store.find("bad", limit=9)}
    assert kept == {"born": "unknown", "BORN": "unprocessed"}


def test_an_item_without_a_key_is_kept_under_a_stable_name_of_its_content(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    items: list[Any] = [{"Name": "x"}, "no object", {"Ext__c": "", "Name": "y"}]
    for _ in range(2):
        write(org, items, BY_KEY, context)
    kept = context.store.find("bad", limit=9)
    assert len(kept) == 3
    assert {record.data["attempt"] for record in kept} == {2}
    assert sorted((str(record.data["data"]) for record in kept), key=len) == sorted(map(str, items), key=len)


def test_values_of_python_are_kept_as_they_are_written(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    item = {"Ext__c": "a", "CloseDate": date(2026, 11, 23), "Amount": Decimal("12.50")}
    write(org, [item], {"matchKey": "ext__C", "errorNamespace": "bad"}, context)
    kept = context.store.find_key("bad", "a")
    assert kept is not None
    assert kept.data["data"] == {"Ext__c": "a", "CloseDate": "2026-11-23", "Amount": 12.5}
    assert datetime.fromisoformat(kept.data["at"]).tzinfo is not None


def test_a_name_that_reads_like_a_second_items_is_given_once(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    items = [{"Ext__c": "a"}, {"Ext__c": "a"}, {"Ext__c": "a (2)"}]
    write(org, items, BY_KEY, context)
    kept = context.store.find("bad", limit=9)
    assert sorted(record.key for record in kept) == ["a", "a (2)", "a (2) (2)"]


def test_an_item_keeps_its_name_when_the_store_has_to_be_asked_once_more(org: Sandbox) -> None:
    context = context_for(org, store=StoreLockedOnce())
    items = [{"Ext__c": "a", "Name": "y" * 300}]
    result = write(org, items, BY_KEY, context)
    assert outcomes(result) == {"failed": 1}
    assert [one.key for one in context.store.find("bad", limit=9)] == ["a"]


def test_another_item_of_the_same_run_is_not_taken_for_a_second_try(org: Sandbox) -> None:
    """A loop over batches runs the block once for each of them, in one run of its flow."""
    context = context_for(org)
    for number in (1, 2, 1):
        write(org, [{"Ext__c": "a", "Name": "y" * 300, "Phone": str(number)}], BY_KEY, context)
    kept = {one.key: (one.data["data"]["Phone"], one.data["attempt"]) for one in context.store.find("bad", limit=9)}
    assert kept == {"a": ("1", 2), "a (2)": ("2", 1)}


def _failing(number: int) -> dict[str, str]:
    return {"Ext__c": "a", "Name": "y" * 300, "Phone": str(number)}


def _phones(store: DataStore) -> dict[str, str]:
    return {one.key: one.data["data"]["Phone"] for one in store.find("bad", limit=99)}


def test_a_key_that_fails_in_batch_after_batch_costs_few_looks(org: Sandbox) -> None:
    store = CountingStore("bad")
    context = context_for(org, store=store)
    for number in range(40):
        looks = store.looks
        write(org, [_failing(number)], BY_KEY, context)
    assert store.looks == looks + 2  # at the key, and at the name behind all of its siblings
    names = ["a", *(f"a ({number})" for number in range(2, 41))]
    assert _phones(store) == {name: str(number) for number, name in enumerate(names)}


def test_an_item_that_fails_again_in_a_later_batch_stays_under_its_name(org: Sandbox) -> None:
    store = CountingStore("bad")
    context = context_for(org, store=store)
    for number in (*range(9), 5, 0, 9):
        write(org, [_failing(number)], BY_KEY, context)
    names = ["a", *(f"a ({number})" for number in range(2, 11))]
    assert _phones(store) == {name: str(number) for number, name in enumerate(names)}
    attempts = {one.data["data"]["Phone"]: one.data["attempt"] for one in store.find("bad", limit=99)}
    assert {phone for phone, attempt in attempts.items() if attempt == 2} == {"5", "0"}


@pytest.mark.parametrize("places", [{}, {"x": 2}], ids=repr)
@pytest.mark.parametrize("last", [2, 4, 99])
def test_a_wrong_note_of_siblings_costs_no_other_item(org: Sandbox, places: dict[str, int], last: int) -> None:
    context = context_for(org)
    for number in range(5):
        write(org, [_failing(number)], BY_KEY, context)
    (note,) = context.store.find(SIBLINGS, limit=9)
    context.store.upsert_many([replace(note, data={**note.data, "places": places, "last": last})])
    for number in (5, 3):
        write(org, [_failing(number)], BY_KEY, context)
    kept = _phones(context.store)
    names = ["a", *(f"a ({number})" for number in range(2, 6))]
    assert {name: str(number) for number, name in enumerate(names)}.items() <= kept.items()
    assert set(kept.values()) == {"0", "1", "2", "3", "4", "5"}


def test_two_items_that_are_alike_stay_under_their_two_names_batch_after_batch(org: Sandbox) -> None:
    context = context_for(org)
    write(org, [_failing(0)], BY_KEY, context)
    for _ in range(5):
        write(org, [_failing(1), _failing(1)], BY_KEY, context)
    assert _phones(context.store) == {"a": "0", "a (2)": "1", "a (3)": "1"}


def test_what_is_noted_of_siblings_is_bounded(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    write(org, [_failing(number) for number in range(2_500)], BY_KEY, context)
    (note,) = context.store.find(SIBLINGS, limit=9)
    assert (len(note.data["places"]), note.data["last"]) == (1_000, 2_500)
    write(org, [_failing(9_999)], BY_KEY, context)
    kept = context.store.find_key("bad", "a (2501)")
    assert kept is not None
    assert kept.data["data"]["Phone"] == "9999"


def test_a_failure_that_was_ended_meanwhile_does_not_come_back(org: Sandbox) -> None:
    context = context_for(org)
    for number in range(2):
        write(org, [_failing(number)], BY_KEY, context)
    context.store.delete_key("bad", "a")
    write(org, [_failing(1)], BY_KEY, context)
    assert _phones(context.store) == {"a": "1", "a (2)": "1"}


def test_the_next_execution_takes_the_names_of_the_last_from_the_first_on(org: Sandbox) -> None:
    context = context_for(org)
    for run, numbers in (("run-1", (0, 1, 2)), ("run-2", (7, 8))):
        for number in numbers:
            write(org, [_failing(number)], BY_KEY, context_for(org, store=context.store, execution_id=run))
    assert _phones(context.store) == {"a": "7", "a (2)": "8", "a (3)": "2"}


def test_items_of_one_key_that_fail_beside_kept_ones_take_the_next_names(org: Sandbox) -> None:
    context = context_for(org)
    for batch in (["1", "2"], ["3", "1", "4"]):
        items = [{"Ext__c": "a", "Name": "y" * 300, "Phone": phone} for phone in batch]
        write(org, items, BY_KEY, context)
    kept = {one.key: one.data["data"]["Phone"] for one in context.store.find("bad", limit=9)}
    assert sorted(kept) == ["a", "a (2)", "a (3)", "a (4)", "a (5)"]
    assert sorted(kept.values()) == ["1", "1", "2", "3", "4"]


def test_an_item_that_no_store_could_hold_does_not_cost_the_report(org: Sandbox) -> None:
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    context = context_for(org)
    context.cancelled.set()
    result = write(org, [{"Ext__c": "a", "Name": deep}, {"Name": deep}], BY_KEY, context)
    assert outcomes(result) == {"unprocessed": 2}
    assert {one.data["data"][:23] for one in context.store.find("bad", limit=9)} == {"(nested too deeply to be"[:23]}


def test_bytes_and_moments_are_kept_in_the_form_in_which_they_can_be_sent_again(org: Sandbox) -> None:
    context = context_for(org)
    context.cancelled.set()
    item = {"Ext__c": "a", "Body": b"\0abc", "At": datetime(2026, 11, 23, 10, tzinfo=UTC), "Odd": [{1}]}
    write(org, [item], {"matchKey": "Ext__c", "properties": ["Name"], "errorNamespace": "bad"}, context)
    kept = context.store.find_key("bad", "a")
    assert kept is not None
    assert kept.data["data"] == {
        "Ext__c": "a",
        "Body": "AGFiYw==",
        "At": "2026-11-23T10:00:00.000+00:00",
        "Odd": ["{1}"],
    }


def test_what_is_kept_can_be_replayed_once_the_cause_is_mended(org: Sandbox) -> None:
    twins = org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
    context = context_for(org)
    write(org, [{"Name": "Two", "Phone": "1"}], BY_NAME, context)
    write(org, [{"Id": twins[1], "Name": "Other"}], {"matchKey": "Id"}, context)
    replayed = [record.data["data"] for record in context.store.find("bad", limit=9)]
    assert outcomes(write(org, replayed, BY_NAME, context)) == {"written": 1}
    assert [(one["Name"], one["Phone"]) for one in org.records("Account")] == [("Two", "1"), ("Other", None)]


def test_a_preview_keeps_nothing(org: Sandbox) -> None:
    context = context_for(org)
    config = {"matchKey": "Ext__c", "upsert": False, "errorNamespace": "bad", "advanced": {"dryRun": True}}
    assert outcomes(write(org, [{"Ext__c": "gone"}], config, context)) == {"failed": 1}
    assert context.store.namespaces() == []


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_of_an_edge_has_kept_what_it_had_reported(org: Sandbox) -> None:
    context = context_for(org)
    config = {"matchKey": "Ext__c", "upsert": False, "errorNamespace": "bad"}
    phases: list[str] = []

    def kill(progress: Progress) -> None:
        phases.append(progress.phase)
        if progress.phase == "check" and "keep" in phases:
            raise KeyboardInterrupt

    context.on_report = kill
    with pytest.raises(KeyboardInterrupt):
        write(org, [{"Ext__c": f"k{number}"} for number in range(20_001)], config, context)
    assert len(context.store.find("bad", limit=99_999)) == 20_000
