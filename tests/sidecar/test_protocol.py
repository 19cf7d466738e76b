"""The sidecar as its host meets it, line by line, against an org."""

import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pluggy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext, MemoryStore
from tests.support.orgs import client_credentials_config, context_for
from tests.support.planted import planted_in
from tests.support.sidecar import Host, Refused, Told, sidecar_here
from ziggy_sf_write import hookspecs
from ziggy_sf_write.contract import BlockResult, HostError
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.sidecar.failures import HOST_HAS_GONE
from ziggy_sf_write.sidecar.pipes import encoded, messages
from ziggy_sf_write.sidecar.schema import check_params

SCREENSHOT_ID = "001gL000002rbzaQAA"
SCREENSHOT = [{"Id": SCREENSHOT_ID, "Name": "Changed Name 1"}, {"Id": "invalidId", "Name": "Changed Name 2"}]
SETTINGS = {"matchKey": "Id", "validate": True, "invalidToSecondEdge": True, "properties": ["Name"]}
WRITE = "SALESFORCE_WRITE_V1"


@pytest.fixture
def host(plugins: pluggy.PluginManager, org: Sandbox) -> Iterator[Host]:
    """A sidecar whose host serves one connection to the org."""
    with sidecar_here(plugins, context_for(org)) as opened:
        opened.hello()
        yield opened
    _assert_only_the_connection_shows_secrets(opened)


def _assert_only_the_connection_shows_secrets(host: Host) -> None:
    assert planted_in(b"".join(host.seen).decode()) == []


@pytest.fixture
def stranger(plugins: pluggy.PluginManager) -> Iterator[Host]:
    """A sidecar whose host has no connection, and has not greeted yet."""
    with sidecar_here(plugins) as opened:
        yield opened


