"""How an undo ends where something is in its way: each entry with its own outcome, and nothing hidden."""

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.support.host import FakeContext, MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.contract import HostError, Progress, StoreRecord
from ziggy_sf_write.errors import AccessError, ConfigError, StoreError, UnreachableError
from ziggy_sf_write.run.previous_values import kept_runs
from ziggy_sf_write.run.report import add_reports
from ziggy_sf_write.run.undo import UndoOptions, undo_run

NAMESPACE = "undo 2026-11-29 run1"
DELETE = UndoOptions(deletes_created=True)
KEPT = {"advanced": {"previousValues": True}}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def _context(org: Sandbox, store: MemoryStore, **more: Any) -> FakeContext:
    context = context_for(org, store=store, cancelled=more.pop("cancelled", ImpatientEvent()), **more)
    context.execution_id = "undo1"
    return context


def _keep(store: MemoryStore, **entry: Any) -> None:
    """An entry as a run leaves it."""
    data = {
        "runId": "run1",
        "flow": "A flow",
        "connection": "sfDev",
        "object": "Account",
        "matchKey": "Ext__c",
        "id": None,
        "action": "create",
        "before": {},
        "after": {},
        "unreadable": [],
        "at": "2026-11-29T10:00:00.000+00:00",
        **entry,
    }
    store.upsert_many([StoreRecord(name=NAMESPACE, key=str(len(store.records)), data=data)])


def _told(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(line["outcome"], line["errors"][0]["code"]) for line in report["notWritten"]]


def _made(org: Sandbox, store: MemoryStore, count: int = 1, **more: Any) -> list[str]:
    """Records that the run has made."""
    ids = org.insert("Account", [{"Ext__c": f"e{n}", "Name": "Made"} for n in range(count)])
    for n, record_id in enumerate(ids):
        _keep(store, id=record_id, after={"Ext__c": f"e{n}", "Name": "Made"}, **more)
    return ids


