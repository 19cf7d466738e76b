"""What holds for a property as a whole: does it exist, may it be written, is it required; with reasons to read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.near_miss import nearest
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe, Operation
from ziggy_sf_write.validation import fields
from ziggy_sf_write.validation.fields import CheckOptions, EmptyValues, with_emptiness
from ziggy_sf_write.validation.picklists import Rule, dependency_rule, is_closed, record_type_rule
from ziggy_sf_write.validation.problems import (
    Convert,
    ItemProblem,
    LeftOut,
    ParentCleared,
    ProblemCode,
    Unsuitable,
    listed,
)
from ziggy_sf_write.validation.record_types import nested_record_type, record_type_converter
from ziggy_sf_write.validation.references import ATTRIBUTES
from ziggy_sf_write.validation.text import fast_json, to_json_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an item's property names: a field, or the relationship behind a reference field.

    `Account.Ext__c` brings its `parent_key` along, `Contact:Who.Email` also its `parent_type` (Salesforce API 7.5).
    """

    name: str
    info: FieldInfo
    is_relationship: bool
    parent_key: str | None = None
    parent_type: str | None = None

    @property
    def is_resolved(self) -> bool:
        """Whether a relationship is found in the describe, so that its field is written in its place."""
        return self.is_relationship and self.name == self.info.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One key of an item, what it names, and where it is met; branch UPSERT means that it is not known yet."""

    key: str
    target: Target | None
    branch: Operation
    is_match_key: bool


def find_target(describe: ObjectDescribe, key: str) -> Target | None:
    """The field or relationship of this name in any case; a field goes first where both exist."""
    info = describe.find_field(key)
    if info is not None:
        return Target(name=info.name, info=info, is_relationship=False)
    path, dot, tail = key.rpartition(".")
    parent_type, _, name = path.rpartition(":")
    info = describe.find_relationship(name if dot else key)
    if info is None:
        return None
    # A record type is found in the describe, and its Id is what is written.
    is_found_here = info.is_record_type and describe.record_types
    return Target(
        name=info.name if is_found_here else str(info.relationship_name),
        info=info,
        is_relationship=True,
        parent_key=tail if dot else None,
        parent_type=parent_type or None,
    )


def flat_converter(target: Target, convert: Convert) -> Convert:
    """`Account.Ext__c` as what it means, `{"Account": {"Ext__c": …}}`, for the converter of the relationship."""
    kind = {ATTRIBUTES: {"type": target.parent_type}} if target.parent_type else {}

    def convert_flat(value: JsonValue) -> JsonValue:
        if value is None or (isinstance(value, str) and not value):
            convert(value)
            raise ParentCleared(target.info.name)
        return convert({**kind, str(target.parent_key): value})

    return convert_flat


class LenientRules:
    """Validation off: names in the describe's spelling, Python values in Salesforce's form, all else as it came."""

    def __init__(self, describe: ObjectDescribe, options: CheckOptions) -> None:
        self._describe = describe
        self._empty_values = options.empty_values
        rare = with_emptiness(to_json_value, is_nillable=True, empty_values=options.empty_values)
        self._convert = fast_json(rare)

    def converter(self, one: Property, /) -> Convert:
        """The function that a property's value goes through."""
        target = one.target
        if target and target.is_resolved:
            by_name = record_type_converter(self._describe, self._convert)
            return nested_record_type(with_emptiness(by_name, is_nillable=True, empty_values=self._empty_values))
        return self._convert

    def field_rules(self, _names: Sequence[str], _branch: Operation, /) -> Sequence[Rule]:
        """The rules between fields that concern a record with these names."""
        return ()

    def late_rules(self, _names: Sequence[str], _branch: Operation, /) -> Sequence[Rule]:
        """Those that only a branch which was not known before brings."""
        return ()

    def missing(self, _names: Iterable[str], _branch: Operation, /) -> Sequence[ItemProblem]:
        """What a record with these names lacks."""
        return ()

    def unwritable(self, _names: Iterable[str], _branch: Operation, /) -> Sequence[ItemProblem]:
        """Which of these names may not be written in this branch."""
        return ()


