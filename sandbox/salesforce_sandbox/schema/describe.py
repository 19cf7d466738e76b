"""The describe of an object and of its fields, derived from their declarations (reference section 2)."""

import base64
from typing import Any

from .model import (
    DECIMAL_TYPES,
    ID_TYPES,
    MASTER_RECORD_TYPE,
    TEXT_TYPES,
    Field,
    FieldType,
    OnDelete,
    PicklistEntry,
    Schema,
    SObject,
)

_SOAP = {
    FieldType.ID: "tns:ID",
    FieldType.REFERENCE: "tns:ID",
    FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int",
    FieldType.LONG: "xsd:long",  # UNCONFIRMED in the reference, section 2.3
    FieldType.DATE: "xsd:date",
    FieldType.DATETIME: "xsd:dateTime",
    FieldType.TIME: "xsd:time",  # UNCONFIRMED
    FieldType.BASE64: "xsd:base64Binary",
    FieldType.ADDRESS: "urn:address",
    FieldType.LOCATION: "urn:location",  # UNCONFIRMED
    FieldType.ANY: "xsd:anyType",
}
_UNSORTABLE = {FieldType.MULTIPICKLIST, FieldType.ADDRESS, FieldType.LOCATION, FieldType.BASE64, FieldType.ANY}
_UNFILTERABLE = {FieldType.BASE64, FieldType.ENCRYPTED, FieldType.ANY}
_GROUPABLE = TEXT_TYPES | ID_TYPES | {FieldType.INT, FieldType.BOOLEAN, FieldType.DATE}
_FLAGS = {
    "activateable": False,
    "customSetting": False,
    "deepCloneable": False,
    "deprecatedAndHidden": False,
    "feedEnabled": False,
    "hasSubtypes": False,
    "isInterface": False,
    "isSubtype": False,
    "layoutable": True,
    "mergeable": False,
    "mruEnabled": False,
    "replicateable": True,
    "retrieveable": True,
    "searchable": True,
    "triggerable": True,
    "undeletable": True,
}
_GLOBAL_KEYS = (
    "associateEntityType",
    "associateParentEntity",
    "createable",
    "custom",
    "deletable",
    "label",
    "labelPlural",
    "name",
    "queryable",
    "updateable",
)
# What a describe from elsewhere cannot know: where this org has the object, and under which key.
_OWN_KEYS = frozenset({"fields", "keyPrefix", "urls"})
_EMPTY_LISTS: tuple[str, ...] = ("actionOverrides", "namedLayoutInfos")
_NULLS = (
    "defaultImplementation",
    "extendedBy",
    "extendsInterfaces",
    "implementedBy",
    "implementsInterfaces",
    "listviewable",
    "lookupLayoutable",
    "networkScopeFieldName",
)


def is_filterable(field: Field) -> bool:
    """Whether SOQL may filter on it: long text, files and encrypted text may not be filtered."""
    if field.raw is not None:
        return bool(field.raw.get("filterable", True))
    return field.type not in _UNFILTERABLE and not (field.type is FieldType.TEXTAREA and field.length > 255)


def is_groupable(field: Field) -> bool:
    """Whether SOQL may group by it: texts, references, checkboxes, whole numbers and days."""
    if field.raw is not None and "groupable" in field.raw:
        return bool(field.raw["groupable"])
    is_short = field.type in _GROUPABLE and field.type not in _UNSORTABLE and field.type is not FieldType.TEXTAREA
    return is_short and is_filterable(field) and not field.is_calculated


def describe_field(sobject: SObject, field: Field) -> dict[str, Any]:
    """All 57 keys of one field; what an imported describe said wins."""
    filterable = is_filterable(field)
    long_text = field.type is FieldType.TEXTAREA
    sortable = filterable and field.type not in _UNSORTABLE
    derived: dict[str, Any] = {
        "aggregatable": sortable and field.type is not FieldType.BOOLEAN and not long_text,
        "aiPredictionField": False,
        "autoNumber": field.auto_number is not None,
        "byteLength": _byte_length(field),
        "calculated": field.is_calculated,
        "calculatedFormula": field.formula if field.is_calculated else None,
        "cascadeDelete": field.on_delete is OnDelete.CASCADE,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "controllerName": field.controller,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.defaulted_on_create,
        "dependentPicklist": field.controller is not None,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "displayLocationInDecimal": field.type is FieldType.LOCATION,
        "encrypted": field.type is FieldType.ENCRYPTED,
        "externalId": field.external_id,
        "extraTypeInfo": field.extra or _extra(field),
        "filterable": filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": is_groupable(field),
        "highScaleNumber": False,
        "htmlFormatted": field.rich,
        "idLookup": field.id_lookup,
        "inlineHelpText": None,
        "label": field.label,
        "length": field.length,
        "mask": "asterisk" if field.type is FieldType.ENCRYPTED else None,
        "maskType": "all" if field.type is FieldType.ENCRYPTED else None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.is_polymorphic,
        "nillable": field.nillable,
        "permissionable": field.nillable and (field.createable or field.custom),
        "picklistValues": [_entry(each) for each in field.values],
        "polymorphicForeignKey": field.is_polymorphic,
        "precision": 4 if field.type is FieldType.MULTIPICKLIST else field.precision,
        "queryByDistance": field.type in (FieldType.ADDRESS, FieldType.LOCATION),
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "relationshipOrder": field.master,
        "restrictedDelete": field.on_delete is OnDelete.RESTRICT,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.type is FieldType.REFERENCE and sobject.custom,
        "soapType": _SOAP.get(field.type, "xsd:double" if field.type in DECIMAL_TYPES else "xsd:string"),
        "sortable": sortable,
        "type": field.type.value,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": False,
    }
    return {**derived, **(field.raw or {})}


