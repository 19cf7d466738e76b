"""The edges are plain lists of the caller's own items, for every reader that a host may have."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import yaml

from salesforce_sandbox import Sandbox
from tests.support.orgs import write

READERS: dict[str, Callable[[Any], Any]] = {
    "json": lambda items: json.loads(json.dumps(items)),
    "orjson": lambda items: orjson.loads(orjson.dumps(items)),
    "PyYAML": lambda items: yaml.safe_load(yaml.safe_dump(items)),
    "pickle": lambda items: pickle.loads(pickle.dumps(items)),  # noqa: S301 # our own
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_any_reader_takes_both_edges(org: Sandbox, read: Callable[[Any], Any]) -> None:
    items = [{"Ext__c": "a", "Name": "good"}, {"Ext__c": "b", "Name": "x" * 300}]
    result = write(org, items, {"matchKey": "Ext__c", "validate": True, "invalidToSecondEdge": True})
    for edge in result.outputs:
        assert type(edge) is list
        assert read(edge) == edge
    (record,) = org.records("Account")
    assert result.outputs == ([{**items[0], "Id": record["Id"]}], [items[1]])


def test_the_callers_items_stay_as_they_were(org: Sandbox) -> None:
    items = [{"Ext__c": "a", "Name": "x"}]
    result = write(org, items, {"matchKey": "Ext__c"})
    result.outputs[0][0]["Name"] = "changed"
    assert items == [{"Ext__c": "a", "Name": "x"}]


def test_an_id_in_another_spelling_is_completed_where_it_stands(org: Sandbox) -> None:
    (known,) = org.insert("Account", [{"Name": "old"}])
    result = write(org, [{"id": known[:15], "Name": "new"}], {"matchKey": "Id"})
    assert result.outputs[0] == [{"id": known, "Name": "new"}]
