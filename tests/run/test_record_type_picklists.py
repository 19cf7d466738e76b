"""What a record type leaves of restricted picklists is known before anything is sent (Salesforce API 5.8)."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.salesforce.gateway import Asked, Said, gateway
from tests.support.host import FakeContext
from tests.support.orgs import context_through, outcomes, write
from ziggy_sf_write.contract import BlockResult
from ziggy_sf_write.salesforce.org import ORGS

CRATE = """
name: Crate__c
prefix: aC0
record_types:
  - {name: Small, developer_name: Small, default: true, picklists: {Size__c: [S, M], Tags__c: [a, b]}}
  - {name: Large, developer_name: Large, picklists: {Size__c: [L], Tags__c: [c]}}
fields:
  Name: {type: string, length: 80, name_field: true}
  RecordTypeId: {type: reference, to: RecordType, defaulted: true}
  Ext__c: {type: string, length: 40, external_id: true, unique: true}
  Code__c: {type: string, length: 40}
  Size__c: {type: picklist, label: Size, restricted: true, values: [S, M, L]}
  Tags__c: {type: multipicklist, label: Tags, restricted: true, values: [a, b, c]}
  Free__c: {type: picklist, values: [x, y]}
"""
NOT_SMALL = (
    "`Size__c`: 'L' is none of the values that record type Small leaves of this restricted picklist; "
    "choose one of: S, M"
)


@pytest.fixture
def crates(tmp_path: Path) -> Iterator[Sandbox]:
    (tmp_path / "crate.yaml").write_text(CRATE)
    with Sandbox(SandboxOptions(objects=(tmp_path,))) as sandbox:
        yield sandbox
    ORGS.clear()


def _write(org: Sandbox, items: list[Any], context: FakeContext | None = None, **more: Any) -> BlockResult:
    config = {"object": "Crate__c", "matchKey": "Ext__c", "validate": True, **more}
    return write(org, items, config, context)


def _asked(org: Sandbox) -> int:
    return org.stats().calls.get("picklist_values", 0)


def _told(result: BlockResult) -> list[tuple[int, str, str]]:
    assert result.report is not None
    return [
        (one["index"], error["code"], error["message"])
        for one in result.report["notWritten"]
        for error in one["errors"]
    ]


@pytest.mark.parametrize("named", [{"RecordTypeId": "Small"}, {"RecordType.DeveloperName": "Small"},
                                   {"RecordType": {"Name": "Small"}}], ids=str)  # fmt: skip
def test_a_value_outside_the_record_type_that_an_item_names_is_not_sent(crates: Sandbox, named: dict[str, Any]) -> None:
    items = [{"Ext__c": "a", "Size__c": "L", **named}, {"Ext__c": "b", "Size__c": "s", **named}]
    result = _write(crates, items)
    assert _told(result) == [(0, "not_in_record_type", NOT_SMALL)]
    assert [one["Ext__c"] for one in crates.records("Crate__c")] == ["b"]
    assert (_asked(crates), crates.stats().calls["collections_upsert"]) == (1, 1)


def test_a_record_that_turns_out_new_is_judged_by_the_record_type_that_its_item_names(crates: Sandbox) -> None:
    items = [
        {"Code__c": "a", "Size__c": "L", "RecordTypeId": "Large"},
        {"Code__c": "b", "Size__c": "L", "RecordTypeId": "Small"},
        {"Code__c": "c", "Size__c": "L"},
    ]
    result = _write(crates, items, matchKey="Code__c")
    assert _told(result) == [(at, "not_in_record_type", NOT_SMALL) for at in (1, 2)]
    assert [one["Code__c"] for one in crates.records("Crate__c")] == ["a"]


def test_it_is_one_call_for_each_record_type_and_none_once_they_are_known(crates: Sandbox) -> None:
    items = [{"Ext__c": str(at), "Size__c": size, "RecordTypeId": kind} for at, (size, kind) in
             enumerate([("S", "Small"), ("L", "Large"), ("M", "Small"), ("L", "Large")])]  # fmt: skip
    assert outcomes(_write(crates, items)) == {"written": 4}
    assert _asked(crates) == 2
    before = crates.stats().api_calls
    result = _write(crates, items)
    assert outcomes(result) == {"written": 4}
    assert crates.stats().api_calls == before + 1
    assert result.report is not None
    assert result.report["apiCalls"]["used"] == 1


def test_each_value_of_a_multi_select_picklist_is_judged_beside_other_problems(crates: Sandbox) -> None:
    item = {"Ext__c": "a", "Size__c": "S", "Tags__c": ["c", "a"], "RecordTypeId": "Large", "No__c": 1}
    assert [(code, message.partition(" ")[0]) for _, code, message in _told(_write(crates, [item]))] == [
        ("unknown_property", "`No__c`:"),
        ("not_in_record_type", "`Size__c`:"),
        ("not_in_record_type", "`Tags__c`:"),
    ]


@pytest.mark.parametrize("upsert_key", ["Id", "Code__c"])
def test_a_new_record_gets_the_users_default(crates: Sandbox, upsert_key: str) -> None:
    """Judged where it is certain that a record is made: without an Id, or after a look-up that found nothing."""
    items = [{"Code__c": "a", "Size__c": "L"}, {"Code__c": "b", "Size__c": "S"}]
    result = _write(crates, items, matchKey=upsert_key)
    assert _told(result) == [(0, "not_in_record_type", NOT_SMALL)]
    assert [one["Code__c"] for one in crates.records("Crate__c")] == ["b"]
    assert _asked(crates) == 1


@pytest.mark.parametrize("settings", [{}, {"matchKey": "Code__c"}, {"upsert": False}], ids=str)
def test_an_update_that_names_none_is_left_to_salesforce(crates: Sandbox, settings: dict[str, Any]) -> None:
    """The record's own record type is not known, and L is right for a large one."""
    (large,) = (one["Id"] for one in crates.records("RecordType") if one["DeveloperName"] == "Large")
    crates.insert("Crate__c", [{"Ext__c": "a", "Code__c": "a", "RecordTypeId": large, "Size__c": "L"}])
    assert outcomes(_write(crates, [{"Ext__c": "a", "Code__c": "a", "Size__c": "L"}], **settings)) == {"written": 1}
    assert _asked(crates) == 0


