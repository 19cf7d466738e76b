"""The checker: one plan for each set of keys that items come back with, one straight pass for an item that is right.

A straight pass costs one C loop over the item's values. Only when a value is refused, or an empty text is left out, is
the item gone through again, property by property, so that all its problems are found. The first item with a set of keys
goes by what is known of each key: a plan pays for those that come after it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import compress, islice
from operator import call
from typing import NamedTuple, TypeAlias

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, Operation
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.validation.fields import KEY_SENTENCE, CheckOptions, EmptyValues, key_converter
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
from ziggy_sf_write.validation.rules import LenientRules, Property, StrictRules, find_target, flat_converter

# The keys of an item in its own order; a Python caller's may be no texts.
_Shape: TypeAlias = tuple[JsonValue, ...]

# Most edges bring items with few sets of keys. Beyond so many the plans that were made first are made anew when their
# keys come back.
_MOST_PLANS = 1_000
_MOST_KEYS = 10_000

# What takes an item that is gone through again. The last two are raised by what cannot be compared with a text, such as
# an array.
_SECOND_LOOK = (LeftOut, ParentCleared, Unsuitable, TypeError, ValueError)

# The record to write and its problems; a record with problems is incomplete and must not be written.
Checked: TypeAlias = tuple[dict[str, JsonValue], Sequence[ItemProblem]]


class _Key(NamedTuple):
    """What is known of one key of items, whatever other keys come with it.

    `name` is that under which its value is written, `is_plain` that nothing but its name may have to change.
    """

    name: str
    convert: Convert
    is_looked_at: bool
    is_id: bool
    is_plain: bool


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What to do with an item of one shape; the three tuples run in parallel with the properties that are looked at.

    `match_key` is the item's own spelling of the match key, None where it has none or needs none. `is_sound` tells
    that no property is refused for its name alone, `is_spelled` that all are spelled as the describe spells them.
    """

    keys: _Shape
    match_key: JsonValue
    is_sound: bool
    is_spelled: bool
    names: tuple[str, ...]
    converters: tuple[Convert, ...]
    is_whole: bool
    branch: Operation
    problems: Sequence[ItemProblem]
    rules: tuple[Rule, ...]
    skips_blanks: bool
    id_key: JsonValue = None
    without_id: "_Plan | None" = None

    def values(self, item: Mapping[str, JsonValue]) -> Collection[JsonValue]:
        """The item's values in the plan's order."""
        return item.values() if self.is_whole else [item[key] for key in self.keys]


class _Keys(dict[JsonValue, _Key]):
    """What is known of keys in one branch, found out when a key first comes; beyond so many each time anew."""

    def __init__(self, about: Callable[[JsonValue], _Key]) -> None:
        super().__init__()
        self._about = about

    def __missing__(self, key: JsonValue) -> _Key:
        known = self._about(key)
        # 1 and True are two keys, which look alike to a dictionary.
        if isinstance(key, str) and len(self) < _MOST_KEYS:
            self[key] = known
        return known


