"""A real org's `sobjects/X/describe` as an object of the sandbox."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from salesforce_sandbox.rows.ids import base62, normalise

from .build import SchemaError, system_fields
from .model import (
    MASTER_RECORD_TYPE,
    Field,
    FieldType,
    PicklistEntry,
    RecordTypeSeed,
    SObject,
    deletion_rule,
)

# Types that the rules know under another name; a type that nobody knows yet is kept as it comes.
_KINDS = {
    "complexvalue": FieldType.ANY,
    "json": FieldType.TEXTAREA,
    "junctionidlist": FieldType.ANY,
    "datacategorygroupreference": FieldType.STRING,
}
_PERSON = ("FirstName", "MiddleName", "LastName", "Suffix")
_HOW = "save it with `sf sobject describe --sobject NAME --json`, or from /services/data/v67.0/sobjects/NAME/describe"


def objects_from_json(text: str, source: str, *, taken: set[str | None]) -> Iterator[SObject]:
    """The objects of a file: one describe, a list of them, or what the Salesforce CLI or a batch wraps them in."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as err:
        raise SchemaError(f"{source}: no JSON ({err}); {_HOW}") from err
    for describe in _unwrapped(found, source):
        sobject = object_from_describe(describe, taken=taken, source=source)
        taken.add(sobject.prefix)
        yield sobject


def _unwrapped(found: Any, source: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, list):
        for each in found:
            yield from _unwrapped(each, source)
    elif not isinstance(found, Mapping):
        raise SchemaError(f"{source}: no describe of an object; {_HOW}")
    elif isinstance(found.get("fields"), list) and isinstance(found.get("name"), str):
        yield found
    elif isinstance(found.get("sobjects"), list):
        raise SchemaError(
            f"{source}: this is the list of all objects, which tells nothing of their fields; take the describe of "
            f"each object that you need: {_HOW}"
        )
    else:
        inner = next((found[key] for key in ("result", "results", "body", "compositeResponse") if key in found), None)
        if not isinstance(inner, list | dict):
            raise SchemaError(f"{source}: no describe of an object (it lacks `name` or `fields`); {_HOW}")
        yield from _unwrapped(inner, source)


def object_from_describe(
    describe: Mapping[str, Any], *, taken: set[str | None], source: str = "the describe"
) -> SObject:
    """Reads what the rules need and keeps the raw describe, which is answered as it came."""
    name: str = describe["name"]
    prefix = describe.get("keyPrefix")
    lacking = [place for place, each in enumerate(describe["fields"]) if not {"name", "type"} <= set(each)]
    if lacking:
        raise SchemaError(f"{source}: {name}: field number {lacking[0] + 1} has no name or no type; {_HOW}")
    fields = tuple(_field(each) for each in describe["fields"])
    return SObject(
        name=name,
        label=describe.get("label") or name,
        plural=describe.get("labelPlural") or f"{name}s",
        prefix=prefix if prefix and prefix not in taken else free_prefix(taken),
        fields=(*_missing_system_fields(describe), *_with_names(fields)),
        record_types=tuple(_record_types(describe)),
        createable=describe.get("createable") is not False,
        updateable=describe.get("updateable") is not False,
        deletable=describe.get("deletable") is not False,
        queryable=describe.get("queryable") is not False,
        raw=describe,
    )


def _record_types(describe: Mapping[str, Any]) -> Iterator[RecordTypeSeed]:
    """Those of the file but the master, which is no record."""
    for each in describe.get("recordTypeInfos") or ():
        record_id = normalise(str(each.get("recordTypeId") or ""))
        name = str(each.get("name") or each.get("developerName") or "")
        if record_id in (None, MASTER_RECORD_TYPE) or each.get("master") or not name:
            continue
        yield RecordTypeSeed(
            id=record_id,
            name=name,
            # Older describes do not tell the developer name.
            developer_name=each.get("developerName") or re.sub(r"\W+", "_", name).strip("_"),
            active=each.get("active") is not False,
            available=each.get("available") is not False,
            default=bool(each.get("defaultRecordTypeMapping")),
            # A describe does not tell; the type that Salesforce makes for persons has this name.
            person=each.get("developerName") == "PersonAccount",
        )


def _with_names(fields: tuple[Field, ...]) -> Iterator[Field]:
    """A person's Name is put together from its parts; a describe says so only by its being read-only."""
    known = {each.name for each in fields}
    for each in fields:
        if each.name == "Name" and not each.createable and "LastName" in known and each.formula is None:
            parts = [f"coalesce(\"{part}\" || ' ', '')" for part in _PERSON if part in known]
            yield replace(each, formula=f"nullif(trim({' || '.join(parts)}), '')", extra="personname")
        else:
            yield each


def _missing_system_fields(describe: Mapping[str, Any]) -> tuple[Field, ...]:
    """Excerpts of describes lack fields that storage cannot do without."""
    present = {each["name"] for each in describe["fields"]}
    return tuple(each for each in system_fields(describe.get("label") or describe["name"]) if each.name not in present)


def free_prefix(taken: set[str | None]) -> str:
    """A key prefix of a custom object that nobody has."""
    return next(prefix for number in range(62 * 62) if (prefix := f"a{base62(number + 620, 2)}") not in taken)


def _kind(name: str) -> FieldType:
    known = _KINDS.get(name.lower())
    if known is not None:
        return known
    return FieldType(name) if name in set(FieldType) else FieldType.ANY


def _field(raw: Mapping[str, Any]) -> Field:
    given = {key: value for key, value in raw.items() if value is not None}  # null says as little as nothing
    name: str = given["name"]
    kind = _kind(given["type"])
    computed = bool(given.get("calculated"))
    return Field(
        name=name,
        label=given.get("label") or name,
        type=kind,
        length=given.get("length", 0),
        precision=given.get("precision", 0),
        scale=given.get("scale", 0),
        digits=given.get("digits", 0),
        nillable=given.get("nillable", True),
        createable=given.get("createable", True),
        updateable=given.get("updateable", True),
        defaulted_on_create=given.get("defaultedOnCreate", False),
        default=_default(given, kind),
        # Its formula is written in Salesforce's own language; the sandbox answers null for it.
        formula="NULL" if computed else None,
        auto_number="{00000000}" if given.get("autoNumber") else None,
        unique=given.get("unique", False),
        case_sensitive=given.get("caseSensitive", False),
        external_id=given.get("externalId", False),
        id_lookup=given.get("idLookup", False),
        values=tuple(_entry(each) for each in given.get("picklistValues") or ()),
        restricted=given.get("restrictedPicklist", False),
        controller=given.get("controllerName"),
        reference_to=tuple(given.get("referenceTo") or ()),
        relationship=given.get("relationshipName"),
        master=given.get("relationshipOrder"),
        on_delete=deletion_rule(given),
        compound=given.get("compoundFieldName"),
        name_field=given.get("nameField", False),
        custom=given.get("custom", False),
        rich=given.get("htmlFormatted", False),
        extra=given.get("extraTypeInfo"),
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
