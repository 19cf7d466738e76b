"""How a Bulk job may end other than well, and what becomes of its rows: nothing lost, nothing twice."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Asked, Gateway, Said, Say
from tests.support.host import FakeContext, MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, context_through, outcomes, write
from ziggy_sf_write.block.namespaces import BULK_JOBS
from ziggy_sf_write.contract import BlockResult, HostError, Progress, StoreRecord
from ziggy_sf_write.errors import (
    AccessError,
    ApiBudgetError,
    DefectError,
    StoreError,
    UnreachableError,
    WriteBlockError,
)

BULK = {"matchKey": "Ext__c", "advanced": {"api": "bulk"}}


class WatchedStore(MemoryStore):
    """A store that tells when it is asked for a job, and when it is to keep one."""

    def __init__(self) -> None:
        super().__init__()
        self.on_find: Callable[[], object] = lambda: None
        self.on_keep: Callable[[], object] = lambda: None
        self.is_unreadable = False

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        if self.is_unreadable:
            raise HostError("The disk is gone.")
        return super().find(name, limit=limit, offset=offset)

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        self.on_find()
        return super().find_key(name, key)

    def upsert_many(self, records: Any) -> None:
        super().upsert_many(records)
        self.on_keep()


def _items(count: int = 3) -> list[dict[str, Any]]:
    return [{"Ext__c": f"k{number}", "Name": f"n{number}"} for number in range(count)]


def _impatient(org: Sandbox, **settings: Any) -> FakeContext:
    return context_for(org, cancelled=ImpatientEvent(), **settings)


def _codes(result: BlockResult) -> list[str]:
    assert result.report is not None
    return [line["errors"][0]["code"] for line in result.report["notWritten"]]


def _refuse_to_read_the_job(asked: Asked, ask: Callable[[], Said]) -> Said:
    is_look = asked.method == "GET" and re.search(r"/jobs/ingest/\w+$", asked.path)
    body = json.dumps([{"errorCode": "INVALIDJOB", "message": "not now"}]).encode()
    return Said(status=400, body=body) if is_look else ask()


def _when_closed(happens: Callable[[], object], *, answer: Said | None = None) -> Say:
    """What happens while a job is being closed, and what is answered in place of the org, which has closed it."""

    def say(asked: Asked, ask: Callable[[], Said]) -> Said:
        said = ask()
        if b"UploadComplete" not in asked.body:
            return said
        happens()
        return answer or said

    return say


def _fails(org: Sandbox, kind: type[WriteBlockError], context: FakeContext, **advanced: Any) -> dict[str, int]:
    """The counts of a run that ends with this error."""
    config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "maxTries": 2, **advanced}}
    with pytest.raises(kind) as caught:
        write(org, _items(), config, context)
    assert caught.value.report is not None
    return {name: count for name, count in caught.value.report["counts"].items() if count and name != "received"}


class TestJobsThatCannotBegin:
    def test_the_days_last_call_leaves_all_rows_unprocessed(self, org: Sandbox) -> None:
        org.inject("request_limit_total", kinds=("bulk_create",))
        assert _fails(org, ApiBudgetError, _impatient(org)) == {"unprocessed": 3}
        assert org.records("Account") == []

    def test_an_org_that_takes_no_jobs_for_now_gets_the_rows_through_collections(self, org: Sandbox) -> None:
        org.inject("http_429", kinds=("bulk_create",))
        assert outcomes(write(org, _items(), BULK, _impatient(org))) == {"written": 3}
        assert org.stats().calls["collections_upsert"] == 1

    def test_a_job_that_may_have_been_opened_is_empty_so_its_rows_are_unprocessed(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", kinds=("bulk_create",))
        assert _fails(org, UnreachableError, _impatient(org)) == {"unprocessed": 3}
        assert org.records("Account") == []

    def test_an_upload_that_is_refused_is_followed_by_an_abort(self, before: Gateway, org: Sandbox) -> None:
        too_large = json.dumps([{"errorCode": "EXCEEDED_MAX_SIZE_REQUEST", "message": "too large"}]).encode()
        before.say = lambda asked, ask: Said(status=413, body=too_large) if asked.method == "PUT" else ask()
        assert outcomes(write(org, _items(), BULK, context_through(before))) == {"written": 3}
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted"]

    def test_an_upload_that_never_arrives_leaves_all_rows_unprocessed(self, org: Sandbox) -> None:
        org.inject("reset_before_reading", kinds=("bulk_upload",))
        assert _fails(org, UnreachableError, _impatient(org)) == {"unprocessed": 3}
        assert org.stats().calls["bulk_create"] == 2
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted", "Aborted"]

    def test_a_job_that_cannot_be_noted_is_not_started(self, org: Sandbox) -> None:
        context = _impatient(org)
        context.store.is_broken = True
        assert _fails(org, StoreError, context) == {"unprocessed": 3}
        assert org.records("Account") == []
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted"]

    def test_a_store_that_cannot_be_asked_ends_the_run_before_anything_is_uploaded(self, org: Sandbox) -> None:
        store = WatchedStore()

        def fail() -> None:
            raise HostError("The disk is gone.")

        store.on_find = fail
        assert _fails(org, WriteBlockError, _impatient(org, store=store)) == {"unprocessed": 3}
        assert org.stats().calls.get("bulk_upload", 0) == 0

    def test_an_org_that_is_gone_leaves_all_rows_unprocessed(self, org: Sandbox) -> None:
        context = _impatient(org)

        def cut(progress: Progress) -> None:
            if progress.phase == "match":
                org.inject("connection_refused", seconds=60)

        context.on_report = cut
        assert _fails(org, UnreachableError, context) == {"unprocessed": 3}


class TestStops:
    def test_before_the_job_is_opened_nothing_is_sent(self, org: Sandbox) -> None:
        store = WatchedStore()
        context = _impatient(org, store=store)
        store.on_find = context.cancelled.set
        assert outcomes(write(org, _items(), BULK, context)) == {"unprocessed": 3}
        assert org.stats().calls.get("bulk_create", 0) == 0

    def test_before_the_job_is_closed_it_is_aborted_and_nothing_runs(self, org: Sandbox) -> None:
        store = WatchedStore()
        context = _impatient(org, store=store)
        store.on_keep = context.cancelled.set
        assert outcomes(write(org, _items(), BULK, context)) == {"unprocessed": 3}
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted"]
        assert org.records("Account") == []

    def test_while_it_is_closed_a_job_is_aborted(self, before: Gateway, org: Sandbox) -> None:
        org.inject("bulk_job_stuck", at=(1,))
        context = context_through(before)
        before.say = _when_closed(context.cancelled.set)
        assert outcomes(write(org, _items(), BULK, context)) == {"unprocessed": 3}
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted"]

    def test_while_the_answer_to_closing_it_is_lost_its_rows_are_what_became_of_them(
        self, before: Gateway, org: Sandbox
    ) -> None:
        """Whether the job was done before it was aborted is the org's to say; nothing is taken for not sent."""
        context = context_through(before)
        before.say = _when_closed(context.cancelled.set, answer=Said(status=502))
        found = outcomes(write(org, _items(), BULK, context))
        assert found.get("written", 0) == len(org.records("Account"))
        assert found.get("unknown", 0) == 0

    def test_while_a_look_at_the_job_fails_it_is_aborted(self, before: Gateway, org: Sandbox) -> None:
        org.inject("bulk_job_stuck", at=(1,))
        context = context_through(before)

        def say(asked: Asked, ask: Callable[[], Said]) -> Said:
            if asked.method == "GET" and re.search(r"/jobs/ingest/\w+$", asked.path) and not context.cancelled.is_set():
                context.cancelled.set()
                return Said(status=503)
            return ask()

        before.say = say
        assert outcomes(write(org, _items(), BULK, context)) == {"unprocessed": 3}
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted"]

    def test_too_many_failures_in_one_job_keep_the_next_from_starting(self, org: Sandbox) -> None:
        items = [{"Ext__c": f"a{place}", "Name": "fine"} for place in range(13)] * 2
        items[0] = {"Ext__c": "a0", "Name": "y" * 256}
        config = {"matchKey": "Ext__c", "advanced": {"api": "bulk", "maxFailures": 1, "batchSize": 1}}
        result = write(org, items, config)
        assert outcomes(result) == {"written": 12, "failed": 1, "unprocessed": 13}
        assert set(_codes(result)) == {"STRING_TOO_LONG", "max_failures"}
        assert org.stats().calls["bulk_create"] == 1

    def test_an_outage_while_the_job_runs_leaves_its_rows_unknown_and_the_job_in_the_book(self, org: Sandbox) -> None:
        org.inject("bulk_job_stuck", at=(1,))
        context = _impatient(org)

        def cut(progress: Progress) -> None:
            if progress.phase == "write":
                org.inject("connection_refused", seconds=60)

        context.on_report = cut
        assert _fails(org, UnreachableError, context) == {"unknown": 3}
        assert context.store.namespaces() == [BULK_JOBS]


