"""The block without a flow: windows, totals, what stops the writing, and that every row is handed on."""

from itertools import islice
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext, MemoryStore
from tests.support.orgs import context_for
from ziggy_sf_write.contract import HostError
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.rows import Refusal, RowOptions, RowResult, Tally, write_rows

CONFIG = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}


def _load(org: Sandbox, rows: list[Any], **config: Any) -> tuple[Tally, list[RowResult]]:
    tally = Tally()
    return tally, list(
        write_rows(iter(rows), {**CONFIG, **config}, context_for(org), tally=tally, options=RowOptions(window=10))
    )


def _rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Ext__c": str(number), "Name": f"n{number}", **more} for number in range(count)]


def test_windows_add_up_and_rows_are_handed_on_in_order(org: Sandbox) -> None:
    report, handed = _load(org, _rows(25))
    assert (report.counts["received"], report.counts["written"], report.created) == (25, 25, 25)
    assert report.calls == {"login": 1, "versions": 1, "describe": 1, "collections_upsert": 3}
    assert [one.row["Name"] for one in handed] == [f"n{number}" for number in range(25)]
    assert all(one.row["Id"] for one in handed)
    assert report.is_whole
    told = report.to_json()
    assert (told["counts"]["written"], told["apiCalls"]["used"], told["error"]) == (25, 6, None)


def test_a_row_that_did_not_make_it_is_handed_on_with_its_reason(org: Sandbox) -> None:
    report, handed = _load(org, [*_rows(2), {"Ext__c": "long", "Name": "y" * 256}])
    assert not report.is_whole
    assert (handed[2].outcome, handed[2].code) == ("failed", "STRING_TOO_LONG")
    assert "too large" in handed[2].reason


def test_a_fatal_error_hands_the_remaining_rows_on_as_unprocessed(org: Sandbox) -> None:
    org.inject("request_limit_total", at=(2,), kinds=("collections_upsert",))
    report, handed = _load(org, _rows(35))
    assert report.error is not None
    assert [one.outcome for one in handed] == ["written"] * 10 + ["unprocessed"] * 25
    assert sum(report.counts[name] for name in ("written", "unprocessed")) == report.counts["received"] == 35


def test_a_host_that_fails_leaves_all_rows_unprocessed() -> None:
    tally = Tally()
    handed = list(write_rows(iter(_rows(2)), CONFIG, FakeContext(), tally=tally))
    assert [one.outcome for one in handed] == ["unprocessed"] * 2
    assert tally.error is not None
    assert "sfDev" in tally.error


def test_failures_are_counted_over_all_windows(org: Sandbox) -> None:
    rows = _rows(40, Description="x" * 40_000)
    report, _ = _load(org, rows, advanced={"maxFailures": 15, "batchSize": 5, "concurrency": 1})
    assert (report.counts["failed"], report.counts["unprocessed"]) == (15, 25)


def test_a_wrong_configuration_is_said_before_anything_is_attempted(org: Sandbox) -> None:
    with pytest.raises(ConfigError, match="`Nope` is not a field"):
        _load(org, _rows(1), matchKey="Nope")
    assert org.stats().write_calls == 0


def test_no_rows_are_no_calls(org: Sandbox) -> None:
    report, handed = _load(org, [])
    assert (report.counts, handed, org.stats().total_calls) == ({}, [], 0)


def test_a_load_that_was_killed_takes_the_jobs_of_all_its_windows_up_again(org: Sandbox) -> None:
    """And the key of the first window that comes back in the second ends with its last value."""
    rows = [*_rows(10), *_rows(10, Phone="2")]
    context = context_for(org)
    config = {**CONFIG, "advanced": {"api": "bulk"}}
    killed = write_rows(iter(rows), config, context, options=RowOptions(window=10))
    assert len(list(islice(killed, 15))) == 15
    del killed
    assert org.stats().calls["bulk_upload"] == 2
    tally = Tally()
    assert len(list(write_rows(iter(rows), config, context, tally=tally, options=RowOptions(window=10)))) == 20
    assert tally.is_whole
    assert org.stats().calls["bulk_upload"] == 2
    assert {one["Phone"] for one in org.records("Account")} == {"2"}
    assert context.store.namespaces() == []


