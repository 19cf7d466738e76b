"""What is told of each item: edges, namespace, report; and the few places where only the org can judge."""

import json
import logging
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Asked, Gateway, Said
from tests.support.host import MemoryStore
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, context_through, outcomes, write
from ziggy_sf_write.contract import BlockResult, StoreRecord
from ziggy_sf_write.errors import InternalError, StoreError
from ziggy_sf_write.run.outcomes import Counts, Ledger


def _codes(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


class TestMatching:
    def test_an_id_lookup_field_is_a_native_key_too(self, org: Sandbox) -> None:
        org.insert("Contact", [{"LastName": "Old", "Email": "ann@x.org"}])
        items = [{"Email": "ANN@x.org", "LastName": "New"}, {"Email": "bob@x.org", "LastName": "Born"}]
        result = write(org, items, {"object": "Contact", "matchKey": "Email"})
        assert outcomes(result) == {"written": 2}
        assert [one["LastName"] for one in org.records("Contact")] == ["New", "Born"]
        assert org.stats().calls.get("query", 0) == 0

    def test_a_key_that_no_query_can_say_fails_alone(self, org: Sandbox) -> None:
        items = [{"Headcount__c": "many", "Name": "x"}, {"Headcount__c": 5, "Name": "y"}]
        result = write(org, items, {"object": "Project__c", "matchKey": "Headcount__c"})
        assert _codes(result) == [(0, "failed", "key_not_searchable")]
        assert [one["Name"] for one in org.records("Project__c")] == ["y"]

    def test_what_is_certain_to_be_created_must_bring_what_a_create_needs(self, org: Sandbox) -> None:
        org.insert("Contact", [{"LastName": "Known", "Phone": "1"}])
        items = [{"Phone": "1", "Title": "t"}, {"Phone": "2", "Title": "t"}]
        result = write(org, items, {"object": "Contact", "matchKey": "Phone", "validate": True})
        assert [(index, outcome) for index, outcome, _ in _codes(result)] == [(1, "invalid")]
        assert result.report is not None
        assert "LastName" in str(result.report["notWritten"][0]["errors"])
        assert len(org.records("Contact")) == 1

    def test_a_key_that_cannot_be_written_finds_its_record_and_is_not_sent(self, org: Sandbox) -> None:
        (account,) = org.insert("Account", [{"Name": "A"}])
        org.insert("Invoice__c", [{"Name": "INV-00001", "Account__c": account, "IssuedOn__c": "2026-11-23"}])
        config = {"object": "Invoice__c", "matchKey": "Name", "upsert": False}
        assert outcomes(write(org, [{"Name": "INV-00001", "Total__c": 7}], config)) == {"written": 1}
        assert org.records("Invoice__c")[0]["Total__c"] == 7

    def test_a_preview_by_id_says_that_an_item_without_one_would_be_created(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "Old"}])
        items = [{"Name": "Born"}, {"Id": known, "Name": "New"}]
        result = write(org, items, {"matchKey": "Id", "advanced": {"dryRun": True}})
        assert outcomes(result) == {"wouldCreate": 1, "wouldUpdate": 1}
        assert [one["Name"] for one in org.records("Account")] == ["Old"]


class TestDuplicateRules:
    LEADS = ({"Email": "a@x.org", "LastName": "L", "Company": "C", "Ext__c": "new"},)

    @pytest.mark.parametrize(
        ("setting", "expected", "held"), [("org", {"failed": 1}, 1), ("allowSave", {"written": 1}, 2)]
    )
    def test_an_alert_refuses_or_is_passed_over_as_the_setting_says(
        self, org: Sandbox, setting: str, expected: dict[str, int], held: int
    ) -> None:
        org.insert("Lead", [{"Email": "a@x.org", "LastName": "L", "Company": "C"}])
        config = {"object": "Lead", "matchKey": "Ext__c", "advanced": {"duplicateRules": setting}}
        assert outcomes(write(org, self.LEADS, config)) == expected
        assert len(org.records("Lead")) == held


class TestWhatOnlyTheOrgKnows:
    def test_a_refusal_that_no_describe_explains_stays_salesforces(self, before: Gateway, org: Sandbox) -> None:
        """Such as a record type that does not allow a picklist's value."""
        code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        row = {"success": False, "errors": [{"statusCode": code, "message": "bad value", "fields": ["Industry"]}]}

        def refuse(asked: Asked, ask_the_org: Any) -> Said:
            return Said(body=json.dumps([row]).encode()) if "composite" in asked.path else ask_the_org()

        before.say = refuse
        item = {"Ext__c": "a", "Name": "x", "Industry": "Banking"}
        result = write(org, [item], {"matchKey": "Ext__c", "validate": True}, context_through(before))
        assert _codes(result) == [(0, "failed", code)]
        assert org.stats().calls["describe"] == 2

    def test_a_parent_object_that_the_user_may_not_see_is_left_to_salesforce(
        self, before: Gateway, org: Sandbox
    ) -> None:
        org.insert("Account", [{"Name": "Acme", "Ext__c": "acme"}])
        body = json.dumps([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]).encode()
        before.say = lambda asked, ask: (
            Said(status=404, body=body) if "/sobjects/Account/describe" in asked.path else ask()
        )
        item = {"Ext__c": "1", "LastName": "A", "Account": {"Ext__c": "acme"}}
        config = {"object": "Contact", "matchKey": "Ext__c", "validate": True}
        assert outcomes(write(org, [item], config, context_through(before))) == {"written": 1}
        assert org.records("Contact")[0]["AccountId"] == org.records("Account")[0]["Id"]