@pytest.mark.parametrize(
    ("item", "settings"),
    [
        ({"Free__c": "y", "RecordTypeId": "Small"}, {}),
        ({"Size__c": None, "RecordTypeId": "Small"}, {}),
        ({"Size__c": "S"}, {}),
        ({"Size__c": "S", "RecordTypeId": "012000000000000AAA"}, {}),
        ({"Size__c": "S", "RecordTypeId": "Small"}, {"properties": ["Size__c"]}),
        ({"Size__c": "S", "RecordType.DeveloperName": "Small"}, {"validate": False}),
    ],
    ids=["not restricted", "no value", "no record type", "the master", "not written", "not validated"],
)
def test_nothing_is_asked_where_nothing_can_be_refused(
    crates: Sandbox, item: dict[str, Any], settings: dict[str, Any]
) -> None:
    _write(crates, [{"Ext__c": "a", **item}], **settings)
    assert _asked(crates) == 0


def test_nothing_is_asked_of_an_object_without_record_types(org: Sandbox) -> None:
    item = {"LastName": "Doe", "Salutation": "Mr."}
    assert outcomes(write(org, [item], {"object": "Contact", "matchKey": "Id", "validate": True})) == {"written": 1}
    assert _asked(org) == 0


REFUSALS = {
    "forbidden": Said(status=403, body=b'[{"errorCode": "FORBIDDEN", "message": "no"}]'),
    "not there": Said(status=404, body=b"<html>"),
    "nonsense": Said(body=b'{"picklistFieldValues": [1]}'),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_org_that_does_not_tell_is_asked_once_and_the_run_goes_on(
    crates: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    items = [{"Ext__c": kind, "Size__c": "L", "RecordTypeId": kind} for kind in ("Small", "Large")]
    with (
        gateway(crates, tmp_path) as before,
        caplog.at_level(logging.INFO, logger="ziggy_sf_write.salesforce.metadata"),
    ):
        before.say = lambda asked, ask: REFUSALS[refusal] if "picklist-values" in asked.path else ask()
        context = context_through(before)
        for _ in range(2):
            result = _write(crates, items, context)
            assert [code for _, code, _ in _told(result)] == ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
    assert len(before.headers_of("picklist-values")) == 1
    (line,) = [one.getMessage() for one in caplog.records if one.name == "ziggy_sf_write.salesforce.metadata"]
    assert line.startswith("Crate__c: picklists are not checked by record type, because the org does not tell them: ")


def test_a_stop_before_it_is_asked_is_no_refusal(crates: Sandbox, tmp_path: Path) -> None:
    kinds = {"Small": "L", "Large": "S"}
    items = [{"Ext__c": kind, "Size__c": size, "RecordTypeId": kind} for kind, size in kinds.items()]
    with gateway(crates, tmp_path) as before:
        context = context_through(before)

        def stop(asked: Asked, ask: Callable[[], Said]) -> Said:
            if "picklist-values" in asked.path:
                context.cancelled.set()
            return ask()

        before.say = stop
        assert outcomes(_write(crates, items, context)) == {"invalid": 1, "unprocessed": 1}
        context.cancelled.clear()
        assert outcomes(_write(crates, items, context)) == {"invalid": 2}
        assert len(before.headers_of("picklist-values")) == 2