def describe_global(sobject: SObject, version: str) -> dict[str, Any]:
    """The entry of one object in the list of all."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    raw = sobject.raw or {}
    known = {*_FLAGS, *_GLOBAL_KEYS}
    given = {key: value for key, value in raw.items() if key in known and key not in _OWN_KEYS}
    return {
        **_FLAGS,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.createable,
        "custom": sobject.custom,
        "deletable": sobject.deletable,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "name": sobject.name,
        "queryable": sobject.queryable,
        "updateable": sobject.updateable,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
            "layouts": f"{base}/describe/layouts",
            "compactLayouts": f"{base}/describe/compactLayouts",
            "approvalLayouts": f"{base}/describe/approvalLayouts",
            "listviews": f"{base}/listviews",
            "quickActions": f"{base}/quickActions",
            "defaultValues": f"{base}/defaultValues?recordTypeId&fields",
        },
        **given,
        "keyPrefix": sobject.prefix,
    }


def describe_object(
    schema: Schema, sobject: SObject, version: str, record_types: list[dict[str, Any]]
) -> dict[str, Any]:
    """The full describe; record_types are the rows of RecordType that belong to it."""
    raw = sobject.raw or {}
    return {
        **describe_global(sobject, version),
        **{key: [] for key in _EMPTY_LISTS},
        **dict.fromkeys(_NULLS),
        "childRelationships": [_child(child, ref) for child, ref in schema.children_of(sobject)],
        "compactLayoutable": True,
        # An excerpt of a describe lacks fields that the sandbox cannot do without; it keeps them to itself.
        "fields": [describe_field(sobject, each) for each in sobject.fields if each.name not in sobject.hidden],
        "recordTypeInfos": _record_types(sobject, version, record_types),
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {sobject.plural.lower()}", "name": "everything"}],
        **{key: value for key, value in raw.items() if key not in _OWN_KEYS},
    }


def _child(child: SObject, reference: Field) -> dict[str, Any]:
    return {
        "cascadeDelete": reference.on_delete is OnDelete.CASCADE,
        "childSObject": child.name,
        "deprecatedAndHidden": False,
        "field": reference.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": reference.child_relationship,
        "restrictedDelete": reference.on_delete is OnDelete.RESTRICT,
    }


def _record_types(sobject: SObject, version: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    defaults = {seed.developer_name for seed in sobject.record_types if seed.default}
    closed = {seed.developer_name for seed in sobject.record_types if not seed.available}
    listed = [(row["Id"], row["Name"], row["DeveloperName"], row["IsActive"]) for row in rows]
    has_default = any(developer_name in defaults for _, _, developer_name, _ in listed)
    entries = [
        _record_type(sobject, version, record_id, name=name, developer_name=developer_name, active=bool(active),
                     default=developer_name in defaults, available=developer_name not in closed)
        for record_id, name, developer_name, active in listed
    ]  # fmt: skip
    master = _record_type(sobject, version, MASTER_RECORD_TYPE, name="Master", developer_name="Master",
                          active=True, default=not has_default)  # fmt: skip
    return [*entries, master]


def _record_type(
    sobject: SObject,
    version: str,
    record_id: str,
    *,
    name: str,
    developer_name: str,
    active: bool,
    default: bool,
    available: bool = True,
) -> dict[str, Any]:
    layout = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts/{record_id}"
    return {
        "active": active,
        "available": available,
        "defaultRecordTypeMapping": default,
        "developerName": developer_name,
        "master": record_id == MASTER_RECORD_TYPE,
        "name": name,
        "recordTypeId": record_id,
        "urls": {"layout": layout},
    }


def _byte_length(field: Field) -> int:
    if field.type in ID_TYPES or field.type is FieldType.MULTIPICKLIST:
        return field.length
    return field.length * 3 if field.type in TEXT_TYPES else 0


def _extra(field: Field) -> str | None:
    if field.type is FieldType.TEXTAREA:
        return "richtextarea" if field.rich else "plaintextarea"
    return None


def _entry(entry: PicklistEntry) -> dict[str, Any]:
    return {
        "active": entry.active,
        "defaultValue": entry.default,
        "label": entry.label,
        "validFor": None if entry.valid_for is None else _encode_bits(entry.valid_for),
        "value": entry.value,
    }


def _encode_bits(indexes: tuple[int, ...]) -> str:
    data = bytearray(max((n >> 3 for n in indexes), default=0) + 1)
    for n in indexes:
        data[n >> 3] |= 0x80 >> (n % 8)
    return base64.b64encode(bytes(data)).decode("ascii")
