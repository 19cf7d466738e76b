"""The block's configuration: checked against its schema, then parsed once into typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

from ziggy_sf_write.contract import Config, JsonValue, Problem, camel_case
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.schema_check import schema_problems
from ziggy_sf_write.validation import EmptyValues

AUTO = "auto"
# The schema allows no more: an org lets so many long calls in at a time.
MOST_CALLS = 25
CONFIG_SCHEMA = "config.schema.json"
UI_SCHEMA = "config.ui.json"


class Api(StrEnum):
    """Which Salesforce API the user wants to write with."""

    AUTO = "auto"
    COLLECTIONS = "collections"
    BULK = "bulk"


class DuplicateRules(StrEnum):
    """Whether records are saved in spite of a duplicate rule that only alerts."""

    ORG = "org"
    ALLOW_SAVE = "allowSave"


class Compare(StrEnum):
    """Whether items whose record holds their values already are sent all the same."""

    OFF = "off"
    SKIP_UNCHANGED = "skipUnchanged"


class Overwrite(StrEnum):
    """Which fields of a record that is there are written."""

    ALWAYS = "always"
    IF_EMPTY = "ifEmpty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """The collapsed part of the form; the schema says what each one means."""

    api: Api
    batch_size: int
    concurrency: int | None
    bulk_threshold: int | None
    all_or_none: bool
    field_mapping: Mapping[str, str | None]
    empty_values: EmptyValues
    compare: Compare
    overwrite: Overwrite
    previous_values: bool
    keep_previous_days: int
    duplicate_rules: DuplicateRules
    assignment_rule_id: str | None
    reserve_api_calls: float
    max_failures: int
    fail_above: float | None
    failed_to_second_edge: bool
    with_reasons: bool
    dry_run: bool
    call_timeout: float
    max_tries: int
    max_retry_time: float
    doubt_time: float

    @property
    def most_calls(self) -> int:
        """How many calls at a time there may ever be; with `concurrency: auto` the org decides below that."""
        return self.concurrency or MOST_CALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteConfig:
    """A complete, checked configuration of the block."""

    connection: str
    object: str
    upsert: bool
    validate: bool
    invalid_to_second_edge: bool
    match_key: str
    properties: tuple[str, ...]
    error_namespace: str | None
    advanced: Advanced

    def field_of(self, key: str) -> str | None:
        """What a key of an item is written to: as it is mapped, whatever its case, else its own name; None: nowhere."""
        return mapped(self.advanced.field_mapping, key)

    def is_match_key(self, key: str) -> bool:
        """Whether a key of an item is the one by which it finds its record."""
        return (self.field_of(key) or "").lower() == self.match_key.lower()


def mapped(mapping: Mapping[str, str | None], key: str) -> str | None:
    """The same by a mapping whose keys are in lower case."""
    return mapping.get(key.lower(), key) if mapping else key


_Settings = TypeVar("_Settings", Advanced, WriteConfig)


def config_problems(config: Config) -> list[Problem]:
    """Everything that the schema finds wrong with a configuration; an empty text counts as not set."""
    return schema_problems(load_schema(CONFIG_SCHEMA), _without_blanks(config), what="this block")


def default_config() -> dict[str, JsonValue]:
    """What a new block starts with: every default that the schema names."""
    return _defaults(load_schema(CONFIG_SCHEMA))


def parse_config(config: Config) -> WriteConfig:
    """The typed configuration. Raises `ConfigError` with every problem where there is one."""
    problems = config_problems(config)
    if problems:
        raise ConfigError(problems)
    schema = load_schema(CONFIG_SCHEMA)
    full = {**_defaults(schema), **_without_blanks(config)}
    advanced = {**_defaults(schema["properties"]["advanced"]), **full["advanced"]}
    mapping = {key.lower(): field for key, field in advanced["fieldMapping"].items()}
    if len(mapping) < len(advanced["fieldMapping"]):
        message = "The field mapping names a key twice, in different case. Keys know no case: keep one of the two."
        raise ConfigError([Problem(path="/advanced/fieldMapping", message=message)])
    # Whoever chooses a key or a property may call it by its name on the edge.
    full["matchKey"] = mapped(mapping, full["matchKey"])
    full["properties"] = [field for one in full["properties"] if (field := mapped(mapping, one)) is not None]
    told = advanced["concurrency"]
    concurrency = None if told == AUTO else int(told)
    settings = _settings(Advanced, {**advanced, "fieldMapping": mapping, "concurrency": concurrency})
    if full["matchKey"] is None:
        message = "The match key is left out by the field mapping. Map it to a field, or match by another key."
        raise ConfigError([Problem(path="/advanced/fieldMapping", message=message)])
    return _settings(WriteConfig, {**full, "advanced": settings})


def _settings(kind: type[_Settings], stored: Config) -> _Settings:
    """The stored settings under their names in Python, each as the field's annotation has it."""
    return kind(**{one.name: _setting(one.type, stored.get(camel_case(one.name))) for one in fields(kind)})


def _setting(annotation: JsonValue, stored: JsonValue) -> JsonValue:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return annotation(stored)
    return tuple(stored) if isinstance(stored, list) else stored


def _defaults(schema: Config) -> dict[str, JsonValue]:
    return {name: one["default"] for name, one in schema["properties"].items() if "default" in one}


def _without_blanks(config: Config) -> dict[str, JsonValue]:
    # A form stores "" or null for a dropdown that was cleared; both mean that nothing is chosen.
    full = {name: value for name, value in config.items() if value is not None and value != ""}
    advanced = full.get("advanced")
    return {**full, "advanced": _without_blanks(advanced)} if isinstance(advanced, dict) else full