def test_a_column_that_nobody_can_be_blamed_for_sends_all_rows_through_collections(org: Sandbox) -> None:
    items = [*_items(2), {"Ext__c": "odd", "Name": "odd", "A.B": "1"}]
    result = write(org, items, BULK)
    assert outcomes(result) == {"written": 2, "failed": 1}
    assert len(org.records("Account")) == 2


def test_what_a_job_has_refused_is_told_also_where_the_store_fails_before_it_is_checked_again(
    before: Gateway, org: Sandbox
) -> None:
    def lie(asked: Asked, ask: Callable[[], Said]) -> Said:
        """Lets the name pass that the org will refuse."""
        said = ask()
        if not asked.path.endswith("Account/describe"):
            return said
        describe = json.loads(said.body)
        name = next(field for field in describe["fields"] if field["name"] == "Name")
        name["length"] = 1_000
        return Said(body=json.dumps(describe).encode())

    store = WatchedStore()
    items = [{"Ext__c": "a", "Name": "x" * 300}, {"Ext__c": "b", "Name": "fine"}, {"Ext__c": "c", "Name": "#N/A"}]
    config = {**BULK, "validate": True}
    before.say = lambda asked, ask: Said(status=503) if "Results" in asked.path else lie(asked, ask)
    assert outcomes(write(org, items, config, context_through(before, store=store))) == {"written": 1, "unknown": 2}
    before.say = lie
    store.is_unreadable = True
    both = r"^Bulk jobs of earlier runs could not be looked up.*could not be struck"
    with pytest.raises(StoreError, match=both) as caught:
        write(org, items, config, context_through(before, store=store))
    assert caught.value.report is not None
    lines = [(one["index"], one["outcome"], one["errors"][0]["code"]) for one in caught.value.report["notWritten"]]
    assert lines == [(0, "failed", "STRING_TOO_LONG"), (2, "unprocessed", "run_stopped")]


