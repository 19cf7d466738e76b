"""Record types by the names that the describe lists: no call is needed to find one (block specification 4)."""

from collections.abc import Mapping, Sequence

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, RecordType
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import is_well_formed
from ziggy_sf_write.validation.problems import Convert, ProblemCode, Unsuitable, kind, listed, shorten
from ziggy_sf_write.validation.references import ATTRIBUTES

_BY_NAME = ("developername", "name")


def record_type_converter(describe: ObjectDescribe, by_id: Convert) -> Convert:
    """An Id, a developer name or a label; a label that two record types share names neither."""
    known = _by_name(describe.record_types)
    usable = [one.developer_name for one in describe.record_types if one.is_usable]

    def convert(value: JsonValue) -> JsonValue:
        text = trimmed(value) if isinstance(value, str) else ""
        found = known.get(text.lower())
        if found is None and (is_well_formed(text) or not known):
            return by_id(value)
        if found is not None and found.is_usable:
            return found.id
        what = f"is no record type of {describe.name}" if found is None else "is inactive, or not open to this user"
        cure = f"use one of: {listed(usable)}" if usable else "ask an administrator to open one to this user"
        raise Unsuitable(ProblemCode.BAD_RELATIONSHIP, f"{shorten(value)} {what}; {cure}")

    return convert


def nested_record_type(convert: Convert) -> Convert:
    """`{"RecordType": {"DeveloperName": …}}`: Salesforce refuses it in JSON (Salesforce API 5.5), so an Id is sent."""

    def convert_nested(value: JsonValue) -> JsonValue:
        if value is None or value == "":
            return convert(value)
        keys = [one for one in value if one != ATTRIBUTES] if isinstance(value, dict) else []
        if len(keys) != 1 or str(keys[0]).lower() not in (*_BY_NAME, "id"):
            sentence = f"{shorten(value)} is {kind(value)} and names no record type"
            cure = 'write {"RecordType": {"DeveloperName": …}}, or Name, or Id'
            raise Unsuitable(ProblemCode.BAD_RELATIONSHIP, f"{sentence}; {cure}")
        return convert(value[keys[0]])

    return convert_nested


def _by_name(record_types: Sequence[RecordType]) -> Mapping[str, RecordType]:
    labels = [one.label.lower() for one in record_types]
    by_label = {one.label.lower(): one for one in record_types if labels.count(one.label.lower()) == 1}
    return {**by_label, **{one.developer_name.lower(): one for one in record_types}}
