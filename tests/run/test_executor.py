"""The block from edge to outcome, against an org: what it holds afterwards and how many calls it counted."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext
from tests.support.impatience import ImpatientEvent
from tests.support.orgs import context_for, outcomes, write
from ziggy_sf_write.contract import BlockResult, Edge
from ziggy_sf_write.errors import (
    AccessError,
    ApiBudgetError,
    ConfigError,
    LoginError,
    UnreachableError,
)
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.run.executor import execute
from ziggy_sf_write.salesforce.org import ORGS

SCREENSHOT_ID = "001gL000002rbzaQAA"
SCREENSHOT = [
    {"Id": SCREENSHOT_ID, "Name": "Changed Name 1"},
    {"Id": "invalidId", "Name": "Changed Name 2"},
]
BY_ID = {"matchKey": "Id"}
BY_KEY = {"matchKey": "Ext__c"}


def _codes(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [(line["index"], line["outcome"], line["errors"][0]["code"]) for line in result.report["notWritten"]]


def _names(org: Sandbox) -> list[str]:
    return [record["Name"] for record in org.records("Account")]


class TestTheScreenshot:
    def test_the_valid_item_is_written_and_the_invalid_one_leaves_as_it_came(self, org: Sandbox) -> None:
        org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
        config = {**BY_ID, "validate": True, "invalidToSecondEdge": True, "properties": ["Name"]}
        result = write(org, SCREENSHOT, config)
        assert result.outputs == ([SCREENSHOT[0]], [SCREENSHOT[1]])
        assert _names(org) == ["Changed Name 1"]
        assert outcomes(result) == {"written": 1, "invalid": 1}

    def test_without_validation_salesforce_is_asked_and_refuses(self, org: Sandbox) -> None:
        org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
        result = write(org, SCREENSHOT, BY_ID)
        assert result.outputs == ([SCREENSHOT[0]], [])
        assert _codes(result) == [(1, "failed", "MALFORMED_ID")]

    def test_without_the_second_edge_the_invalid_item_is_counted_and_listed(self, org: Sandbox) -> None:
        org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
        result = write(org, SCREENSHOT, {**BY_ID, "validate": True})
        assert result.outputs[1] == []
        assert [(index, outcome) for index, outcome, _ in _codes(result)] == [(1, "invalid")]


class TestTheFiveRowsOfTheTable:
    def test_upsert_by_id_updates_with_an_id_and_creates_without(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "Old"}])
        result = write(org, [{"Id": known[:15], "Name": "New"}, {"Name": "Born"}, {"Id": None, "Name": "Too"}], BY_ID)
        assert _names(org) == ["New", "Born", "Too"]
        assert [item["Id"] for item in result.outputs[0]] == [one["Id"] for one in org.records("Account")]
        assert result.report is not None
        assert (result.report["created"], result.report["updated"]) == (2, 1)

    def test_upsert_by_external_id_is_salesforces_own(self, org: Sandbox) -> None:
        org.insert("Account", [{"Name": "Old", "Ext__c": "a"}])
        org.reset_stats()
        result = write(org, [{"Ext__c": "A", "Name": "New"}, {"Ext__c": "b", "Name": "Born"}], BY_KEY)
        assert _names(org) == ["New", "Born"]
        assert outcomes(result) == {"written": 2}
        assert org.stats().calls.get("query", 0) == 0

    def test_upsert_by_another_field_looks_up_and_creates_updates_or_fails(self, org: Sandbox) -> None:
        org.insert("Account", [{"Name": "One"}, {"Name": "Two"}, {"Name": "two"}])
        items = [{"Name": "ONE", "Phone": "1"}, {"Name": "Two", "Phone": "2"}, {"Name": "Born", "Phone": "3"}]
        result = write(org, items, {"matchKey": "Name"})
        assert _codes(result) == [(1, "failed", "ambiguous")]
        assert sorted((one["Name"], one["Phone"]) for one in org.records("Account")) == [
            ("Born", "3"), ("ONE", "1"), ("Two", None), ("two", None),
        ]  # fmt: skip

    def test_an_ambiguous_match_names_the_ids(self, org: Sandbox) -> None:
        ids = org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
        result = write(org, [{"Name": "Two"}], {"matchKey": "Name"})
        assert result.report is not None
        message = result.report["notWritten"][0]["errors"][0]["message"]
        assert all(record_id in message for record_id in ids)

    def test_update_by_id_updates(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "Old"}])
        result = write(org, [{"Id": known, "Name": "New"}], {**BY_ID, "upsert": False})
        assert _names(org) == ["New"]
        assert outcomes(result) == {"written": 1}

    def test_update_by_another_field_never_creates(self, org: Sandbox) -> None:
        org.insert("Account", [{"Name": "Old", "Ext__c": "a"}])
        items = [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "b", "Name": "Born"}]
        result = write(org, items, {**BY_KEY, "upsert": False})
        assert _names(org) == ["New"]
        assert _codes(result) == [(1, "failed", "not_found")]


class TestTheFewestCalls:
    def test_a_cold_process_logs_in_asks_for_versions_and_describes_once(self, org: Sandbox) -> None:
        write(org, [{"Ext__c": str(number), "Name": "x"} for number in range(401)], BY_KEY)
        calls = org.stats().calls
        assert calls["collections_upsert"] == 3
        assert org.stats().total_calls - calls["collections_upsert"] == 3

    def test_a_warm_invocation_of_200_items_is_one_call(self, org: Sandbox) -> None:
        write(org, [{"Ext__c": "first", "Name": "x"}], BY_KEY)
        org.reset_stats()
        write(org, [{"Ext__c": str(number), "Name": "x"} for number in range(200)], BY_KEY)
        assert org.stats().calls == {"collections_upsert": 1}

    def test_the_report_says_where_the_org_is_as_soon_as_it_was_reached(self, org: Sandbox) -> None:
        report = write(org, [{"Ext__c": "a", "Name": "x"}], BY_KEY).report
        assert report is not None
        assert report["instanceUrl"] == org.url

    def test_an_empty_edge_is_no_write_call_and_two_empty_edges(self, org: Sandbox) -> None:
        result = write(org, [], BY_KEY)
        assert result.outputs == ([], [])
        assert org.stats().write_calls == 0

    def test_a_look_up_searches_each_value_once(self, org: Sandbox) -> None:
        write(org, [{"Name": f"n{number % 10}", "Phone": "1"} for number in range(100)], {"matchKey": "Name"})
        assert org.stats().calls["query"] == 1
        assert len(org.records("Account")) == 10

    @pytest.mark.parametrize("count", [199, 200, 201])
    def test_items_are_cut_at_200(self, org: Sandbox, count: int) -> None:
        write(org, [{"Ext__c": str(number), "Name": "x"} for number in range(count)], BY_KEY)
        assert org.stats().calls["collections_upsert"] == -(-count // 200)
        assert len(org.records("Account")) == count


class TestTheSameKeyTwice:
    def test_the_last_one_wins_as_it_would_one_by_one(self, org: Sandbox) -> None:
        items = [{"Ext__c": "a", "Name": "1"}, {"Ext__c": "A", "Name": "2", "Phone": "7"}, {"Ext__c": "a", "Name": "3"}]
        result = write(org, items, BY_KEY)
        (record,) = org.records("Account")
        assert (record["Name"], record["Phone"]) == ("3", "7")
        assert outcomes(result) == {"written": 3}
        assert {item["Id"] for item in result.outputs[0]} == {record["Id"]}

    def test_a_looked_up_key_is_created_by_its_first_item_and_updated_by_its_second(self, org: Sandbox) -> None:
        result = write(org, [{"Name": "New", "Phone": "1"}, {"Name": "new", "Phone": "2"}], {"matchKey": "Name"})
        (record,) = org.records("Account")
        assert record["Phone"] == "2"
        assert result.report is not None
        assert (result.report["created"], result.report["updated"]) == (1, 1)

    def test_ids_of_15_and_18_characters_are_one_key(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "Old"}])
        result = write(org, [{"Id": known, "Name": "1"}, {"Id": known[:15], "Name": "2"}], BY_ID)
        assert _names(org) == ["2"]
        assert outcomes(result) == {"written": 2}


class TestLostCreates:
    """A create whose answer was lost is never sent blindly again (decision 5)."""

    ONE = ({"Name": "born", "Phone": "1"},)

    def _write(self, org: Sandbox, items: Sequence[object], match_key: str = "Name", **advanced: object) -> BlockResult:
        config = {"matchKey": match_key, "advanced": {"maxTries": 2, **advanced}}
        return write(org, items, config, context_for(org, cancelled=ImpatientEvent()))

    def test_one_that_was_saved_is_found_by_its_key(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_create",))
        result = self._write(org, self.ONE)
        assert outcomes(result) == {"written": 1}
        assert result.outputs[0][0]["Id"] == org.records("Account")[0]["Id"]
        assert org.stats().calls["collections_create"] == 1

    def test_one_that_is_not_found_is_not_sent_again(self, org: Sandbox) -> None:
        org.inject("reset_before_reading", at=(1,), kinds=("collections_create",))
        assert outcomes(self._write(org, self.ONE)) == {"unknown": 1}
        assert org.stats().calls["collections_create"] == 1
        assert _names(org) == []

    def test_one_that_may_still_be_running_stays_unknown(self, org: Sandbox) -> None:
        org.inject("http_504", at=(1,), kinds=("collections_create",))
        assert outcomes(self._write(org, self.ONE)) == {"unknown": 1}

    def test_one_without_a_key_stays_unknown_and_is_not_sent_again(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_create",))
        assert outcomes(self._write(org, self.ONE, match_key="Id")) == {"unknown": 1}
        assert _names(org) == ["born"]

    def test_the_next_item_of_a_key_in_doubt_is_not_created(self, org: Sandbox) -> None:
        org.inject("answer_lost_after_commit", at=(1,), kinds=("collections_create",))
        org.inject("answer_lost_after_commit", at=(2, 3), kinds=("query",))
        result = self._write(org, [*self.ONE, {"Name": "BORN", "Phone": "2"}], doubtTime=0)
        assert _codes(result) == [(0, "unknown", "answer_lost"), (1, "unprocessed", "key_in_doubt")]
        assert _names(org) == ["born"]


class TestTransientFailures:
    @pytest.mark.parametrize(
        "fault",
        ["http_429", "http_502", "http_503", "http_504", "reset_before_reading", "answer_lost_after_commit",
         "truncated_answer", "server_unavailable", "html_error", "request_limit_concurrent", "unable_to_lock_row"],
    )  # fmt: skip
    def test_an_upsert_by_key_is_sent_again_and_arrives_once(self, org: Sandbox, fault: str) -> None:
        org.inject(fault, at=(1,), kinds=("collections_upsert",))
        context = context_for(org, cancelled=ImpatientEvent())
        assert outcomes(write(org, [{"Ext__c": "a", "Name": "x"}], BY_KEY, context)) == {"written": 1}
        assert len(org.records("Account")) == 1

    def test_an_expired_session_is_renewed_once_for_all_threads(self, org: Sandbox) -> None:
        write(org, [{"Ext__c": "first", "Name": "x"}], BY_KEY)
        org.expire_sessions()
        org.reset_stats()
        items = [{"Ext__c": str(number), "Name": "x"} for number in range(40)]
        result = write(org, items, {**BY_KEY, "advanced": {"batchSize": 5, "concurrency": 8}})
        assert outcomes(result) == {"written": 40}
        assert org.stats().calls["oauth_token"] == 1

    def test_the_days_last_call_ends_the_run_and_what_was_written_stays_accounted_for(self, org: Sandbox) -> None:
        org.inject("request_limit_total", at=(2,), kinds=("collections_upsert",))
        items = [{"Ext__c": str(number), "Name": "x"} for number in range(4)]
        settings = {"batchSize": 1, "concurrency": 1}
        with pytest.raises(ApiBudgetError, match="takes no more API calls") as caught:
            write(org, items, {**BY_KEY, "advanced": settings})
        assert caught.value.report is not None
        counts = caught.value.report["counts"]
        assert (counts["written"], counts["unprocessed"]) == (1, 3)

    def test_a_row_that_stays_locked_fails_as_retryable(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Ext__c": "a", "Name": "old"}])
        org.inject("unable_to_lock_row", records=(known,))
        context = context_for(org, cancelled=ImpatientEvent())
        result = write(org, [{"Ext__c": "a", "Name": "new"}, {"Ext__c": "b", "Name": "x"}], BY_KEY, context)
        assert _codes(result) == [(0, "failed", "UNABLE_TO_LOCK_ROW")]
        assert result.report is not None
        assert result.report["notWritten"][0]["errors"][0]["retryable"] is True
        assert _names(org) == ["old", "x"]


class TestWhatComesIn:
    def test_what_is_not_an_object_is_invalid_and_the_others_go_on(self, org: Sandbox) -> None:
        result = write(org, ["text", 7, None, ["nested"], {"Ext__c": "a", "Name": "x"}], BY_KEY)
        assert [code for _, _, code in _codes(result)] == ["not_an_object"] * 4
        assert _names(org) == ["x"]

    def test_a_single_object_on_the_edge_is_an_array_of_one(self, org: Sandbox) -> None:
        config = {"connection": "sfDev", "object": "Account", **BY_KEY}
        edge = Edge(index=0, items={"Ext__c": "a", "Name": "x"})  # type: ignore[arg-type] # what a careless block emits
        result = execute(config, [edge], context_for(org))
        assert len(result.outputs[0]) == 1

    def test_the_primary_edge_is_read_whatever_the_order(self, org: Sandbox) -> None:
        config = {"connection": "sfDev", "object": "Account", **BY_KEY}
        edges = [Edge(index=1, items=[{"Ext__c": "b"}]), Edge(index=0, items=[{"Ext__c": "a", "Name": "x"}])]
        execute(config, edges, context_for(org))
        assert [one["Ext__c"] for one in org.records("Account")] == ["a"]

    def test_python_values_arrive_in_salesforces_form_with_validation_and_without(self, org: Sandbox) -> None:
        item = {
            "Ext__c": "a",
            "Name": "Deal",
            "StageName": "Prospecting",
            "CloseDate": date(2026, 11, 23),
            "Amount": Decimal("12.50"),
        }
        for is_validating in (True, False):
            config = {"object": "Opportunity", "matchKey": "Id", "validate": is_validating}
            data = {name: value for name, value in item.items() if name != "Ext__c"}
            assert outcomes(write(org, [data], config)) == {"written": 1}
        first, second = org.records("Opportunity")
        assert first["CloseDate"] == second["CloseDate"] == "2026-11-23"
        assert first["Amount"] == second["Amount"] == 12.5

    def test_items_are_never_changed(self, org: Sandbox) -> None:
        items = [{"ext__C": "a", "name": "x", "Phone": ""}]
        write(org, items, BY_KEY)
        assert items == [{"ext__C": "a", "name": "x", "Phone": ""}]

    def test_names_in_any_case_are_written_in_the_describes_spelling(self, org: Sandbox) -> None:
        result = write(org, [{"EXT__C": "a", "NAME": "x"}], {"matchKey": "ext__c", "validate": True})
        assert outcomes(result) == {"written": 1}
        assert _names(org) == ["x"]

    def test_only_the_chosen_properties_and_the_key_are_written(self, org: Sandbox) -> None:
        config = {**BY_KEY, "properties": ["Name"], "validate": True}
        write(org, [{"Ext__c": "a", "Name": "x", "Phone": "1", "nonsense": 1}], config)
        assert org.records("Account")[0]["Phone"] is None


class TestEmptiness:
    @pytest.mark.parametrize(
        ("value", "setting", "left"),
        [("", "ignore", "old"), ("", "clear", None), (None, "ignore", None)],
        ids=["empty text ignored", "empty text clears", "null clears"],
    )
    def test_null_clears_and_an_empty_text_does_what_the_setting_says(
        self, org: Sandbox, value: str | None, setting: str, left: str | None
    ) -> None:
        org.insert("Account", [{"Ext__c": "a", "Name": "x", "Phone": "old"}])
        write(org, [{"Ext__c": "a", "Phone": value}], {**BY_KEY, "advanced": {"emptyValues": setting}})
        assert org.records("Account")[0]["Phone"] == left


class TestRefusals:
    def test_a_refused_record_does_not_fail_its_neighbours(self, org: Sandbox) -> None:
        items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y" * 256}, {"Ext__c": "c", "Name": "z"}]
        result = write(org, items, BY_KEY)
        assert _names(org) == ["x", "z"]
        assert _codes(result) == [(1, "failed", "STRING_TOO_LONG")]

    def test_all_or_none_takes_the_neighbours_back(self, org: Sandbox) -> None:
        items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y" * 256}]
        result = write(org, items, {**BY_KEY, "advanced": {"allOrNone": True}})
        assert org.records("Account") == []
        assert _codes(result) == [
            (0, "failed", "ALL_OR_NONE_OPERATION_ROLLED_BACK"),
            (1, "failed", "STRING_TOO_LONG"),
        ]

    def test_a_refused_call_is_halved_until_the_guilty_item_stands_alone(self, org: Sandbox) -> None:
        items: list[object] = [{"Ext__c": str(number), "Name": "x"} for number in range(20)]
        items[13] = {"Ext__c": "13", "Name": {"not": "a text"}}
        result = write(org, items, BY_KEY)
        assert _codes(result) == [(13, "failed", "JSON_PARSER_ERROR")]
        assert len(org.records("Account")) == 19

    @pytest.mark.parametrize("name", ["x", "Größe €"], ids=["ascii", "other"])
    @pytest.mark.parametrize("guilty", [[0], [137], [199], [3, 4, 150]], ids=str)
    def test_the_column_of_the_refusal_leads_to_it(self, org: Sandbox, guilty: list[int], name: str) -> None:
        items: list[object] = [{"Ext__c": str(number), "Name": name} for number in range(200)]
        for place in guilty:
            items[place] = {"Ext__c": str(place), "Name": {"not": "a text"}}
        result = write(org, items, BY_KEY)
        assert _codes(result) == [(place, "failed", "JSON_PARSER_ERROR") for place in guilty]
        assert len(org.records("Account")) == 200 - len(guilty)
        assert org.stats().write_calls <= 1 + 3 * len(guilty)

    def test_edge_0_keeps_the_input_order_whatever_the_parallelism(self, org: Sandbox) -> None:
        items = [{"Ext__c": str(number), "Name": str(number)} for number in range(57)]
        result = write(org, items, {**BY_KEY, "advanced": {"batchSize": 5, "concurrency": 8}})
        assert [item["Name"] for item in result.outputs[0]] == [str(number) for number in range(57)]


class TestTheSecondEdge:
    ITEMS = ({"Ext__c": "a", "Name": "y" * 256}, {"Ext__c": "b", "Nonsense": 1}, {"Ext__c": "c", "Name": "z"})

    def test_failed_items_leave_on_it_only_if_wanted(self, org: Sandbox) -> None:
        items = [{"Name": "Two", "Phone": "1"}]
        org.insert("Account", [{"Name": "Two"}, {"Name": "Two"}])
        plain = write(org, items, {"matchKey": "Name"})
        wanted = write(org, items, {"matchKey": "Name", "advanced": {"failedToSecondEdge": True}})
        assert (plain.outputs[1], wanted.outputs[1]) == ([], items)

    def test_with_reasons_each_item_is_wrapped(self, org: Sandbox) -> None:
        config = {**BY_KEY, "validate": True, "invalidToSecondEdge": True, "advanced": {"withReasons": True}}
        result = write(org, [{"Ext__c": "b", "Nam": "x"}], config)
        ((wrapped),) = result.outputs[1]
        assert wrapped["data"] == {"Ext__c": "b", "Nam": "x"}
        assert "`Name`" in wrapped["reason"] or "Name" in wrapped["reason"]


class TestAPreview:
    def test_it_says_what_would_happen_and_writes_nothing(self, org: Sandbox) -> None:
        (known,) = org.insert("Account", [{"Name": "Old", "Ext__c": "a"}])
        items = [{"Ext__c": "a", "Name": "New"}, {"Ext__c": "b", "Name": "Born"}, {"Ext__c": "b", "Name": "Again"}]
        result = write(org, items, {**BY_KEY, "advanced": {"dryRun": True}})
        assert outcomes(result) == {"wouldUpdate": 2, "wouldCreate": 1}
        assert result.outputs[0] == [{**items[0], "Id": known}, items[1], items[2]]
        assert (_names(org), org.stats().write_calls) == (["Old"], 0)

    def test_an_id_that_leads_nowhere_would_fail(self, org: Sandbox) -> None:
        result = write(org, [{"Id": SCREENSHOT_ID, "Name": "x"}], {**BY_ID, "advanced": {"dryRun": True}})
        assert _codes(result) == [(0, "failed", "not_found")]


class TestFatalErrors:
    def _fails(self, org: Sandbox, config: Mapping[str, object], context: FakeContext | None = None) -> Exception:
        with pytest.raises((ConfigError, AccessError, LoginError, UnreachableError)) as caught:
            write(org, [{"Ext__c": "a", "Name": "x"}], {**BY_KEY, **config}, context)
        return caught.value

    def test_a_misspelled_setting_is_named_with_the_right_one(self, org: Sandbox) -> None:
        assert "did you mean `matchKey`" in str(self._fails(org, {"matchkey": "Id"}))

    def test_an_object_that_is_not_there(self, org: Sandbox) -> None:
        assert "`Acount` does not exist" in str(self._fails(org, {"object": "Acount"}))

    def test_a_match_key_that_is_no_field(self, org: Sandbox) -> None:
        assert "did you mean `Name`" in str(self._fails(org, {"matchKey": "Nmae"}))

    def test_an_assignment_rule_for_an_object_without_any(self, org: Sandbox) -> None:
        config = {"advanced": {"assignmentRuleId": "01Q300000005lDg"}}
        assert "Lead and Case" in str(self._fails(org, config))

    def test_every_item_of_a_refused_login_is_accounted_for_and_kept(self, org: Sandbox) -> None:
        context = context_for(org)
        wrong = {**context.connections["sfDev"].config, "consumerSecret": "wrong"}
        object.__setattr__(context.connections["sfDev"], "config", wrong)
        error = self._fails(org, {"errorNamespace": "bad"}, context)
        assert isinstance(error, LoginError)
        assert error.report is not None
        assert error.report["counts"]["unprocessed"] == 1
        assert context.store.find_key("bad", "a") is not None
        assert "wrong" not in str(error).split("(")[0]


def test_the_report_is_what_its_schema_says(org: Sandbox) -> None:
    items = [{"Ext__c": "a", "Name": "x"}, {"Ext__c": "b", "Name": "y" * 256}, "nonsense"]
    report = write(org, items, BY_KEY).report
    Draft202012Validator(load_schema("report.schema.json")).validate(report)


def test_progress_ends_with_everything_done(org: Sandbox) -> None:
    context = context_for(org)
    write(org, [{"Ext__c": str(number), "Name": "x"} for number in range(10)], BY_KEY, context)
    last = context.reported[-1]
    assert (last.done, last.total, last.failures) == (10, 10, 0)
    assert context.reported[0].phase == "connect"


def test_a_second_connection_with_other_values_is_another_session(org: Sandbox) -> None:
    write(org, [{"Ext__c": "a", "Name": "x"}], BY_KEY)
    ORGS.clear()
    write(org, [{"Ext__c": "a", "Name": "x"}], BY_KEY)
    assert org.stats().calls["oauth_token"] == 2


class TestWhatTheRunRefuses:
    """Whoever calls it, a host that checks first or one that does not: before the first item is looked at."""

    @pytest.mark.parametrize(
        ("properties", "sentence"),
        [
            (["Nmae"], "`Nmae` is not a field of Account.*did you mean `Name`"),
            (["Account Name"], "`Account Name` is not a field of Account.*did you mean `Name`"),
            (["CreatedDate"], "`CreatedDate` cannot be created or updated"),
        ],
        ids=["misspelt", "a label", "read-only"],
    )
    def test_properties_that_no_item_can_have_written(self, org: Sandbox, properties: list[str], sentence: str) -> None:
        config = {"matchKey": "Ext__c", "properties": properties}
        with pytest.raises(ConfigError, match=sentence):
            write(org, [{"Ext__c": "a", "Name": "x"}], config)
        assert org.stats().write_calls == 0
        assert org.records("Account") == []
