"""sObject Collections: up to 200 records in a call, answered one by one in the order of the input (section 5.3)."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, RowError
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.draft import Draft, Operation
from salesforce_sandbox.rows.json_values import JsonMismatch
from salesforce_sandbox.schema.model import Field, SObject

from .blobs import collection_of
from .intake import attributes_type, draft_of, find_key, find_object, save_options
from .records import present

MAX_RECORDS = 200
MAX_CHUNKS = 10


class RolledBack(Exception):
    """Undoes the transaction of a call that asked for all or none."""


def create(org: Org, call: Call) -> Answer:
    """POST /composite/sobjects."""
    return _write(org, call, Operation.INSERT)


def update(org: Org, call: Call) -> Answer:
    """PATCH /composite/sobjects."""
    return _write(org, call, Operation.UPDATE)


def upsert(org: Org, call: Call) -> Answer:
    """PATCH /composite/sobjects/{object}/{field}."""
    sobject = find_object(org, call.parameters["object"])
    key = find_key(sobject, call.parameters["field"])
    records, all_or_none = _records(call)
    for record in records:
        declared = attributes_type(record)
        if declared is not None and org.schema.find(declared) is not sobject:
            raise RequestRefused(400, "INVALID_TYPE", f"The record's type {declared} is not the URL's {sobject.name}")
    drafts = _drafts(sobject, records, call)
    _save(org, call, [(sobject, drafts)], Operation.UPSERT, all_or_none=all_or_none, key=key)
    return _answer(drafts, is_upsert=True)


def delete(org: Org, call: Call) -> Answer:
    """DELETE /composite/sobjects?ids=a,b."""
    ids = [each for each in (call.argument("ids") or "").split(",") if each]
    _check_size(ids)
    drafts = [Draft(given_id=each) for each in ids]
    all_or_none = call.flag("allOrNone")
    try:
        with org.store.transaction():
            org.deleter.delete(drafts)
            _enforce(drafts, all_or_none=all_or_none)
    except RolledBack:
        _roll_back(drafts)
    done = sum(each.is_saved for each in drafts)
    org.count_rows(deleted=done, failed=len(drafts) - done)
    return _answer(drafts, is_upsert=False)


def retrieve(org: Org, call: Call) -> Answer:
    """GET or POST /composite/sobjects/{object} with ids and fields; a missing record answers null."""
    sobject = find_object(org, call.parameters["object"])
    asked = call.json_object() if call.method == "POST" else {}
    ids = asked.get("ids") or (call.argument("ids") or "").split(",")
    names = asked.get("fields") or (call.argument("fields") or "Id").split(",")
    fields: list[Field] = []
    for name in names:
        field = sobject.field(name)
        if field is None:
            raise RequestRefused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        fields.append(field)
    found = present(org, sobject, ids, fields, version=call.version)
    return Answer(body=[found.get(each) for each in ids], records=len(ids))


def _write(org: Org, call: Call, operation: Operation) -> Answer:
    records, all_or_none = _records(call)
    typed = [(_type_of(org, index, each), each) for index, each in enumerate(records)]
    chunks: list[tuple[SObject, list[Draft]]] = []
    for _, group in groupby(typed, key=lambda pair: pair[0].name):
        members = list(group)
        chunks.append((members[0][0], _drafts(members[0][0], [each for _, each in members], call)))
    if len(chunks) > MAX_CHUNKS:
        # The code and the status for too many chunks are UNCONFIRMED.
        message = (
            f"Cannot have more than {MAX_CHUNKS} chunks in a single operation. Please rearrange the data to reduce "
            "chunking."
        )
        raise RequestRefused(400, "LIMIT_EXCEEDED", message)
    if operation is Operation.INSERT:
        for _, drafts in chunks:
            _refuse_ids(drafts)
    _save(org, call, chunks, operation, all_or_none=all_or_none)
    return _answer([each for _, drafts in chunks for each in drafts], is_upsert=False)


def _refuse_ids(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        if draft.given_id is not None:
            draft.refuse("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")


def _records(call: Call) -> tuple[list[Any], bool]:
    body = collection_of(call)
    records = body.get("records")
    if not isinstance(records, list) or not records:
        raise RequestRefused(400, "REQUIRED_FIELD_MISSING", "At least 1 record is required")
    _check_size(records)
    return records, body.get("allOrNone") is True


def _check_size(records: Sequence[Any]) -> None:
    if len(records) > MAX_RECORDS:
        message = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
        raise RequestRefused(400, "EXCEEDED_ID_LIMIT", message)


def _type_of(org: Org, index: int, record: Any) -> SObject:
    declared = attributes_type(record)
    if declared is None:
        # The wording for a record without a type is UNCONFIRMED.
        raise RequestRefused(400, "JSON_PARSER_ERROR", f"records[{index}]: attributes.type is required")
    found = org.schema.find(declared)
    if found is None:
        raise RequestRefused(400, "INVALID_TYPE", f"sObject type '{declared}' is not supported.")
    return found


def _drafts(sobject: SObject, records: Sequence[Any], call: Call) -> list[Draft]:
    namespace = call.option("sforce-call-options", "defaultNamespace")
    drafts: list[Draft] = []
    for record in records:
        if not isinstance(record, dict):
            raise JsonMismatch("sobject", record)
        drafts.append(draft_of(sobject, record, namespace=namespace))
    return drafts


def _save(
    org: Org,
    call: Call,
    chunks: list[tuple[SObject, list[Draft]]],
    operation: Operation,
    *,
    all_or_none: bool,
    key: Field | None = None,
) -> None:
    drafts = [each for _, members in chunks for each in members]
    try:
        with org.store.transaction():
            for sobject, members in chunks:
                org.saver.save(sobject, members, operation, options=save_options(call), key=key)
            _enforce(drafts, all_or_none=all_or_none)
    except RolledBack:
        _roll_back(drafts)
    saved = [each for each in drafts if each.is_saved]
    created = sum(each.created for each in saved)
    org.count_rows(created=created, updated=len(saved) - created, failed=len(drafts) - len(saved))


def _enforce(drafts: Sequence[Draft], *, all_or_none: bool) -> None:
    if all_or_none and not all(each.is_saved for each in drafts):
        raise RolledBack


def _roll_back(drafts: Sequence[Draft]) -> None:
    message = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    for draft in drafts:
        if draft.is_saved:
            draft.errors = [RowError(code="ALL_OR_NONE_OPERATION_ROLLED_BACK", message=message)]
        else:
            draft.record_id = None


def _answer(drafts: Sequence[Draft], *, is_upsert: bool) -> Answer:
    return Answer(body=[_result(each, is_upsert=is_upsert) for each in drafts], records=len(drafts))


def _result(draft: Draft, *, is_upsert: bool) -> dict[str, Any]:
    if draft.is_saved:
        created = {"created": draft.created} if is_upsert else {}
        notes = [each.in_collection() for each in draft.notes()]
        return {"id": draft.record_id, "success": True, "errors": notes, **created}
    rolled_back = draft.errors[0].code == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    # A failed record has no id key; a rolled back one shows the id that it had before the call.
    known = {"id": draft.record_id} if rolled_back and not draft.created and draft.record_id else {}
    return {**known, "success": False, "errors": [each.in_collection() for each in draft.errors]}
