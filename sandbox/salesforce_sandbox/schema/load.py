"""Objects from YAML declarations and from describes of real orgs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.soql.parse import parse_condition

from .build import SchemaError, build_fields, event_fields, owner_field, system_fields
from .imported import free_prefix, objects_from_json
from .model import DuplicateRule, Field, RecordTypeSeed, Schema, SObject, ValidationRule

# The C parser of the safe loader where PyYAML has it: ten times as fast.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANYWHERE = ("*",)
_NOT_ANYWHERE = frozenset({"ContentDocument", "ContentDocumentLink", "ContentVersion", "RecordType", "Folder"})
_OBJECT_KEYS = frozenset(
    {
        "name", "label", "plural", "prefix", "owner", "fields", "validation_rules", "duplicate_rules", "record_types",
        "createable", "updateable", "deletable", "queryable", "extends",
    }
)  # fmt: skip


def load_schema(extra: Iterable[Path] = (), *, example_rules: bool = False) -> Schema:
    """The built-in objects, and those of the files or folders given; a later one of the same name wins."""
    paths = tuple(extra)
    return _built_in_schema(example_rules) if not paths else _schema(paths, example_rules=example_rules)


@lru_cache(maxsize=2)
def _built_in_schema(example_rules: bool) -> Schema:  # noqa: FBT001  lru_cache wants it positional
    """One for all orgs that bring no objects, so that what is derived from it is shared, too."""
    return _schema((), example_rules=example_rules)


def _schema(extra: Iterable[Path], *, example_rules: bool) -> Schema:
    built_in = {each.name: each if example_rules else _without_examples(each) for each in _built_in()}
    given: dict[str, SObject] = {}
    for path in extra:
        for each in _from_path(path, taken={o.prefix for o in given.values()}):
            given[each.name] = each
    objects = {**_giving_way(built_in, given), **given}
    return Schema(tuple(_pointing_anywhere(each, objects) for each in objects.values()))


def _giving_way(built_in: Mapping[str, SObject], given: Mapping[str, SObject]) -> dict[str, SObject]:
    """The built-in objects; one whose key prefix a given object has gets another, as every org gives its own."""
    taken = {each.prefix for each in given.values()}
    free = taken | {each.prefix for each in built_in.values()}
    found: dict[str, SObject] = {}
    for name, each in built_in.items():
        if each.prefix in taken and name not in given:
            found[name] = replace(each, prefix=free_prefix(free))
            free.add(found[name].prefix)
        else:
            found[name] = each
    return found


def _without_examples(sobject: SObject) -> SObject:
    """The object without the rules of our own, which nobody expects on a standard object."""
    rules = tuple(each for each in sobject.validation_rules if not each.example)
    duplicates = tuple(each for each in sobject.duplicate_rules if not each.example)
    return replace(sobject, validation_rules=rules, duplicate_rules=duplicates)


def _pointing_anywhere(sobject: SObject, objects: Mapping[str, SObject]) -> SObject:
    """A lookup declared `to: "*"` may point at every record that a person works with."""
    if not any(each.reference_to == _ANYWHERE for each in sobject.fields):
        return sobject
    names = tuple(each.name for each in objects.values() if each.name not in _NOT_ANYWHERE)
    fields = tuple(
        replace(each, reference_to=names) if each.reference_to == _ANYWHERE else each for each in sobject.fields
    )
    return replace(sobject, fields=fields)


@lru_cache(maxsize=1)
def _built_in() -> tuple[SObject, ...]:
    """Read once: parsing YAML is most of what starting a sandbox costs."""
    folder = resources.files("salesforce_sandbox") / "objects"
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    return tuple(found for file in files for found in _from_yaml(file.read_text("utf-8"), file.name))


def _from_path(path: Path, *, taken: set[str | None]) -> Iterator[SObject]:
    if not path.exists():
        yield from _from_name(str(path))
    elif path.is_dir():
        for file in sorted(path.iterdir()):
            if file.suffix in (".yaml", ".yml", ".json"):
                yield from _from_path(file, taken=taken)
    elif path.suffix == ".json":
        yield from objects_from_json(path.read_text("utf-8-sig"), path.name, taken=taken)
    else:
        for each in _from_yaml(path.read_text("utf-8"), path.name):
            _check_rules(each, path.name)
            yield each


def _check_rules(sobject: SObject, source: str) -> None:
    """Rules that somebody brings are read at once; those of the sandbox's own objects when they are needed."""
    for rule in sobject.validation_rules:
        try:
            parse_condition(rule.when)
        except RequestRefused as err:
            raise SchemaError(f"{source}: {sobject.name}, rule {rule.name}: {err}") from err