def test_an_answer_that_nobody_has_foreseen_leaves_unknown_what_no_other_answer_tells(
    before: Gateway, org: Sandbox
) -> None:
    before.say = lambda asked, ask: Said(body=b"no,result,file\n1,2,3\n") if "failedResults" in asked.path else ask()
    items = [*_items(2), {"Ext__c": "bad", "Name": "y" * 300}]
    with pytest.raises(DefectError) as caught:
        write(org, items, BULK, context_through(before))
    assert caught.value.report is not None
    assert [(one["index"], one["outcome"]) for one in caught.value.report["notWritten"]] == [(2, "unknown")]


class TestResultFilesThatDoNotFit:
    """What the org never did in our sight, but would: rows are matched by key, so a stranger's row settles nothing."""

    def _rewritten(self, name: str, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Any:
        def say(asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
            said = ask_the_org()
            if not asked.path.endswith(name):
                return said
            reader = csv.DictReader(io.StringIO(said.body.decode()))
            rows = change(list(reader))
            text = io.StringIO()
            writer = csv.DictWriter(text, list(reader.fieldnames or ()))
            writer.writeheader()
            writer.writerows(rows)
            return Said(body=text.getvalue().encode(), headers=said.headers)

        return say

    def test_a_row_that_is_missing_is_unknown(self, before: Gateway, org: Sandbox) -> None:
        before.say = self._rewritten("successfulResults", lambda rows: rows[1:])
        result = write(org, _items(), BULK, context_through(before))
        assert outcomes(result) == {"written": 2, "unknown": 1}

    def test_a_row_that_is_none_of_ours_settles_nothing(self, before: Gateway, org: Sandbox) -> None:
        before.say = self._rewritten("successfulResults", lambda rows: [*rows, {**rows[0], "Ext__c": "stranger"}])
        assert outcomes(write(org, _items(), BULK, context_through(before))) == {"written": 3}

    def test_a_refusal_that_is_none_of_ours_settles_nothing(self, before: Gateway, org: Sandbox) -> None:
        before.say = self._rewritten("failedResults", lambda rows: [*rows, {**rows[0], "Ext__c": "stranger"}])
        items = [*_items(), {"Ext__c": "long", "Name": "y" * 256}]
        assert outcomes(write(org, items, BULK, context_through(before))) == {"written": 3, "failed": 1}

    @pytest.mark.usefixtures("short_cells")
    def test_a_refusal_that_quotes_the_longest_value_is_read(self, before: Gateway, org: Sandbox) -> None:
        items = [*_items(), {"Ext__c": "long", "Name": "y" * 131_072}]
        assert outcomes(write(org, items, BULK, context_through(before))) == {"written": 3, "failed": 1}

    def test_results_that_are_refused_for_good_send_the_rows_through_collections(
        self, before: Gateway, org: Sandbox
    ) -> None:
        body = json.dumps([{"errorCode": "INVALIDJOBSTATE", "message": "not yet"}]).encode()
        before.say = lambda asked, ask: Said(status=400, body=body) if asked.path.endswith("Results") else ask()
        assert outcomes(write(org, _items(), BULK, context_through(before))) == {"written": 3}
        assert len(org.records("Account")) == 3

    def test_rows_of_an_ended_job_that_tells_no_results_are_never_said_to_be_unsent(self, org: Sandbox) -> None:
        org.inject("request_limit_concurrent", kinds=("bulk_results",))
        org.inject("request_limit_total", kinds=("collections_upsert",))
        context = _impatient(org)
        with pytest.raises(ApiBudgetError) as caught:
            write(org, _items(), {**BULK, "advanced": {"api": "bulk", "maxTries": 1}}, context)
        assert caught.value.report is not None
        assert caught.value.report["counts"]["unknown"] == 3
        assert len(org.records("Account")) == 3

    def test_a_job_that_cannot_be_read_while_it_runs_leaves_its_rows_unknown(
        self, before: Gateway, org: Sandbox
    ) -> None:
        before.say = _refuse_to_read_the_job
        result = write(org, _items(), BULK, context_through(before))
        assert outcomes(result) == {"unknown": 3}
        assert org.stats().calls.get("collections_upsert", 0) == 0

    def test_a_job_left_behind_that_cannot_be_read_is_not_overtaken(self, before: Gateway, org: Sandbox) -> None:
        org.inject("reset_before_reading", kinds=("bulk_results",))
        store = MemoryStore()
        write(org, _items(), BULK, context_through(before, store=store))
        org.clear_faults()
        before.say = _refuse_to_read_the_job
        again = write(org, _items(), BULK, context_through(before, store=store))
        assert outcomes(again) == {"unknown": 3}
        assert again.report is not None
        message = again.report["notWritten"][0]["errors"][0]["message"]
        assert "cannot be read (INVALIDJOB). Run the flow again with the same items" in message
        assert org.stats().calls.get("collections_upsert", 0) == 0

    def test_an_abort_that_the_user_may_not_make_ends_the_run(self, before: Gateway, org: Sandbox) -> None:
        org.inject("bulk_job_stuck", at=(1,))
        body = json.dumps([{"errorCode": "NOT_ALLOWED", "message": "no aborting"}]).encode()
        before.say = lambda asked, ask: Said(status=403, body=body) if b"Aborted" in asked.body else ask()
        context = context_through(before)
        context.on_report = lambda progress: context.cancelled.set() if progress.phase == "write" else None
        assert _fails(org, AccessError, context) == {"unknown": 3}


class TestJobsThatGoOnAfterTheirAbort:
    """What a job is at work on is saved although the job is called aborted by then."""

    def test_only_rows_that_salesforce_lists_so_are_unprocessed(self, org: Sandbox) -> None:
        org.inject("bulk_job_goes_on", seconds=0.2)
        context = context_for(org)

        def stop_at_work(_progress: Progress) -> None:
            """Before the job is at work an abort would leave nothing to go on with."""
            if any(job.is_at_work for job in org.org.jobs.all()):
                context.cancelled.set()

        context.on_report = stop_at_work
        result = write(org, _items(1_000), BULK, context)
        held = {one["Ext__c"] for one in org.records("Account")}
        assert len(held) == 400
        assert outcomes(result) == {"written": 400, "unprocessed": 600}
        assert {item["Ext__c"] for item in result.outputs[0]} == held
        # Nothing comes after the account was given.
        assert org.org.jobs.all()[0].is_at_work is False

    def test_a_row_that_is_listed_nowhere_is_unknown(self, before: Gateway, org: Sandbox) -> None:
        org.inject("bulk_job_stuck")
        before.say = lambda asked, ask: (
            Said(body=b"Ext__c,Name\nstranger,x\n", headers={"Content-Type": "text/csv"})
            if asked.path.endswith("/unprocessedrecords")
            else ask()
        )
        context = context_through(before)
        context.on_report = lambda progress: context.cancelled.set() if org.stats().calls.get("bulk_poll") else None
        result = write(org, _items(3), BULK, context)
        assert outcomes(result) == {"unknown": 3}

    def test_the_rows_of_a_job_whose_close_was_refused_are_not_in_doubt(self, before: Gateway, org: Sandbox) -> None:
        refused = json.dumps([{"errorCode": "NOT_ALLOWED", "message": "no closing"}]).encode()
        before.say = lambda asked, ask: Said(status=403, body=refused) if b"UploadComplete" in asked.body else ask()
        with pytest.raises(AccessError) as caught:
            write(org, _items(3), BULK, context_through(before))
        assert caught.value.report is not None
        assert caught.value.report["counts"]["unprocessed"] == 3
        assert [job.state.value for job in org.org.jobs.all()] == ["Aborted"]
        assert org.records("Account") == []
