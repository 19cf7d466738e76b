"""A condition's answer for one record in memory: how validation rules are decided."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from salesforce_sandbox.rows.patterns import matches
from salesforce_sandbox.schema.model import SObject

from .tree import Compared, Condition, Joined, Negated, Path

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, sobject: SObject, row: Mapping[str, Any]) -> bool:
    """Whether the record meets the condition; only the record's own fields can be named."""
    match condition:
        case Joined("AND", conditions):
            return all(holds(each, sobject, row) for each in conditions)
        case Joined(_, conditions):
            return any(holds(each, sobject, row) for each in conditions)
        case Negated(inner):
            return not holds(inner, sobject, row)
        case Compared():
            return _compared(condition, sobject, row)


def _compared(node: Compared, sobject: SObject, row: Mapping[str, Any]) -> bool:
    field = sobject.field(node.path.parts[0]) if isinstance(node.path, Path) and len(node.path.parts) == 1 else None
    if field is None:
        raise ValueError(f"{sobject.name}: a rule names {node.path}, which is no field of the object")
    value = _folded(row.get(field.name))
    wanted = [_folded(each.value) for each in node.values]
    match node.operator:
        case "=" | "IN":
            return value in wanted
        case "!=" | "NOT IN":
            return value not in wanted
        case "LIKE":
            return isinstance(value, str) and matches(value, str(wanted[0]), case_sensitive=False)
        case "INCLUDES" | "EXCLUDES":
            chosen = set(str(value or "").split(";"))
            found = any(set(str(each).split(";")) <= chosen for each in wanted)
            return found == (node.operator == "INCLUDES")
        case _:
            return value is not None and wanted[0] is not None and _ORDERED[node.operator](value, wanted[0])


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
