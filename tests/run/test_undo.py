"""What a run has overwritten is kept before it does, and comes back (block.md, section 9)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext, MemoryStore
from tests.support.orgs import context_for, write
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import BlockResult, HostError, StoreRecord
from ziggy_sf_write.errors import ConfigError, StoreError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.previous_values import find_namespaces
from ziggy_sf_write.run.undo import UndoOptions, undo_run
from ziggy_sf_write.salesforce import collections

KEPT = {"previousValues": True}
STAMPS = ("LastModifiedDate", "SystemModstamp")
DELETE = UndoOptions(deletes_created=True)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def _context(org: Sandbox, store: MemoryStore, name: str) -> FakeContext:
    context = context_for(org, store=store)
    context.execution_id = name
    return context


def _run(org: Sandbox, store: MemoryStore, items: Sequence[Any], name: str = "run1", **more: Any) -> BlockResult:
    settings = {"matchKey": "Ext__c", "upsert": True, **more, "advanced": {**KEPT, **more.get("advanced", {})}}
    return write(org, items, settings, _context(org, store, name))


def _undo(
    org: Sandbox, store: MemoryStore, run: str = "run1", options: UndoOptions = DELETE, name: str = "undo1"
) -> dict[str, Any]:
    return dict(undo_run(run, _context(org, store, name), options))


def _held(org: Sandbox, name: str = "Account") -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key not in STAMPS} for one in org.records(name)]


def _entries(store: MemoryStore, run: str = "run1") -> list[StoreRecord]:
    return [one for name in find_namespaces(store, run) for one in store.find(name, limit=10_000)]


def _counts(report: Mapping[str, Any]) -> dict[str, int]:
    return {name: count for name, count in report["counts"].items() if count and name != "received"}


@pytest.mark.parametrize("key", ["Ext__c", "Name", "Id"])
@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_a_run_and_its_undo_leave_everything_as_it_was(org: Sandbox, store: MemoryStore, key: str, api: str) -> None:
    records = [{"Ext__c": f"e{n}", "Name": f"N{n}", "Phone": str(n), "Rating": "Hot"} for n in range(5)]
    ids = org.insert("Account", records)
    before = _held(org)
    items: list[dict[str, Any]] = [
        {"Name": f"N{n}", "Ext__c": f"e{n}", "Phone": "new", "Rating": None} for n in range(7)
    ]
    if key == "Id":
        items = [{**item, "Id": record_id} for item, record_id in zip(items, ids, strict=False)]
    done = _run(org, store, items, matchKey=key, upsert=key != "Id", advanced={"api": api})
    assert done.report is not None
    assert done.report["counts"]["written"] == len(items)
    assert _held(org) != before
    report = _undo(org, store)
    assert _held(org) == before
    assert report["verdict"]["state"] == "complete"
    assert (report["updated"], report["deleted"]) == (5, len(items) - 5)


def test_an_entry_says_what_was_and_what_is(org: Sandbox, store: MemoryStore) -> None:
    (record_id,) = org.insert("Account", [{"Ext__c": "a", "Name": "Old", "Phone": "1"}])
    _run(org, store, [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "b", "Name": "Made"}])
    created, updated = sorted((one.data for one in _entries(store)), key=lambda data: str(data["action"]))
    assert updated | {"at": ""} == {
        "runId": "run1",
        "flow": "A flow",
        "connection": "sfDev",
        "object": "Account",
        "matchKey": "Ext__c",
        "id": record_id,
        "action": "update",
        "before": {"Name": "Old", "Ext__c": "a"},
        "after": {"Ext__c": "a", "Name": "New"},
        "unreadable": [],
        "at": "",
    }
    assert (created["action"], created["before"]) == ("create", {})
    assert created["id"] == org.records("Account")[1]["Id"]


def test_of_several_writes_the_first_before_and_the_last_after_count(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old", "Phone": "1"}])
    before = _held(org)
    items = [{"Ext__c": "a", "Name": "One"}, {"Ext__c": "a", "Name": "Two", "Phone": "2"}]
    _run(org, store, items)
    _run(org, store, [{"Ext__c": "a", "Name": "Three"}])  # a batch loop runs the block again
    (entry,) = _entries(store)
    assert entry.data["before"] == {"Name": "Old", "Ext__c": "a", "Phone": "1"}
    assert entry.data["after"] == {"Name": "Three", "Ext__c": "a", "Phone": "2"}
    _undo(org, store)
    assert _held(org) == before


def test_a_record_that_was_made_and_then_changed_is_one_that_was_made(org: Sandbox, store: MemoryStore) -> None:
    _run(org, store, [{"Ext__c": "a", "Name": "One"}, {"Ext__c": "a", "Name": "Two"}])
    _run(org, store, [{"Ext__c": "a", "Name": "Three"}])
    (entry,) = _entries(store)
    assert (entry.data["action"], entry.data["after"]["Name"]) == ("create", "Three")
    _undo(org, store)
    assert _held(org) == []


def test_created_records_stay_unless_asked(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    _run(org, store, [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "b", "Name": "Made"}])
    report = _undo(org, store, options=UndoOptions())
    assert [one["Name"] for one in org.records("Account")] == ["Old", "Made"]
    assert (_counts(report), report["createdKept"], report["deleted"]) == ({"written": 1}, 1, 0)


def test_what_was_changed_since_is_left_alone_and_named(org: Sandbox, store: MemoryStore) -> None:
    ids = org.insert("Account", [{"Ext__c": f"e{n}", "Name": "Old", "Phone": "1"} for n in range(3)])
    _run(org, store, [{"Ext__c": f"e{n}", "Name": "New", "Phone": "2"} for n in range(4)])
    # Somebody changes one field that the run wrote, another one a field that it did not, and the new record.
    write(org, [{"Id": ids[0], "Phone": "9"}, {"Id": ids[1], "Fax": "8"}], {"matchKey": "Id"})
    write(org, [{"Ext__c": "e3", "Name": "Mine"}], {"matchKey": "Ext__c"})
    report = _undo(org, store)
    assert _counts(report) == {"written": 2, "failed": 2}
    assert {(one["errors"][0]["code"], *one["errors"][0]["fields"]) for one in report["notWritten"]} == {
        ("changed_since", "Phone"),
        ("changed_since", "Name"),
    }
    told = [(one["Name"], one["Phone"], one["Fax"]) for one in org.records("Account")]
    assert told == [("New", "9", None), ("Old", "1", "8"), ("Old", "1", None), ("Mine", "2", None)]
    forced = _undo(org, store, options=UndoOptions(force=frozenset({"phone"})))
    assert _counts(forced) == {"written": 1, "unchanged": 2}
    assert next((one["Name"], one["Phone"]) for one in org.records("Account")) == ("Old", "1")


def test_what_was_deleted_since_is_told(org: Sandbox, store: MemoryStore) -> None:
    ids = org.insert("Account", [{"Ext__c": "a", "Name": "Old"}, {"Ext__c": "b", "Name": "Old"}])
    _run(org, store, [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "b", "Name": "New"}])
    config = parse_config({"connection": "sfDev", "object": "Account", "matchKey": "Id"})
    collections.delete(RunContext.start(config, context_for(org)).client, ids[:1])
    report = _undo(org, store)
    assert _counts(report) == {"written": 1, "failed": 1}
    assert report["notWritten"][0]["errors"][0]["code"] == "deleted_since"


def test_an_undo_can_be_previewed_repeated_and_undone(org: Sandbox, store: MemoryStore) -> None:
    (record_id,) = org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    before = _held(org)
    _run(org, store, [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "b", "Name": "Made"}])
    after = _held(org)
    preview = _undo(org, store, options=UndoOptions(dry_run=True, deletes_created=True), name="look")
    assert _held(org) == after
    assert _counts(preview) == {"wouldUpdate": 1, "wouldDelete": 1}
    assert preview["changes"][0] == {
        "index": 0,
        "id": record_id,
        "action": "update",
        "fields": {"Name": {"before": "New", "after": "Old"}},
    }
    assert preview["changes"][1]["action"] == "delete"
    _undo(org, store, options=UndoOptions())
    assert _held(org)[:1] == before
    assert _counts(_undo(org, store, options=UndoOptions(), name="again")) == {"unchanged": 1}
    assert _counts(_undo(org, store, run="undo1", name="back")) == {"written": 1}
    assert _held(org) == after


def test_an_unknown_run_is_named(org: Sandbox, store: MemoryStore) -> None:
    with pytest.raises(ConfigError, match="No previous values are kept of a run `other`"):
        _undo(org, store, run="other")


def test_what_cannot_be_read_is_named_by_the_undo(org: Sandbox, store: MemoryStore) -> None:
    settings = {"object": "Project__c", "matchKey": "Key__c"}
    org.insert("Project__c", [{"Key__c": "p", "Name": "Old", "Secret__c": "first"}])
    _run(org, store, [{"Key__c": "p", "Name": "New", "Secret__c": "second"}], **settings)
    report = _undo(org, store)
    assert report["notRestored"] == ["Secret__c"]
    assert org.records("Project__c")[0]["Name"] == "Old"


def test_parents_that_were_named_by_a_key_come_back(org: Sandbox, store: MemoryStore) -> None:
    first, _ = org.insert("Account", [{"Ext__c": "A", "Name": "A"}, {"Ext__c": "B", "Name": "B"}])
    org.insert("Project__c", [{"Key__c": "p", "Name": "P", "Account__c": first}])
    before = _held(org, "Project__c")
    settings = {"object": "Project__c", "matchKey": "Key__c"}
    _run(org, store, [{"Key__c": "p", "Account__r": {"Ext__c": "B"}}], **settings)
    assert _held(org, "Project__c") != before
    _undo(org, store)
    assert _held(org, "Project__c") == before


class _Broken(MemoryStore):
    def upsert_many(self, records: Any) -> None:
        raise HostError("The disk is full.")


def test_nothing_is_overwritten_that_could_not_be_kept(org: Sandbox) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    before = org.records("Account")
    told = (
        r"could not be kept in namespace `undo .* run1`: The disk is full\. Nothing of it was sent: mend the Data Store"
    )
    with pytest.raises(StoreError, match=told):
        _run(org, _Broken(), [{"Ext__c": "a", "Name": "New"}])
    assert org.records("Account") == before


def test_what_is_refused_leaves_no_entry_of_a_new_record(org: Sandbox, store: MemoryStore) -> None:
    _run(org, store, [{"Ext__c": "a", "Name": "n" * 300}])
    assert _entries(store) == []


def test_old_ones_go(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    for name in ("undo 2020-01-01 x", "undo 2999-01-01 y", "undo me", "other"):
        store.upsert_many([StoreRecord(name=name, key="k", data={})])
    _run(org, store, [{"Ext__c": "a", "Name": "New"}])
    assert [name for name in store.namespaces() if not name.endswith("run1")] == [
        "other",
        "undo 2999-01-01 y",
        "undo me",
    ]


def test_two_objects_of_one_run_are_undone_together(org: Sandbox, store: MemoryStore) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    org.insert("Project__c", [{"Key__c": "p", "Name": "Old"}])
    before = (_held(org), _held(org, "Project__c"))
    _run(org, store, [{"Ext__c": "a", "Name": "New"}])
    _run(org, store, [{"Key__c": "p", "Name": "New"}], object="Project__c", matchKey="Key__c")
    report = _undo(org, store)
    assert (_held(org), _held(org, "Project__c")) == before
    assert _counts(report) == {"written": 2}


def test_a_second_write_of_a_record_that_is_refused_leaves_the_first_to_be_undone(
    org: Sandbox, store: MemoryStore
) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    before = _held(org)
    _run(org, store, [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "a", "Name": "n" * 300}])
    (entry,) = _entries(store)
    assert (entry.data["after"]["Name"], "earlier" in entry.data) == ("New", False)
    assert _counts(_undo(org, store)) == {"written": 1}
    assert _held(org) == before