def test_a_finished_job_that_cannot_be_struck_is_told(org: Sandbox) -> None:
    class Full(MemoryStore):
        def delete_key(self, name: str, key: str) -> bool:
            raise HostError("the disk is full")

    tally = Tally()
    config = {**CONFIG, "advanced": {"api": "bulk"}}
    list(write_rows(iter(_rows(3)), config, context_for(org, store=Full()), tally=tally))
    assert tally.counts["written"] == 3
    assert tally.error is not None
    assert "could not be struck" in tally.error
    assert not tally.is_whole


def test_a_row_that_must_not_be_sent_is_failed_in_its_place(org: Sandbox) -> None:
    refusal = Refusal(code="odd", reason="It is odd.")
    tally = Tally()
    options = RowOptions(refuse=lambda row: refusal if int(row["Ext__c"]) % 2 else None)
    results = list(write_rows(_rows(4), CONFIG, context_for(org), tally=tally, options=options))
    assert [(one.outcome, one.code) for one in results] == [("written", ""), ("failed", "odd")] * 2
    assert (tally.counts["received"], tally.counts["failed"], tally.counts["written"]) == (4, 2, 2)


def test_in_a_dry_run_rows_are_previewed(org: Sandbox) -> None:
    _, results = _load(org, _rows(2), advanced={"dryRun": True})
    assert [one.outcome for one in results] == ["previewed", "previewed"]
    assert org.records("Account") == []


def test_the_rows_still_to_come_decide_whether_the_days_calls_suffice(org: Sandbox) -> None:
    context = context_for(org)
    list(write_rows(iter(_rows(1)), CONFIG, context))
    asked: list[int] = []

    def millions(rows_read: int) -> int:
        asked.append(rows_read)
        return 50_000_000

    tally = Tally()
    list(write_rows(iter(_rows(15)), CONFIG, context, tally=tally, options=RowOptions(window=10, expected=millions)))
    assert (tally.api, asked) == ("bulk", [10, 15])


def test_refusals_before_the_window_count_as_failures(org: Sandbox) -> None:
    rows = [{"Ext__c": f"k{at}", "Name": "no"} for at in range(3)] + [{"Ext__c": "k", "Name": "yes"}]
    options = RowOptions(refuse=lambda row: Refusal(code="no", reason="No.") if row["Name"] == "no" else None)
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "advanced": {"maxFailures": 2}}
    results = list(write_rows(rows, config, context_for(org), options=options))
    assert [(one.outcome, one.code) for one in results] == [("failed", "no")] * 3 + [("unprocessed", "max_failures")]
    assert org.records("Account") == []


def test_failed_items_of_one_key_are_all_kept_whatever_window_they_are_in(org: Sandbox) -> None:
    rows = [{"Ext__c": "a", "Name": "x" * 300, "Phone": str(at)} for at in range(3)]
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "errorNamespace": "bad"}
    context = context_for(org)
    list(write_rows(rows, config, context, options=RowOptions(window=1)))
    assert sorted(record.key for record in context.store.find("bad", limit=9)) == ["a", "a (2)", "a (3)"]


def test_a_preview_takes_a_new_key_for_one_record_whatever_window_it_is_in(org: Sandbox) -> None:
    rows = [{"Ext__c": "a", "Name": "first"}, {"Ext__c": "a", "Name": "last"}]
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "advanced": {"dryRun": True}}
    tally = Tally()
    list(write_rows(rows, config, context_for(org), tally=tally, options=RowOptions(window=1)))
    assert (tally.counts["wouldCreate"], tally.counts["wouldUpdate"]) == (1, 1)


def test_names_that_are_no_texts_end_as_invalid_or_failed_not_as_a_crash(org: Sandbox) -> None:
    rows = [{"Ext__c": "a", "Name": "fine", 5: "five"}, {5: "five"}]
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "properties": ["Name"]}
    results = list(write_rows(rows, {**config, "errorNamespace": "bad"}, context_for(org)))
    assert [one.outcome for one in results] == ["written", "invalid"]
