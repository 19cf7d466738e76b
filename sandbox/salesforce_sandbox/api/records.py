"""Stored rows as the REST API shows them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.ids import normalise
from salesforce_sandbox.schema.model import DECIMAL_TYPES, Field, FieldType, SObject
from salesforce_sandbox.soql.paths import expression

_SHAPED = DECIMAL_TYPES | {
    FieldType.BOOLEAN,
    FieldType.ADDRESS,
    FieldType.LOCATION,
    FieldType.BASE64,
    FieldType.ENCRYPTED,
}


def attributes(sobject: SObject, record_id: str, version: str) -> dict[str, str]:
    """What names a record's type and address."""
    return {"type": sobject.name, "url": f"/services/data/v{version}/sobjects/{sobject.name}/{record_id}"}


def shown(sobject: SObject, field: Field, value: Any, record_id: str, version: str) -> Any:
    """One value as JSON has it."""
    if value is None:
        return None
    match field.type:
        case FieldType.BOOLEAN:
            value = bool(value)
        case FieldType.ADDRESS | FieldType.LOCATION:
            value = json.loads(value)
        case FieldType.BASE64:
            value = f"/services/data/v{version}/sobjects/{sobject.name}/{record_id}/{field.name}"
        case FieldType.ENCRYPTED:
            value = "*" * len(value)
    return int(value) if _is_whole(field, value) else value


def is_shown_as_stored(field: Field) -> bool:
    """Whether JSON has each value of a field as it is stored."""
    return field.type not in _SHAPED


def _is_whole(field: Field, value: Any) -> bool:
    """Numbers without decimals come as integers; beyond 10¹⁵ a double is not exact."""
    return isinstance(value, float) and field.scale == 0 and value.is_integer() and abs(value) < 1e15


def present(
    org: Org, sobject: SObject, ids: Sequence[str], fields: Iterable[Field], *, version: str
) -> dict[str, dict[str, Any]]:
    """Live records by the ids as they were given."""
    wanted = {each: found for each in ids if (found := normalise(each))}
    listed = list(fields)
    columns = ", ".join(["Id", *(expression(sobject, "t0", each) for each in listed)])
    marks = ", ".join("?" * len(wanted))
    sql = f'SELECT {columns} FROM "{sobject.name}" t0 WHERE Id IN ({marks}) AND IsDeleted = 0'  # noqa: S608
    rows = {values[0]: values[1:] for values in org.store.query(sql, list(wanted.values()))}
    return {
        given: {
            "attributes": attributes(sobject, record_id, version),
            **{
                field.name: shown(sobject, field, value, record_id, version)
                for field, value in zip(listed, rows[record_id], strict=True)
            },
        }
        for given, record_id in wanted.items()
        if record_id in rows
    }
