"""Single rows: create, read, update, delete, and upsert by key (reference sections 5.1 and 5.2)."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, RowError, not_found
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.csv_values import CellMismatch, read_cell
from salesforce_sandbox.rows.draft import Draft, Operation
from salesforce_sandbox.rows.ids import normalise
from salesforce_sandbox.schema.model import Field, FieldType, SObject

from . import conditions
from .blobs import row_of
from .intake import draft_of, find_key, find_object, save_options
from .records import present

_CREATED_FLAG_SINCE = 46.0


def create(org: Org, call: Call) -> Answer:
    """POST /sobjects/{object}."""
    sobject = find_object(org, call.parameters["object"])
    draft = _draft(sobject, call)
    if draft.given_id is not None:
        raise RequestRefused(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    _save(org, call, sobject, draft, Operation.INSERT)
    return _created(call, sobject, draft)


def read(org: Org, call: Call) -> Answer:
    """GET /sobjects/{object}/{id}?fields=A,B."""
    sobject = find_object(org, call.parameters["object"])
    record_id = _known_id(sobject, call.parameters["id"])
    if not sobject.queryable:
        raise not_found()
    found = present(org, sobject, [record_id], _asked(call, sobject), version=call.version)
    if record_id not in found:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {call.parameters['id']}")
    conditions.check(org, call, sobject, record_id)
    known = conditions.unchanged(org, call, sobject, record_id)
    return known or Answer(body=found[record_id], headers=conditions.validators(org, sobject, record_id), records=1)


def read_by_key(org: Org, call: Call) -> Answer:
    """GET /sobjects/{object}/{field}/{value}; with an id and a Base64 field it is the file itself."""
    sobject = find_object(org, call.parameters["object"])
    blob = sobject.field(call.parameters["value"])
    record_id = normalise(call.parameters["field"])
    if blob is not None and blob.type is FieldType.BASE64 and record_id is not None:
        return _file(org, sobject, blob, record_id)
    ids = _ids_of_key(org, sobject, find_key(sobject, call.parameters["field"]), call.parameters["value"])
    if not ids:
        raise not_found()
    if len(ids) > 1:
        return _several(call, sobject, ids)
    return Answer(body=present(org, sobject, ids, _asked(call, sobject), version=call.version)[ids[0]], records=1)


def _file(org: Org, sobject: SObject, blob: Field, record_id: str) -> Answer:
    row = org.store.rows_by_id(sobject, [record_id]).get(record_id)
    if row is None or row["IsDeleted"] or row[blob.name] is None:
        raise not_found()
    return Answer(body=base64.b64decode(row[blob.name]), media_type="application/octet-stream", records=1)


def update(org: Org, call: Call) -> Answer:
    """PATCH /sobjects/{object}/{id}."""
    sobject = find_object(org, call.parameters["object"])
    draft = _draft(sobject, call)
    if draft.given_id is not None:
        raise RequestRefused(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    draft.given_id = _known_id(sobject, call.parameters["id"])
    conditions.check(org, call, sobject, draft.given_id)
    _save(org, call, sobject, draft, Operation.UPDATE)
    return Answer(status=204, records=1)


def delete(org: Org, call: Call) -> Answer:
    """DELETE /sobjects/{object}/{id}."""
    sobject = find_object(org, call.parameters["object"])
    draft = Draft(given_id=_known_id(sobject, call.parameters["id"]))
    conditions.check(org, call, sobject, draft.given_id or "")
    with org.store.transaction():
        org.deleter.delete([draft], only=sobject)
    org.count_rows(deleted=int(draft.is_saved), failed=int(not draft.is_saved))
    _raise_refused(draft, call.parameters["id"])
    return Answer(status=204, records=1)


def delete_by_key(org: Org, call: Call) -> Answer:
    """DELETE /sobjects/{object}/{field}/{value}."""
    sobject = find_object(org, call.parameters["object"])
    ids = _ids_of_key(org, sobject, find_key(sobject, call.parameters["field"]), call.parameters["value"])
    if not ids:
        raise not_found()
    if len(ids) > 1:
        return _several(call, sobject, ids)
    return delete(org, replace(call, parameters={**call.parameters, "id": ids[0]}))


def upsert(org: Org, call: Call) -> Answer:
    """PATCH /sobjects/{object}/{field}/{value}."""
    sobject = find_object(org, call.parameters["object"])
    key = find_key(sobject, call.parameters["field"])
    if key.name == "Id":  # UNCONFIRMED: taken as an update of that row
        nested = {"object": sobject.name, "id": call.parameters["value"], "version": call.version}
        return update(org, replace(call, parameters=nested))
    draft = _draft(sobject, call)
    if draft.given_id is not None or key.name in draft.values:
        message = f"The {key.name} field should not be specified in the sobject data."
        raise RequestRefused(400, "INVALID_FIELD", message)
    draft.values[key.name] = _key_value(key, call.parameters["value"])
    _save(org, call, sobject, draft, Operation.UPSERT, key=key)
    if draft.matches:
        return _several(call, sobject, draft.matches)
    return _upserted(call, sobject, draft)


def insert_by_id(org: Org, call: Call) -> Answer:
    """POST /sobjects/{object}/Id: an insert, spelled as an upsert without a key."""
    return create(org, call)


def _upserted(call: Call, sobject: SObject, draft: Draft) -> Answer:
    modern = call.version_number >= _CREATED_FLAG_SINCE
    if draft.created:
        return _created(call, sobject, draft, **({"created": True} if modern else {}))
    if not modern:
        return Answer(status=204, records=1)
    return Answer(body={"id": draft.record_id, "success": True, "errors": [], "created": False}, records=1)


def _created(call: Call, sobject: SObject, draft: Draft, **extra: bool) -> Answer:
    location = f"/services/data/v{call.version}/sobjects/{sobject.name}/{draft.record_id}"
    notes = [each.in_collection() for each in draft.notes()]
    body: dict[str, Any] = {"id": draft.record_id, "success": True, "errors": notes, **extra}
    return Answer(status=201, body=body, headers={"Location": location}, records=1)


def _several(call: Call, sobject: SObject, ids: Sequence[str]) -> Answer:
    return Answer(status=300, body=[f"/services/data/v{call.version}/sobjects/{sobject.name}/{each}" for each in ids])


def _draft(sobject: SObject, call: Call) -> Draft:
    draft = draft_of(sobject, row_of(sobject, call), namespace=call.option("sforce-call-options", "defaultNamespace"))
    if draft.errors:  # an unknown column: a single row's answer has no fields key
        raise RequestRefused(400, draft.errors[0].code, draft.errors[0].message)
    return draft


def _save(
    org: Org, call: Call, sobject: SObject, draft: Draft, operation: Operation, *, key: Field | None = None
) -> None:
    options = save_options(call, update_only=call.flag("updateOnly"))
    with org.store.transaction():
        org.saver.save(sobject, [draft], operation, options=options, key=key)
    if draft.matches:
        return
    created = int(draft.is_saved and draft.created)
    org.count_rows(created=created, updated=int(draft.is_saved) - created, failed=int(not draft.is_saved))
    _raise_refused(draft, call.parameters.get("id", ""))


def _raise_refused(draft: Draft, segment: str) -> None:
    if draft.is_saved:
        return
    first = draft.errors[0]
    if first.code == "INVALID_CROSS_REFERENCE_KEY" and not first.fields and segment:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {segment}")
    status = 404 if first.code in ("ENTITY_IS_DELETED", "NOT_FOUND") and not first.fields else 400
    refused = RequestRefused(status, first.code, first.message)
    refused.body = [_shape(each) for each in draft.errors]
    raise refused


def _shape(error: RowError) -> dict[str, Any]:
    return error.in_request()


def _known_id(sobject: SObject, segment: str) -> str:
    record_id = normalise(segment)
    if record_id is None or (sobject.prefix and not record_id.startswith(sobject.prefix)):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {segment}")
    return record_id


def _asked(call: Call, sobject: SObject) -> list[Field]:
    names = call.argument("fields")
    if not names:
        return list(sobject.fields)
    fields: list[Field] = []
    for name in names.split(","):
        field = sobject.field(name.strip())
        if field is None:
            raise RequestRefused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        fields.append(field)
    return fields


def _key_value(key: Field, segment: str) -> Any:
    try:
        return read_cell(key, segment)
    except CellMismatch as err:
        raise not_found() from err


def _ids_of_key(org: Org, sobject: SObject, key: Field, segment: str) -> list[str]:
    if key.name == "Id":
        return [_known_id(sobject, segment)]
    found = org.store.ids_by_value(sobject, key, [_key_value(key, segment)])
    return next(iter(found.values()), [])
