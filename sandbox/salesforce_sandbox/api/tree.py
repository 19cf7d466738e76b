"""sObject Tree: records with their children in one call, inserted all or none (reference section 5.6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.draft import Draft, Operation
from salesforce_sandbox.schema.model import Field, SObject

from .collections import RolledBack
from .intake import attributes_type, draft_of, find_object, save_options

MAX_RECORDS = 200
MAX_TYPES = 5
MAX_LEVELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    sobject: SObject
    draft: Draft
    name: str
    parent: Draft | None
    link: Field | None
    level: int


def tree(org: Org, call: Call) -> Answer:
    """POST /composite/tree/{object}."""
    sobject = find_object(org, call.parameters["object"])
    records = call.json_object().get("records")
    if not isinstance(records, list) or not records:
        raise RequestRefused(400, "REQUIRED_FIELD_MISSING", "At least 1 record is required")
    nodes = [each for record in records for each in _walk(org, sobject, record, None, None, 1)]
    _check(nodes)
    try:
        with org.store.transaction():
            _save(org, call, nodes)
    except RolledBack:
        return _refused(nodes)
    org.count_rows(created=len(nodes))
    results = [{"referenceId": each.name, "id": each.draft.record_id} for each in nodes]
    return Answer(status=201, body={"hasErrors": False, "results": results}, records=len(nodes))


def _walk(
    org: Org, sobject: SObject, record: Any, parent: Draft | None, link: Field | None, level: int
) -> Iterator[_Node]:
    if not isinstance(record, dict):
        raise RequestRefused(400, "JSON_PARSER_ERROR", "Every record of a tree must be an object")
    attributes = record.get("attributes")
    name = attributes.get("referenceId") if isinstance(attributes, Mapping) else None
    declared = attributes_type(record)
    if not name or declared is None or org.schema.find(declared) is not sobject:
        message = f"Every record needs attributes with a referenceId and the type {sobject.name}"
        raise RequestRefused(400, "INVALID_INPUT", message)
    children = {key: value for key, value in record.items() if isinstance(value, dict) and "records" in value}
    plain = {key: value for key, value in record.items() if key not in children}
    node = _Node(sobject=sobject, draft=draft_of(sobject, plain), name=name, parent=parent, link=link, level=level)
    yield node
    for relation, value in children.items():
        child, reference = _child(org, sobject, relation)
        for each in value["records"]:
            yield from _walk(org, child, each, node.draft, reference, level + 1)


def _child(org: Org, sobject: SObject, relation: str) -> tuple[SObject, Field]:
    for child, reference in org.schema.children_of(sobject):
        if (reference.child_relationship or "").lower() == relation.lower():
            return child, reference
    raise RequestRefused(400, "INVALID_FIELD", f"No such column '{relation}' on sobject of type {sobject.name}")


def _check(nodes: list[_Node]) -> None:
    if len(nodes) > MAX_RECORDS:
        raise RequestRefused(400, "LIMIT_EXCEEDED", f"A tree holds at most {MAX_RECORDS} records")
    if len({each.sobject.name for each in nodes}) > MAX_TYPES:
        raise RequestRefused(400, "LIMIT_EXCEEDED", f"A tree holds at most {MAX_TYPES} different types")
    if max(each.level for each in nodes) > MAX_LEVELS:
        raise RequestRefused(400, "LIMIT_EXCEEDED", f"A tree is at most {MAX_LEVELS} levels deep")


def _save(org: Org, call: Call, nodes: list[_Node]) -> None:
    for node in nodes:
        if node.parent is not None and node.link is not None:
            if node.parent.record_id is None:
                continue  # its parent was refused, which undoes the tree anyway
            node.draft.values[node.link.name] = node.parent.record_id
        org.saver.save(node.sobject, [node.draft], Operation.INSERT, options=save_options(call))
    if not all(each.draft.is_saved for each in nodes):
        raise RolledBack


def _refused(nodes: list[_Node]) -> Answer:
    results = [
        {"referenceId": each.name, "errors": [error.in_collection() for error in each.draft.errors]}
        for each in nodes
        if each.draft.errors
    ]
    return Answer(status=400, body={"hasErrors": True, "results": results})
