"""Whatever fails: outcomes add up, the org holds what they say, no key has two records, edge 0 keeps its order."""

import itertools
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from tests.support.host import MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, write
from ziggy_sf_write.contract import BlockResult, Progress
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.salesforce.retry import Bounds

# Each makes one call fail in another way; `slow_answer` outlasts the time-out of the runs below.
FAULTS = (
    "answer_lost_after_commit",
    "reset_before_reading",
    "truncated_answer",
    "http_429",
    "http_502",
    "http_503",
    "http_504",
    "http_429_retry_after",
    "http_503_retry_after",
    "slow_body",
    "expired_session",
    "request_limit_concurrent",
    "request_limit_total",
    "unable_to_lock_row",
    "server_unavailable",
    "html_error",
    "slow_answer",
    "connection_refused",
    "bulk_job_failed",
    "bulk_job_stuck",
    "bulk_job_goes_on",
    "late_commit",
    "late_commit_503",
    "late_commit_504",
    "late_commit_html",
    "commit_order",
    "refuse_retry",
)
# A call that is cut is carried out when its next try, or the look-up, is long over, or in the middle of it.
TIMEOUT_S, SLOW_S, SOON_S = 0.15, 0.3, 0.05
# After these it is known that a call did nothing.
HARMLESS = (
    "http_429",
    "http_429_retry_after",
    "expired_session",
    "request_limit_concurrent",
    "request_limit_total",
    "unable_to_lock_row",
    "connection_refused",
)
OLD = "00"
# Nothing but a stop ends a job that is stuck.
MOST_WAITS = 300


@dataclass(frozen=True)
class Key:
    """A kind of match key: its object, and the fields that hold a run's mark and an item's value."""

    object: str
    mark: str
    value: str


# One that the org keeps unique, one that it upserts by and does not keep unique, one that is looked up, and none.
KEYS = {
    "Ext__c": Key("Account", "Description", "Phone"),
    "LegacyKey__c": Key("Project__c", "Summary__c", "Hotline__c"),
    "Name": Key("Account", "Description", "Phone"),
    "Id": Key("Account", "Description", "Phone"),
}
_runs = itertools.count()


@dataclass(frozen=True)
class Case:
    """Runs of one flow at once: items as (key, value), how they are matched and sent, which calls fail in which way,
    and after how many reports of progress the first run is stopped.
    """

    items: list[tuple[int | None, int]]
    match_key: str
    advanced: dict[str, Any]
    faults: list[tuple[str, tuple[int, ...]]]
    runs: int
    stop_at: int | None
    is_upsert: bool

    @property
    def may_lose_answers(self) -> bool:
        """Whether any call could be in doubt, or a Bulk job at work when the org answers no more."""
        if self.stop_at is not None or any(name not in HARMLESS for name, _ in self.faults):
            return True
        # A look at a job is tried six times, but nothing mends a spent allowance, or a login that lets none in
        is_shut_out = any(name in ("expired_session", "request_limit_total") for name, _ in self.faults)
        is_bulk = self.advanced["api"] == "bulk"
        return is_bulk and (is_shut_out or sum(len(numbers) for _, numbers in self.faults) >= Bounds().max_tries)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    match_key = draw(st.sampled_from(list(KEYS)))
    keys = st.none() if match_key == "Id" else st.integers(0, 5)
    values = st.integers(0, 9)
    items = draw(st.lists(st.tuples(keys, values), min_size=1, max_size=12))
    api = draw(st.sampled_from(["collections", "bulk"]))
    if match_key != "Id" and api == "bulk" and draw(st.integers(0, 2)):
        # Where a key comes twice, few rows go into no job: here none does.
        items = [*dict(items).items()]
    many = match_key != "Id" and draw(st.integers(0, 5)) == 0
    if many:
        # With one record a call, so many second items of keys are worth a Bulk job of their own.
        items = [(number, value) for value in (draw(values), draw(values)) for number in range(13)]
    advanced = {
        "api": api,
        "batchSize": draw(st.sampled_from([1] if many else [1, 2, 5, 200])),
        "concurrency": draw(st.sampled_from([1, 2, 4, "auto"])),
        "allOrNone": draw(st.sampled_from([False, False, True])),
        "maxTries": draw(st.sampled_from([1, 2, 6])),
    }
    numbers = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(tuple)
    faults = draw(st.lists(st.tuples(st.sampled_from(FAULTS), numbers), max_size=3))
    runs = draw(st.sampled_from([1, 1, 2]))
    stop_at = draw(st.sampled_from([None, None, None, 1, 4, 8]))
    case = Case(
        items=items,
        match_key=match_key,
        advanced=advanced,
        faults=faults,
        runs=runs,
        stop_at=stop_at,
        is_upsert=match_key == "Id" or draw(st.sampled_from([True, True, False])),
    )
    if case.may_lose_answers:
        advanced["callTimeout"] = TIMEOUT_S
    return case


