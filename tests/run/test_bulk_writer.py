"""Bulk API 2.0: jobs, their ends, and what a job cannot carry."""

from decimal import Decimal
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext, MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.block.namespaces import BULK_JOBS
from ziggy_sf_write.errors import ApiBudgetError
from ziggy_sf_write.run.bulk_writer import FIRST_POLL_S, LONGEST_POLL_S, next_poll_s

BULK = {"matchKey": "Ext__c", "advanced": {"api": "bulk"}}
BY_ID = {"matchKey": "Id", "advanced": {"api": "bulk"}}


def _items(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Ext__c": f"k{number}", "Name": f"n{number}", **more} for number in range(count)]


def _codes(report: Any) -> list[tuple[int, str, str]]:
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in report["notWritten"]]


def test_an_upsert_is_one_job_and_every_item_gets_its_id(org: Sandbox) -> None:
    result = write(org, _items(450), BULK)
    held = {one["Ext__c"]: one["Id"] for one in org.records("Account")}
    assert [item["Id"] for item in result.outputs[0]] == [held[f"k{number}"] for number in range(450)]
    assert (org.stats().calls["bulk_create"], org.stats().calls.get("collections_upsert", 0)) == (1, 0)


def test_updates_by_id_come_back_by_id(org: Sandbox) -> None:
    ids = org.insert("Account", [{"Name": "a"}, {"Name": "b"}])
    items = [{"Id": ids[0][:15], "Name": "x"}, {"Id": ids[1], "Name": "y"}]
    assert outcomes(write(org, items, BY_ID)) == {"written": 2}
    assert [one["Name"] for one in org.records("Account")] == ["x", "y"]


@pytest.mark.parametrize("odd", ["{} ", 5], ids=["with a blank", "a number"])
def test_an_id_that_is_none_as_it_stands_ends_as_it_does_through_collections(org: Sandbox, odd: Any) -> None:
    ids = org.insert("Account", [{"Name": "A"}, {"Name": "B"}])
    items = [{"Id": odd.format(ids[0]) if isinstance(odd, str) else odd, "Name": "x"}, {"Id": ids[1], "Name": "y"}]
    found = []
    for api in ("collections", "bulk"):
        config = {"upsert": False, "matchKey": "Id", "advanced": {"api": api}}
        found.append(outcomes(write(org, items, config)))
    assert found[0] == found[1]


def test_a_case_sensitive_key_that_is_no_text_finds_its_row(org: Sandbox) -> None:
    items = [{"StrictKey__c": True, "Name": "n"}, {"StrictKey__c": "ok", "Name": "m"}]
    config = {"object": "Project__c", "matchKey": "StrictKey__c", "advanced": {"api": "bulk"}}
    assert outcomes(write(org, items, config)) == {"written": 2}


def test_a_decimal_of_millions_of_digits_is_not_written_out(org: Sandbox) -> None:
    items = [{"Ext__c": "a", "AnnualRevenue": Decimal("1E+2000000")}, {"Ext__c": "b", "Name": "fine"}]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": "bulk"}})
    assert outcomes(result) == {"written": 1, "failed": 1}


def test_creates_without_a_key_go_through_collections(org: Sandbox) -> None:
    write(org, [{"Name": "born"}], BY_ID)
    assert org.stats().calls["collections_create"] == 1
    assert org.stats().calls.get("bulk_create", 0) == 0


def test_refused_rows_keep_their_code_and_do_not_fail_their_neighbours(org: Sandbox) -> None:
    items = [*_items(2), {"Ext__c": "long", "Name": "y" * 256}]
    result = write(org, items, BULK)
    assert result.report is not None
    assert _codes(result.report) == [(2, "failed", "STRING_TOO_LONG")]
    assert len(org.records("Account")) == 2


@pytest.mark.parametrize(("good", "bad", "calls"), [(2, 0, 1), (0, 2, 1), (2, 2, 2)], ids=["saved", "refused", "both"])
def test_a_result_file_that_the_job_says_is_empty_is_not_fetched(org: Sandbox, good: int, bad: int, calls: int) -> None:
    items = [*_items(good), *({"Ext__c": f"long{number}", "Name": "y" * 256} for number in range(bad))]
    counts = outcomes(write(org, items, BULK))
    assert (counts.get("written", 0), counts.get("failed", 0)) == (good, bad)
    assert org.stats().calls["bulk_results"] == calls


def test_items_with_other_keys_do_not_clear_each_others_fields(org: Sandbox) -> None:
    org.insert("Account", [{"Ext__c": "a", "Name": "a", "Phone": "1"}, {"Ext__c": "b", "Name": "b", "Fax": "2"}])
    write(org, [{"Ext__c": "a", "Fax": "9"}, {"Ext__c": "b", "Phone": None, "Fax": None}], BULK)
    kept = [(one["Phone"], one["Fax"]) for one in org.records("Account")]
    assert kept == [("1", "9"), (None, None)]


