"""Which stored record a draft means: by Id, by an upsert's key, and parents by their keys (sections 5.2 to 5.5)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from salesforce_sandbox.schema.model import ID_TYPES, NUMBER_TYPES, Field, Schema, SObject

from .checks import normalise
from .draft import Draft, Reference
from .ids import normalise as normalise_id
from .store import Store, comparable


def match_by_id(sobject: SObject, drafts: Iterable[Draft]) -> None:
    """Reads the given Ids; refuses what cannot be an Id of the object."""
    for draft in drafts:
        if draft.given_id is None:
            draft.refuse("MISSING_ARGUMENT", "Id not specified in an update call")
            continue
        found = normalise_id(draft.given_id)
        if found is None or (sobject.prefix and not found.startswith(sobject.prefix)):
            message = f"{sobject.label} ID: id value of incorrect type: {draft.given_id}"
            draft.refuse("MALFORMED_ID", message, "Id")
        else:
            draft.record_id = found


def match_by_key(sobject: SObject, key: Field, drafts: Sequence[Draft], store: Store) -> None:
    """Finds each draft's record by the upsert's key; a draft without a match will be inserted."""
    if key.name == "Id":
        # UNCONFIRMED in the guide, seen in recordings: a null Id inserts, a given one updates.
        match_by_id(sobject, [each for each in drafts if each.given_id is not None])
        for draft in drafts:
            draft.created = draft.given_id is None
        return
    values = [_key_value(key, each) for each in drafts]
    twice = {value for value, count in Counter(values).items() if count > 1 and value is not None}
    found = store.ids_by_value(sobject, key, values)
    for draft, value in zip(drafts, values, strict=True):
        if draft.given_id is not None:
            draft.refuse("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        elif value is None:
            draft.refuse("MISSING_ARGUMENT", f"{key.name} not specified")  # UNCONFIRMED wording
        elif value in twice:
            shown = draft.values[key.name]
            draft.refuse("DUPLICATE_VALUE", f"Duplicate external id specified: {shown}", key.name)
        else:
            _settle(key, draft, found.get(value, []))


def _key_value(key: Field, draft: Draft) -> Any:
    return comparable(key, normalise(key, draft.values.get(key.name)))


def _settle(key: Field, draft: Draft, ids: list[str]) -> None:
    draft.created = not ids
    if len(ids) == 1:
        draft.record_id = ids[0]
    elif ids:
        draft.matches = ids
        message = f"{key.label}: more than one record found for external id field: [{', '.join(ids)}]"
        draft.refuse("DUPLICATE_EXTERNAL_ID", message, key.name)


def resolve_references(schema: Schema, drafts: Iterable[Draft], store: Store) -> None:
    """Turns parents named by external id into their Ids; a parent that is missing refuses the whole row."""
    groups: dict[tuple[str, str], tuple[SObject, Field, list[tuple[Draft, Reference]]]] = {}
    for draft in drafts:
        for reference in draft.references:
            target, key = _target(schema, reference)
            if target is None or key is None or not key.is_key:
                name = target.name if target else (reference.target or reference.field.relationship)
                message = f"{reference.key} is not an External ID or indexed field for {name}"
                draft.refuse("INVALID_FIELD", f"Field name provided, {message}")
                continue
            group = groups.setdefault((target.name, key.name), (target, key, []))
            group[2].append((draft, reference))
    for target, key, wanted in groups.values():
        _resolve_group(target, key, wanted, store)


def _resolve_group(target: SObject, key: Field, wanted: list[tuple[Draft, Reference]], store: Store) -> None:
    values = [_reference_value(key, reference.value) for _, reference in wanted]
    if key.name == "Id":
        found: dict[Any, list[str]] = {each: [each] for each in store.rows_by_id(target, values)}
    else:
        found = store.ids_by_value(target, key, values)
    for (draft, reference), value in zip(wanted, values, strict=True):
        ids = found.get(comparable(key, value), [])
        if len(ids) == 1:
            draft.values[reference.field.name] = ids[0]
        elif ids:
            message = f"{key.label}: more than one record found for external id field: [{', '.join(ids)}]"
            draft.refuse("DUPLICATE_EXTERNAL_ID", message, reference.field.name)
        else:
            shown = _shown(reference.value)
            message = f"Foreign key external ID: {shown} not found for field {key.name} in entity {target.name}"
            draft.refuse("INVALID_FIELD", message)


def _reference_value(key: Field, value: Any) -> Any:
    if key.type in ID_TYPES and isinstance(value, str):
        return normalise_id(value) or value
    if key.type in NUMBER_TYPES and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    return normalise(key, value)


def _shown(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _target(schema: Schema, reference: Reference) -> tuple[SObject | None, Field | None]:
    """The parent's object and key; without a type, a polymorphic lookup means the first that has the key."""
    names = (reference.target,) if reference.target else reference.field.reference_to
    found = [each for each in map(schema.find, names) if each is not None]
    for target in found:
        key = target.field(reference.key)
        if key is not None and key.is_key:
            return target, key
    return (found[0], found[0].field(reference.key)) if found else (None, None)
