"""An object's describe, parsed once at the border into typed facts (Salesforce API 2.1 to 2.4)."""

import base64
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.ids import to_18

# After this the org is asked, with If-Modified-Since, whether its description still holds.
FRESH_FOR_S = 600.0

T = TypeVar("T")

# What a record type leaves of each of an object's picklists.
Narrowed: TypeAlias = Mapping[str, tuple[str, ...]]


class Operation(StrEnum):
    """What is done to a record. An upsert's branch (create or update) may be known only after a look-up."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"


class FieldType(StrEnum):
    """Every `type` that a REST describe prints (Salesforce API 2.3)."""

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
    OTHER = "other"

    @classmethod
    def _missing_(cls, _value: object) -> "FieldType":
        # Salesforce adds types (complexvalue, json …); one that we do not know is left to Salesforce to judge.
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class PicklistValue:
    """One entry of a picklist; `valid_for` is the bit field of its controlling values, None where independent."""

    value: str
    label: str
    is_active: bool
    valid_for: bytes | None

    def is_valid_for(self, controller_index: int) -> bool:
        """Whether the controlling value at this index allows this entry; a missing bit is a no (Salesforce API 2.3)."""
        if self.valid_for is None:
            return True
        place = controller_index >> 3
        return place < len(self.valid_for) and bool(self.valid_for[place] & (0x80 >> (controller_index % 8)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """What a writer needs to know of one field. `length` counts characters; `precision`, `scale`, `digits` digits."""

    name: str
    label: str
    type: FieldType
    length: int
    digits: int
    precision: int
    scale: int
    is_nillable: bool
    can_create: bool
    can_update: bool
    is_defaulted_on_create: bool
    is_calculated: bool
    is_auto_number: bool
    is_unique: bool
    is_case_sensitive: bool
    is_external_id: bool
    is_id_lookup: bool
    is_restricted_picklist: bool
    is_filterable: bool
    controller_name: str | None
    relationship_name: str | None
    compound_field_name: str | None
    is_name_field: bool
    reference_to: tuple[str, ...]
    picklist_values: tuple[PicklistValue, ...]

    @property
    def is_native_key(self) -> bool:
        """Whether Salesforce itself upserts by this field (Salesforce API 5.4)."""
        return self.is_external_id or self.is_id_lookup

    @property
    def is_required_on_create(self) -> bool:
        """Whether a create without this field is refused (Salesforce API 2.4)."""
        return self.can_create and not self.is_nillable and not self.is_defaulted_on_create

    @property
    def is_record_type(self) -> bool:
        """Whether it says which of the object's record types a record has."""
        return self.reference_to == ("RecordType",)

    @property
    def is_polymorphic(self) -> bool:
        """Whether a reference may point at several objects; decides the wire form (Salesforce API 7.5)."""
        return len(self.reference_to) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """One entry of `recordTypeInfos`; usable if it is active and open to the user (Salesforce API 2.2).

    `is_default`: the user's new records get it, where they name none.
    """

    id: str
    developer_name: str
    label: str
    is_usable: bool
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDescribe:
    """One object as the connected user may see it; fields are found without regard to case, as Salesforce does."""

    name: str
    key_prefix: str | None
    can_create: bool
    can_update: bool
    fields: tuple[FieldInfo, ...]
    record_types: tuple[RecordType, ...]
    _by_name: Mapping[str, FieldInfo] = field(repr=False)
    _by_relationship: Mapping[str, FieldInfo] = field(repr=False)

    def find_field(self, name: str) -> FieldInfo | None:
        """The field of this API name in any case, or None where the user sees none."""
        return self._by_name.get(name.lower())

    def find_label(self, label: str) -> FieldInfo | None:
        """The field that people see under this label, or None. Where several share a label, the last of them."""
        return next((one for one in reversed(self.fields) if one.label.casefold() == label.casefold()), None)

    def find_relationship(self, name: str) -> FieldInfo | None:
        """The reference field behind a relationship name such as `Account` or `Merchandise__r`, in any case."""
        return self._by_relationship.get(name.lower())


def parse_object_describe(raw: Mapping[str, JsonValue]) -> ObjectDescribe:
    """Turns the answer of `GET /sobjects/{Object}/describe` into an `ObjectDescribe`.

    Keys that older API versions lack take the value that changes nothing for a writer.
    """
    fields = tuple(_parse_field(one) for one in raw["fields"])
    return ObjectDescribe(
        name=raw["name"],
        key_prefix=raw.get("keyPrefix"),
        can_create=bool(raw.get("createable", True)),
        can_update=bool(raw.get("updateable", True)),
        fields=fields,
        record_types=tuple(_parse_record_types(raw.get("recordTypeInfos") or ())),
        _by_name={one.name.lower(): one for one in fields},
        _by_relationship={one.relationship_name.lower(): one for one in fields if one.relationship_name},
    )