class StrictRules(LenientRules):
    """Everything that the describe says (block specification 4)."""

    def __init__(self, describe: ObjectDescribe, options: CheckOptions) -> None:
        super().__init__(describe, options)
        self._options = options
        # A checkbox that is left out is unchecked; older describes print it as neither nillable nor defaulted.
        required = (one for one in describe.fields if one.is_required_on_create and one.type is not FieldType.BOOLEAN)
        self._required = [(one, _ways_to_give(one, describe)) for one in required]
        # Of a wide object few fields have to do with others: no search through all of them for each set of keys.
        controlled = (one for one in describe.fields if one.controller_name)
        self._dependent = {one.name: (one.controller_name, dependency_rule(one, describe)) for one in controlled}
        closed = {one.name: one for one in describe.fields if is_closed(one)} if describe.record_types else {}
        self._closed = tuple(closed)
        self._record_type_rule = cache(
            lambda name, named_by: record_type_rule(closed[name], describe, options.record_type_picklists, named_by)
        )
        self._record_types = [one.name for one in describe.fields if one.is_record_type]
        named = ((one, _parts(one, describe, Operation.CREATE)) for one in describe.fields if one.is_name_field)
        self._made_of = [(one, parts) for one, parts in named if parts]
        # A record that has none of these has no rule between its fields, whatever else it has.
        ruled = {*self._dependent, *(one.name for one, _ in self._made_of)}
        self._ruled_on_create = ruled | {*self._closed}
        self._ruled = ruled | {*self._record_types} if closed else ruled

    def converter(self, one: Property, /) -> Convert:
        target = one.target
        if target is None:
            return self._refusing(lambda: self._unknown(one.key))
        # A key that only finds the record need not be writable.
        if not one.is_match_key and not _is_writable(target.info, one.branch):
            return self._refusing(lambda: self._not_writable(target.info, one.branch))
        build = fields.relationship_converter if target.is_relationship else fields.field_converter
        return build(target.info, self._describe, self._options)

    def field_rules(self, names: Sequence[str], branch: Operation, /) -> Sequence[Rule]:
        if (self._ruled_on_create if branch is Operation.CREATE else self._ruled).isdisjoint(names):
            return ()
        present = frozenset(names)
        pairs = (self._dependent[name] for name in names if name in self._dependent)
        rules = [rule for controller, rule in pairs if rule is not None and controller in present]
        rules += self._by_record_type(present, is_create=branch is Operation.CREATE)
        for info, parts in self._made_of:
            given = [part for part in parts if part in present] if info.name in present else []
            rules += [_name_rule(info, given)] if given else []
        return rules

    def late_rules(self, names: Sequence[str], branch: Operation, /) -> Sequence[Rule]:
        present = frozenset(names)
        if not present.isdisjoint(self._record_types):
            return ()
        return self._by_record_type(present, is_create=branch is Operation.CREATE)

    def missing(self, names: Iterable[str], branch: Operation, /) -> Sequence[ItemProblem]:
        if branch is not Operation.CREATE:
            return ()
        present = frozenset(names)
        return tuple(_required_problem(one) for one, ways in self._required if present.isdisjoint(ways))

    def unwritable(self, names: Iterable[str], branch: Operation, /) -> Sequence[ItemProblem]:
        targets = (find_target(self._describe, name) for name in names)
        refused = (one for one in targets if one and not _is_writable(one.info, branch))
        return [self._not_writable(one.info, branch).about(one.name) for one in refused]

    def _by_record_type(self, present: Collection[str], *, is_create: bool) -> Sequence[Rule]:
        """Of an update that names no record type, nobody knows which its record has: Salesforce is left to judge."""
        if not self._closed:
            return ()
        named_by = next((name for name in self._record_types if name in present), None)
        if named_by is None and not is_create:
            return ()
        return [self._record_type_rule(name, named_by) for name in self._closed if name in present]

    def _refusing(self, make: Callable[[], Unsuitable]) -> Convert:
        # The search for a near name is slow in a wide object, and the same property comes with every item.
        refusal = cache(make)
        ignores_empty = self._options.empty_values is EmptyValues.IGNORE

        def refuse(value: JsonValue) -> JsonValue:
            if ignores_empty and isinstance(value, str) and not value:
                raise LeftOut
            raise Unsuitable(refusal().code, refusal().sentence)

        return refuse

    def _unknown(self, key: str) -> Unsuitable:
        describe = self._describe
        names = [*(one.name for one in describe.fields), *(one.relationship_name for one in describe.fields)]
        labelled = describe.find_label(key)
        near = labelled.name if labelled else nearest(key, [one for one in names if one])
        cure = f"did you mean {near}?" if near else "take it out, or give its API name, not its label"
        sentence = f"{describe.name} has no such property, or the connection's user may not see it; {cure}"
        return Unsuitable(ProblemCode.UNKNOWN_PROPERTY, sentence)

    def _not_writable(self, info: FieldInfo, branch: Operation) -> Unsuitable:
        parts = _parts(info, self._describe, branch)
        if parts:
            sentence = f"it is made of other properties and cannot be written itself; write {listed(parts, at_most=8)}"
            return Unsuitable(ProblemCode.COMPOUND_FIELD, sentence)
        sentence = f"it cannot be {_IN_BRANCH[branch]}: {_why_read_only(info)}"
        return Unsuitable(ProblemCode.NOT_WRITABLE, f"{sentence}; take it out, or choose the properties to write")