def _refusal(host: Host, method: str, **params: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        host.ask(method, **params)
    return refused.value


class TestHello:
    def test_it_says_version_source_and_what_is_allowed(self, stranger: Host) -> None:
        told = stranger.hello()
        assert (told["version"], told["source"], told["mode"]) == (1, "host", "DEV")
        assert told["inputCredits"] > 0
        assert {"cancel", "chunks"} <= set(told["capabilities"])

    def test_a_host_of_another_version_is_refused(self, stranger: Host) -> None:
        refused = _refusal(stranger, "hello", version=2)
        assert (refused.code, str(refused)) == ("version", "This sidecar speaks version 1 of the protocol.")

    def test_nothing_is_answered_before_it(self, stranger: Host) -> None:
        assert _refusal(stranger, "describe").code == "hello_first"
        stranger.hello()
        assert stranger.ask("describe")["blocks"]


class TestHooks:
    def test_describe_names_block_and_connection_type(self, host: Host) -> None:
        told = host.ask("describe")
        (block,), (connection_type,) = told["blocks"], told["connectionTypes"]
        assert (block["type"], block["outputLabels"]) == (WRITE, ["Written", "Not written"])
        assert block["configSchema"]["properties"]["matchKey"]
        assert connection_type["type"] == "salesforce"

    def test_choices_come_from_the_hosts_connections_from_the_org_and_from_the_edge(self, host: Host) -> None:
        config = {"connection": "sfDev", "object": "Account"}
        asked = {"blockType": WRITE, "config": config}
        assert [one["value"] for one in host.ask("choices", field="connection", **asked)["choices"]] == ["sfDev"]
        assert "Account" in [one["value"] for one in host.ask("choices", field="object", **asked)["choices"]]
        keys = host.ask("choices", field="matchKey", edgeKeys=["Key"], mode="DEV", **asked)["choices"]
        assert [one["value"] for one in keys[:2]] == ["Key", "Id"]
        assert host.ask("choices", field="errorNamespace", **asked) == {"choices": []}

    def test_a_choice_that_cannot_be_had_is_an_error_in_words(self, host: Host) -> None:
        refused = _refusal(host, "choices", blockType=WRITE, field="object", config={"connection": "gone"})
        assert (refused.code, str(refused)) == ("host_error", "There is no connection `gone`.")

    def test_check_names_what_is_missing(self, host: Host) -> None:
        problems = host.ask("check", blockType=WRITE, config={"connection": "sfDev", "object": "Acount"})["problems"]
        assert {one["path"] for one in problems} >= {"/matchKey"}

    def test_a_connection_is_tested_by_name_and_by_values(self, host: Host, org: Sandbox) -> None:
        by_name = host.ask("testConnection", connectionType="salesforce", name="sfDev")
        by_values = host.ask(
            "testConnection", connectionType="salesforce", config=client_credentials_config(org), mode="DEV"
        )
        assert by_name["ok"]
        assert by_values["ok"]

    def test_a_type_that_nobody_brings_is_refused_by_name(self, host: Host) -> None:
        told = str(_refusal(host, "check", blockType="NO_V1", config={}))
        assert told == "There is no block `NO_V1` with a check. `describe` lists what there is."
        assert _refusal(host, "testConnection", connectionType="no", config={}).code == "host_error"

    def test_reports_of_batches_are_added(self, host: Host) -> None:
        reports = [host.run([{"Ext__c": f"b{n}", "Name": "B"}], {})[1]["report"] for n in range(2)]
        total = host.ask("addReports", blockType=WRITE, total=reports[0], report=reports[1])["report"]
        assert total["counts"]["written"] == 2
        assert host.ask("addReports", blockType="NO_V1", total={}, report=reports[1])["report"] == reports[1]


class TestExecute:
    def test_the_screenshot_leaves_one_item_on_each_edge(self, host: Host, org: Sandbox) -> None:
        org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
        told, answer = host.run(SCREENSHOT, SETTINGS, flowName="Screenshot", blockId="write", mode="DEV")
        assert (told.to(0), told.to(1)) == ([SCREENSHOT[0]], [SCREENSHOT[1]])
        assert [(line["index"], line["outcome"]) for line in told.to("notWritten")] == [(1, "invalid")]
        report = answer["report"]
        assert (report["counts"]["written"], report["counts"]["invalid"], report["notWritten"]) == (1, 1, [])
        assert told.progress[-1]["done"] == 2
        assert [one["level"] for one in told.log] == ["warning"]
        assert [one["Name"] for one in org.records("Account")] == ["Changed Name 1"]

    def test_the_apis_choice_knows_how_many_items_are_to_come(self, host: Host) -> None:
        items = [{"Ext__c": f"k{n}", "Name": "N"} for n in range(3)]
        _, answer = host.run(items, {"advanced": {"bulkThreshold": 3}})
        assert answer["report"]["api"]["name"] == "bulk"

    def test_items_come_back_with_long_integers_and_halves_of_pairs_as_they_were(self, host: Host) -> None:
        odd = {"Ext__c": {"no": "key"}, "Name": "\ud800", "Long": 2**70, "Small": 0.1}
        told, _ = host.run([odd], {**SETTINGS, "matchKey": "Ext__c", "properties": []})
        assert told.to(1) == [odd]

    def test_large_items_leave_in_smaller_chunks(self, host: Host) -> None:
        items = [{"Ext__c": {"no": "key"}, "Text": "x" * 1_500_000, "n": n} for n in range(6)]
        told, _ = host.run(items, {"validate": True, "invalidToSecondEdge": True})
        assert [one["n"] for one in told.to(1)] == list(range(6))
        assert max(map(len, host.seen)) < 5_000_000

    def test_a_fatal_error_says_why_and_its_report_accounts_for_every_item(self, host: Host) -> None:
        with pytest.raises(Refused) as refused:
            host.run([{"Ext__c": "a"}], {"object": "Nothing__c"})
        assert refused.value.code == "host_error"
        assert refused.value.report is not None
        assert refused.value.report["counts"]["unprocessed"] == 1

    def test_a_wrong_configuration_is_refused_before_anything_is_read(self, host: Host, org: Sandbox) -> None:
        with pytest.raises(Refused, match="`upsert`"):
            host.run([{"Ext__c": "a"}], {"upsert": "yes"})
        assert org.records("Account") == []

    def test_a_cancelled_run_accounts_for_every_item(self, host: Host) -> None:
        told = Told()
        number = host.begin_run({}, told)
        host.put(number, [{"Ext__c": f"c{n}", "Name": "C"} for n in range(50)])
        host.tell("cancel", number)
        host.tell("end", number)
        counts = host.answer(number)["report"]["counts"]
        assert (counts["received"], counts["unprocessed"]) == (50, 50)
        assert len(told.to("notWritten")) == 50

    def test_failed_items_are_kept_in_the_hosts_store(self, host: Host) -> None:
        kept = host.context.store
        host.run([{"Ext__c": "x", "Name": None}], {"errorNamespace": "broken"})
        assert [one.key for one in kept.find("broken", limit=9)] == ["x"]
        host.run([{"Ext__c": "x", "Name": "Now"}], {"errorNamespace": "broken"})
        assert list(kept.find("broken", limit=9)) == []

    def test_a_store_that_fails_ends_the_run_with_the_hosts_words(self, host: Host) -> None:
        host.context.store.is_broken = True
        with pytest.raises(Refused, match="The disk is full"):
            host.run([{"Ext__c": "x", "Name": None}], {"errorNamespace": "broken"})

    def test_a_host_that_allows_one_chunk_at_a_time_gets_all_of_them_in_order(self, host: Host) -> None:
        items = [{"Ext__c": {"no": "key"}, "n": n} for n in range(3000)]
        told, _ = host.run(items, {"validate": True, "invalidToSecondEdge": True}, credits=1)
        assert [one["n"] for one in told.to(1)] == list(range(3000))

    @pytest.mark.slow
    def test_two_hundred_runs_at_once_share_one_pipe(self, host: Host, org: Sandbox) -> None:
        runs = {}
        for n in range(200):
            told = Told()
            runs[n] = (told, host.begin_run({}, told, executionId=f"run-{n}"))
        for n, (_, number) in runs.items():
            host.put(number, [{"Ext__c": f"r{n}", "Name": f"Run {n}"}])
        for _, number in reversed(runs.values()):
            host.tell("end", number)
        for n, (told, number) in runs.items():
            host.answer(number)
            assert [one["Ext__c"] for one in told.to(0)] == [f"r{n}"]
        assert len(org.records("Account")) == 200


class TestOtherPlugins:
    @pytest.fixture
    def shouting(self) -> Iterator[Host]:
        manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
        manager.add_hookspecs(hookspecs)
        manager.register(_Others())
        with sidecar_here(manager) as opened:
            opened.hello()
            yield opened

    def test_a_block_of_another_plugin_is_handed_its_edge_whole(self, shouting: Host) -> None:
        told, answer = shouting.run([{"a": "x"}, {"a": "y"}], {}, blockType="SHOUT_V1")
        assert told.to(0) == [{"a": "X"}, {"a": "Y"}]
        assert answer == {"report": None, "cursor": None}

    def test_its_cursor_and_the_lines_of_its_report_travel_too(self, shouting: Host) -> None:
        told, answer = shouting.run([], {}, blockType="ODD_V1", cursor=3)
        assert answer == {"report": {"notWritten": []}, "cursor": 4}
        assert told.to("notWritten") == [{"index": 0}]

    def test_its_defect_is_answered_and_ends_nothing_else(self, shouting: Host) -> None:
        with pytest.raises(Refused) as refused:
            shouting.run([{"a": "planted-Secret-1"}], {"password": 1}, blockType="ODD_V1")
        assert refused.value.code == "defect"
        assert str(refused.value) == "The block failed with an internal error (ValueError). The log says where."
        assert shouting.run([], {}, blockType="SHOUT_V1")[0].to(0) == []

    def test_a_block_that_is_not_there_is_refused_by_name(self, shouting: Host) -> None:
        with pytest.raises(Refused, match="There is no block `NO_V1`"):
            shouting.run([], {}, blockType="NO_V1")


class _Others:
    """A block that shouts, and one that does what a block may do, and what it should not."""

    @hookspecs.hookimpl
    def ziggy_execute(self, block_type: str, edges: Any, context: Any) -> BlockResult | None:
        if block_type == "SHOUT_V1":
            return BlockResult(outputs=([{"a": one["a"].upper()} for one in edges[0].items],))
        if block_type != "ODD_V1":
            return None
        if edges[0].items:
            raise ValueError("a defect")
        return BlockResult(outputs=([],), report={"notWritten": [{"index": 0}]}, cursor=context.cursor + 1)


class TestBrokenLines:
    @pytest.mark.parametrize(
        ("line", "code"),
        [
            (b"no json\n", "broken_line"),
            (b'{"id": 1\n', "broken_line"),
            (b"[]\n", "broken_line"),
            (b"\xff\xfe\n", "broken_line"),
            (b'{"event": "items", "params": {"run": 1, "items": [NaN]}}\n', "broken_line"),
            (b'{"event": "items", "params": {"run": 1, "items": [1e999]}}\n', "broken_line"),
            (b"[" * 100_000 + b"\n", "broken_line"),
            (b'{"hello": 1}\n', "broken_line"),
            (b'{"id": true, "method": "hello"}\n', "broken_line"),
            (b'{"id": 1.5, "method": "hello"}\n', "broken_line"),
            (b'{"event": "itms", "params": {}}\n', "unknown_event"),
            (b'{"event": "items", "params": {"run": "x", "items": []}}\n', "bad_request"),
            (b'{"event": "credit", "params": {"run": 1, "chunks": 0}}\n', "bad_request"),
            (b'{"event": "end"}\n', "bad_request"),
            (b'{"id": 99, "result": 1}\n', "unknown_answer"),
            (b'{"id": "x", "error": 1}\n', "unknown_answer"),
        ],
        ids=str,
    )
    def test_a_line_that_cannot_be_understood_is_told_and_the_next_one_counts(
        self, stranger: Host, line: bytes, code: str
    ) -> None:
        stranger.send_line(line)
        told = stranger.errors.get(timeout=10)
        assert told["code"] == code
        assert stranger.hello()["version"] == 1

    def test_what_stands_in_a_broken_line_is_never_repeated(self, host: Host) -> None:
        secret = {"config": "planted-Secret-1", "connectionType": "salesforce"}
        assert "planted" not in str(_refusal(host, "testConnection", **secret))
        assert "planted" not in str(_refusal(host, "testConnection", connectionType=1, x="planted-Secret-1"))
        host.send_line(b'{"id": 5, "method": "testConnection", "params": "planted-Secret-1\n')
        assert "planted" not in host.errors.get(timeout=10)["message"]

    def test_an_unknown_method_is_answered_with_what_was_meant(self, host: Host) -> None:
        refused = _refusal(host, "exekute")
        assert (refused.code, str(refused)) == (
            "unknown_method",
            "There is no method `exekute`; did you mean `execute`?",
        )

    @pytest.mark.parametrize(
        ("params", "told"),
        [
            ({}, "`check`: params lacks blockType, config."),
            ({"blockType": WRITE, "config": []}, "`check`: params.config must be object."),
            ({"blockType": WRITE, "config": {}, "mode": "X"}, "`check`: params.mode must be one of DEV, PROD."),
            (
                {"blockType": WRITE, "config": {}, "x": 1},
                "`check`: params has a member that the protocol does not know.",
            ),
        ],
        ids=["missing", "type", "enum", "unknown"],
    )
    def test_wrong_parameters_are_named_by_their_place(self, host: Host, params: dict[str, Any], told: str) -> None:
        assert str(_refusal(host, "check", **params)) == told

    def test_an_id_that_is_not_answered_yet_is_not_taken_again(self, host: Host) -> None:
        number = host.begin_run({})
        host.send({"id": number, "method": "describe", "params": {}})
        assert host.errors.get(timeout=10)["code"] == "id_in_use"
        host.tell("end", number)
        assert host.answer(number)["report"]["counts"]["received"] == 0

    def test_a_chunk_without_a_credit_or_behind_the_end_is_refused(self, host: Host) -> None:
        number = host.begin_run({})
        for _ in range(30):
            host.tell("items", number, items=[{"Ext__c": "a", "Name": "A"}])
        codes = {host.errors.get(timeout=10)["code"]}
        host.tell("end", number)
        host.tell("items", number, items=[{"Ext__c": "b", "Name": "B"}])
        while "bad_request" not in codes and not codes - {"too_many_chunks", "bad_request"}:
            codes.add(host.errors.get(timeout=10)["code"])
        assert codes == {"too_many_chunks", "bad_request"}

    def test_what_comes_for_a_run_that_has_ended_is_ignored(self, host: Host) -> None:
        host.tell("items", 77, items=[])
        host.tell("cancel", 77)
        assert host.ask("describe")["blocks"]
        assert host.errors.empty()

    def test_a_line_that_is_too_long_is_skipped_to_its_end(self) -> None:
        read, write = os.pipe()
        with os.fdopen(read, "rb") as lines, os.fdopen(write, "wb") as out:
            out.write(b"x" * 100 + b'\n{"a": 1}\n\n' + b"y" * 100)
            out.close()
            found = list(messages(lines, longest=20))
        assert [one if isinstance(one, dict) else one.code for one in found] == [
            "line_too_long", {"a": 1}, "line_too_long",
        ]  # fmt: skip

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.one_of(
            st.binary(max_size=60),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(["id", "method", "event", "params", "result", "error", "run", "items"]), inner
                    )
                ),
                max_leaves=12,
            ).map(lambda value: json.dumps(value).encode()),
        )
    )
    def test_no_line_whatever_stops_the_sidecar(self, stranger: Host, line: bytes) -> None:
        stranger.send_line(line.replace(b"\n", b" ") + b"\n")
        assert stranger.hello()["version"] == 1


