"""The block's settings as options of a command, made from the schema that the form is drawn from."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click

from ziggy_sf_write.block.config import AUTO, CONFIG_SCHEMA
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.resources import load_schema

_Command = TypeVar("_Command", bound=Callable[..., Any])
# OBJECT is an argument, `--map` stands for the mapping, and a command has files where a block has edges.
_NO_OPTIONS = frozenset(
    {"object", "connection", "fieldMapping", "invalidToSecondEdge", "failedToSecondEdge", "withReasons"}
)
# Shorter spellings beside that of the schema.
_ALSO = {"errorNamespace": "--namespace", "emptyValues": "--empty"}
_ADVANCED = "advanced"


def setting_options(*, without: frozenset[str] = frozenset()) -> Callable[[_Command], _Command]:
    """Decorates a command with an option for each setting of the block, in the schema's order."""

    def decorate(command: _Command) -> _Command:
        for name, schema, _ in reversed(list(_settings())):
            if name not in without:
                command = _option(name, schema)(command)
        return command

    return decorate


def config_of(options: Mapping[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    """The configuration that a command's options make; what was not given takes the schema's default.

    Args:
        options: as click passes them.
        more: settings that are no options, such as the object.
    """
    config: dict[str, JsonValue] = {**more, _ADVANCED: dict(more.get(_ADVANCED, {}))}
    for name, schema, is_advanced in _settings():
        value = options.get(_parameter(name))
        if value is None:
            continue
        if schema.get("type") == "array":
            value = [one.strip() for one in value.split(",") if one.strip()]
        (config[_ADVANCED] if is_advanced else config)[name] = value
    return config


def option_name(name: str) -> str:
    """A setting's option: `emptyValues` is `--empty-values`."""
    return "--" + _dashed(name)


def _settings() -> Iterator[tuple[str, Mapping[str, JsonValue], bool]]:
    properties = load_schema(CONFIG_SCHEMA)["properties"]
    for name, schema in properties.items():
        if name == _ADVANCED:
            for inner, one in schema["properties"].items():
                if inner not in _NO_OPTIONS:
                    yield inner, one, True
        elif name not in _NO_OPTIONS:
            yield name, schema, False


def _option(name: str, schema: Mapping[str, JsonValue]) -> Callable[[_Command], _Command]:
    option, default = option_name(name), schema.get("default")
    shown = str(schema["description"])
    if schema.get("type") == "boolean":
        spelling = f"{option}/--no-{_dashed(name)}"
        return click.option(spelling, _parameter(name), default=None, help=f"{shown}{_told('on' if default else None)}")
    spellings = [option, *([_ALSO[name]] if name in _ALSO else [])]
    return click.option(
        *spellings,
        _parameter(name),
        type=_type(schema),
        metavar="A,B" if schema.get("type") == "array" else None,
        help=f"{shown}{_told(default if default not in (None, []) else None)}",
    )


def _type(schema: Mapping[str, JsonValue]) -> click.ParamType[Any]:
    if "enum" in schema:
        return click.Choice(schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(schema.get("type"), list):
        return _NumberOrAuto(low, high)
    match schema.get("type"):
        case "integer":
            return click.IntRange(low, high)
        case "number":
            return _Share(low, high)
    return click.STRING


class _NumberOrAuto(click.IntRange):
    """A number, or `auto` for as many as turn out to be best."""

    name = "auto or number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == AUTO else super().convert(value, param, ctx)


class _Share(click.FloatRange):
    """A number that may be written with a percent sign behind it, where it counts percent."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number: Any = value.strip().removesuffix("%") if isinstance(value, str) else value
        return super().convert(number, param, ctx)


def _told(default: JsonValue) -> str:
    return "" if default is None else f"  [default: {default}]"


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _parameter(name: str) -> str:
    return _dashed(name).replace("-", "_")
