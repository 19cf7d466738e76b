"""An object that changes while a flow is in production: the describe is read again and the item checked by it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Gateway, Said
from tests.support.host import FakeContext
from tests.support.orgs import context_for, context_through, outcomes, write
from tests.support.streams import stream
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.org import ORGS

CONFIG = {"matchKey": "Ext__c", "validate": True}
GOOD = {"Ext__c": "good", "Name": "x"}


def _remember_as_it_was(context: FakeContext, change: dict[str, Any], *, name: str, copied_from: str) -> None:
    """Makes the process remember Account as it was before a change: a field `name` that differed by `change`."""
    catalog = ORGS.org(context.connection("sfDev")).catalog
    kept = catalog.object("Account")
    assert kept is not None
    model = kept.value.find_field(copied_from)
    assert model is not None
    earlier: FieldInfo = replace(model, name=name, **change)
    fields = (*(one for one in kept.value.fields if one.name != name), earlier)
    old: ObjectDescribe = replace(kept.value, fields=fields, _by_name={one.name.lower(): one for one in fields})
    catalog.keep_object("Account", replace(kept, value=old))


CHANGES = {
    "a field that was removed": ({"Gone__c": "1"}, {}, "Gone__c", "Phone", "unknown_property"),
    "a length that was reduced": ({"Name": "x" * 300}, {"length": 400}, "Name", "Name", "too_long"),
}


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize(
    ("bad", "change", "name", "copied_from", "code"), CHANGES.values(), ids=[one.replace(" ", "-") for one in CHANGES]
)
def test_an_item_that_was_right_is_invalid_by_the_new_describe(
    org: Sandbox, api: str, bad: dict[str, Any], change: dict[str, Any], name: str, copied_from: str, code: str
) -> None:
    context = context_for(org)
    write(org, [GOOD], CONFIG, context)
    _remember_as_it_was(context, change, name=name, copied_from=copied_from)
    org.reset_stats()
    config = {**CONFIG, "invalidToSecondEdge": True, "advanced": {"api": api}}
    item = {"Ext__c": "bad", "Name": "y", **bad}
    result = write(org, [GOOD, item], config, context)
    assert outcomes(result) == {"written": 1, "invalid": 1}
    assert result.outputs[1] == [item]
    assert result.report is not None
    assert result.report["notWritten"][0]["errors"][0]["code"] == code
    assert org.stats().calls["describe"] == 1
    # From now on the item does not leave at all.
    org.reset_stats()
    assert outcomes(write(org, [item], config, context)) == {"invalid": 1}
    assert org.stats().total_calls == 0


def test_without_validation_the_next_run_reads_the_describe_again(org: Sandbox) -> None:
    context = context_for(org)
    config = {"matchKey": "Ext__c"}
    assert outcomes(write(org, [{**GOOD, "Gone__c": "1"}], config, context)) == {"failed": 1}
    org.reset_stats()
    write(org, [GOOD], config, context)
    assert org.stats().calls == {"describe": 1, "collections_upsert": 1}


def test_a_refusal_that_the_new_describe_does_not_explain_stays_salesforces(org: Sandbox) -> None:
    context = context_for(org)
    items = [{"Ext__c": "child", "Name": "x", "Parent": {"Ext__c": "nobody"}}]
    result = write(org, items, CONFIG, context)
    assert result.report is not None
    (line,) = result.report["notWritten"]
    assert (line["outcome"], line["errors"][0]["code"]) == ("failed", "INVALID_FIELD")
    assert "Foreign key external ID" in line["errors"][0]["message"]


def test_the_describe_is_read_anew_once_in_a_run_however_often_it_is_contradicted(
    before: Gateway, org: Sandbox
) -> None:
    error = {"statusCode": "STRING_TOO_LONG", "message": "too large", "fields": ["Name"]}
    refused = json.dumps([{"success": False, "errors": [error]}]).encode()
    before.say = lambda asked, ask: Said(body=refused) if "composite/sobjects" in asked.path else ask()
    rows = [{"Ext__c": key, "Name": "x"} for key in "abc"]
    assert stream(rows, context_through(before), {"validate": True}, window=1).outcomes == ["failed"] * 3
    assert org.stats().calls["describe"] == 2