def test_of_what_was_written_ahead_only_what_is_surely_there_is_deleted(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Ext__c": "made", "Name": "Made"}, {"Name": "Twin"}, {"Name": "Twin"}])
    _keep(store, after={"Ext__c": "made", "Name": "Made"})
    _keep(store, after={"Ext__c": "never made", "Name": "Made"})
    _keep(store, after={"Name": "Twin"}, matchKey="Name")
    _keep(store, after={"Name": "Without a key"}, matchKey="Id")
    _keep(store, after={"Name": "Of a field that is gone"}, matchKey="Gone__c")
    report = undo_run("run1", _context(org, store), DELETE)
    assert report["deleted"] == 1
    assert report["counts"]["unchanged"] == 1
    assert _told(report) == [("failed", "ambiguous"), ("unknown", "made_without_key"), ("unknown", "made_without_key")]
    assert [one["Name"] for one in org.records("Account")] == ["Twin", "Twin"]


def test_a_record_of_which_nothing_can_be_compared_is_deleted_by_its_id(org: Sandbox, store: MemoryStore) -> None:
    (record_id,) = org.insert("Project__c", [{"Key__c": "p", "Name": "P", "Secret__c": "x"}])
    _keep(store, id=record_id, object="Project__c", after={"Secret__c": "x"})
    assert undo_run("run1", _context(org, store), DELETE)["deleted"] == 1


def test_what_salesforce_does_not_let_go_has_failed_with_its_words(org: Sandbox, store: MemoryStore) -> None:
    (record_id,) = _made(org, store)
    org.insert("Invoice__c", [{"Account__c": record_id, "IssuedOn__c": "2026-11-29"}])
    report = undo_run("run1", _context(org, store), DELETE)
    assert [outcome for outcome, _ in _told(report)] == ["failed"]
    assert len(org.records("Account")) == 1


LEDGER = """
name: Ledger__c
label: Ledger
prefix: aL0
{of_object}
fields:
  Name: {{type: string, length: 80, name_field: true}}
  Memo__c: {{type: string, length: 80{of_field}}}
"""


@pytest.mark.parametrize(
    ("of_object", "of_field", "told", "held"),
    [
        (
            "deletable: false",
            "",
            [("failed", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")],
            {"changed": "old", "made": "new"},
        ),
        ("", ", updateable: false", [("failed", "INVALID_FIELD_FOR_INSERT_UPDATE")], {"changed": "new"}),
        ("updateable: false", "", [("unprocessed", "run_stopped")] * 2, {"changed": "new", "made": "new"}),
    ],
)
def test_what_the_user_may_not_do_any_more_is_told_of_each_entry(
    start_salesforce_org: StartSandbox,
    store: MemoryStore,
    tmp_path: Path,
    of_object: str,
    of_field: str,
    told: list[tuple[str, str]],
    held: dict[str, str],
) -> None:
    path = tmp_path / "ledger.yaml"
    path.write_text(LEDGER.format(of_object=of_object, of_field=of_field))
    org = start_salesforce_org(SandboxOptions(objects=(path,)))
    changed, made = org.insert("Ledger__c", [{"Name": "changed", "Memo__c": "new"}, {"Name": "made", "Memo__c": "new"}])
    _keep(store, object="Ledger__c", id=changed, action="update", before={"Memo__c": "old"}, after={"Memo__c": "new"})
    _keep(store, object="Ledger__c", id=made, action="create", after={"Name": "made", "Memo__c": "new"})
    may_begin = "update" not in of_object
    with (
        nullcontext()
        if may_begin
        else pytest.raises(ConfigError, match="cannot be updated by the connected user") as no
    ):
        report: Mapping[str, Any] = undo_run("run1", _context(org, store), DELETE)
    if no is not None:
        report = no.value.report or {}
    assert _told(report) == told
    assert {one["Name"]: one["Memo__c"] for one in org.records("Ledger__c")} == held


@pytest.mark.parametrize(
    ("fault", "outcome"), [("answer_lost_after_commit", "unknown"), ("request_limit_total", "failed")]
)
def test_a_delete_that_is_not_answered_or_refused(org: Sandbox, store: MemoryStore, fault: str, outcome: str) -> None:
    _made(org, store, 2)
    org.inject(fault, kinds=("collections_delete",))
    report = undo_run("run1", _context(org, store), DELETE)
    assert [one for one, _ in _told(report)] == [outcome] * 2


def test_an_org_that_is_gone_ends_the_undo_with_its_account(org: Sandbox, store: MemoryStore) -> None:
    _made(org, store, 2)
    org.inject("connection_refused", seconds=60)
    with pytest.raises(UnreachableError, match="cannot be reached") as caught:
        undo_run("run1", _context(org, store), DELETE)
    assert caught.value.report is not None
    assert caught.value.report["counts"]["received"] == 2


def test_a_stop_before_the_deletes_leaves_them(org: Sandbox, store: MemoryStore) -> None:
    _made(org, store, 2)
    context = _context(org, store)
    context.on_report = lambda progress: context.cancelled.set() if progress.phase == "match" else None
    report = undo_run("run1", context, DELETE)
    assert report["counts"]["unprocessed"] == 2
    assert len(org.records("Account")) == 2


def test_an_object_that_is_gone_ends_the_undo(org: Sandbox, store: MemoryStore) -> None:
    _keep(store, id="001gL000002rbzaQAA", object="Gone__c", action="update", before={"A__c": 1}, after={"A__c": 2})
    with pytest.raises(AccessError, match="`Gone__c` does not exist") as caught:
        undo_run("run1", _context(org, store), DELETE)
    assert caught.value.report is not None
    assert caught.value.report["counts"]["unprocessed"] == 1


def test_nothing_is_restored_that_could_not_be_kept_itself(org: Sandbox) -> None:
    class Full(MemoryStore):
        is_full = False

        def upsert_many(self, records: Any) -> None:
            if self.is_full:
                raise HostError("The disk is full.")
            super().upsert_many(records)

    store = Full()
    (record_id,) = org.insert("Account", [{"Name": "New"}])
    _keep(store, id=record_id, action="update", before={"Name": "Old"}, after={"Name": "New"})
    store.is_full = True
    with pytest.raises(StoreError, match="The disk is full"):
        undo_run("run1", _context(org, store), DELETE)
    assert org.records("Account")[0]["Name"] == "New"


def test_a_second_write_whose_answer_was_lost_counts_as_written_by_the_run(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Name": "Acme", "Phone": "old"}])
    context = _context(org, store)
    context.execution_id = "run1"
    org.inject("answer_lost_after_commit", at=(2,), kinds=("collections_update",))
    items = [{"Name": "Acme", "Phone": "one"}, {"Name": "Acme", "Phone": "two"}]
    settings = {"matchKey": "Name", "advanced": {"previousValues": True, "maxTries": 1}}
    assert outcomes(write(org, items, settings, context)) == {"written": 1, "unknown": 1}
    assert org.records("Account")[0]["Phone"] == "two"
    assert undo_run("run1", _context(org, store), DELETE)["updated"] == 1
    assert org.records("Account")[0]["Phone"] == "old"


@pytest.mark.parametrize("there", [None, "Old"])
def test_what_a_job_has_made_is_taken_back_although_its_results_could_not_be_read(
    org: Sandbox, store: MemoryStore, there: str | None
) -> None:
    """Its rows are sent once more, and only updated by then: the run has made them all the same."""
    items = [{"Ext__c": f"e{n}", "Name": "New"} for n in range(3)]
    before = org.insert("Account", [{**one, "Name": there} for one in items]) if there else []
    org.inject("http_429", kinds=("bulk_results",))
    context = _context(org, store)
    context.execution_id = "run1"
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "maxTries": 1, "previousValues": True}}
    assert outcomes(write(org, items, config, context)) == {"written": 3}
    assert [one["Name"] for one in org.records("Account")] == ["New"] * 3
    undo_run("run1", _context(org, store), DELETE)
    assert [(one["Id"], one["Name"]) for one in org.records("Account")] == [(one, there) for one in before]


def test_records_without_a_key_have_entries_of_their_own(org: Sandbox, store: MemoryStore) -> None:
    context = _context(org, store)
    context.execution_id = "run1"
    write(org, [{"Name": "Twin"}, {"Name": "Twin"}], {"matchKey": "Id", **KEPT}, context)
    assert undo_run("run1", _context(org, store), DELETE)["deleted"] == 2
    assert org.records("Account") == []


def test_an_update_of_a_record_that_is_not_there_keeps_nothing(org: Sandbox, store: MemoryStore) -> None:
    done = write(org, [{"Id": "001gL000002rbzaQAA", "Name": "x"}], {"matchKey": "Id", **KEPT}, _context(org, store))
    assert outcomes(done) == {"failed": 1}
    assert kept_runs(store) == []


def test_only_runs_are_listed(store: MemoryStore) -> None:
    _keep(store)
    store.upsert_many([StoreRecord(name="errors", key="a", data={})])
    assert [(one.run_id, one.flow) for one in kept_runs(store)] == [("run1", "A flow")]


def test_previews_of_one_stream_are_added_up(org: Sandbox) -> None:
    settings = {"matchKey": "Ext__c", "advanced": {"dryRun": True}}
    reports = [
        write(org, [{"Ext__c": f"{part}{n}", "Name": "x"} for n in range(300)], settings).report for part in "ab"
    ]
    first, second = reports
    assert first is not None
    assert second is not None
    total = add_reports(first, second)
    assert (len(total["changes"]), total["changesNotShown"]) == (500, 100)
    assert total["changes"][300]["index"] == 300
    assert total["callEstimate"]["calls"] == 4


def test_a_new_record_that_is_deleted_already_is_left_at_that(org: Sandbox, store: MemoryStore) -> None:
    _keep(store, id="001gL000002rbzaQAA", after={"Name": "Made"})
    assert undo_run("run1", _context(org, store), DELETE)["counts"]["unchanged"] == 1


@pytest.mark.parametrize("fault", ["bulk_job_stuck", "bulk_job_goes_on"])
def test_a_bulk_job_that_the_run_has_left_at_work_is_ended_first(org: Sandbox, store: MemoryStore, fault: str) -> None:
    org.insert("Account", [{"Ext__c": "old", "Name": "Old"}])
    org.inject(fault, at=(1,), seconds=0.6)
    context = context_for(org, store=store, cancelled=ImpatientEvent())
    context.execution_id = "run1"

    def cut(_progress: Progress) -> None:
        if any(job.state.value == "InProgress" for job in org.org.jobs.all()):
            org.inject("connection_refused", seconds=60)

    context.on_report = cut
    items = [{"Ext__c": "old", "Name": "New"}, {"Ext__c": "new", "Name": "Made"}]
    settings = {"matchKey": "Ext__c", "advanced": {"previousValues": True, "api": "bulk"}}
    with pytest.raises(UnreachableError):
        write(org, items, settings, context)
    org.clear_faults()
    (job,) = org.org.jobs.all()
    before = job.state.value
    undo_run("run1", _context(org, store), UndoOptions(dry_run=True))
    assert (before, job.state.value) == ("InProgress", "InProgress"), "a preview ends nothing"
    report = undo_run("run1", _context(org, store), DELETE)
    assert job.state.value == "Aborted"
    assert report["verdict"]["state"] == "complete"
    assert [one["Name"] for one in org.records("Account")] == ["Old"]


def test_a_bulk_job_that_salesforce_has_forgotten_is_in_nobodys_way(org: Sandbox, store: MemoryStore) -> None:
    _made(org, store)
    org.inject("reset_before_reading", kinds=("bulk_results",))
    settings = {"matchKey": "Ext__c", "advanced": {"previousValues": True, "api": "bulk"}}
    run = context_for(org, store=store, cancelled=ImpatientEvent())
    run.execution_id = "run2"
    write(org, [{"Ext__c": "e0", "Name": "New"}], settings, run)
    org.clear_faults()
    (job,) = org.org.jobs.all()
    org.org.jobs.remove(job.id)
    assert undo_run("run2", _context(org, store), DELETE)["updated"] == 1
    assert [one["Name"] for one in org.records("Account")] == ["Made"]
