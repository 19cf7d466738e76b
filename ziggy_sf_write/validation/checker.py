"""The checker: one plan for each set of keys that items come with, one straight pass for an item that is right.

A straight pass costs one C loop over the item's values. Only when a value is refused, or an empty text is left out, is
the item gone through again, property by property, so that all its problems are found.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import call
from typing import TypeAlias, TypeVar

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, Operation
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.validation.fields import KEY_SENTENCE, CheckOptions, key_converter
from ziggy_sf_write.validation.picklists import Rule
from ziggy_sf_write.validation.problems import (
    Convert,
    ItemProblem,
    LeftOut,
    ParentCleared,
    ProblemCode,
    Unsuitable,
    is_blank,
    shorten,
)
from ziggy_sf_write.validation.references import ATTRIBUTES
from ziggy_sf_write.validation.rules import LenientRules, Property, StrictRules, Target, find_target, flat_converter

# The keys of an item in its own order; a Python caller's may be no texts.
_Shape: TypeAlias = tuple[JsonValue, ...]

_Known = TypeVar("_Known")
_Found = TypeVar("_Found")

# Items of one edge come with few sets of keys; this only bounds the memory that odd ones can take.
_MOST_PLANS = 1_000

# The record to write and its problems; a record with problems is incomplete and must not be written.
Checked: TypeAlias = tuple[dict[str, JsonValue], Sequence[ItemProblem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What to do with an item of one shape; the four tuples run in parallel with the properties that are looked at.

    `match_key` is the item's own spelling of the match key, None where it has none or needs none. `is_sound` tells
    that no property is refused for its name alone, `is_spelled` that all are spelled as the describe spells them.
    `number_keys` remembers, for each row of types that values come in, which keys have numbers.
    """

    keys: _Shape
    match_key: JsonValue
    is_sound: bool
    is_spelled: bool
    names: tuple[str, ...]
    converters: tuple[Convert, ...]
    is_whole: bool
    branch: Operation
    problems: tuple[ItemProblem, ...]
    rules: tuple[Rule, ...]
    id_key: JsonValue = None
    without_id: "_Plan | None" = None
    number_keys: dict[tuple[type, ...], _Shape | None] = field(default_factory=dict)

    def values(self, item: Mapping[str, JsonValue]) -> Collection[JsonValue]:
        """The item's values in the plan's order."""
        return item.values() if self.is_whole else [item[key] for key in self.keys]


