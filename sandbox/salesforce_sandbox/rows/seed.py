"""Rows put in past the API: completed as the org would have, checked only for names."""

from salesforce_sandbox.schema.model import SObject

from .checks import normalise
from .store import Row


def complete(sobject: SObject, record: Row, *, now: str, user_id: str) -> Row:
    """The record with defaults and system fields for whatever it leaves out; values are normalised, not checked."""
    row: Row = {}
    for name, value in record.items():
        field = sobject.field(name)
        if field is None or not field.is_stored or field.formula is not None:
            raise KeyError(f"{sobject.name} has no stored field {name}")
        row[field.name] = normalise(field, value)
    defaults = {
        each.name: each.default
        for each in sobject.fields
        if each.default is not None and each.formula is None and each.is_stored
    }
    system = {
        "IsDeleted": False,
        "OwnerId": user_id,
        "CreatedDate": now,
        "CreatedById": user_id,
        "LastModifiedDate": now,
        "LastModifiedById": user_id,
        "SystemModstamp": now,
    }
    known = {name: value for name, value in system.items() if sobject.field(name)}
    return {**defaults, **known, **row}
