"""Fields from their terse declarations: `Phone: phone`, `Ext__c: {type: string, length: 64, unique: true}`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .model import TEXT_TYPES, Field, FieldType, OnDelete, PicklistEntry

# Lengths that a type has when the declaration gives none (reference section 2.3).
_LENGTHS = {
    FieldType.ID: 18,
    FieldType.REFERENCE: 18,
    FieldType.STRING: 255,
    FieldType.TEXTAREA: 255,
    FieldType.EMAIL: 80,
    FieldType.PHONE: 40,
    FieldType.URL: 255,
    FieldType.PICKLIST: 255,
    FieldType.MULTIPICKLIST: 4099,
    FieldType.COMBOBOX: 255,
    FieldType.ENCRYPTED: 175,
}
_NUMBERS = {FieldType.DOUBLE: (18, 2), FieldType.CURRENCY: (18, 2), FieldType.PERCENT: (5, 2)}
_ADDRESS_PARTS: tuple[tuple[str, FieldType, int], ...] = (
    ("Street", FieldType.TEXTAREA, 255),
    ("City", FieldType.STRING, 40),
    ("State", FieldType.STRING, 80),
    ("PostalCode", FieldType.STRING, 20),
    ("Country", FieldType.STRING, 80),
)
_KNOWN = frozenset(
    {
        "type", "label", "length", "precision", "scale", "digits", "required", "createable", "updateable", "default",
        "defaulted", "formula", "auto_number", "unique", "case_sensitive", "external_id", "id_lookup", "values",
        "restricted", "controller", "to", "relationship", "children", "master", "on_delete", "compound", "name_field",
        "rich", "extra",
    }
)  # fmt: skip


class SchemaError(ValueError):
    """Says what is wrong with an object's declaration."""


def build_fields(name: str, declared: str | Mapping[str, Any]) -> Iterator[Field]:
    """One declaration as its fields: several for an address or a location."""
    spec: Mapping[str, Any] = {"type": declared} if isinstance(declared, str) else declared
    unknown = set(spec) - _KNOWN
    if unknown:
        raise SchemaError(f"field {name}: unknown keys {sorted(unknown)}; known are {sorted(_KNOWN)}")
    kind = FieldType(spec["type"])
    if kind is FieldType.ADDRESS:
        yield from _address(name, spec)
    elif kind is FieldType.LOCATION:
        yield from _location(name, spec)
    else:
        yield _plain(name, kind, spec)


def _plain(name: str, kind: FieldType, spec: Mapping[str, Any]) -> Field:
    references = (spec["to"],) if isinstance(spec.get("to"), str) else tuple(spec.get("to", ()))
    read_only = "formula" in spec or "auto_number" in spec
    precision, scale = _NUMBERS.get(kind, (0, 0))
    master = spec.get("master")
    default = spec.get("default", False if kind is FieldType.BOOLEAN else None)
    values = tuple(_entry(each) for each in spec.get("values", ()))
    return Field(
        name=name,
        label=spec.get("label", _label_of(name, kind)),
        type=kind,
        length=_length(kind, spec),
        precision=spec.get("precision", precision),
        scale=spec.get("scale", scale),
        digits=spec.get("digits", 9 if kind is FieldType.INT else 0),
        nillable=not spec.get("required", master is not None) and kind is not FieldType.BOOLEAN,
        createable=spec.get("createable", not read_only),
        updateable=spec.get("updateable", not read_only and master is None),
        defaulted_on_create=spec.get("defaulted", kind is FieldType.BOOLEAN or "auto_number" in spec)
        or default is not None
        or any(each.default for each in values),
        default=default if default is not None else next((each.value for each in values if each.default), None),
        formula=spec.get("formula"),
        auto_number=spec.get("auto_number"),
        unique=spec.get("unique", False),
        case_sensitive=spec.get("case_sensitive", False),
        external_id=spec.get("external_id", False),
        id_lookup=spec.get("id_lookup", spec.get("external_id", False)),
        values=values,
        restricted=spec.get("restricted", False),
        controller=spec.get("controller"),
        reference_to=references,
        relationship=spec.get("relationship", _relationship_of(name)) if references else None,
        child_relationship=spec.get("children"),
        master=master,
        on_delete=OnDelete(spec.get("on_delete", "clear" if master is None else "cascade")),
        compound=spec.get("compound"),
        name_field=spec.get("name_field", False),
        custom=name.endswith(("__c", "__s")),
        rich=spec.get("rich", False),
        extra=spec.get("extra"),
    )


def _length(kind: FieldType, spec: Mapping[str, Any]) -> int:
    if "formula" in spec and "length" not in spec and kind in TEXT_TYPES:
        return 1300
    if "auto_number" in spec:
        return 30
    return int(spec.get("length", _LENGTHS.get(kind, 0)))


def _entry(declared: str | Mapping[str, Any]) -> PicklistEntry:
    if isinstance(declared, str):
        return PicklistEntry(value=declared, label=declared)
    valid_for = declared.get("for")
    return PicklistEntry(
        value=declared["value"],
        label=declared.get("label", declared["value"]),
        active=declared.get("active", True),
        default=declared.get("default", False),
        valid_for=None if valid_for is None else tuple(valid_for),
    )