class Checker:
    """Judges items one by one. It keeps nothing of them, changes none, and may be used from several threads."""

    def __init__(self, describe: ObjectDescribe, options: CheckOptions, rulebook: LenientRules) -> None:
        self._describe = describe
        self._rulebook = rulebook
        self._branch = options.operation
        self._mapping = options.mapping
        target = find_target(describe, options.match_key)
        self._key = target.name if target else options.match_key
        chosen = (*options.properties, options.match_key) if options.properties else ()
        self._chosen = {self._meant(one) for one in chosen}
        self._plans: dict[_Shape, _Plan] = {}
        self._branch_plans: dict[tuple[Operation, _Shape], tuple[Sequence[ItemProblem], Sequence[Rule]]] = {}

    def check(self, item: Mapping[str, JsonValue]) -> Checked:
        """The record to write, under the describe's names, and all problems; never raises on account of the item.

        The record may be the item itself, so it is not to be changed either. A match key other than `Id` stays in the
        record even where it is not writable: whoever finds records by it removes it from what is sent.
        """
        shape = tuple(item)
        plan = self._plans.get(shape) or self._remember(shape)
        if plan.without_id is not None and item[plan.id_key] in (None, ""):
            plan = plan.without_id
        try:
            # The three run in parallel by construction; asking for it again is a noticeable part of this line.
            record = dict(zip(plan.names, map(call, plan.converters, plan.values(item)), strict=False))
        except (LeftOut, ParentCleared, Unsuitable):
            return self._check_one_by_one(plan, item)
        if plan.rules:
            return record, [*plan.problems, *_broken(plan.rules, record)]
        return record, plan.problems

    def branch_problems(self, record: Mapping[str, JsonValue], operation: Operation) -> Sequence[ItemProblem]:
        """What is wrong with a checked record once a look-up has told whether it is created or updated."""
        known = (operation, tuple(record))
        found = self._branch_plans.get(known)
        if found is None:
            names = [name for name in record if name != self._key]
            missing = self._rulebook.missing(record, operation)
            unfit = (*self._rulebook.unwritable(names, operation), *missing)
            found = unfit, self._rulebook.late_rules(names, operation)
            _keep(self._branch_plans, known, found)
        problems, rules = found
        return [*problems, *_broken(rules, record)] if rules else problems

    def _check_one_by_one(self, plan: _Plan, item: Mapping[str, JsonValue]) -> Checked:
        record: dict[str, JsonValue] = {}
        cleared: list[str] = []
        refused: list[ItemProblem] = []
        for key, name, convert in zip(plan.keys, plan.names, plan.converters, strict=True):
            try:
                record[name] = convert(item[key])
            except LeftOut:
                continue
            except ParentCleared as parent:
                cleared.append(parent.name)
            except Unsuitable as refusal:
                refused.append(refusal.about(name, key))
        record = {**dict.fromkeys(cleared), **record}
        seen = {*record, *(one.field for one in refused if one.field)}
        lacking = self._lacking(seen, plan.branch)
        return record, [*refused, *lacking, *_broken(plan.rules, record)]

    def _remember(self, shape: _Shape) -> _Plan:
        plan = self._plan(shape)
        _keep(self._plans, shape, plan)
        return plan

    def _plan(self, shape: _Shape) -> _Plan:
        with_id = without_id = self._branch
        if self._key == ID_FIELD:
            if self._branch is not Operation.UPSERT:
                return self._branch_plan(shape, self._branch)
            # An upsert by Id knows each item's branch at once: with an Id it is an update, without one a create.
            with_id, without_id = Operation.UPDATE, Operation.CREATE
        id_keys = [key for key in shape if isinstance(key, str) and self._is_id(key)]
        if not id_keys:
            return self._branch_plan(shape, without_id)
        if len(id_keys) > 1:
            return self._branch_plan(shape, with_id)  # which refuses the second spelling, whatever the first
        # An Id that is null or empty says nothing, beside another match key too: the item counts as one without it.
        (id_key,) = id_keys
        rest = replace(self._branch_plan(tuple(key for key in shape if key != id_key), without_id), is_whole=False)
        return replace(self._branch_plan(shape, with_id), id_key=id_key, without_id=rest)

    def _branch_plan(self, shape: _Shape, branch: Operation) -> _Plan:
        keys = tuple(key for key in shape if self._is_looked_at(key))
        names: list[str] = []
        converters: list[Convert] = []
        for key in keys:
            name, convert = self._step(key, branch, names)
            names.append(name)
            converters.append(convert)
        key_at = next((at for at, name in enumerate(names) if name == self._key), None)
        return _Plan(
            keys=keys,
            is_spelled=tuple(names) == shape,
            is_sound=not self._rewrites(keys)
            and len(set(names)) == len(names)
            and all(isinstance(key, str) and "." not in (self._field_of(key) or "") for key in keys),
            match_key=None if key_at is None or branch is Operation.CREATE else keys[key_at],
            names=tuple(names),
            converters=tuple(converters),
            is_whole=len(keys) == len(shape),
            branch=branch,
            problems=tuple(self._lacking(names, branch)),
            rules=tuple(self._rulebook.field_rules(names, branch)),
        )

    def _rewrites(self, keys: _Shape) -> bool:
        """Whether any of the keys stands for a relationship whose field is written in its place."""
        targets = [self._target(key) for key in keys if isinstance(key, str)]
        return any(one is not None and one.is_resolved for one in targets)

    def _is_looked_at(self, key: JsonValue) -> bool:
        if not isinstance(key, str):
            return not self._chosen
        field = self._field_of(key)
        if field is None or (field == ATTRIBUTES and find_target(self._describe, field) is None):
            return False
        return not self._chosen or self._meant(field) in self._chosen

    def _field_of(self, key: str) -> str | None:
        return self._mapping.get(key.lower(), key) if self._mapping else key

    def _target(self, key: str) -> Target | None:
        field = self._field_of(key)
        return find_target(self._describe, field) if field is not None else None

    def _is_id(self, key: str) -> bool:
        return (self._field_of(key) or "").lower() == ID_FIELD.lower()

    def _meant(self, key: str) -> str:
        """The same for every name of one property: `account.ext__c` and the object under `Account` mean one."""
        target = find_target(self._describe, key)
        return (target.name if target else key).lower()

    def _step(self, key: JsonValue, branch: Operation, earlier: Sequence[str]) -> tuple[str, Convert]:
        if not isinstance(key, str):
            sentence = "a property's name is a text, and this is not; write it in quotes"
            return shorten(key), _refusing(Unsuitable(ProblemCode.NOT_JSON, sentence))
        target = self._target(key)
        name = target.name if target else str(self._field_of(key))
        if name in earlier:
            sentence = f"the item has it twice, once as {shorten(key)}, and names know no case; keep one of the two"
            return name, _refusing(Unsuitable(ProblemCode.DUPLICATE_PROPERTY, sentence))
        is_key = name.lower() == self._key.lower() and branch is not Operation.CREATE
        convert = self._rulebook.converter(Property(key=key, target=target, branch=branch, is_match_key=is_key))
        if target and target.parent_key is not None:
            convert = flat_converter(target, convert)
        return name, key_converter(convert) if is_key else convert

    def _lacking(self, names: Iterable[str], branch: Operation) -> Iterable[ItemProblem]:
        present = set(names)
        if branch is not Operation.CREATE and self._key not in present:
            sentence = KEY_SENTENCE.format(what="the item has no such property")
            yield Unsuitable(ProblemCode.KEY_MISSING, sentence).about(self._key)
        yield from self._rulebook.missing(present, branch)


