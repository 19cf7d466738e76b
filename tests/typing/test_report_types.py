"""The report's types and its schema say the same: keys, which of them may be missing, and what they hold."""

import json
import types
from pathlib import Path
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import write
from ziggy_sf_write.contract import BlockResult
from ziggy_sf_write.report_types import Report, typed_report

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
NAMES = {str: "string", int: "integer", bool: "boolean", type(None): "null"}


def _shape(kind: Any) -> Any:
    """What a type allows, in the words of JSON Schema."""
    if get_origin(kind) is NotRequired:
        return _shape(get_args(kind)[0])
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        return {
            "object": {name: _shape(one) for name, one in hints.items()},
            "required": sorted(kind.__required_keys__),
        }
    if get_origin(kind) is Literal:
        return sorted(get_args(kind))
    if isinstance(kind, types.UnionType):
        return sorted(NAMES[one] for one in get_args(kind))
    if get_origin(kind) is list:
        return {"array": _shape(get_args(kind)[0])}
    return "object" if get_origin(kind) is dict else NAMES[kind]


def _told(schema: dict[str, Any]) -> Any:
    """The same of the schema."""
    if "properties" in schema:
        properties = {name: _told(one) for name, one in schema["properties"].items()}
        return {"object": properties, "required": sorted(schema["required"])}
    if "enum" in schema:
        return sorted(schema["enum"])
    kind = schema["type"]
    if kind == "array":
        return {"array": _told(schema["items"])}
    return sorted(kind) if isinstance(kind, list) else kind


def test_types_and_schema_agree() -> None:
    assert _shape(Report) == _told(SCHEMA)


def test_a_run_has_one(org: Sandbox) -> None:
    report = typed_report(write(org, [{"Ext__c": "a", "Name": "x"}], {"matchKey": "Ext__c"}))
    assert (report["counts"]["written"], report["verdict"]["state"]) == (1, "complete")


def test_another_block_has_none() -> None:
    with pytest.raises(ValueError, match="has no report"):
        typed_report(BlockResult(outputs=()))
