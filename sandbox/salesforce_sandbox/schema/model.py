"""Objects and fields as values: all that describe, rules, storage and SOQL need to know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as derived
from enum import StrEnum
from typing import Any


class FieldType(StrEnum):
    """The `type` values of a describe (reference section 2.3)."""

    ID = "id"
    REFERENCE = "reference"
    STRING = "string"
    TEXTAREA = "textarea"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    PICKLIST = "picklist"
    MULTIPICKLIST = "multipicklist"
    COMBOBOX = "combobox"
    ENCRYPTED = "encryptedstring"
    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    BASE64 = "base64"
    ADDRESS = "address"
    LOCATION = "location"
    ANY = "anyType"


IS_PERSON = "IsPersonAccount"
MASTER_RECORD_TYPE = "012000000000000AAA"
TEXT_TYPES = frozenset(
    {
        FieldType.STRING,
        FieldType.TEXTAREA,
        FieldType.EMAIL,
        FieldType.PHONE,
        FieldType.URL,
        FieldType.PICKLIST,
        FieldType.MULTIPICKLIST,
        FieldType.COMBOBOX,
        FieldType.ENCRYPTED,
    }
)
DECIMAL_TYPES = frozenset({FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})
NUMBER_TYPES = DECIMAL_TYPES | {FieldType.INT, FieldType.LONG}
ID_TYPES = frozenset({FieldType.ID, FieldType.REFERENCE})
COMPOUND_TYPES = frozenset({FieldType.ADDRESS, FieldType.LOCATION})


_NOT_OF_EVENTS = frozenset({"Id", "IsDeleted", "LastModifiedDate", "LastModifiedById", "SystemModstamp"})


class OnDelete(StrEnum):
    """What happens to a child whose parent is deleted."""

    CLEAR = "clear"
    CASCADE = "cascade"
    RESTRICT = "restrict"


@dataclass(frozen=True, slots=True, kw_only=True)
class PicklistEntry:
    """One value of a picklist; valid_for holds the indexes of the controlling values that allow it."""

    value: str
    label: str
    active: bool = True
    default: bool = False
    valid_for: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an object."""

    name: str
    label: str
    type: FieldType
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    default: Any = None
    formula: str | None = None  # SQL over the row's columns; the value is computed when read
    auto_number: str | None = None  # such as "INV-{0000}"
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    id_lookup: bool = False
    values: tuple[PicklistEntry, ...] = ()
    restricted: bool = False
    controller: str | None = None
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_relationship: str | None = None
    master: int | None = None  # 0 or 1: primary or secondary master-detail
    on_delete: OnDelete = OnDelete.CLEAR
    compound: str | None = None
    name_field: bool = False
    custom: bool = False
    rich: bool = False
    extra: str | None = None
    raw: Mapping[str, Any] | None = None  # the field's own describe where one was imported

    @property
    def is_key(self) -> bool:
        """Whether an upsert or a nested reference may match on it (reference section 5.4)."""
        return self.external_id or self.id_lookup

    @property
    def is_calculated(self) -> bool:
        """Whether it is a formula; a person's Name is put together too, yet describe does not call it calculated."""
        return self.formula is not None and self.extra != "personname"

    @property
    def is_stored(self) -> bool:
        """Whether it has a column; compounds are put together when read."""
        return self.type not in COMPOUND_TYPES

    @property
    def is_polymorphic(self) -> bool:
        """Whether it may point at more than one object."""
        return len(self.reference_to) > 1

    @property
    def is_required(self) -> bool:
        """Whether a create must name it (reference section 2.4)."""
        return self.createable and not self.nillable and not self.defaulted_on_create


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """Refuses a record for which the condition, written as a SOQL condition, holds.

    With on_stored it looks at the record as it was before an update: converted leads, approved records.
    """

    name: str
    when: str
    message: str
    field: str | None = None
    code: str = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    on_stored: bool = False
    example: bool = False  # only where an org is asked for its examples


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """Finds records that agree in all the fields; `alert` can be overridden by a header, `block` cannot."""

    name: str
    match: tuple[str, ...]
    block: bool = False
    message: str = "Use one of these records?"
    example: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTypeSeed:
    """A record type that the org starts with."""

    name: str
    developer_name: str
    active: bool = True
    default: bool = False
    id: str | None = None  # as a real org gave it
    available: bool = True  # to the org's one user
    person: bool = False  # its records are persons
    picklists: Mapping[str, tuple[str, ...]] = derived(default_factory=dict)  # by field, where it narrows the values


