"""One converter for one field: the type's rules, what empty means, and a fast path for what is right already."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TypeAlias

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe, Operation
from ziggy_sf_write.validation import moments, numbers, picklists, record_types, references, text
from ziggy_sf_write.validation.problems import (
    Convert,
    LeftOut,
    ParentCleared,
    ProblemCode,
    Unsuitable,
    is_blank,
    shorten,
)


class EmptyValues(StrEnum):
    """What an empty text does: leaves the property alone, or clears it. `None` always clears."""

    IGNORE = "ignore"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """Everything besides the describe that decides what is right for an item.

    An empty `properties` means every property on the item. `key_prefixes` maps an object's API name to the first three
    characters of its Ids; references to an object that is missing there are not checked for it. `parents` holds the
    describes of reference targets where they are known; without one, its key field is left to Salesforce to judge.
    `mapping` names the fields of keys, in lower case, that are not called like them; None leaves a key out.
    `record_type_picklists` holds what record types leave of restricted picklists, and which of them it lacks.
    """

    operation: Operation
    match_key: str
    properties: tuple[str, ...] = ()
    empty_values: EmptyValues = EmptyValues.IGNORE
    key_prefixes: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, ObjectDescribe] = field(default_factory=dict)
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    record_type_picklists: picklists.RecordTypePicklists = field(default_factory=picklists.RecordTypePicklists)


# The type's own rules for a value that is not empty, and a fast path that saves most values from them.
Parts: TypeAlias = tuple[Convert, Callable[[Convert], Convert] | None]


def field_converter(info: FieldInfo, describe: ObjectDescribe, options: CheckOptions) -> Convert:
    """Everything that is known of one field, as one function of its value."""
    suit, fast = _by_type(info, describe, options)
    # What null does to a checkbox is unconfirmed (Salesforce API 10), and its describe always says "not nillable".
    takes_null = info.is_nillable or info.type is FieldType.BOOLEAN
    rare = with_emptiness(suit, is_nillable=takes_null, empty_values=options.empty_values)
    return fast(rare) if fast else rare


def relationship_converter(info: FieldInfo, describe: ObjectDescribe, options: CheckOptions) -> Convert:
    """The converter of the object that may stand under a reference's relationship name."""
    if info.is_record_type and describe.record_types:
        return record_types.nested_record_type(field_converter(info, describe, options))
    suit = references.relationship_converter(
        info, describe, options.parents, lambda parent, key: _by_type(key, parent, options)[0]
    )
    convert = with_emptiness(suit, is_nillable=info.is_nillable, empty_values=options.empty_values)

    def convert_parent(value: JsonValue) -> JsonValue:
        written = convert(value)
        if written is None:
            # `"Account": null` is unconfirmed, `"AccountId": null` is not (Salesforce API 5.5).
            raise ParentCleared(info.name)
        return written

    return convert_parent


def key_converter(convert: Convert) -> Convert:
    """The match key's converter: never empty, for an empty key finds nothing and must not be cleared."""

    def convert_key(value: JsonValue) -> JsonValue:
        if is_blank(value):
            raise Unsuitable(ProblemCode.KEY_MISSING, KEY_SENTENCE.format(what=f"{shorten(value)} is no value"))
        return convert(value)

    return convert_key


KEY_SENTENCE = "{what}, and this is the key that finds the record; give every item a value for it"


def with_emptiness(suit: Convert, *, is_nillable: bool, empty_values: EmptyValues) -> Convert:
    """Settles `None` and the empty text before a type's own rules look at a value."""
    ignores_empty = empty_values is EmptyValues.IGNORE

    def convert(value: JsonValue) -> JsonValue:
        is_empty = value is None or (isinstance(value, str) and not value)
        if ignores_empty and is_empty and value is not None:
            raise LeftOut
        written = None if is_empty else suit(value)
        if written is None and not is_nillable:
            sentence = f"{shorten(value)} would clear it, and it must have a value; leave it out, or give it one"
            raise Unsuitable(ProblemCode.NOT_NILLABLE, sentence)
        return written

    return convert


def _by_type(info: FieldInfo, describe: ObjectDescribe, options: CheckOptions) -> Parts:
    # A type that is not in the table takes any JSON: Salesforce judges it.
    return _BUILDERS.get(info.type, _fixed(text.to_json_value))(info, describe, options)


def _text(info: FieldInfo, _describe: ObjectDescribe, _options: CheckOptions) -> Parts:
    return text.text_converter(info), partial(text.fast_text, info)


def _number(info: FieldInfo, describe: ObjectDescribe, _options: CheckOptions) -> Parts:
    return numbers.number_converter(info, describe), partial(numbers.fast_number, info, describe)


def _id(info: FieldInfo, describe: ObjectDescribe, options: CheckOptions) -> Parts:
    targets = (describe.name,) if info.type is FieldType.ID else info.reference_to
    prefixes = references.allowed_prefixes(targets, describe, options.key_prefixes)
    by_id = references.id_converter(prefixes)
    if info.is_record_type:
        return record_types.record_type_converter(describe, by_id), None
    return by_id, partial(references.fast_id, prefixes)


def _picklist(info: FieldInfo, _describe: ObjectDescribe, _options: CheckOptions) -> Parts:
    fast = picklists.fast_picklist if picklists.is_closed(info) else text.fast_text
    return picklists.picklist_converter(info), partial(fast, info)


def _fixed(convert: Convert, fast: Callable[[Convert], Convert] | None = None) -> "_Builder":
    return lambda _info, _describe, _options: (convert, fast)


_LINES = (FieldType.STRING, FieldType.PHONE, FieldType.URL, FieldType.COMBOBOX, FieldType.ENCRYPTED)
_NUMBERS = (FieldType.INT, FieldType.LONG, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT)
_Builder: TypeAlias = Callable[[FieldInfo, ObjectDescribe, CheckOptions], Parts]
_BUILDERS: Mapping[FieldType, _Builder] = {
    **dict.fromkeys((*_LINES, FieldType.TEXTAREA), _text),
    **dict.fromkeys(_NUMBERS, _number),
    FieldType.ID: _id,
    FieldType.REFERENCE: _id,
    FieldType.EMAIL: lambda info, *_: (text.email_converter(info), partial(text.fast_email, info)),
    FieldType.PICKLIST: _picklist,
    FieldType.MULTIPICKLIST: lambda info, *_: (picklists.multipicklist_converter(info), None),
    FieldType.BOOLEAN: _fixed(text.to_boolean, text.fast_boolean),
    FieldType.DATE: _fixed(moments.to_date, moments.fast_date),
    FieldType.DATETIME: _fixed(moments.to_datetime, moments.fast_datetime),
    FieldType.TIME: _fixed(moments.to_time),
    FieldType.BASE64: _fixed(text.to_base64),
}