def _parse_field(raw: Mapping[str, JsonValue]) -> FieldInfo:
    return FieldInfo(
        name=raw["name"],
        label=raw.get("label") or raw["name"],
        type=FieldType(raw["type"]),
        length=raw.get("length") or 0,
        digits=raw.get("digits") or 0,
        precision=raw.get("precision") or 0,
        scale=raw.get("scale") or 0,
        is_nillable=bool(raw.get("nillable", True)),
        can_create=bool(raw.get("createable")),
        can_update=bool(raw.get("updateable")),
        is_defaulted_on_create=bool(raw.get("defaultedOnCreate")),
        is_calculated=bool(raw.get("calculated")),
        is_auto_number=bool(raw.get("autoNumber")),
        is_unique=bool(raw.get("unique")),
        is_case_sensitive=bool(raw.get("caseSensitive")),
        is_external_id=bool(raw.get("externalId")),
        is_id_lookup=bool(raw.get("idLookup")),
        is_restricted_picklist=bool(raw.get("restrictedPicklist")),
        is_filterable=bool(raw.get("filterable", True)),
        controller_name=raw.get("controllerName") or None,
        relationship_name=raw.get("relationshipName") or None,
        compound_field_name=raw.get("compoundFieldName") or None,
        is_name_field=bool(raw.get("nameField")),
        reference_to=tuple(raw.get("referenceTo") or ()),
        picklist_values=tuple(_parse_picklist(raw.get("picklistValues") or ())),
    )


def _parse_record_types(raw: Iterable[Mapping[str, JsonValue]]) -> Iterable[RecordType]:
    """Those that somebody made: every object has the master, which no record is given by name."""
    for entry in raw:
        if not entry.get("master"):
            yield RecordType(
                id=to_18(entry["recordTypeId"]),
                developer_name=entry.get("developerName") or entry["name"],
                label=entry["name"],
                is_usable=bool(entry.get("active", True) and entry.get("available", True)),
                is_default=bool(entry.get("defaultRecordTypeMapping")),
            )


def _parse_picklist(raw: Iterable[Mapping[str, JsonValue]]) -> Iterable[PicklistValue]:
    for entry in raw:
        valid_for = entry.get("validFor")
        yield PicklistValue(
            value=entry["value"],
            label=entry.get("label") or entry["value"],
            is_active=bool(entry.get("active", True)),
            valid_for=base64.b64decode(valid_for) if isinstance(valid_for, str) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """One line of the global describe (Salesforce API 2.1)."""

    name: str
    label: str
    key_prefix: str | None
    is_custom: bool
    can_create: bool
    can_update: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[T]):
    """A description, when it was last confirmed (on the monotonic clock) and its `Last-Modified` header."""

    value: T
    confirmed_at_s: float
    last_modified: str | None


class Catalog:
    """Descriptions by object, and the list of objects; threads may ask at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._objects: dict[str, Kept[ObjectDescribe]] = {}
        # By object and record type; "" stands for all of an object's, which the org does not tell.
        self._narrowed: dict[tuple[str, str], Kept[Narrowed | None]] = {}
        self._all: Kept[tuple[ObjectInfo, ...]] | None = None
        self._lock = threading.Lock()

    def object(self, name: str) -> Kept[ObjectDescribe] | None:
        """What is known of an object, fresh or not; its name in any case."""
        with self._lock:
            return self._objects.get(name.lower())

    def keep_object(self, name: str, kept: Kept[ObjectDescribe]) -> None:
        """Remembers a description."""
        with self._lock:
            self._objects[name.lower()] = kept

    def drop_object(self, name: str) -> None:
        """Forgets a description that Salesforce has contradicted, and what its record types leave of its picklists."""
        with self._lock:
            self._objects.pop(name.lower(), None)
            # That the org does not tell is nothing that it has contradicted.
            self._narrowed = {
                place: kept for place, kept in self._narrowed.items() if place[0] != name.lower() or kept.value is None
            }

    def narrowed(self, name: str, record_type: str) -> Kept[Narrowed | None] | None:
        """What is known of an object's picklists for a record type, fresh or not."""
        with self._lock:
            return self._narrowed.get((name.lower(), record_type))

    def keep_narrowed(self, name: str, record_type: str, kept: Kept[Narrowed | None]) -> None:
        """Remembers what a record type leaves of an object's picklists."""
        with self._lock:
            self._narrowed[name.lower(), record_type] = kept

    def all_objects(self) -> Kept[tuple[ObjectInfo, ...]] | None:
        """The list of objects, fresh or not."""
        with self._lock:
            return self._all

    def keep_all(self, kept: Kept[tuple[ObjectInfo, ...]]) -> None:
        """Remembers the list of objects."""
        with self._lock:
            self._all = kept

    def is_fresh(self, kept: Kept[T]) -> bool:
        """Whether a description may be used without asking the org."""
        return self.clock() - kept.confirmed_at_s < FRESH_FOR_S


def parse_objects(raw: Mapping[str, JsonValue]) -> tuple[ObjectInfo, ...]:
    """Turns the answer of `GET /sobjects` into one line for each object."""
    return tuple(
        ObjectInfo(
            name=one["name"],
            label=one.get("label") or one["name"],
            key_prefix=one.get("keyPrefix"),
            is_custom=bool(one.get("custom")),
            can_create=bool(one.get("createable")),
            can_update=bool(one.get("updateable")),
        )
        for one in raw["sobjects"]
    )