@dataclass(frozen=True, slots=True, kw_only=True)
class SObject:
    """One object: its fields in order and its rules."""

    name: str
    label: str
    plural: str
    prefix: str | None
    fields: tuple[Field, ...]
    validation_rules: tuple[ValidationRule, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    record_types: tuple[RecordTypeSeed, ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    queryable: bool = True
    raw: Mapping[str, Any] | None = None
    by_name: Mapping[str, Field] = derived(init=False, repr=False, compare=False)
    by_relationship: Mapping[str, Field] = derived(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Indexes the fields by lower-cased name: Salesforce matches names in any case."""
        object.__setattr__(self, "by_name", {each.name.lower(): each for each in self.fields})
        relations = {each.relationship.lower(): each for each in self.fields if each.relationship}
        object.__setattr__(self, "by_relationship", relations)

    @property
    def custom(self) -> bool:
        """Whether it is a custom object."""
        return self.name.endswith("__c")

    def field(self, name: str) -> Field | None:
        """The field of this name in any case."""
        return self.by_name.get(name.lower())

    @property
    def is_event(self) -> bool:
        """Whether its records are published and gone: a platform event."""
        return self.name.endswith("__e")

    @property
    def hidden(self) -> frozenset[str]:
        """Fields that storage needs and the object does not have."""
        if self.raw is not None:
            return frozenset(each.name for each in self.fields if each.raw is None)
        return _NOT_OF_EVENTS if self.is_event else frozenset()

    def name_field(self) -> Field | None:
        """The field that shows a record's name."""
        return next((each for each in self.fields if each.name_field), None)

    @property
    def names_itself(self) -> bool:
        """Whether a record without a name reads its Id there: custom objects with a text name do."""
        found = self.name_field()
        return self.custom and found is not None and found.createable and found.nillable


class Schema:
    """All objects of the org."""

    def __init__(self, objects: tuple[SObject, ...]) -> None:
        self._objects = {each.name: each for each in objects}
        self._by_lower = {each.name.lower(): each for each in objects}
        self._by_prefix = {each.prefix: each for each in objects if each.prefix}
        self._links: dict[str, list[tuple[SObject, Field, OnDelete]]] = {}

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._objects.values())

    def find(self, name: str) -> SObject | None:
        """The object of this name in any case."""
        return self._objects.get(name) or self._by_lower.get(name.lower())

    def of_id(self, record_id: str) -> SObject | None:
        """The object whose key prefix the id carries."""
        return self._by_prefix.get(record_id[:3])

    def children_of(self, parent: SObject) -> list[tuple[SObject, Field]]:
        """Every object with the field that points at this one."""
        return [(each, ref) for each in self for ref in each.fields if parent.name in ref.reference_to]

    def child(self, parent: SObject, relationship: str) -> tuple[str, SObject, Field] | None:
        """The relationship of this name to children: as it is spelled, the object and its field."""
        wanted = relationship.lower()
        for each in (parent.raw or {}).get("childRelationships") or ():
            child, name = self.find(str(each.get("childSObject"))), each.get("relationshipName")
            reference = child.field(str(each.get("field"))) if child is not None else None
            if child is not None and reference is not None and name and name.lower() == wanted:
                return name, child, reference
        for child, reference in self.children_of(parent):
            name = reference.child_relationship
            if name is not None and name.lower() == wanted:
                return name, child, reference
        return None

    def links_to(self, parent: SObject) -> list[tuple[SObject, Field, OnDelete]]:
        """Every stored lookup at this object, with what becomes of the child; a parent's describe knows it best."""
        if parent.name not in self._links:  # asked for every record that is deleted
            listed = (parent.raw or {}).get("childRelationships") or ()
            said = {(each.get("childSObject"), each.get("field")): deletion_rule(each) for each in listed}
            self._links[parent.name] = [
                (child, reference, said.get((child.name, reference.name), reference.on_delete))
                for child, reference in self.children_of(parent)
                if reference.is_stored
            ]
        return self._links[parent.name]


def deletion_rule(raw: Mapping[str, Any]) -> OnDelete:
    """The rule that a field or a child relationship of a describe states; what restricts does so first."""
    if raw.get("restrictedDelete"):
        return OnDelete.RESTRICT
    return OnDelete.CASCADE if raw.get("cascadeDelete") else OnDelete.CLEAR