def test_an_unknown_column_refuses_the_rows_that_have_it_and_only_those(org: Sandbox) -> None:
    items = [*_items(3), {"Ext__c": "odd", "Name": "odd", "Nonsense__c": "1"}]
    result = write(org, items, BULK)
    assert result.report is not None
    assert _codes(result.report) == [(3, "failed", "INVALID_FIELD")]
    assert len(org.records("Account")) == 3


def test_a_text_that_a_csv_cell_cannot_say_goes_through_collections(org: Sandbox) -> None:
    items = [*_items(2), {"Ext__c": "na", "Name": "#N/A"}, {"Ext__c": "cr", "Name": "x", "Description": "a\r\nb"}]
    assert outcomes(write(org, items, BULK)) == {"written": 4}
    held = {one["Ext__c"]: one for one in org.records("Account")}
    assert held["na"]["Name"] == "#N/A"
    assert held["cr"]["Description"] == "a\r\nb"
    assert org.stats().calls["collections_upsert"] == 1


@pytest.mark.parametrize(("count", "jobs", "calls"), [(12, 0, 24), (13, 2, 0)])
def test_second_items_of_keys_come_after_the_first_and_in_a_job_where_they_are_worth_one(
    org: Sandbox, count: int, jobs: int, calls: int
) -> None:
    items = [{"Ext__c": f"a{place}", "Name": "1"} for place in range(count)]
    items += [{"Ext__c": f"A{place}", "Name": "2"} for place in range(count)]
    result = write(org, items, {"matchKey": "Ext__c", "advanced": {"api": "bulk", "batchSize": 1}})
    assert outcomes(result) == {"written": 2 * count}
    assert [one["Name"] for one in org.records("Account")] == ["2"] * count
    assert (org.stats().calls.get("bulk_create", 0), org.stats().calls.get("collections_upsert", 0)) == (jobs, calls)


@pytest.mark.parametrize(("batch_size", "jobs", "calls"), [(200, 0, 20), (1, 1, 19)], ids=["few rows", "many"])
def test_one_key_twenty_times_takes_a_job_only_for_many_other_rows(
    org: Sandbox, batch_size: int, jobs: int, calls: int
) -> None:
    items = [*_items(50), *({"Ext__c": "k0", "Name": str(place)} for place in range(19))]
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "batchSize": batch_size}}
    assert outcomes(write(org, items, config)) == {"written": 69}
    assert (org.stats().calls.get("bulk_create", 0), org.stats().calls["collections_upsert"]) == (jobs, calls)
    assert org.records("Account")[0]["Name"] == "18"


