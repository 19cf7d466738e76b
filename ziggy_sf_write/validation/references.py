"""id, reference, and parents named by a key: `{"Account": {"Ext__c": "x"}}` (Salesforce API 4 and 5.5)."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.near_miss import nearest
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import ID_FIELD, is_well_formed, to_18
from ziggy_sf_write.validation.problems import Convert, ProblemCode, Unsuitable, is_blank, kind, listed, shorten
from ziggy_sf_write.validation.text import as_whole, to_json_value

ATTRIBUTES = "attributes"

# Builds the converter of a parent's key field, which must not be empty.
ParentKey = Callable[[ObjectDescribe, FieldInfo], Convert]


def allowed_prefixes(
    targets: tuple[str, ...], describe: ObjectDescribe, key_prefixes: Mapping[str, str]
) -> Mapping[str, str]:
    """Key prefix → object for every target; empty, which means "do not check", where one target's is not known."""
    known = {describe.name: describe.key_prefix, **key_prefixes}
    found = {known[one]: one for one in targets if known.get(one)}
    return {str(prefix): one for prefix, one in found.items()} if len(found) == len(targets) else {}


def fast_id(prefixes: Mapping[str, str], rare: Convert) -> Convert:
    """The fast path for Ids of 18 characters."""
    if not prefixes:
        return lambda value: value if type(value) is str and len(value) == 18 and is_well_formed(value) else rare(value)

    def convert(value: JsonValue) -> JsonValue:
        if type(value) is str and len(value) == 18 and value[:3] in prefixes and is_well_formed(value):
            return value
        return rare(value)

    return convert


def id_converter(prefixes: Mapping[str, str]) -> Convert:
    """An Id in its 18 characters; shape and checksum first, then the object that its first three stand for."""

    def convert(value: JsonValue) -> JsonValue:
        text = trimmed(value) if isinstance(value, str) else ""
        if not is_well_formed(text):
            raise Unsuitable(ProblemCode.BAD_ID, _shape_sentence(value, text))
        if prefixes and text[:3] not in prefixes:
            wanted = " or ".join(f"{prefix} ({one})" for prefix, one in list(prefixes.items())[:5])
            sentence = f"{shorten(value)} is the Id of another object; Ids here start with {wanted}; take one of those"
            raise Unsuitable(ProblemCode.WRONG_ID_OBJECT, sentence)
        return to_18(text)

    return convert


def relationship_converter(
    info: FieldInfo, describe: ObjectDescribe, parents: Mapping[str, ObjectDescribe], parent_key: ParentKey
) -> Convert:
    """A parent named by one of its keys: one property, an external id or id look-up of the target object."""
    known = {describe.name: describe, **parents}
    targets = {one.lower(): one for one in info.reference_to}
    # Items name their parents by the same few keys, and finding one goes through all fields of the parent.
    find_key = lru_cache(maxsize=256)(lambda target, name: _key(known.get(target), name, parent_key))

    def convert(value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            name = info.relationship_name
            cure = f'name the parent by a key, as in {{"{name}": {{"Id": …}}}}, or write the Id itself in `{info.name}`'
            raise _bad(f"{shorten(value)} is {kind(value)} and a relationship takes an object; {cure}")
        target = _target(info, targets, value)
        keys = [one for one in value if one != ATTRIBUTES]
        if len(keys) != 1 or not isinstance(keys[0], str):
            shown = listed(map(shorten, keys)) or "none"
            raise _bad(f"it has {len(keys)} keys ({shown}) and takes exactly one; name the parent by one key")
        key, convert_key = find_key(target, keys[0])
        written = {key: _key_value(key, convert_key, value[keys[0]])}
        # Bulk and REST want the type of the parent where there is a choice, and only there (Salesforce API 7.5).
        return {ATTRIBUTES: {"type": target}, **written} if info.is_polymorphic else written

    return convert


def _shape_sentence(value: JsonValue, text: str) -> str:
    if isinstance(value, str) and len(text) == 18 and is_well_formed(text[:15]):
        why = "its last three characters do not match the rest (a letter's case was changed?)"
    elif isinstance(value, str) and len(text) in (15, 18):
        why = "an Id holds unaccented letters and digits only"
    else:
        why = f"an Id has 15 or 18 letters and digits, this has {len(text)}" if text else "an Id is a text"
    return f"{shorten(value)} is not a Salesforce Id: {why}; copy the Id from the record's address or a report"


def _target(info: FieldInfo, targets: Mapping[str, str], value: Mapping[str, JsonValue]) -> str | None:
    attributes = value.get(ATTRIBUTES)
    named = attributes.get("type") if isinstance(attributes, dict) else None
    if named is None and not info.is_polymorphic:
        return next(iter(targets.values()), None)
    found = targets.get(named.lower()) if isinstance(named, str) else None
    if found is None and targets:
        what = f"{shorten(named)} is no object that it points at" if named else "it may point at several objects"
        raise _bad(f'{what}; add "attributes": {{"type": …}} with one of: {listed(info.reference_to)}')
    return found


def _key(parent: ObjectDescribe | None, name: str, parent_key: ParentKey) -> tuple[str, Convert]:
    if parent is None:
        return name, as_scalar
    field = parent.find_field(name)
    usable = [one.name for one in parent.fields if one.is_native_key or one.name == ID_FIELD]
    if field is None:
        near = nearest(name, usable)
        cure = f"did you mean {near}?" if near else f"use one of: {listed(usable)}"
        raise _bad(f"{parent.name} has no property {shorten(name)}; {cure}")
    if field.name not in usable:
        raise _bad(f"{field.name} is not an external id of {parent.name}; use one of: {listed(usable)}")
    return field.name, parent_key(parent, field)


def _key_value(key: str, convert: Convert, value: JsonValue) -> JsonValue:
    if is_blank(value):
        sentence = f"its key {shorten(key)} is empty, so it names no parent"
        raise _bad(f"{sentence}; give it a value, or write null for the whole relationship")
    try:
        return convert(value)
    except Unsuitable as refusal:
        raise Unsuitable(refusal.code, f"its key {shorten(key)}: {refusal.sentence}") from refusal


def as_scalar(value: JsonValue) -> JsonValue:
    """The value of a key whose field is not known to us: any scalar."""
    if isinstance(value, dict | list | tuple):
        raise _bad(f"{shorten(value)} is no key value; write a text or a number")
    return as_whole(to_json_value(value)) if isinstance(value, float) else to_json_value(value)


def _bad(sentence: str) -> Unsuitable:
    return Unsuitable(ProblemCode.BAD_RELATIONSHIP, sentence)
