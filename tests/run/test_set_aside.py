"""Hierarchies across windows: children whose parents come later in the stream are sent again after it.

The right parents are those that the items name; what Salesforce does with a child before its parent is there is its own
"Foreign key external ID: … not found", for it resolves no reference to what comes later (SOAP API create()).
"""

import tracemalloc
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from tests.support.streams import CONFIG, Streamed, stream
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.outcomes import Outcome
from ziggy_sf_write.run.pipeline import Pipeline

APIS = pytest.mark.parametrize("api", ["collections", "bulk"])
WINDOW = 4
# Level by level: 1, 2, 4 and 8 accounts; each names the one above it.
TREE: list[dict[str, JsonValue]] = [
    {"Ext__c": f"H{place}", "Name": "n", **({"Parent": {"Ext__c": f"H{place // 2}"}} if place > 1 else {})}
    for place in range(1, 16)
]
RIGHT = {f"H{place}": f"H{place // 2}" if place > 1 else None for place in range(1, 16)}
ORDERS = {
    "parents first": TREE,
    "children first": TREE[::-1],
    **{f"shuffled {seed}": Random(seed).sample(TREE, len(TREE)) for seed in range(4)},  # noqa: S311 (the same each time)
}
# Calls that write, by Collections: (3 + 1 + 1 + 1) levels of the four windows; (1 + 1 + 1 + 2) and a round of 3.
CALLS = {"parents first": 6, "children first": 8}
# Each round writes a level at least, so an item of the second level is refused once at most, of the third twice, …
MOST_REFUSED = 2 * 1 + 4 * 2 + 8 * 3


def _parents(org: Sandbox) -> dict[str, str | None]:
    rows = org.records("Account")
    keys = {one["Id"]: one["Ext__c"] for one in rows}
    return {one["Ext__c"]: keys.get(one["ParentId"]) for one in rows}


def _chain(key: str, parent: str | None = None, **more: JsonValue) -> dict[str, JsonValue]:
    return {"Ext__c": key, "Name": key, **({"Parent": {"Ext__c": parent}} if parent else {}), **more}


def _codes(done: Streamed) -> list[str]:
    return [one.code for one in done.results if one.code]


@APIS
@pytest.mark.parametrize("order", ORDERS)
def test_four_levels_are_written_in_one_run_whatever_windows_they_are_in(org: Sandbox, api: str, order: str) -> None:
    items = ORDERS[order]
    done = stream(iter(items), context_for(org), {"validate": True, "advanced": {"api": api}}, window=WINDOW)
    assert done.outcomes == ["written"] * 15, _codes(done)
    assert _parents(org) == RIGHT
    assert [one.item["Ext__c"] for one in done.results] == [one["Ext__c"] for one in items]
    assert [one.index for one in done.results] == list(range(15))
    assert done.report["counts"]["received"] == 15
    if api == "collections":
        expected = CALLS.get(order)
        assert expected is None or org.stats().write_calls == expected
    assert org.stats().rows_failed <= (0 if order == "parents first" else MOST_REFUSED)


@APIS
def test_a_chain_as_long_as_the_stream_takes_one_round_where_children_come_first(org: Sandbox, api: str) -> None:
    items = [_chain(f"C{at}", f"C{at + 1}" if at < 11 else None) for at in range(12)]
    done = stream(iter(items), context_for(org), {"advanced": {"api": api}}, window=1)
    assert done.outcomes == ["written"] * 12
    if api == "collections":
        assert org.stats().write_calls == 12 + 11


@APIS
def test_a_circle_across_windows_fails_by_name_and_stops_nobody_else(org: Sandbox, api: str) -> None:
    items = [
        _chain("A", "B"),
        _chain("low", "top"),
        _chain("B", "C"),
        _chain("C", "A"),
        _chain("top"),
        _chain("x", "A"),
    ]
    context = context_for(org)
    done = stream(iter(items), context, {"errorNamespace": "bad", "advanced": {"api": api}}, window=1)
    assert done.outcomes == ["failed", "written", "failed", "failed", "written", "failed"]
    assert _codes(done) == ["circular_parents"] * 3 + ["INVALID_FIELD"]
    assert "in a circle: 'A' → 'B' → 'C' → 'A'" in done.results[0].reason
    assert _parents(org) == {"low": "top", "top": None}
    assert [one.key for one in context.store.find("bad", limit=9)] == ["A", "B", "C", "x"]
    assert done.report["counts"]["failed"] == 4


