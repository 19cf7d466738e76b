"""Whatever fails in a run and in its undo: what nobody else touched is as it was, the rest is left alone and named."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from tests.run.test_exactly_once import FAULTS, MOST_WAITS, SLOW_S, TIMEOUT_S
from tests.support.host import FakeContext, MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, write
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.undo import UndoOptions, undo_run

BYTE_S = 0.001
STAMPS = ("LastModifiedDate", "SystemModstamp")
_runs = itertools.count()

Faults = list[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Case:
    """Records that are there, the items of a run by (key, value), what fails, when the run is stopped (after so many
    reports of progress), and what somebody changes afterwards.
    """

    there: dict[int, int]
    items: list[tuple[int, int]]
    match_key: str
    advanced: dict[str, Any]
    faults: Faults
    faults_of_undo: Faults
    stop_after: int | None
    touched: set[int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    keys = st.integers(0, 7)
    numbers = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(tuple)
    faults = st.lists(st.tuples(st.sampled_from(FAULTS), numbers), max_size=2)
    advanced = {
        "api": draw(st.sampled_from(["collections", "bulk"])),
        "batchSize": draw(st.sampled_from([1, 2, 200])),
        "concurrency": draw(st.sampled_from([1, 2, 4, "auto"])),
        "compare": draw(st.sampled_from(["off", "skipUnchanged"])),
        "overwrite": draw(st.sampled_from(["always", "ifEmpty"])),
        "callTimeout": TIMEOUT_S,
        "maxTries": draw(st.sampled_from([1, 6])),
    }
    return Case(
        there=draw(st.dictionaries(keys, st.integers(0, 9), max_size=6)),
        items=draw(st.lists(st.tuples(keys, st.integers(0, 9)), min_size=1, max_size=10)),
        match_key=draw(st.sampled_from(["Ext__c", "Name"])),
        advanced=advanced,
        faults=draw(faults),
        faults_of_undo=draw(faults),
        stop_after=draw(st.none() | st.integers(0, 8)),
        touched=draw(st.sets(keys, max_size=2)),
    )


def _held(org: Sandbox, run: str) -> dict[str, dict[str, Any]]:
    """The records of a run by their key, without the stamps of the system."""
    mine = [one for one in org.records("Account") if str(one["Ext__c"]).startswith(run)]
    held = {one["Ext__c"]: {key: value for key, value in one.items() if key not in STAMPS} for one in mine}
    assert len(held) == len(mine), "no key has two records"
    return held


def _write(org: Sandbox, case: Case, run: str, context: FakeContext) -> None:
    items = [{"Ext__c": f"{run}{key}", "Name": f"{run}{key}", "Phone": str(value)} for key, value in case.items]
    for name, numbers in case.faults:
        org.inject(name, at=numbers, seconds=SLOW_S)
    try:
        write(org, items, {"matchKey": case.match_key, "advanced": {**case.advanced, "previousValues": True}}, context)
    except WriteBlockError:
        pass  # whatever ends the run, what it wrote can be taken back
    finally:
        org.clear_faults()
    org.await_late_commits()


def _undo(org: Sandbox, run: str, store: MemoryStore, faults: Faults) -> dict[str, Any]:
    for name, numbers in faults:
        # An undo waits for its calls as long as any: a body that comes byte by byte is only slow.
        org.inject(name, at=numbers, seconds=BYTE_S if name == "slow_body" else SLOW_S)
    context = context_for(org, store=store, cancelled=ImpatientEvent())
    context.execution_id = f"{run}undo{len(faults)}"
    try:
        return dict(undo_run(run, context, UndoOptions(deletes_created=True)))
    except WriteBlockError as err:
        return dict(err.report or {})
    finally:
        org.clear_faults()
        org.await_late_commits()


def _check(org: Sandbox, case: Case) -> None:
    run = f"r{next(_runs)}-"
    org.insert(
        "Account",
        [{"Ext__c": f"{run}{key}", "Name": f"{run}{key}", "Phone": str(value)} for key, value in case.there.items()],
    )
    before, store = _held(org, run), MemoryStore()
    context = context_for(org, store=store, cancelled=ImpatientEvent(most_waits=MOST_WAITS))
    context.execution_id = run
    if case.stop_after is not None:
        reports = itertools.count()
        context.on_report = lambda _: context.cancelled.set() if next(reports) == case.stop_after else None
    _write(org, case, run, context)
    after = _held(org, run)
    # Somebody else changes what the run may have written.
    touched = {f"{run}{key}" for key in case.touched} & after.keys()
    if touched:
        changes = [{"Id": after[key]["Id"], "Phone": "somebody else's"} for key in sorted(touched)]
        write(org, changes, {"matchKey": "Id", "upsert": False})
    if not any(one.name.startswith("undo ") for one in store.records.values()):
        assert {key: one for key, one in after.items() if key not in touched} == {
            key: one for key, one in before.items() if key not in touched
        }, "nothing is written that was not kept"
        return
    if case.faults_of_undo:
        _undo(org, run, store, case.faults_of_undo)
    report = _undo(org, run, store, [])
    counts = dict(report["counts"])
    assert counts.pop("received") == sum(counts.values())
    held = _held(org, run)
    for key in before.keys() | held.keys():
        if key not in touched:
            assert held.get(key) == before.get(key), key
    for key in touched:
        assert held[key]["Phone"] == "somebody else's", key
    told = {line["errors"][0]["code"] for line in report["notWritten"]}
    assert told <= {"changed_since"}
    assert len(report["notWritten"]) <= len(touched)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_dozen_runs_are_taken_back(shared_org: Sandbox, case: Case) -> None:
    _check(shared_org, case)


@pytest.mark.slow
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_hundreds_of_runs_are_taken_back(shared_org: Sandbox, case: Case) -> None:
    _check(shared_org, case)
