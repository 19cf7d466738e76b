"""YAML that a person likes to read: keys in their order, long texts as blocks, and one line where that is enough."""

import io
from collections.abc import Sequence

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, PlainScalarString

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.long_texts import LongTexts
from ziggy_studio.yaml_text import YamlProblem, parse_yaml

_WIDTH = 120
_NEVER_BROKEN = 1_000_000


class OneLine(dict[str, JsonValue]):
    """A mapping that is written on one line."""


def dump_readable(value: JsonValue) -> str:
    """The value as YAML text."""
    long = LongTexts()
    marked = long.marked(value)
    text: str = yaml.dump(marked, Dumper=_ReadableDumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return long.filled(text)


class _ReadableDumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _represent_one_line(dumper: yaml.SafeDumper, value: OneLine) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


_ReadableDumper.add_representer(str, _represent_text)
_ReadableDumper.add_representer(PlainScalarString, _represent_text)
_ReadableDumper.add_representer(OneLine, _represent_one_line)


def rewritten(text: str, value: JsonValue) -> str | None:
    """The text changed so that it says `value`, with the comments, quotes and order of what stays.

    None where it cannot be changed so: because it is not YAML, or because what it shares by anchors differs now.
    """
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = _NEVER_BROKEN
    editor.indent(mapping=2, sequence=4, offset=2)
    out, long = io.StringIO(), LongTexts()
    try:
        editor.dump(_changed(editor.load(long.cut(text)), long.marked(value)), out)
        written = long.filled(out.getvalue())
        is_same = says_the_same(parse_yaml(written), value)
    except (YAMLError, yaml.YAMLError, YamlProblem, RecursionError, ValueError):
        return None
    return written if is_same else None


def _changed(old: JsonValue, new: JsonValue) -> JsonValue:
    """What stands in the file, changed in place as far as it says something else."""
    match old, new:
        case CommentedMap(), dict():
            for key in [key for key in old if key not in new]:
                del old[key]
            for key, value in new.items():
                old[key] = _changed(old[key], value) if key in old else _fresh(value)
            return old
        case CommentedSeq(), list():
            return _changed_list(old, new)
        case _:
            return old if says_the_same(old, new) else _fresh(new)


def _changed_list(old: CommentedSeq, new: Sequence[JsonValue]) -> CommentedSeq:
    """A list whose entries are known by their ids, or, where they have none, by their places."""
    names, wanted = _ids(old), _ids(new)
    if names == wanted and len(old) == len(new):
        for at, value in enumerate(new):
            old[at] = _changed(old[at], value)
        return old
    known = dict(zip(names, old, strict=False))
    entries = [
        _changed(known[name], one) if name in known else _fresh(one) for name, one in zip(wanted, new, strict=False)
    ]
    found = CommentedSeq(entries or [_fresh(one) for one in new])
    if old.fa.flow_style():
        found.fa.set_flow_style()
    return found


def _ids(entries: Sequence[JsonValue]) -> list[str]:
    """The ids of all entries; empty where not each has one of its own."""
    ids = [one.get("id") if isinstance(one, dict) else None for one in entries]
    named = [one for one in ids if isinstance(one, str)]
    return named if len(set(named)) == len(entries) else []


def _fresh(value: JsonValue) -> JsonValue:
    """A value that the file has not had, in the form in which a new file would have it."""
    match value:
        case dict():
            found = CommentedMap({key: _fresh(one) for key, one in value.items()})
            if isinstance(value, OneLine):
                found.fa.set_flow_style()
            return found
        case list():
            return CommentedSeq([_fresh(one) for one in value])
        case PlainScalarString():
            return value
        case str() if "\n" in value:
            return LiteralScalarString(value)
        case str() if not _is_plain(value):
            return DoubleQuotedScalarString(value)
        case _:
            return value


def _is_plain(text: str) -> bool:
    """Whether a text may stand without quotes: the editor follows YAML 1.2, to which `on` is none but a text."""
    try:
        return bool(parse_yaml(text) == text)
    except YamlProblem:
        return False


def says_the_same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values say the same; to Python, `1` and `true` were equal."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(says_the_same(value, other[key]) for key, value in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(says_the_same, one, other))
        case _:
            return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