def test_a_circle_across_windows_is_written_where_one_of_its_records_is_there(org: Sandbox) -> None:
    org.insert("Project__c", [{"Key__c": "B", "Name": "b"}])
    items = [
        {"Key__c": "A", "Name": "a", "Parent__r": {"Key__c": "C"}},
        {"Key__c": "B", "Name": "b", "Parent__r": {"Key__c": "A"}},
        {"Key__c": "C", "Name": "c", "Parent__r": {"Key__c": "B"}},
    ]
    config = {"object": "Project__c", "matchKey": "Key__c", "validate": True}
    assert stream(iter(items), context_for(org), config, window=1).outcomes == ["written"] * 3


def test_a_parent_that_never_comes_costs_one_round_and_is_told_in_salesforces_words(org: Sandbox) -> None:
    done = stream(iter([_chain("a", "nobody"), _chain("b"), _chain("c")]), context_for(org), window=1)
    assert done.outcomes == ["failed", "written", "written"]
    assert done.results[0].reason == "Foreign key external ID: nobody not found for field Ext__c in entity Account"
    assert org.stats().write_calls == 4
    assert not done.results[0].reasons[0].is_retryable


def test_in_the_only_window_nothing_waits(org: Sandbox) -> None:
    done = stream(iter([_chain("a", "nobody"), _chain("b")]), context_for(org), window=2)
    assert (done.outcomes, org.stats().write_calls) == (["failed", "written"], 1)


def test_the_last_of_a_key_wins_where_the_first_had_to_wait(org: Sandbox) -> None:
    items = [
        _chain("child", "top", Phone="1"),
        _chain("child", Phone="2"),
        _chain("other", Phone="3"),
        _chain("child", Phone="4"),
        _chain("top"),
    ]
    done = stream(iter(items), context_for(org), window=2)
    assert done.outcomes == ["written"] * 5
    assert _parents(org)["child"] == "top"
    assert {one["Ext__c"]: one["Phone"] for one in org.records("Account")}["child"] == "4"


def test_what_waits_for_an_item_of_its_key_that_fails_is_written_after_it(org: Sandbox) -> None:
    """The kept failure of the first ends with the second, which covers all of its fields but the parent."""
    context = context_for(org)
    items = [_chain("child", "nobody", Phone="1"), _chain("child", Phone="2"), _chain("last")]
    done = stream(iter(items), context, {"errorNamespace": "bad"}, window=1)
    assert done.outcomes == ["failed", "written", "written"]
    assert {one["Ext__c"]: one["Phone"] for one in org.records("Account")} == {"child": "2", "last": None}
    (kept,) = context.store.find("bad", limit=9)
    assert kept.data["data"].keys() == {"Ext__c", "Parent"}
    assert done.report["keptFailures"] == {"removed": 0, "superseded": 1}


def test_a_kept_failure_ends_when_the_child_is_written_at_last(org: Sandbox) -> None:
    context = context_for(org)
    settings = {"errorNamespace": "bad"}
    stream(iter([_chain("child", "top")]), context, settings, window=2)
    assert context.store.find("bad", limit=9)
    context.execution_id = "run-2"
    done = stream(iter([_chain("child", "top"), _chain("top")]), context, settings, window=1)
    assert done.outcomes == ["written"] * 2
    assert not context.store.find("bad", limit=9)


def test_children_that_wait_are_no_failures_that_stop_a_run(org: Sandbox) -> None:
    settings = {"advanced": {"maxFailures": 1}}
    done = stream(iter(TREE[::-1]), context_for(org), settings, window=WINDOW)
    assert done.outcomes == ["written"] * 15


def test_a_child_by_a_look_up_key_is_matched_anew(org: Sandbox) -> None:
    """A second item of its key has to find the record that the first has made meanwhile."""
    items = [
        {"LastName": "a", "Email": "c@x.org", "ReportsTo": {"Email": "boss@x.org"}, "Phone": "1"},
        {"LastName": "a", "Email": "c@x.org", "Phone": "2"},
        {"LastName": "b", "Email": "boss@x.org"},
    ]
    done = stream(iter(items), context_for(org), {"object": "Contact", "matchKey": "Email"}, window=1)
    assert done.outcomes == ["written"] * 3
    held = {one["Email"]: one for one in org.records("Contact")}
    assert (held["c@x.org"]["Phone"], held["c@x.org"]["ReportsToId"]) == ("2", held["boss@x.org"]["Id"])
    assert len(held) == len(org.records("Contact"))