def test_a_lost_upload_is_followed_by_another_job_and_the_first_is_aborted(org: Sandbox) -> None:
    org.inject("answer_lost_after_commit", at=(1,), kinds=("bulk_upload",))
    result = write(org, _items(3), BULK, context_for(org, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"written": 3}
    assert org.stats().calls["bulk_create"] == 2
    assert org.stats().rows_created == 3


def test_a_lost_close_is_found_out_from_the_job(org: Sandbox) -> None:
    org.inject("answer_lost_after_commit", at=(1,), kinds=("bulk_patch",))
    result = write(org, _items(3), BULK, context_for(org, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"written": 3}
    assert org.stats().calls["bulk_create"] == 1


def test_the_rows_of_a_failed_job_go_through_collections(org: Sandbox) -> None:
    org.inject("bulk_job_failed", at=(1,))
    result = write(org, _items(450), BULK, context_for(org, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"written": 450}
    assert len(org.records("Account")) == 450


def test_locked_rows_are_sent_again(org: Sandbox) -> None:
    org.inject("unable_to_lock_row", at=(1,), kinds=("bulk_chunk",))
    result = write(org, _items(250), BULK, context_for(org, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"written": 250}


def test_a_stop_aborts_the_job_and_leaves_nothing_unknown(org: Sandbox) -> None:
    org.inject("bulk_job_stuck", at=(1,))
    context = context_for(org)
    context.on_report = lambda progress: context.cancelled.set() if progress.phase == "write" else None
    result = write(org, _items(3), BULK, context)
    assert outcomes(result) == {"unprocessed": 3}
    assert org.records("Account") == []


def test_after_a_stop_no_job_is_opened(org: Sandbox) -> None:
    context = context_for(org)
    context.on_report = lambda progress: context.cancelled.set() if progress.phase == "match" else None
    assert outcomes(write(org, _items(3), BULK, context)) == {"unprocessed": 3}
    assert "bulk_create" not in org.stats().calls


def test_a_finished_job_is_struck_from_the_book(org: Sandbox) -> None:
    context = context_for(org)
    write(org, _items(3), BULK, context)
    assert context.store.namespaces() == []


def test_a_job_that_an_earlier_run_left_behind_is_taken_up_not_uploaded_again(org: Sandbox) -> None:
    store = MemoryStore()
    org.inject("reset_before_reading", kinds=("bulk_results",))
    lost = write(org, _items(3), BULK, context_for(org, cancelled=ImpatientEvent(), store=store))
    assert outcomes(lost) == {"unknown": 3}
    assert store.namespaces() == [BULK_JOBS]
    org.clear_faults()
    org.reset_stats()
    assert outcomes(write(org, _items(3), BULK, context_for(org, store=store))) == {"written": 3}
    assert org.stats().calls.get("bulk_create", 0) == 0
    assert store.namespaces() == []


@pytest.mark.parametrize(
    ("last_s", "elapsed_s", "done", "expected_s"),
    [
        (0.25, 1.0, 0, 0.375),
        (0.25, 10.0, 5_000, 5.0),
        (0.25, 10.0, 9_999, FIRST_POLL_S),
        (0.25, 1_000.0, 1, LONGEST_POLL_S),
        (18.0, 60.0, 0, LONGEST_POLL_S),
    ],
)
def test_a_job_is_asked_as_seldom_as_its_pace_allows(
    last_s: float, elapsed_s: float, done: int, expected_s: float
) -> None:
    assert next_poll_s(last_s, elapsed_s=elapsed_s, done=done, count=10_000) == pytest.approx(expected_s)


def test_a_job_that_this_run_has_lost_is_not_taken_for_a_later_item_of_its_key(org: Sandbox) -> None:
    """The third items have the first ones' rows to the letter; the first ones' result is not their own."""
    items = [{"Ext__c": f"a{place}", "Name": value} for value in ("x", "y", "x") for place in range(13)]
    org.inject("answer_lost_after_commit", kinds=("bulk_results",), at=tuple(range(1, 7)))
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "batchSize": 1}}
    result = write(org, items, config, context_for(org, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"unknown": 13, "unprocessed": 26}
    assert [one["Name"] for one in org.records("Account")] == ["x"] * 13


class _SlowCaller(ImpatientEvent):
    """The stop signal of a run that is looked at before each call: a closed job has ended by then."""

    def __init__(self, org: Sandbox) -> None:
        super().__init__()
        self._org = org

    def is_set(self) -> bool:
        while any(job.is_at_work or job.state.value == "UploadComplete" for job in self._org.org.jobs.all()):
            self.wait(0.001)
        return super().is_set()


class TestAJobThatWasClosedButCannotBeAsked:
    def _left_unknown(self, org: Sandbox, context: FakeContext) -> None:
        org.inject("truncated_answer", at=(1,), kinds=("bulk_patch",))
        org.inject("request_limit_total", at=(1,), kinds=("bulk_poll",))
        with pytest.raises(ApiBudgetError) as caught:
            write(org, _items(3), {"matchKey": "Ext__c", "advanced": {"api": "bulk", "maxTries": 1}}, context)
        assert caught.value.report is not None
        assert caught.value.report["counts"]["unknown"] == 3

    def test_one_that_had_ended_is_taken_up_by_the_next_run(self, org: Sandbox) -> None:
        context = context_for(org, cancelled=_SlowCaller(org))
        self._left_unknown(org, context)
        assert outcomes(write(org, _items(3), BULK, context)) == {"written": 3}
        assert org.stats().calls["bulk_upload"] == 1

    def test_one_that_was_stopped_at_work_is_written_once_more_by_the_next_run(self, org: Sandbox) -> None:
        org.inject("bulk_job_goes_on", seconds=0.2)
        context = context_for(org, cancelled=ImpatientEvent())
        self._left_unknown(org, context)
        org.clear_faults()
        assert outcomes(write(org, _items(3), BULK, context)) == {"written": 3}
        assert [one["Ext__c"] for one in org.records("Account")] == ["k0", "k1", "k2"]


def test_a_job_is_asked_again_also_where_each_call_has_one_try(org: Sandbox) -> None:
    """Its rows are saved whatever becomes of a look at it: one that is turned away must not leave them unknown."""
    org.inject("http_429", at=(1,), kinds=("bulk_poll",))
    org.inject("http_503", at=(1,), kinds=("bulk_results",))
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "maxTries": 1}}
    assert outcomes(write(org, _items(3), config, context_for(org, cancelled=ImpatientEvent()))) == {"written": 3}
    assert "collections_upsert" not in org.stats().calls


def test_a_close_that_did_not_arrive_is_made_again(org: Sandbox) -> None:
    org.inject("reset_before_reading", at=(1,), kinds=("bulk_patch",))
    result = write(org, _items(3), BULK, context_for(org, cancelled=ImpatientEvent()))
    assert outcomes(result) == {"written": 3}
    assert org.stats().calls["bulk_upload"] == 1


@pytest.mark.parametrize("kind", ["bulk_create", "bulk_upload", "bulk_patch", "bulk_poll", "bulk_results"])
def test_a_session_that_ends_is_renewed_also_where_each_call_has_one_try(org: Sandbox, kind: str) -> None:
    org.inject("expired_session", at=(1,), kinds=(kind,))
    result = write(org, _items(3), {"matchKey": "Ext__c", "advanced": {"api": "bulk", "maxTries": 1}})
    assert outcomes(result) == {"written": 3}