def _check(org: Sandbox, case: Case) -> None:
    mark, key = f"r{next(_runs)}-", KEYS[case.match_key]
    items = [_item(case, mark, number, value) for number, value in case.items]
    if not case.is_upsert:
        # What is only updated is there before.
        org.insert(
            key.object, [{**item, key.value: OLD} for item in {one[case.match_key]: one for one in items}.values()]
        )
    for name, numbers in case.faults:
        org.inject(name, at=numbers, seconds=SLOW_S if name == "slow_answer" else SOON_S)
    store = MemoryStore()
    try:
        with ThreadPoolExecutor(case.runs) as pool:
            tasks = [pool.submit(_run, org, case, items, store, number) for number in range(case.runs)]
            ends = [task.result() for task in tasks]
    finally:
        org.clear_faults()
    org.await_late_commits()
    states: list[list[str]] = []
    for result, report in ends:
        _outcomes_add_up(report, len(items))
        states.append(_states(report, len(items)))
        assert case.may_lose_answers or "unknown" not in states[-1], "no call was in doubt"
        if result is not None:
            written = [index for index, state in enumerate(states[-1]) if state == "written"]
            assert [item[key.value] for item in result.outputs[0]] == [items[index][key.value] for index in written]
    held = [one for one in org.records(key.object) if str(one[key.mark]).startswith(mark)]
    if case.match_key == "Id":
        _creates_are_counted(states, held)
    else:
        _the_org_holds_what_the_outcomes_say(case, mark, states, held)


def _run(
    org: Sandbox, case: Case, items: list[dict[str, Any]], store: MemoryStore, number: int
) -> tuple[BlockResult | None, Any]:
    cancelled, told = ImpatientEvent(most_waits=MOST_WAITS), itertools.count(1)

    def stop(_progress: Progress) -> None:
        if number == 0 and next(told) == case.stop_at:
            cancelled.set()

    context = context_for(org, cancelled=cancelled, store=store, execution_id=f"run-{number}", on_report=stop)
    config = {
        "object": KEYS[case.match_key].object,
        "matchKey": case.match_key,
        "upsert": case.is_upsert,
        "advanced": case.advanced,
    }
    try:
        result = write(org, items, config, context)
    except WriteBlockError as err:
        return None, err.report
    return result, result.report


def _item(case: Case, mark: str, number: int | None, value: int) -> dict[str, Any]:
    key = KEYS[case.match_key]
    item: dict[str, Any] = {key.mark: f"{mark}{value}", key.value: str(value)}
    if case.match_key == "Id":
        return {"Name": f"{mark}new", **item}
    name = f"{mark}{number}"
    return {"Name": name, **item} if case.match_key == "Name" else {case.match_key: name, "Name": name, **item}


def _outcomes_add_up(report: Any, received: int) -> None:
    counts = dict(report["counts"])
    assert counts.pop("received") == received == sum(counts.values())


def _states(report: Any, received: int) -> list[str]:
    states = ["written"] * received
    for line in report["notWritten"]:
        states[line["index"]] = line["outcome"]
    return states


def _creates_are_counted(states: list[list[str]], held: list[dict[str, Any]]) -> None:
    """Creates without a key: each written one is there once, an unknown one once or not at all."""
    written, unknown = (sum(one.count(state) for one in states) for state in ("written", "unknown"))
    assert written <= len(held) <= written + unknown


def _the_org_holds_what_the_outcomes_say(
    case: Case, mark: str, states: list[list[str]], held: list[dict[str, Any]]
) -> None:
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in held:
        by_key[record[case.match_key]].append(record)
    for key in {key for key, _ in case.items}:
        records = by_key.get(f"{mark}{key}", [])
        assert len(records) <= 1, "no key has two records"
        of_key = [[(run[at], value) for at, (one, value) in enumerate(case.items) if one == key] for run in states]
        # Of two runs at once either may have come last.
        before = None if case.is_upsert else OLD
        after = [_possible(one, before) for one in of_key]
        possible = set().union(*after)
        if any(before not in one for one in after):
            possible.discard(before)
        assert (records[0][KEYS[case.match_key].value] if records else None) in possible, of_key


def _possible(of_key: list[tuple[str, int]], before: str | None) -> set[str | None]:
    """What a record may hold after one run: the last written item wins; an unknown one may have come after it, or
    before, or not at all.
    """
    possible = {before}
    for state, value in of_key:
        if state == "written":
            possible = {str(value)}
        elif state == "unknown":
            possible.add(str(value))
    return possible


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_score_of_fault_schedules(shared_org: Sandbox, case: Case) -> None:
    _check(shared_org, case)


@pytest.mark.slow
@settings(max_examples=4_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_thousands_of_fault_schedules(shared_org: Sandbox, case: Case) -> None:
    _check(shared_org, case)
