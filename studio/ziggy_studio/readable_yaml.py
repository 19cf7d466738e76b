"""YAML that a person likes to read: keys in their order, long texts as blocks, and one line where that is enough."""

import yaml

from ziggy_sf_write.contract import JsonValue

_WIDTH = 120


class OneLine(dict[str, JsonValue]):
    """A mapping that is written on one line."""


def dump_readable(value: JsonValue) -> str:
    """The value as YAML text."""
    text: str = yaml.dump(value, Dumper=_ReadableDumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


class _ReadableDumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _represent_one_line(dumper: yaml.SafeDumper, value: OneLine) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


_ReadableDumper.add_representer(str, _represent_text)
_ReadableDumper.add_representer(OneLine, _represent_one_line)
