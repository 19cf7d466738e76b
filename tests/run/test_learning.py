"""What a run learns for the next one: how long its calls and its Bulk jobs took."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.block.namespaces import PACES
from ziggy_sf_write.contract import HostError, StoreRecord
from ziggy_sf_write.run.executor import Execution
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.salesforce.concurrency import MOST
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_sf_write.salesforce.pace import Pace

COUNT = 30
# With one record in a call, more than a dozen of them are a large run already.
ADVANCED = {"batchSize": 1, "concurrency": 1}
# As another process has kept it: calls are slow, and jobs fast.
FAST_JOBS = Pace(call_s=9.0, records=1, calls=1, jobs=((COUNT, 0.1),))


class PickyStore(MemoryStore):
    """A store in which what is known of the pace cannot be read, or not be written."""

    def __init__(self, *, fails: str) -> None:
        super().__init__()
        self.fails = fails

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        if name == PACES and self.fails == "read":
            raise HostError("The disk is gone.")
        return super().find_key(name, key)

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        told = list(records)
        if any(one.name == PACES for one in told) and self.fails == "write":
            raise HostError("The disk is full.")
        super().upsert_many(told)


def _items(count: int = COUNT, **more: Any) -> list[dict[str, Any]]:
    return [{"Ext__c": f"k{number}", "Name": "n", **more} for number in range(count)]


def _api(org: Sandbox, store: MemoryStore, items: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, str]:
    """Writes the items as a process of its own does, and gives the report's word about the API."""
    ORGS.clear()
    config = {"matchKey": "Ext__c", "advanced": {**ADVANCED, **more}}
    result = write(org, _items() if items is None else items, config, context_for(org, store=store))
    assert result.report is not None
    assert not outcomes(result).keys() - {"written", "unchanged"}
    return dict(result.report["api"])


def _knows(org: Sandbox, pace: Any) -> MemoryStore:
    store = MemoryStore()
    key = target_of(org.host, "Account")
    store.upsert_many([StoreRecord(name=PACES, key=key, data=asdict(pace) if isinstance(pace, Pace) else pace)])
    return store


def _kept(store: MemoryStore) -> dict[str, Any]:
    return next(dict(one.data) for one in store.find(PACES, limit=2))


def _stream() -> Iterator[dict[str, Any]]:
    yield from _items()


def test_without_a_job_calls_are_made_and_what_they_took_is_kept(org: Sandbox) -> None:
    store = MemoryStore()
    assert _api(org, store) == {
        "name": "collections",
        "reason": "30 calls take about 0.1 s; how long a job takes is not known yet.",
    }
    assert (_kept(store)["call_s"] > 0, _kept(store)["records"], _kept(store)["jobs"]) == (True, 1, ())


@pytest.mark.parametrize(("concurrency", "calls"), [(1, 8), ("auto", MOST)])
def test_how_many_calls_an_org_takes_is_learnt_where_that_is_found_out(
    org: Sandbox, concurrency: int | str, calls: int
) -> None:
    store = _knows(org, Pace(call_s=0.1, records=1, calls=8, jobs=((COUNT, 9.0),)))
    assert _api(org, store, _items(13), concurrency=concurrency)["name"] == "collections"
    assert _kept(store)["calls"] == calls


def test_the_next_process_knows_how_long_a_job_took(org: Sandbox) -> None:
    store = MemoryStore()
    assert _api(org, store, api="bulk")["name"] == "bulk"
    ((rows, seconds),) = _kept(store)["jobs"]
    assert (rows, seconds > 0) == (COUNT, True)
    assert ", 1 job about " in _api(org, store)["reason"]


def test_jobs_that_were_faster_are_taken_and_measured_anew(org: Sandbox) -> None:
    store = _knows(org, FAST_JOBS)
    assert _api(org, store) == {"name": "bulk", "reason": "30 calls take about 270 s, 1 job about 0.1 s."}
    assert org.stats().calls["bulk_create"] == 1
    assert _kept(store)["jobs"] != FAST_JOBS.jobs


def test_a_process_knows_it_without_its_store(org: Sandbox) -> None:
    _api(org, _knows(org, FAST_JOBS))
    store = MemoryStore()
    result = write(org, _items(), {"matchKey": "Ext__c", "advanced": ADVANCED}, context_for(org, store=store))
    assert result.report is not None
    assert result.report["api"]["name"] == "bulk"


def test_where_no_call_was_measured_the_first_rows_of_a_job_go_by_one(org: Sandbox) -> None:
    store = _knows(org, Pace(jobs=((COUNT, 0.001),)))
    assert _api(org, store)["name"] == "bulk"
    assert (org.stats().calls["bulk_create"], org.stats().calls["collections_upsert"]) == (1, 1)
    assert _kept(store)["call_s"] > 0


def test_what_a_comparison_leaves_goes_by_calls_where_they_are_faster(org: Sandbox) -> None:
    """A job for half of the rows takes longer, by what was seen, than their calls."""
    org.insert("Account", _items())
    items = [*_items(15), *_items(COUNT, Name="new")[15:]]
    store = _knows(org, Pace(call_s=9.0, records=1, calls=1, jobs=((15, 200.0), (COUNT, 0.1))))
    assert _api(org, store, items, compare="skipUnchanged")["name"] == "collections"
    assert "bulk_create" not in org.stats().calls
    assert org.stats().calls["collections_upsert"] == 15


@pytest.mark.parametrize("fails", ["read", "write"])
def test_a_store_that_fails_costs_a_line_in_the_log(org: Sandbox, caplog: pytest.LogCaptureFixture, fails: str) -> None:
    store = PickyStore(fails=fails)
    with caplog.at_level(logging.WARNING):
        assert _api(org, store)["name"] == "collections"
    assert "How long Bulk jobs take could not be" in caplog.text
    assert len(org.records("Account")) == COUNT


@pytest.mark.parametrize("data", [{}, [], {"jobs": "ab"}, {"jobs": [["x", 1]]}, {"jobs": [[0, 1]], "call_s": None}])
def test_what_is_none_of_the_block_s_own_is_passed_over(org: Sandbox, data: Any) -> None:
    assert "not known yet" in _api(org, _knows(org, data))["reason"]


def test_a_job_that_failed_says_nothing(org: Sandbox) -> None:
    org.inject("bulk_job_failed", at=(1,))
    store = MemoryStore()
    _api(org, store, api="bulk")
    assert _kept(store)["jobs"] == ()


def test_neither_does_a_run_that_was_stopped(org: Sandbox) -> None:
    context = context_for(org, cancelled=ImpatientEvent())
    context.on_report = lambda progress: context.cancelled.set() if progress.phase == "write" else None
    result = write(org, _items(), {"matchKey": "Ext__c", "advanced": ADVANCED}, context)
    assert outcomes(result)["unprocessed"] > 0
    assert context.store.find(PACES, limit=1) == []


def test_nor_is_anything_asked_or_kept_where_a_threshold_decides(org: Sandbox) -> None:
    store = MemoryStore()
    assert _api(org, store, bulkThreshold=COUNT)["name"] == "bulk"
    assert store.namespaces() == []


def test_a_stream_of_unknown_length_is_judged_by_what_was_seen_of_it(org: Sandbox) -> None:
    context = context_for(org, store=_knows(org, FAST_JOBS))
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "advanced": ADVANCED}
    run = Execution(config, context)
    assert sum(len(list(part.written)) for part in run.parts(_stream())) == COUNT
    assert run.report()["api"] == {"name": "bulk", "reason": "30 calls take about 270 s, 1 job about 0.1 s."}