def _keep(memory: dict[_Known, _Found], key: _Known, found: _Found) -> None:
    if len(memory) >= _MOST_PLANS:
        memory.clear()
    memory[key] = found


class _PlainChecker(Checker):
    """The checker without validation: an item of JSON's own scalars is the record as it stands, under other names."""

    def check(self, item: Mapping[str, JsonValue]) -> Checked:
        shape = tuple(item)
        plan = self._plans.get(shape) or self._remember(shape)
        if plan.is_sound and plan.without_id is None and not plan.problems:
            values = item.values() if plan.is_whole else plan.values(item)
            if _is_plain(plan, item, values) and (plan.match_key is None or not is_blank(item[plan.match_key])):
                # Most items are spelled as the describe spells its fields: such a one is its own record.
                if plan.is_spelled and type(item) is dict:
                    return item, ()
                return dict(zip(plan.names, values, strict=False)), ()
        return super().check(item)


def _is_plain(plan: _Plan, item: Mapping[str, JsonValue], values: Collection[JsonValue]) -> bool:
    """Whether nothing has to be done to any of the values: no empty texts, no Python types, no odd numbers."""
    kinds = tuple(map(type, values))
    numbers = plan.number_keys.get(kinds, _UNSEEN)
    if numbers is _UNSEEN:
        numbers = _number_keys(plan.keys, kinds)
        _keep(plan.number_keys, kinds, numbers)
    if numbers is None or "" in values:
        return False
    # A list, although all() needs none: a generator would cost as much as the rest of this function.
    return not numbers or all([-_SAFE < item[key] < _SAFE for key in numbers])  # noqa: C419 # see above


def _number_keys(keys: _Shape, kinds: tuple[type, ...]) -> _Shape | None:
    """The keys whose values are numbers, or None where a value is of a type that JSON has no scalar for."""
    if not _SCALARS.issuperset(kinds):
        return None
    return tuple(key for key, kind in zip(keys, kinds, strict=True) if kind in _NUMBERS)


_UNSEEN: _Shape = ("",)
_NUMBERS = frozenset({int, float})
_SCALARS = _NUMBERS | {str, bool, type(None)}
# Beyond every Salesforce number, and far below where Python refuses to print an integer.
_SAFE = 10**308


def _refusing(refusal: Unsuitable) -> Convert:
    def refuse(_: JsonValue) -> JsonValue:
        raise Unsuitable(refusal.code, refusal.sentence)

    return refuse


def _broken(rules: Iterable[Rule], record: Mapping[str, JsonValue]) -> list[ItemProblem]:
    return [problem for rule in rules if (problem := rule(record))]


def compile_checker(describe: ObjectDescribe, options: CheckOptions) -> Checker:
    """A checker that refuses what the org would refuse and yields the rest in Salesforce's own form."""
    return Checker(describe, options, StrictRules(describe, options))


def compile_converter(describe: ObjectDescribe, options: CheckOptions) -> Checker:
    """The checker's twin for runs without validation: it only names, converts Python values and guards the key."""
    return _PlainChecker(describe, options, LenientRules(describe, options))