_IN_BRANCH = {
    Operation.CREATE: "written when a record is created",
    Operation.UPDATE: "written when a record is updated",
    Operation.UPSERT: "written, neither when a record is created nor when it is updated",
}


def _is_writable(info: FieldInfo, branch: Operation) -> bool:
    if branch is Operation.CREATE:
        return info.can_create
    return info.can_update or (branch is Operation.UPSERT and info.can_create)


def _why_read_only(info: FieldInfo) -> str:
    if info.is_calculated:
        return "it is a formula"
    if info.is_auto_number:
        return "Salesforce numbers it by itself"
    return "it is read-only, or the connection's user has no edit right on it"


def _ways_to_give(info: FieldInfo, describe: ObjectDescribe) -> frozenset[str]:
    """The names that satisfy a requirement: the field, its relationship, or the parts of a compound name.

    In an org with person accounts `Account.Name` is required and yet made of `FirstName` and `LastName`.
    """
    relationship = (info.relationship_name,) if info.relationship_name else ()
    return frozenset((info.name, *relationship, *_parts(info, describe, Operation.CREATE)))


def _parts(info: FieldInfo, describe: ObjectDescribe, branch: Operation) -> Sequence[str]:
    """The properties that a compound such as an address is written by."""
    parts = (one for one in describe.fields if one.compound_field_name == info.name and one is not info)
    return [one.name for one in parts if _is_writable(one, branch)]


def _name_rule(info: FieldInfo, parts: Sequence[str]) -> Rule:
    """A record is a person, whose name is made of its parts, or has a name of its own (Salesforce API 3.2)."""

    def check(record: Mapping[str, JsonValue]) -> ItemProblem | None:
        given = [part for part in parts if record.get(part) is not None]
        if not given or record.get(info.name) is None:
            return None
        sentence = f"a person's name is made of its parts, and the item has {listed(given)} too; give one or the other"
        return Unsuitable(ProblemCode.COMPOUND_FIELD, sentence).about(info.name)

    return check


def _required_problem(info: FieldInfo) -> ItemProblem:
    sentence = f"a new record must have this {info.type.value} and the item has none; give it a value"
    return Unsuitable(ProblemCode.REQUIRED_MISSING, sentence).about(info.name)