class TestTheSecondEdge:
    def test_unknown_and_unprocessed_items_leave_on_it_if_wanted(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_create",))
        org.inject("answer_lost_after_commit", at=(2, 3), kinds=("query",))
        items = [{"Name": "born", "Phone": "1"}, {"Name": "BORN", "Phone": "2"}]
        config = {
            "matchKey": "Name",
            "advanced": {"failedToSecondEdge": True, "withReasons": True, "maxTries": 2, "doubtTime": 0},
        }
        result = write(org, items, config, context_for(org, cancelled=ImpatientEvent()))
        assert outcomes(result) == {"unknown": 1, "unprocessed": 1}
        assert [one["data"] for one in result.outputs[1]] == items
        assert all(one["reason"] for one in result.outputs[1])

    def test_it_keeps_the_input_order_across_kinds_of_outcome(self, org: Sandbox) -> None:
        items = [
            {"Ext__c": "a", "Name": "y" * 256, "Description": 1},
            {"Ext__c": "b", "Nonsense": 1},
            {"Ext__c": "c", "Name": "fine", "AccountNumber": "HOLD-1", "Active__c": True},
            {"Ext__c": "d", "Also": "nonsense"},
            {"Ext__c": "e", "Name": "fine"},
        ]
        config = {
            "matchKey": "Ext__c",
            "validate": True,
            "invalidToSecondEdge": True,
            "advanced": {"failedToSecondEdge": True},
        }
        result = write(org, items, config)
        assert outcomes(result) == {"written": 1, "invalid": 3, "failed": 1}
        assert result.outputs[1] == items[:4]


class TestTheReport:
    def test_its_calls_are_those_that_the_org_counted(self, org: Sandbox) -> None:
        items = [{"Name": f"n{number}", "Phone": "1"} for number in range(30)]
        result = write(org, items, {"matchKey": "Name", "advanced": {"batchSize": 10}})
        assert result.report is not None
        calls = result.report["apiCalls"]
        counted = org.stats()
        assert calls["used"] == counted.total_calls
        assert calls["byKind"]["collections_create"] == counted.calls["collections_create"] == 3
        assert (calls["orgUsed"], calls["orgLimit"]) == (counted.api_calls, 100_000)
        assert [phase["name"] for phase in result.report["phases"]] == ["connect", "check", "match", "write", "keep"]

    def test_an_outcome_that_nobody_knows_is_found_before_it_is_told(self) -> None:
        counts = Counts()
        ledger = Ledger(1, counts)
        ledger._outcomes[0] = 99
        ledger.close(None)
        with pytest.raises(InternalError, match="1 items came in"):
            counts.by_label()


class _StoppedAfter(threading.Event):
    """A stop that is asked for as soon as the org has got so many calls."""

    def __init__(self, org: Sandbox, *, write_calls: int) -> None:
        super().__init__()
        self._org, self._write_calls = org, write_calls

    def is_set(self) -> bool:
        return self._org.stats().write_calls >= self._write_calls


class TestStopping:
    def test_calls_that_are_under_way_are_awaited_and_no_further_one_starts(self, org: Sandbox) -> None:
        write(org, [{"Ext__c": "warm", "Name": "x"}], {"matchKey": "Ext__c"})
        org.inject("slow_answer", at=(2,), kinds=("collections_upsert",), seconds=0.15)
        context = context_for(org)
        context.cancelled = _StoppedAfter(org, write_calls=3)
        items = [{"Ext__c": str(number), "Name": "x"} for number in range(20)]
        config = {"matchKey": "Ext__c", "advanced": {"batchSize": 1, "concurrency": 2}}
        counts = outcomes(write(org, items, config, context))
        held = len(org.records("Account")) - 1
        assert counts["written"] == held >= 2
        assert counts["written"] + counts["unprocessed"] == 20

    def test_a_stop_while_the_org_is_asked_what_it_has_leaves_everything_unprocessed(self, org: Sandbox) -> None:
        context = context_for(org)
        context.on_report = lambda progress: context.cancelled.set() if progress.phase == "check" else None
        result = write(org, [{"Name": "x"}], {"matchKey": "Name"}, context)
        assert _codes(result) == [(0, "unprocessed", "stopped")]
        assert org.stats().write_calls == 0


class TestAHostThatFails:
    """Whatever a host's progress or store raises costs no outcome and no report."""

    class Brittle(MemoryStore):
        def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
            raise OSError(5, "Input/output error")

        def upsert_many(self, records: Iterable[StoreRecord]) -> None:
            raise RuntimeError("no connection in the pool")

    def test_progress_that_raises_is_logged_once(self, org: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
        context = context_for(org)
        context.on_report = lambda progress: 1 / 0
        result = write(org, [{"Ext__c": "a", "Name": "x"}], {"matchKey": "Ext__c"}, context)
        assert outcomes(result) == {"written": 1}
        assert len([one for one in caplog.records if "could not take progress" in one.message]) == 1

    def test_a_log_that_raises_costs_no_outcome(self, org: Sandbox) -> None:
        class Full(logging.Logger):
            def log(self, level: int, msg: object, *args: object, **options: Any) -> None:
                raise OSError(28, "No space left on device")

        context = context_for(org, log=Full("host"))
        assert outcomes(write(org, [{"Ext__c": "a", "Name": "x"}], {"matchKey": "Ext__c"}, context)) == {"written": 1}

    def test_the_operators_log_says_how_a_run_has_ended(self, org: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
        write(org, [{"Ext__c": "a", "Name": "x"}], {"matchKey": "Ext__c"}, context_for(org))
        write(org, [{"Ext__c": "a", "Name": "x"}, "text"], {"matchKey": "Ext__c"}, context_for(org))
        said = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "tests"]
        assert said == [
            ("INFO", "block write: 1 of 1 written"),
            ("WARNING", "block write: 1 of 2 written: 1 failed"),
        ]

    def test_a_store_that_raises_anything_ends_the_run_with_its_report(self, org: Sandbox) -> None:
        items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y" * 300}]
        config = {"matchKey": "Ext__c", "errorNamespace": "bad"}
        with pytest.raises(StoreError, match="RuntimeError: no connection in the pool") as caught:
            write(org, items, config, context_for(org, store=self.Brittle()))
        assert caught.value.report is not None
        counts = caught.value.report["counts"]
        assert (counts["written"], counts["failed"]) == (1, 1)
        assert [item["Ext__c"] for item in caught.value.written] == ["a"]

    def test_a_store_that_is_not_needed_costs_nothing(self, org: Sandbox) -> None:
        result = write(
            org, [{"Ext__c": "a", "Name": "x"}], {"matchKey": "Ext__c"}, context_for(org, store=self.Brittle())
        )
        assert outcomes(result) == {"written": 1}


class TestTheVerdict:
    """Nothing that wrote nothing looks like success, and what nobody took is counted."""

    GOOD, BAD = {"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y" * 300}

    def _report(self, org: Sandbox, items: list[Any], config: dict[str, Any], **settings: Any) -> Any:
        return write(org, items, {"matchKey": "Ext__c", **config}, context_for(org, **settings)).report

    @pytest.mark.parametrize(
        ("items", "state", "sentence"),
        [
            ([], "complete", "no items came in"),
            ([GOOD], "complete", "1 of 1 written"),
            ([GOOD, BAD, "text"], "partial", "1 of 3 written: 2 failed"),
            ([BAD, BAD], "nothing", "0 of 2 written: 2 failed"),
        ],
        ids=["no items", "all written", "some written", "none written"],
    )
    def test_says_whether_all_some_or_none_were_written(
        self, org: Sandbox, items: list[Any], state: str, sentence: str
    ) -> None:
        assert self._report(org, items, {})["verdict"] == {"state": state, "sentence": sentence}

    def test_in_a_preview_counts_what_would_be_written(self, org: Sandbox) -> None:
        report = self._report(org, [self.GOOD], {"advanced": {"dryRun": True}})
        assert report["verdict"] == {"state": "complete", "sentence": "1 of 1 would be written"}

    @pytest.mark.parametrize(
        ("config", "wired", "unhandled"),
        [
            ({}, None, 1),
            ({"errorNamespace": "bad"}, None, 0),
            ({"advanced": {"failedToSecondEdge": True}}, None, 0),
            ({"advanced": {"failedToSecondEdge": True}}, [0, 1], 0),
            ({"advanced": {"failedToSecondEdge": True}}, [0], 1),
        ],
        ids=["nowhere", "a namespace", "the second edge", "wired", "not wired"],
    )
    def test_counts_the_failures_that_nobody_took(
        self, org: Sandbox, config: dict[str, Any], wired: list[int] | None, unhandled: int
    ) -> None:
        report = self._report(org, [self.GOOD, self.BAD], config, wired_outputs=wired)
        assert (report["unhandled"], report["discarded"]) == (unhandled, 0)

    @pytest.mark.parametrize(("to_second", "discarded"), [(True, 0), (False, 1)])
    def test_counts_the_invalid_items_that_the_configuration_discards(
        self, org: Sandbox, *, to_second: bool, discarded: int
    ) -> None:
        config = {"validate": True, "invalidToSecondEdge": to_second}
        report = self._report(org, [self.GOOD, self.BAD], config)
        assert (report["unhandled"], report["discarded"]) == (0, discarded)