class TestEnds:
    def test_a_closed_pipe_stops_the_run_and_nobody_is_asked_any_more(
        self, plugins: pluggy.PluginManager, org: Sandbox
    ) -> None:
        before = threading.active_count()
        with sidecar_here(plugins, context_for(org)) as host:
            host.hello()
            number = host.begin_run({})
            host.put(number, [{"Ext__c": "a", "Name": "A"}])
        assert threading.active_count() == before
        assert org.records("Account") == []
        try:
            counts = host.answer(number)["report"]["counts"]
        except Refused as refused:
            assert str(refused) == HOST_HAS_GONE  # noqa: PT017 # either it had its connection by then, or not
        else:
            assert counts["unprocessed"] == counts["received"] == 1

    def test_a_host_that_answers_in_another_form_is_told_so(self, org: Sandbox, plugins: pluggy.PluginManager) -> None:
        with sidecar_here(plugins, _Strange(store=MemoryStore())) as host:
            host.hello()
            told = str(_refusal(host, "choices", blockType=WRITE, field="connection", config={}))
        assert told.startswith("The host's answer has another form than the protocol's")

    def test_a_call_back_under_way_ends_with_the_host(self, plugins: pluggy.PluginManager) -> None:
        context = _Silent()
        with sidecar_here(plugins, context) as host:
            host.hello()
            number = host.begin("choices", {"blockType": WRITE, "field": "connection", "config": {}})
            context.asked.wait(10)
            host.close()
            with pytest.raises(Refused, match="The host has closed the pipe"):
                host.answer(number)
            context.answer.set()

    def test_what_the_plugin_logs_outside_of_runs_is_told(self, host: Host) -> None:
        logging.getLogger("ziggy_sf_write.salesforce").warning("about the %s", "org")
        host.ask("describe")
        assert {"level": "warning", "message": "about the org"} in host.log


