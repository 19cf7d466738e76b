"""JSON records → drafts: names in any case, values by type, parents by external id (reference sections 3.2, 5.5)."""

from collections.abc import Mapping
from typing import Any

from salesforce_sandbox.call import Call
from salesforce_sandbox.errors import RequestRefused, not_found
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.draft import Draft, Reference, SaveOptions
from salesforce_sandbox.rows.json_values import JsonMismatch, read_json
from salesforce_sandbox.schema.model import Field, SObject


def find_object(org: Org, name: str) -> SObject:
    """The object that a path names."""
    found = org.schema.find(name)
    if found is None:
        raise not_found()
    return found


def find_key(sobject: SObject, name: str) -> Field:
    """The field that an upsert's path names; it must be an external id or an id-lookup field."""
    field = sobject.field(name)
    if field is None or not field.is_key:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def save_options(call: Call, *, update_only: bool = False) -> SaveOptions:
    """What the call's headers ask of the save."""
    allow = call.option("sforce-duplicate-rule-header", "allowSave") or ""
    return SaveOptions(user_id=call.user_id, allow_duplicates=allow.lower() == "true", update_only=update_only)


def attributes_type(record: Any) -> str | None:
    """The type that a record declares."""
    attributes = record.get("attributes") if isinstance(record, Mapping) else None
    declared = attributes.get("type") if isinstance(attributes, Mapping) else None
    return declared if isinstance(declared, str) else None


def draft_of(sobject: SObject, record: Mapping[str, Any], *, namespace: str | None = None) -> Draft:
    """One record as a draft; raises JsonMismatch for a value of the wrong JSON type."""
    draft = Draft()
    for name, value in record.items():
        lowered = name.lower()
        if lowered == "attributes":
            continue
        if lowered == "id":
            draft.given_id = _given_id(value)
            continue
        field = sobject.by_name.get(lowered) or _without_namespace(sobject, lowered, namespace)
        if field is not None:
            draft.values[field.name] = read_json(field, value)
            continue
        reference = sobject.by_relationship.get(lowered)
        if reference is not None:
            _take_parent(draft, reference, name, value)
        elif isinstance(value, Mapping):
            raise JsonMismatch("<unknown>", value, key=name, field_name=next(iter(value), None))
        else:
            draft.refuse("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
    return draft


def _given_id(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise JsonMismatch("id", value, key="Id")
    return value


def _without_namespace(sobject: SObject, name: str, namespace: str | None) -> Field | None:
    """With defaultNamespace=ns in the call options, `X__c` also means `ns__X__c` (reference section 5.7)."""
    return sobject.by_name.get(f"{namespace.lower()}__{name}") if namespace else None


def _take_parent(draft: Draft, field: Field, name: str, value: Any) -> None:
    if value is None:
        draft.values[field.name] = None  # UNCONFIRMED: a null parent is taken as clearing the lookup
        return
    if not isinstance(value, Mapping):
        raise JsonMismatch(name, value, key=name)
    keys = [each for each in value if each.lower() != "attributes"]
    if len(keys) != 1:
        raise RequestRefused(400, "JSON_PARSER_ERROR", f"{name}: exactly one external ID field must be given")
    if value[keys[0]] is None:
        draft.values[field.name] = None
        return
    # The inner type of a polymorphic parent is UNCONFIRMED; it is honoured where given.
    draft.references.append(Reference(field=field, target=attributes_type(value), key=keys[0], value=value[keys[0]]))