def _address(name: str, spec: Mapping[str, Any]) -> Iterator[Field]:
    custom = name.endswith("__c")
    # A custom address `Venue__c` has parts such as `Venue__Street__s`.
    stem, tail = (name.removesuffix("__c") + "__", "__s") if custom else (name.removesuffix("Address"), "")
    words = spec.get("label", _label_of(stem.removesuffix("__"), FieldType.STRING))
    label = f"{words} " if words else ""
    for part, kind, length in _ADDRESS_PARTS:
        part_label = label + {"State": "State/Province", "PostalCode": "Zip/Postal Code"}.get(part, part)
        yield Field(name=stem + part + tail, label=part_label, type=kind, length=length, compound=name, custom=custom)
    for part in ("Latitude", "Longitude"):
        yield Field(
            name=stem + part + tail,
            label=label + part,
            type=FieldType.DOUBLE,
            precision=18,
            scale=15,
            compound=name,
            custom=custom,
        )
    accuracy = tuple(PicklistEntry(value=each, label=each) for each in ("Address", "Street", "Zip", "City", "State"))
    yield Field(
        name=f"{stem}GeocodeAccuracy{tail}",
        label=f"{label}Geocode Accuracy",
        type=FieldType.PICKLIST,
        length=40,
        values=accuracy,
        restricted=True,
        compound=name,
        custom=custom,
    )
    yield _compound(name, FieldType.ADDRESS, spec)


def _location(name: str, spec: Mapping[str, Any]) -> Iterator[Field]:
    stem = name.removesuffix("__c")
    label = spec.get("label", _label_of(name, FieldType.LOCATION))
    for part in ("Latitude", "Longitude"):
        yield Field(
            name=f"{stem}__{part}__s",
            label=f"{label} ({part})",
            type=FieldType.DOUBLE,
            precision=18,
            scale=spec.get("scale", 15),
            compound=name,
            custom=True,
        )
    yield _compound(name, FieldType.LOCATION, spec)


def _compound(name: str, kind: FieldType, spec: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        label=spec.get("label", _label_of(name, kind)),
        type=kind,
        createable=False,
        updateable=False,
        custom=name.endswith("__c"),
    )


def _relationship_of(name: str) -> str:
    if name.endswith("__c"):
        return f"{name.removesuffix('__c')}__r"
    return name.removesuffix("Id")


def _label_of(name: str, kind: FieldType) -> str:
    bare = name.removesuffix("__c").replace("_", " ")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)
    return f"{words.removesuffix(' Id')} ID" if kind is FieldType.REFERENCE and words.endswith(" Id") else words


def system_fields(label: str) -> tuple[Field, ...]:
    """The fields that every object has: its Id, whether it is deleted, who made and changed it and when."""
    identity = Field(
        name="Id",
        label=f"{label} ID",
        type=FieldType.ID,
        length=18,
        nillable=False,
        createable=False,
        updateable=False,
        defaulted_on_create=True,
        id_lookup=True,
    )
    return (
        identity,
        _system("IsDeleted", "Deleted", FieldType.BOOLEAN, default=False),
        _system("CreatedDate", "Created Date", FieldType.DATETIME),
        _system("CreatedById", "Created By ID", FieldType.REFERENCE),
        _system("LastModifiedDate", "Last Modified Date", FieldType.DATETIME),
        _system("LastModifiedById", "Last Modified By ID", FieldType.REFERENCE),
        _system("SystemModstamp", "System Modstamp", FieldType.DATETIME),
    )


def event_fields() -> tuple[Field, ...]:
    """What the event bus gives each message of a platform event."""
    return (
        Field(
            name="ReplayId", label="Replay ID", type=FieldType.STRING, length=1000, createable=False, updateable=False
        ),
        Field(
            name="EventUuid", label="Event UUID", type=FieldType.STRING, length=36, createable=False, updateable=False
        ),
    )


def owner_field(owner: str | None) -> tuple[Field, ...]:
    """The owner: `user`, `queue` (a user or a group), or none for a master-detail child."""
    owners = {"user": ("User",), "queue": ("Group", "User")}.get(owner or "", ())
    found = Field(
        name="OwnerId",
        label="Owner ID",
        type=FieldType.REFERENCE,
        length=18,
        nillable=False,
        defaulted_on_create=True,
        reference_to=owners,
        relationship="Owner",
    )
    return (found,) if owners else ()


def _system(name: str, label: str, kind: FieldType, *, default: bool | None = None) -> Field:
    is_user = kind is FieldType.REFERENCE
    return Field(
        name=name,
        label=label,
        type=kind,
        length=18 if is_user else 0,
        nillable=False,
        createable=False,
        updateable=False,
        defaulted_on_create=True,
        default=default,
        reference_to=("User",) if is_user else (),
        relationship=name.removesuffix("Id") if is_user else None,
    )