@APIS
@pytest.mark.parametrize(
    "fault", ["answer_lost_after_commit", "late_commit", "unable_to_lock_row", "http_503", "expired_session"]
)
@pytest.mark.parametrize("seed", range(4))
def test_faults_in_between_lose_nothing(org: Sandbox, api: str, fault: str, seed: int) -> None:
    """What they leave open is told; the next run is as one that was never disturbed."""
    items = ORDERS[f"shuffled {seed}"]
    draw = Random(seed)  # noqa: S311 (the same faults each time)
    org.inject(fault, at=tuple(draw.sample(range(4, 40), 5)), seconds=0.1)
    settings = {"errorNamespace": "bad", "advanced": {"api": api, "callTimeout": 5, "doubtTime": 1}}
    context = context_for(org, cancelled=ImpatientEvent())
    first = stream(iter(items), context, settings, window=WINDOW)
    org.clear_faults()
    assert [one.item["Ext__c"] for one in first.results] == [one["Ext__c"] for one in items]
    assert {one.key for one in context.store.find("bad", limit=99)} == {
        one.item["Ext__c"] for one in first.results if one.outcome != "written"
    }
    written = {one.item["Ext__c"]: one.record_id for one in first.results if one.outcome == "written"}
    assert {one["Ext__c"]: one["Id"] for one in org.records("Account")}.items() >= written.items()
    again = context_for(org, store=context.store, execution_id="run-2")
    done = stream(iter(items), again, settings, window=WINDOW)
    assert done.outcomes == ["written"] * 15, [one.reason for one in done.results]
    assert _parents(org) == RIGHT
    assert len(org.records("Account")) == 15
    assert not context.store.find("bad", limit=99)


def _stopping_after(context: FakeContext, calls: Callable[[], int], count: int) -> FakeContext:
    context.on_report = lambda _progress: context.cancelled.set() if calls() >= count else None
    return context


@APIS
@pytest.mark.parametrize("count", range(1, 9))
def test_a_stop_in_between_leaves_what_waits_to_the_next_run(org: Sandbox, api: str, count: int) -> None:
    """The next run is as one that was never stopped, and whatever was kept has ended with it."""
    items, settings = TREE[::-1], {"errorNamespace": "bad", "advanced": {"api": api}}
    context = _stopping_after(context_for(org), lambda: org.stats().write_calls, count)
    first = stream(iter(items), context, settings, window=WINDOW)
    assert [one.index for one in first.results] == list(range(15))
    counts = first.report["counts"]
    assert counts["received"] == 15 == counts["written"] + counts["failed"] + counts["unprocessed"] + counts["unknown"]
    assert {one.reasons[0].is_retryable for one in first.results if one.outcome == "failed"} <= {True}
    kept = {one.key for one in context.store.find("bad", limit=99)}
    assert kept == {one.item["Ext__c"] for one in first.results if one.outcome != "written"}
    again = context_for(org, store=context.store, execution_id="run-2")
    assert stream(iter(items), again, settings, window=WINDOW).outcomes == ["written"] * 15
    assert _parents(org) == RIGHT
    assert not context.store.find("bad", limit=99)


def test_what_is_written_is_told_at_once_also_where_windows_wait(org: Sandbox) -> None:
    """Of a command that is killed the file of written rows has all that was written."""
    told: list[int] = []
    run = RunContext.start(parse_config(CONFIG), context_for(org))
    windows = Pipeline(run).write(
        iter(TREE[::-1]), window=WINDOW, on_written=lambda one, at: told.extend(one.first + place for place in at)
    )
    first = next(windows)
    assert (first.first, sorted(told), told[0]) == (0, list(range(15)), 14)
    assert [one.first for one in windows] == [4, 8, 12]


def test_memory_does_not_grow_with_what_waits(org: Sandbox) -> None:
    """Forty windows of three quarters of a megabyte wait behind one child; in memory is one of them at a time."""
    text, window, count = "x" * 29_000, 25, 1_000

    def rows() -> Iterator[dict[str, JsonValue]]:
        yield _chain("child", "top")
        yield from (_chain(f"{at}", Description=f"{at} {text}") for at in range(count - 2))
        yield _chain("top")

    run = RunContext.start(parse_config(CONFIG), context_for(org))
    tracemalloc.start()
    try:
        for _ in Pipeline(run).write(rows(), window=window):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert run.counts.of(Outcome.CREATED) == count
    assert peak < count * len(text) / 2


def test_what_no_file_holds_stays_in_memory(org: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    class Odd(dict[str, Any]):
        """A kind of item that nobody can pickle: it has no name outside of this test."""

    items = [Odd(_chain("child", "top")), Odd(_chain("top"))]
    done = stream(iter(items), context_for(org), window=1)
    assert done.outcomes == ["written"] * 2
    assert _parents(org) == {"child": "top", "top": None}
    assert "stays in memory" in caplog.text


@pytest.mark.slow
def test_an_edge_of_two_windows_leaves_as_it_came(org: Sandbox) -> None:
    """Twenty thousand items and one: two windows of Collections."""
    items = [_chain("child", "top"), *(_chain(f"{at}") for at in range(19_999)), _chain("top")]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": "collections"}})
    assert outcomes(result) == {"written": 20_001}
    assert _parents(org)["child"] == "top"
    assert [one["Ext__c"] for one in result.outputs[0]] == [one["Ext__c"] for one in items]
