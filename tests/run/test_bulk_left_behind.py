"""Bulk jobs that a killed or cut run has left behind: taken up where nothing came after them, else done once more."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.host import FakeContext, MemoryStore, StoreLockedOnce
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, password_config, write
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.block.namespaces import BULK_JOBS
from ziggy_sf_write.contract import Connection, Progress, StoreRecord
from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.pipeline import Pipeline

BULK = {"matchKey": "Ext__c", "advanced": {"api": "bulk"}}
ITEMS = [{"Ext__c": f"k{number}", "Name": f"n{number}"} for number in range(3)]
# As many second items of a key as are worth a job of their own where a call takes one.
JOBS = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "batchSize": 1}}
KEYS = [f"k{number}" for number in range(13)]
TWICE = [{"Ext__c": key, "Name": name} for name in ("first", "last") for key in KEYS]
LAST = ["last"] * 13


def _impatient(org: Sandbox, store: MemoryStore) -> FakeContext:
    return context_for(org, cancelled=ImpatientEvent(), store=store)


def _leave_behind(org: Sandbox, store: MemoryStore, kind: str) -> None:
    org.inject("reset_before_reading", kinds=(kind,))
    write(org, ITEMS, BULK, _impatient(org, store))
    org.clear_faults()
    org.reset_stats()


def test_a_store_that_is_locked_for_a_moment_loses_no_job(org: Sandbox) -> None:
    store = StoreLockedOnce()
    _leave_behind(org, store, "bulk_results")
    assert store.has_failed
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert org.stats().calls.get("bulk_upload", 0) == 0


def test_one_that_was_never_closed_is_closed(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_patch")
    assert [job.state.value for job in org.org.jobs.all()] == ["Open"]
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert org.stats().calls.get("bulk_upload", 0) == 0
    assert org.stats().rows_created == 3


def test_one_by_a_key_that_is_not_unique_is_taken_up_without_claiming_its_rows_anew(org: Sandbox) -> None:
    by_email = {"object": "Contact", "matchKey": "Email", "advanced": {"api": "bulk"}}
    items = [{"Email": f"{name}@x.org", "LastName": "Doe"} for name in "ab"]
    store = MemoryStore()
    org.inject("reset_before_reading", kinds=("bulk_results",))
    assert outcomes(write(org, items, by_email, _impatient(org, store))) == {"unknown": 2}
    org.clear_faults()
    org.reset_stats()
    assert outcomes(write(org, items, by_email, _impatient(org, store))) == {"written": 2}
    assert org.stats().calls.get("bulk_upload", 0) == 0
    assert len(org.records("Contact")) == 2


def test_one_that_salesforce_has_forgotten_is_uploaded_again(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    (job,) = org.org.jobs.all()
    org.org.jobs.remove(job.id)
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert org.stats().calls["bulk_upload"] == 1
    assert len(org.records("Account")) == 3


def test_one_of_more_than_a_day_ago_is_another_run(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    (kept,) = store.find(BULK_JOBS, limit=9)
    long_ago = {**kept.data, "at": "2020-01-01T00:00:00+00:00"}
    store.upsert_many([StoreRecord(name=BULK_JOBS, key=kept.key, data=long_ago)])
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert org.stats().calls["bulk_upload"] == 1


def test_one_of_a_later_wave_is_uploaded_again_when_an_earlier_wave_was(org: Sandbox) -> None:
    """The job is done, but after it came the first wave once more: taken up, it would leave the older value."""
    store = MemoryStore()
    org.inject("reset_before_reading", kinds=("bulk_results",), at=tuple(range(2, 99)))
    result = write(org, TWICE, JOBS, _impatient(org, store))
    assert outcomes(result) == {"written": 13, "unknown": 13}
    org.clear_faults()
    assert outcomes(write(org, TWICE, JOBS, _impatient(org, store))) == {"written": 26}
    assert [one["Name"] for one in org.records("Account")] == LAST
    assert store.find(BULK_JOBS, limit=1) == []


def test_one_is_taken_up_before_few_second_rows_are_written_without_a_job(org: Sandbox) -> None:
    store = MemoryStore()
    items = [*({"Ext__c": f"k{n}", "Name": f"n{n}"} for n in range(13)), {"Ext__c": "k0", "Name": "last"}]
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "batchSize": 1}}
    org.inject("reset_before_reading", kinds=("bulk_results",))
    assert outcomes(write(org, items, config, _impatient(org, store))) == {"unknown": 13, "unprocessed": 1}
    org.clear_faults()
    org.reset_stats()
    assert outcomes(write(org, items, config, _impatient(org, store))) == {"written": 14}
    assert [one["Name"] for one in org.records("Account")] == ["last", *(f"n{n}" for n in range(1, 13))]
    assert (org.stats().calls.get("bulk_upload", 0), org.stats().calls["collections_upsert"]) == (0, 1)
    assert BULK_JOBS not in store.namespaces()


def test_one_that_runs_while_an_earlier_wave_is_written_anew_has_ended_before_it_is_uploaded_again(
    org: Sandbox,
) -> None:
    store = MemoryStore()
    org.inject("bulk_job_stuck", at=(2,))
    context = _impatient(org, store)

    def cut(_progress: Progress) -> None:
        if org.stats().calls.get("bulk_create", 0) == 2:
            org.inject("connection_refused", seconds=60)

    context.on_report = cut
    with pytest.raises(UnreachableError):
        write(org, TWICE, JOBS, context)
    org.clear_faults()
    assert outcomes(write(org, TWICE, JOBS, _impatient(org, store))) == {"written": 26}
    assert [job.state.value for job in org.org.jobs.all()] == [
        "JobComplete", "Aborted", "JobComplete", "JobComplete"
    ]  # fmt: skip
    assert [one["Name"] for one in org.records("Account")] == LAST


def test_one_whose_rows_a_run_without_jobs_has_overtaken_is_uploaded_again(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    newer = [{**item, "Name": "newer"} for item in ITEMS]
    write(org, newer, {"matchKey": "Ext__c", "advanced": {"api": "collections"}}, _impatient(org, store))
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert sorted(one["Name"] for one in org.records("Account")) == ["n0", "n1", "n2"]


def test_one_is_overtaken_through_another_connection_to_the_same_org(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    other = Connection(name="sfDev", type="salesforce", config=password_config(org))
    context = FakeContext(connections={"sfDev": other}, store=store, cancelled=ImpatientEvent())
    newer = [{**item, "Name": "newer"} for item in ITEMS]
    write(org, newer, {"matchKey": "Ext__c", "advanced": {"api": "collections"}}, context)
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert sorted(one["Name"] for one in org.records("Account")) == ["n0", "n1", "n2"]


@pytest.mark.parametrize("more", [[], [{"Ext__c": "k0", "Name": "newest"}]], ids=["one wave", "two waves"])
def test_one_whose_rows_another_run_of_the_block_has_overtaken_is_uploaded_again(
    org: Sandbox, more: list[dict[str, Any]]
) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    newer = [{**item, "Name": "newer"} for item in ITEMS] + more
    assert outcomes(write(org, newer, BULK, _impatient(org, store))) == {"written": len(newer)}
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert sorted(one["Name"] for one in org.records("Account")) == ["n0", "n1", "n2"]
    assert store.namespaces() == []


def test_waves_have_the_same_numbers_when_a_comparison_leaves_nothing_of_them(org: Sandbox) -> None:
    org.insert("Account", ITEMS)
    org.inject("reset_before_reading", kinds=("bulk_results",))
    store = MemoryStore()
    config = {"connection": "sfDev", "object": "Account", "upsert": True, "matchKey": "Ext__c"}
    advanced = {"api": "bulk", "compare": "skipUnchanged"}
    run = RunContext.start(parse_config({**config, "advanced": advanced}), _impatient(org, store))
    rows = [*ITEMS, ITEMS[0], *({"Ext__c": f"new{number}", "Name": "n"} for number in range(3))]
    first, second = Pipeline(run).write(iter(rows), window=4)
    assert [first.ledger.outcome(0).label, second.ledger.outcome(0).label] == ["unchanged", "unknown"]
    (note,) = store.find(BULK_JOBS, limit=9)
    assert note.data["wave"] == 3


def test_one_stays_noted_when_a_run_of_another_object_ends(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    contacts = [{"Ext__c": "c", "LastName": "Doe"}]
    write(org, contacts, {**BULK, "object": "Contact"}, _impatient(org, store))
    org.reset_stats()
    assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"written": 3}
    assert org.stats().calls.get("bulk_upload", 0) == 0


@pytest.mark.parametrize("api", ["bulk", "collections"])
def test_what_else_is_kept_beside_them_is_left_alone(org: Sandbox, api: str) -> None:
    store = MemoryStore()
    strange: list[Any] = [{}, None, "x"]
    store.upsert_many(StoreRecord(name=BULK_JOBS, key=str(at), data=data) for at, data in enumerate(strange))
    config = {"matchKey": "Ext__c", "advanced": {"api": api}}
    assert outcomes(write(org, ITEMS, config, _impatient(org, store))) == {"written": 3}
    assert len(store.find(BULK_JOBS, limit=9)) == 3


def test_waves_with_the_same_rows_are_different_jobs(org: Sandbox) -> None:
    items = [{"Ext__c": key, "Name": name} for name in ("same", "other", "same") for key in KEYS]
    assert outcomes(write(org, items, JOBS)) == {"written": 39}
    assert [one["Name"] for one in org.records("Account")] == ["same"] * 13
    assert org.stats().calls["bulk_upload"] == 3


def test_other_rows_are_another_job(org: Sandbox) -> None:
    store = MemoryStore()
    _leave_behind(org, store, "bulk_results")
    others = [{**item, "Name": "other"} for item in ITEMS]
    assert outcomes(write(org, others, BULK, _impatient(org, store))) == {"written": 3}
    assert {one["Name"] for one in org.records("Account")} == {"other"}


class _StoreWithRunBeside(MemoryStore):
    """Lets another run go from its beginning to its end at the moment when the first job is noted."""

    def __init__(self, run_beside: Callable[[], object]) -> None:
        super().__init__()
        self._beside = [run_beside]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        given = list(records)
        if self._beside and any(one.name == BULK_JOBS for one in given):
            self._beside.pop()()
        super().upsert_many(given)


@pytest.mark.parametrize("lost_results", [(), tuple(range(2, 99))])
def test_one_of_a_run_beside_stands_for_no_row_that_this_run_wrote_before(
    org: Sandbox, lost_results: tuple[int, ...]
) -> None:
    """The other run's second wave comes before this one's first, so this one has to write its own second wave."""

    def beside() -> None:
        if lost_results:
            org.inject("reset_before_reading", kinds=("bulk_results",), at=lost_results)
        write(org, TWICE, JOBS, _impatient(org, store))
        org.clear_faults()

    store = _StoreWithRunBeside(beside)
    assert outcomes(write(org, TWICE, JOBS, _impatient(org, store))) == {"written": 26}
    assert [one["Name"] for one in org.records("Account")] == LAST
    assert org.stats().calls["bulk_upload"] == 4
    assert store.find(BULK_JOBS, limit=1) == []


@pytest.mark.parametrize(
    "more",
    [{"Ext__c": "k0", "Name": "last"}, {"Ext__c": "child", "Name": "c", "Parent": {"Ext__c": "k0"}}],
    ids=["a second item of a key", "a child"],
)
def test_one_that_is_at_work_is_not_overtaken_by_calls_for_few_rows(more: dict[str, Any]) -> None:
    """Else its rows would be saved after the newer ones of the calls."""
    newer = [{**item, "Name": "newer"} for item in ITEMS]
    store = MemoryStore()
    with Sandbox(SandboxOptions(latency="bulk_per_record=0.3")) as org:
        org.inject("reset_before_reading", kinds=("bulk_poll",))
        assert outcomes(write(org, ITEMS, BULK, _impatient(org, store))) == {"unknown": 3}
        org.clear_faults()
        done = write(org, [*newer, more], BULK, context_for(org, store=store))
        assert outcomes(done) == {"written": 4}
        assert {job.state.value for job in org.org.jobs.all()} <= {"JobComplete", "Aborted"}
        names = [one["Name"] for one in org.records("Account")]
    assert names == (["last", "newer", "newer"] if more["Name"] == "last" else ["newer"] * 3 + ["c"])
