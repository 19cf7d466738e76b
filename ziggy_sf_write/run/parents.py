"""Keeps children of one parent together, so that calls side by side do not wait for each other's row locks."""

from collections.abc import Hashable, Mapping, Sequence

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.plan import Ready
from ziggy_sf_write.salesforce.describe import FieldType, ObjectDescribe

# Saving a record locks neither its owner nor its record type.
_NO_PARENTS = frozenset({"OwnerId", "Owner", "RecordTypeId", "RecordType"})


def group_by_parent(wave: Sequence[Ready], describe: ObjectDescribe) -> Sequence[Ready]:
    """The wave with the children of one parent side by side; parents in the order in which they first appear.

    Saving a child locks its parent, and two calls that hold children of one parent wait for each other (section 7.6).
    A wave in which nothing refers to a parent comes back as it is.
    """
    name = next((name for ready in wave[:1] for name in ready.body if _leads_to_parent(name, describe)), None)
    if name is None:
        return wave
    groups: dict[Hashable, list[Ready]] = {}
    for ready in wave:
        groups.setdefault(_parent(ready.body.get(name)), []).append(ready)
    return [ready for group in groups.values() for ready in group]


def _leads_to_parent(name: str, describe: ObjectDescribe) -> bool:
    if name in _NO_PARENTS:
        return False
    field = describe.find_field(name) or describe.find_relationship(name)
    return field is not None and field.type is FieldType.REFERENCE


def _parent(value: JsonValue) -> Hashable:
    """A parent's Id, or the one key that names it in a relationship object."""
    if isinstance(value, Mapping):
        return next((str(one) for key, one in value.items() if key != "attributes"), None)
    return value[:15] if isinstance(value, str) else None