class _Strange(FakeContext):
    def connection_names(self, connection_type: str) -> Any:
        return [{"name": "sfDev"}]


class _Silent(FakeContext):
    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answer = threading.Event(), threading.Event()

    def connection_names(self, connection_type: str) -> Any:
        self.asked.set()
        self.answer.wait(20)
        raise HostError("too late")


class TestTheSchema:
    def test_every_line_of_a_run_is_what_the_schema_says(self, host: Host, org: Sandbox) -> None:
        org.insert("Account", [{"Id": SCREENSHOT_ID, "Name": "Original"}])
        host.run(SCREENSHOT, {**SETTINGS, "errorNamespace": "broken"})
        _refusal(host, "nothing")
        line = Draft202012Validator(load_schema("sidecar.schema.json"))
        for raw in host.seen:
            message = json.loads(raw)
            line.validate(message)
            if "event" in message:
                check_params("SidecarEvents", message["event"], message["params"])
            elif "method" in message:
                check_params("SidecarRequests", message["method"], message["params"])

    @pytest.mark.parametrize("method", ["hello", "describe"])
    def test_every_answer_is_what_the_schema_says(self, host: Host, method: str) -> None:
        params = {"version": 1} if method == "hello" else {}
        check_params("HostRequests", method, host.ask(method, **params), part="result")

    def test_a_message_that_orjson_has_no_form_for_is_written_all_the_same(self) -> None:
        assert json.loads(encoded({"a": 2**70}, is_plain=True)) == {"a": 2**70}

    def test_the_page_explains_every_method_and_every_code(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "other-hosts.md").read_text(encoding="utf-8")
        defs = load_schema("sidecar.schema.json")["$defs"]
        groups = ("HostRequests", "HostEvents", "SidecarRequests", "SidecarEvents")
        names = [name for group in groups for name in defs[group]["properties"]]
        missing = [name for name in names + defs["Failure"]["properties"]["code"]["enum"] if f"`{name}`" not in page]
        assert missing == []
