"""A real org's `sobjects/X/describe` as an object of the sandbox."""

import base64
from collections.abc import Mapping
from typing import Any

from salesforce_sandbox.rows.ids import base62

from .build import system_fields
from .model import Field, FieldType, PicklistEntry, SObject, deletion_rule


def object_from_describe(describe: Mapping[str, Any], *, taken: set[str | None]) -> SObject:
    """Reads what the rules need and keeps the raw describe, which is answered as it came."""
    name: str = describe["name"]
    return SObject(
        name=name,
        label=describe.get("label") or name,
        plural=describe.get("labelPlural") or f"{name}s",
        prefix=describe.get("keyPrefix") or _free_prefix(taken),
        fields=(*_missing_system_fields(describe), *(_field(each) for each in describe["fields"])),
        createable=describe.get("createable", True),
        updateable=describe.get("updateable", True),
        deletable=describe.get("deletable", True),
        queryable=describe.get("queryable", True),
        raw=describe,
    )


def _missing_system_fields(describe: Mapping[str, Any]) -> tuple[Field, ...]:
    """Excerpts of describes lack fields that storage cannot do without."""
    present = {each["name"] for each in describe["fields"]}
    return tuple(each for each in system_fields(describe.get("label") or describe["name"]) if each.name not in present)


def _free_prefix(taken: set[str | None]) -> str:
    return next(prefix for number in range(62 * 62) if (prefix := f"a{base62(number + 620, 2)}") not in taken)


def _field(raw: Mapping[str, Any]) -> Field:
    name: str = raw["name"]
    kind = FieldType(raw["type"])
    computed = bool(raw.get("calculated"))
    return Field(
        name=name,
        label=raw.get("label") or name,
        type=kind,
        length=raw.get("length", 0),
        precision=raw.get("precision", 0),
        scale=raw.get("scale", 0),
        digits=raw.get("digits", 0),
        nillable=raw.get("nillable", True),
        createable=raw.get("createable", True),
        updateable=raw.get("updateable", True),
        defaulted_on_create=raw.get("defaultedOnCreate", False),
        default=_default(raw, kind),
        # Its formula is written in Salesforce's own language; the sandbox answers null for it.
        formula="NULL" if computed else None,
        auto_number="{00000000}" if raw.get("autoNumber") else None,
        unique=raw.get("unique", False),
        case_sensitive=raw.get("caseSensitive", False),
        external_id=raw.get("externalId", False),
        id_lookup=raw.get("idLookup", False),
        values=tuple(_entry(each) for each in raw.get("picklistValues") or ()),
        restricted=raw.get("restrictedPicklist", False),
        controller=raw.get("controllerName"),
        reference_to=tuple(raw.get("referenceTo") or ()),
        relationship=raw.get("relationshipName"),
        master=raw.get("relationshipOrder"),
        on_delete=deletion_rule(raw),
        compound=raw.get("compoundFieldName"),
        name_field=raw.get("nameField", False),
        custom=raw.get("custom", False),
        rich=raw.get("htmlFormatted", False),
        extra=raw.get("extraTypeInfo"),
        raw=raw,
    )


def _default(raw: Mapping[str, Any], kind: FieldType) -> Any:
    if kind is FieldType.BOOLEAN:
        return bool(raw.get("defaultValue"))
    listed = next((each["value"] for each in raw.get("picklistValues") or () if each.get("defaultValue")), None)
    return listed if listed is not None else raw.get("defaultValue")


def _entry(raw: Mapping[str, Any]) -> PicklistEntry:
    return PicklistEntry(
        value=raw["value"],
        label=raw.get("label") or raw["value"],
        active=raw.get("active", True),
        default=raw.get("defaultValue", False),
        valid_for=_bits(raw.get("validFor")),
    )


def _bits(encoded: str | None) -> tuple[int, ...] | None:
    """The controlling values' indexes out of the Base64 bit string (reference section 2.3)."""
    if not encoded:
        return None
    data = base64.b64decode(encoded)
    return tuple(n for n in range(len(data) * 8) if data[n >> 3] & (0x80 >> (n % 8)))