def _from_name(name: str) -> Iterator[SObject]:
    """The objects of a file that the sandbox brings."""
    folder = resources.files("salesforce_sandbox") / "more_objects"
    known = {each.name.removesuffix(".yaml"): each for each in folder.iterdir() if each.name.endswith(".yaml")}
    if name not in known:
        raise SchemaError(f"{name}: no such file; by name the sandbox knows {', '.join(sorted(known))}")
    yield from _from_yaml(known[name].read_text("utf-8"), f"{name}.yaml")


def _from_yaml(text: str, source: str) -> Iterator[SObject]:
    for document in yaml.load_all(text, Loader=_SafeLoader):
        try:
            yield object_from_yaml(document)
        except (KeyError, ValueError) as err:
            raise SchemaError(f"{source}: {err}") from err


def object_from_yaml(spec: Mapping[str, Any]) -> SObject:
    """One object from its declaration, with the system fields that every object has."""
    unknown = set(spec) - _OBJECT_KEYS
    if unknown:
        raise SchemaError(f"unknown keys {sorted(unknown)}; known are {sorted(_OBJECT_KEYS)}")
    name: str = spec["name"]
    label: str = spec.get("label", name.removesuffix("__c").replace("_", " "))
    is_event = name.endswith("__e")
    declared = tuple(each for key, value in spec["fields"].items() for each in build_fields(key, value))
    if "extends" in spec:
        declared = (*_inherited(spec["extends"], declared), *declared)
    return SObject(
        name=name,
        label=label,
        plural=spec.get("plural", f"{label}s"),
        prefix=spec["prefix"],
        fields=(*_ordered(label, declared, None), *event_fields())
        if is_event
        else _ordered(label, declared, spec.get("owner", "user")),
        validation_rules=tuple(ValidationRule(**each) for each in spec.get("validation_rules", ())),
        duplicate_rules=tuple(
            DuplicateRule(**{**each, "match": tuple(each["match"])}) for each in spec.get("duplicate_rules", ())
        ),
        record_types=tuple(_record_type(each, declared) for each in spec.get("record_types", ())),
        createable=spec.get("createable", True),
        updateable=spec.get("updateable", not is_event),
        deletable=spec.get("deletable", not is_event),
        queryable=spec.get("queryable", not is_event),
    )


def _inherited(name: str, declared: tuple[Field, ...]) -> Iterator[Field]:
    """The fields of the built-in object of this name, but those that are declared anew, and those of every object."""
    base = next((each for each in _built_in() if each.name == name), None)
    if base is None:
        raise SchemaError(f"extends {name}: the sandbox brings no such object")
    own = {each.name for each in (*declared, *system_fields(name), *owner_field("user"))}
    return (each for each in base.fields if each.name not in own)


def _record_type(spec: Mapping[str, Any], declared: tuple[Field, ...]) -> RecordTypeSeed:
    """A record type; the values that it leaves of a picklist must be the picklist's own."""
    narrowed = {name: tuple(values) for name, values in spec.get("picklists", {}).items()}
    known = {each.name: {entry.value for entry in each.values} for each in declared}
    for name, values in narrowed.items():
        foreign = set(values) - known.get(name, set())
        if foreign:
            raise SchemaError(f"record type {spec['name']}: {name} has no values {sorted(foreign)}")
    return RecordTypeSeed(**{**spec, "picklists": narrowed})


def _ordered(label: str, declared: tuple[Field, ...], owner: str | None) -> tuple[Field, ...]:
    """Id and IsDeleted lead, owner and audit fields follow, as in real describes."""
    identity, is_deleted, *audit = system_fields(label)
    return (identity, is_deleted, *declared, *owner_field(owner), *audit)
