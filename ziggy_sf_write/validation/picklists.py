"""picklist and multipicklist: active values, restricted or not, dependent on another field (Salesforce API 2.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.near_miss import nearest
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, Narrowed, ObjectDescribe, RecordType
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.validation.problems import Convert, ItemProblem, ProblemCode, Unsuitable, listed, shorten
from ziggy_sf_write.validation.text import as_text, text_converter

# A rule between two fields of one record.
Rule: TypeAlias = Callable[[Mapping[str, JsonValue]], ItemProblem | None]

_MOST_VALUES = 100


def fast_picklist(info: FieldInfo, rare: Convert) -> Convert:
    """The fast path for a restricted picklist: its active values as they are spelled."""
    values = _active(info)
    return lambda value: value if type(value) is str and value in values else rare(value)


def is_closed(info: FieldInfo) -> bool:
    """Whether only listed values are taken. A describe that lists none leaves the judgement to Salesforce."""
    return info.is_restricted_picklist and bool(info.picklist_values)


def picklist_converter(info: FieldInfo) -> Convert:
    """One value. Whether case counts is unconfirmed (Salesforce API 10), so Salesforce's own spelling is written."""
    to_text = text_converter(info)
    if not is_closed(info):
        return to_text
    to_listed = _listed_converter(info)
    return lambda value: to_listed(to_text(value))


def multipicklist_converter(info: FieldInfo) -> Convert:
    """Values in one text with `;` between them, or a list of them."""
    to_text = text_converter(info)
    to_listed = _listed_converter(info) if is_closed(info) else None

    def convert(value: JsonValue) -> JsonValue:
        is_list = isinstance(value, list | tuple)
        text = ";".join(map(_entry, value)) if is_list else as_text(value)
        entries = [one for one in text.split(";") if trimmed(one)]
        if len(entries) > _MOST_VALUES:
            sentence = f"{len(entries)} values are more than the {_MOST_VALUES} that the property takes; choose fewer"
            raise Unsuitable(ProblemCode.TOO_MANY_VALUES, sentence)
        if to_listed:
            return to_text(";".join(to_listed(one) for one in entries)) or None
        # A text of separators only is Salesforce's to judge; an empty list says clearly that nothing is chosen.
        return to_text(";".join(entries) or text) or None

    return convert


def dependency_rule(info: FieldInfo, describe: ObjectDescribe) -> Rule | None:
    """Judges a dependent picklist by its controlling field, where an item carries both."""
    controller = describe.find_field(info.controller_name or "")
    if controller is None or not any(one.valid_for for one in info.picklist_values):
        return None
    places: dict[JsonValue, int] = {one.value: place for place, one in enumerate(controller.picklist_values)}
    if controller.type is FieldType.BOOLEAN:
        places = {False: 0, True: 1}
    allowed = {one.value: one for one in info.picklist_values}
    name, controller_name = info.name, controller.name

    def judge(record: Mapping[str, JsonValue]) -> ItemProblem | None:
        chosen, controlling = record.get(name), record.get(controller_name)
        place = places.get(controlling) if isinstance(controlling, str | bool) else None
        if place is None or not isinstance(chosen, str):
            return None
        entries = chosen.split(";") if info.type is FieldType.MULTIPICKLIST else [chosen]
        wrong = [one for one in entries if one in allowed and not allowed[one].is_valid_for(place)]
        if not wrong:
            return None
        fitting = [one.value for one in info.picklist_values if one.is_active and one.is_valid_for(place)]
        cure = f"choose one of: {listed(fitting)}" if fitting else "leave it out"
        sentence = f"{shorten(wrong[0])} does not go with {shorten(controlling)} in `{controller_name}`; {cure}"
        return Unsuitable(ProblemCode.DEPENDENT_PICKLIST, sentence).about(name)

    return judge


@dataclass(frozen=True, slots=True)
class RecordTypePicklists:
    """What record types leave of picklists, by the record type's Id; None where the org does not tell.

    `missing` are those by which a value was to be judged, and of which nothing is known yet: whoever finds it out puts
    it into `known`, and has the item checked once more.
    """

    known: dict[str, Narrowed | None] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def of(self, record_type: str) -> Narrowed:
        """What is left of each picklist; nothing where it is not known."""
        if record_type not in self.known:
            self.missing.add(record_type)
        return self.known.get(record_type) or {}


def record_type_rule(
    info: FieldInfo, describe: ObjectDescribe, picklists: RecordTypePicklists, named_by: str | None
) -> Rule:
    """Judges a restricted picklist by the record type that an item names in this field; without one, by the default."""
    known: dict[JsonValue, RecordType] = {one.id: one for one in describe.record_types}
    default = next((one for one in describe.record_types if one.is_default), None)

    def judge(record: Mapping[str, JsonValue]) -> ItemProblem | None:
        chosen = record.get(info.name)
        record_type = known.get(record.get(named_by)) if named_by else default
        if record_type is None or not isinstance(chosen, str):
            return None
        left = picklists.of(record_type.id).get(info.name)
        entries = chosen.split(";") if info.type is FieldType.MULTIPICKLIST else [chosen]
        wrong = [one for one in entries if left and one not in left]
        if not left or not wrong:
            return None
        sentence = (
            f"{shorten(wrong[0])} is none of the values that record type {record_type.label} leaves of this "
            f"restricted picklist; choose one of: {listed(left)}"
        )
        return Unsuitable(ProblemCode.NOT_IN_RECORD_TYPE, sentence).about(info.name)

    return judge


def _active(info: FieldInfo) -> frozenset[str]:
    return frozenset(one.value for one in info.picklist_values if one.is_active)


def _entry(value: JsonValue) -> str:
    text = as_text(value)
    if ";" in text:
        sentence = f"{shorten(text)} holds a semicolon, which separates values; write it as two values"
        raise Unsuitable(ProblemCode.WRONG_TYPE, sentence)
    return text


def _listed_converter(info: FieldInfo) -> Callable[[str], str]:
    active = _active(info)
    by_folded = {trimmed(one.casefold()): one for one in sorted(active, reverse=True)}
    # A column of one wrong word is common, and the search for the nearest value is slow.
    refusal = lru_cache(maxsize=256)(lambda text: _refusal(info, active, text))

    def convert(text: str) -> str:
        if text in active:
            return text
        known = by_folded.get(trimmed(text.casefold()))
        if known is not None or not trimmed(text):
            return known or text
        raise Unsuitable(*refusal(text))

    return convert


def _refusal(info: FieldInfo, active: frozenset[str], text: str) -> tuple[ProblemCode, str]:
    shown = shorten(text)
    if any(one.value == text for one in info.picklist_values):
        sentence = f"{shown} is an inactive value of this restricted picklist; activate it in Setup or choose another"
        return ProblemCode.INACTIVE_PICKLIST_VALUE, sentence
    labelled = next((one.value for one in info.picklist_values if one.is_active and one.label == text), None)
    near = labelled or nearest(text, [one.value for one in info.picklist_values if one.value in active])
    cure = f"did you mean {shorten(near)}?" if near else f"choose one of: {listed(sorted(active))}"
    return (
        ProblemCode.NOT_IN_PICKLIST,
        f"{shown} is not one of the {len(active)} values of this restricted picklist; {cure}",
    )