class Checker:
    """Judges items one by one. It keeps nothing of them, changes none, and may be used from several threads."""

    def __init__(self, describe: ObjectDescribe, options: CheckOptions, rulebook: LenientRules) -> None:
        self._describe = describe
        self._rulebook = rulebook
        self._mapping = options.mapping
        self._ignores_empty = options.empty_values is EmptyValues.IGNORE
        target = find_target(describe, options.match_key)
        self._key = target.name if target else options.match_key
        self._with_id = self._without_id = options.operation
        if self._key == ID_FIELD and options.operation is Operation.UPSERT:
            # An upsert by Id knows each item's branch at once: with an Id it is an update, without one a create.
            self._with_id, self._without_id = Operation.UPDATE, Operation.CREATE
        chosen = (*options.properties, options.match_key) if options.properties else ()
        self._chosen = {self._meant(one) for one in chosen}
        self._known = {branch: _Keys(partial(self._about, branch)) for branch in Operation}
        self._plans: dict[_Shape, _Plan] = {}
        # Sets of keys that have come once, by their hashes.
        self._met: set[int] = set()
        self._on_branch = lru_cache(_MOST_PLANS)(self._about_branch)

    def check(self, item: Mapping[str, JsonValue]) -> Checked:
        """The record to write, under the describe's names, and all problems; never raises on account of the item.

        The record may be the item itself, so it is not to be changed either. A match key other than `Id` stays in the
        record even where it is not writable: whoever finds records by it removes it from what is sent.
        """
        shape = tuple(item)
        plan = self._plans.get(shape)
        if plan is None:
            checked = self._check_first(shape, item)
            if checked is not None:
                return checked
            plan = self._keep_plan(shape)
        if plan.without_id is not None and item[plan.id_key] in (None, ""):
            plan = plan.without_id
        values, problems = plan.values(item), plan.problems
        try:
            # The three run in parallel by construction; asking for it again is a noticeable part of these lines.
            if plan.skips_blanks and "" in values and (plan.match_key is None or item[plan.match_key] != ""):
                filled = zip(plan.names, plan.converters, values, strict=False)
                record = {name: convert(one) for name, convert, one in filled if one or type(one) is not str}
                problems = [*self._lacking(record, plan.branch)]
            else:
                record = dict(zip(plan.names, map(call, plan.converters, values), strict=False))
        except _SECOND_LOOK:
            return self._check_one_by_one(plan, item)
        if plan.rules:
            return record, [*problems, *_broken(plan.rules, record)]
        return record, problems

    def branch_problems(self, record: Mapping[str, JsonValue], operation: Operation) -> Sequence[ItemProblem]:
        """What is wrong with a checked record once a look-up has told whether it is created or updated."""
        problems, rules = self._on_branch(operation, tuple(record))
        return [*problems, *_broken(rules, record)] if rules else problems

    def _about_branch(
        self, operation: Operation, shape: tuple[str, ...]
    ) -> tuple[Sequence[ItemProblem], Sequence[Rule]]:
        names = [name for name in shape if name != self._key]
        unfit = (*self._rulebook.unwritable(names, operation), *self._rulebook.missing(shape, operation))
        return unfit, self._rulebook.late_rules(names, operation)

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

    def _check_first(self, shape: _Shape, item: Mapping[str, JsonValue]) -> Checked | None:
        """Judges a sound item whose set of keys has not come before; None for all others, which take a plan."""
        number = hash(shape)
        if number in self._met or not shape:
            return None
        if len(self._met) >= _MOST_KEYS:
            self._met.clear()
        self._met.add(number)
        known, branch = self._known[self._with_id], self._with_id
        values: Iterable[JsonValue] = item.values()
        names, converters, are_looked_at, are_ids, _ = zip(*map(known.__getitem__, shape), strict=False)
        if True in are_ids:
            if item[shape[are_ids.index(True)]] in (None, ""):
                return None
        elif branch is not self._without_id:
            return None
        if False in are_looked_at:
            names, converters, values = (tuple(compress(one, are_looked_at)) for one in (names, converters, values))
        try:
            record = dict(zip(names, map(call, converters, values), strict=False))
        except (LeftOut, ParentCleared, Unsuitable):
            return None
        if len(record) < len(names):
            return None  # one property under two spellings
        problems = self._lacking(record, branch)
        if rules := self._rulebook.field_rules(names, branch):
            problems = [*problems, *_broken(rules, record)]
        return record, problems

    def _keep_plan(self, shape: _Shape) -> _Plan:
        plan = self._make_plan(shape)
        if len(self._plans) >= _MOST_PLANS:
            self._plans = dict(islice(self._plans.copy().items(), _MOST_PLANS // 2, None))
        self._plans[shape] = plan
        return plan

    def _make_plan(self, shape: _Shape) -> _Plan:
        known = self._known[self._with_id]
        id_keys = [key for key in shape if known[key].is_id]
        if not id_keys:
            return self._branch_plan(shape, self._without_id)
        if self._key == ID_FIELD and self._with_id is self._without_id:
            return self._branch_plan(shape, self._with_id)
        if len(id_keys) > 1:
            return self._branch_plan(shape, self._with_id)  # which refuses the second spelling, whatever the first
        # An Id that is null or empty says nothing, beside another match key too: the item counts as one without it.
        (id_key,) = id_keys
        rest = self._branch_plan(tuple(key for key in shape if key != id_key), self._without_id)
        rest = replace(rest, is_whole=False)
        return replace(self._branch_plan(shape, self._with_id), id_key=id_key, without_id=rest)

    def _branch_plan(self, shape: _Shape, branch: Operation) -> _Plan:
        known = self._known[branch]
        keys = tuple([key for key in shape if known[key].is_looked_at])
        looked_at = [known[key] for key in keys]
        names = tuple([one.name for one in looked_at])
        converters = [one.convert for one in looked_at]
        is_unique = len(set(names)) == len(names)
        if not is_unique:
            converters = [
                _refusing(_twice(key)) if isinstance(key, str) and key_name in names[:place] else converters[place]
                for place, (key, key_name) in enumerate(zip(keys, names, strict=True))
            ]
        is_matched = branch is not Operation.CREATE and self._key in names
        return _Plan(
            keys=keys,
            is_spelled=names == shape,
            is_sound=is_unique and all([one.is_plain for one in looked_at]),  # noqa: C419 # a generator takes longer
            match_key=keys[names.index(self._key)] if is_matched else None,
            names=names,
            converters=tuple(converters),
            is_whole=len(keys) == len(shape),
            branch=branch,
            problems=self._lacking(names, branch),
            rules=tuple(self._rulebook.field_rules(names, branch)),
            # The second spelling of one property, and a key that is no text, are refused even where they are blank.
            skips_blanks=self._ignores_empty and is_unique and all([isinstance(key, str) for key in keys]),  # noqa: C419
        )

    def _about(self, branch: Operation, key: JsonValue) -> _Key:
        if not isinstance(key, str):
            sentence = "a property's name is a text, and this is not; write it in quotes"
            refuse = _refusing(Unsuitable(ProblemCode.NOT_JSON, sentence))
            return _Key(shorten(key), refuse, is_looked_at=not self._chosen, is_id=False, is_plain=False)
        field = self._mapping.get(key.lower(), key) if self._mapping else key
        target = find_target(self._describe, field) if field is not None else None
        name = target.name if target else str(field)
        is_key = name.lower() == self._key.lower() and branch is not Operation.CREATE
        convert = self._rulebook.converter(Property(key=key, target=target, branch=branch, is_match_key=is_key))
        if target and target.parent_key is not None:
            convert = flat_converter(target, convert)
        is_left_out = field is None or (field == ATTRIBUTES and target is None)
        return _Key(
            name,
            key_converter(convert) if is_key else convert,
            is_looked_at=not is_left_out and (not self._chosen or self._meant(field or "") in self._chosen),
            is_id=(field or "").lower() == ID_FIELD.lower(),
            # A relationship whose field is written in its place is more than another name.
            is_plain="." not in (field or "") and not (target and target.is_resolved),
        )

    def _meant(self, key: str) -> str:
        """The same for every name of one property: `account.ext__c` and the object under `Account` mean one."""
        target = find_target(self._describe, key)
        return (target.name if target else key).lower()

    def _lacking(self, names: Collection[str], branch: Operation) -> Sequence[ItemProblem]:
        if branch is Operation.CREATE:
            return self._rulebook.missing(names, branch)
        if self._key in names:
            return ()
        sentence = KEY_SENTENCE.format(what="the item has no such property")
        return (Unsuitable(ProblemCode.KEY_MISSING, sentence).about(self._key),)


def _twice(key: JsonValue) -> Unsuitable:
    sentence = f"the item has it twice, once as {shorten(key)}, and names know no case; keep one of the two"
    return Unsuitable(ProblemCode.DUPLICATE_PROPERTY, sentence)


class _PlainChecker(Checker):
    """The checker without validation: an item of JSON's own scalars is the record as it stands, under other names."""

    def check(self, item: Mapping[str, JsonValue]) -> Checked:
        plan = self._plans.get(tuple(item))
        if plan is not None and plan.is_sound and plan.without_id is None and not plan.problems:
            values = item.values() if plan.is_whole else plan.values(item)
            if _is_plain(plan, item, values) and (plan.match_key is None or not is_blank(item[plan.match_key])):
                # Most items are spelled as the describe spells its fields: such a one is its own record.
                if plan.is_spelled and type(item) is dict:
                    return item, ()
                return dict(zip(plan.names, values, strict=False)), ()
        return super().check(item)


def _is_plain(plan: _Plan, item: Mapping[str, JsonValue], values: Collection[JsonValue]) -> bool:
    """Whether nothing has to be done to any of the values: no empty texts, no Python types, no odd numbers."""
    numbers = _number_places(tuple(map(type, values)))
    if numbers is None or "" in values:
        return False
    # A list, although all() needs none: a generator would cost as much as the rest of this function.
    return not numbers or all([-_SAFE < item[plan.keys[place]] < _SAFE for place in numbers])  # noqa: C419 # see above


@lru_cache(_MOST_PLANS)
def _number_places(kinds: tuple[type, ...]) -> Sequence[int] | None:
    """The places of the values that are numbers, or None where one is of a type that JSON has no scalar for."""
    return [place for place, kind in enumerate(kinds) if kind in _NUMBERS] if _SCALARS.issuperset(kinds) else None


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
