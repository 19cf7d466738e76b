"""The picklists of a record type: GET /ui-api/object-info/{object}/picklist-values/{recordTypeId}[/{field}]."""

import hashlib
import json
from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import not_found
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.ids import normalise
from salesforce_sandbox.schema.model import MASTER_RECORD_TYPE, Field, FieldType, PicklistEntry, RecordTypeSeed, SObject

from .intake import find_object

_PICKLISTS = frozenset({FieldType.PICKLIST, FieldType.MULTIPICKLIST})


def of_record_type(org: Org, call: Call) -> Answer:
    """All picklists with the values that the record type leaves of them."""
    sobject = find_object(org, call.parameters["object"])
    seed = _record_type(org, sobject, call)
    found = {each.name: _values(call, sobject, each, seed) for each in sobject.fields if each.type in _PICKLISTS}
    digest = hashlib.sha256(json.dumps(found, sort_keys=True).encode("utf-8")).hexdigest()
    return Answer(body={"eTag": digest[:32], "picklistFieldValues": found})


def of_field(org: Org, call: Call) -> Answer:
    """One of them."""
    sobject = find_object(org, call.parameters["object"])
    field = sobject.field(call.parameters["field"])
    if field is None or field.type not in _PICKLISTS:
        raise not_found()
    return Answer(body=_values(call, sobject, field, _record_type(org, sobject, call)))


def _record_type(org: Org, sobject: SObject, call: Call) -> RecordTypeSeed | None:
    """The record type; None is the master, which leaves every value."""
    asked = normalise(call.parameters["record_type"])
    if asked == MASTER_RECORD_TYPE:
        return None
    for row in org.records("RecordType"):
        if row["Id"] == asked and row["SobjectType"] == sobject.name:
            return next((each for each in sobject.record_types if each.developer_name == row["DeveloperName"]), None)
    raise not_found()


def _values(call: Call, sobject: SObject, field: Field, seed: RecordTypeSeed | None) -> dict[str, Any]:
    allowed = None if seed is None else seed.picklists.get(field.name)
    entries = [each for each in field.values if each.active and (allowed is None or each.value in allowed)]
    default = next((each for each in entries if each.default), None)
    controller = sobject.field(field.controller) if field.controller else None
    path = f"/services/data/v{call.version}/ui-api/object-info/{sobject.name}/picklist-values"
    return {
        "controllerValues": {} if controller is None else _controlling(controller),
        "defaultValue": None if default is None else _shown(default),
        "url": f"{path}/{MASTER_RECORD_TYPE if seed is None else call.parameters['record_type']}/{field.name}",
        "values": [_shown(each) for each in entries],
    }


def _controlling(controller: Field) -> dict[str, int]:
    if controller.type is FieldType.BOOLEAN:
        return {"false": 0, "true": 1}
    return {each.value: place for place, each in enumerate(controller.values)}


def _shown(entry: PicklistEntry) -> dict[str, Any]:
    return {"attributes": None, "label": entry.label, "validFor": list(entry.valid_for or ()), "value": entry.value}
