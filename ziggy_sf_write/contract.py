"""What a flow platform (the host) and its block plugins say to each other: types only, nothing that runs.

An edge carries an array of records. A block is described by a `BlockDescriptor`, reads `Edge`s and answers with a
`BlockResult`. Everything that it may do to the outside goes through the context that its host implements.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

# JSON whose shape is the sender's business passes through under these two names.
JsonValue: TypeAlias = Any
Item: TypeAlias = dict[str, JsonValue]
Config: TypeAlias = Mapping[str, JsonValue]


class Mode(StrEnum):
    """Which values of connections and secrets a run uses."""

    DEV = "DEV"
    PROD = "PROD"


def camel_case(name: str) -> str:
    """A name as the platform's JSON spells it: `header_color` becomes `headerColor`, and `is_ok` becomes `ok`."""
    head, *tail = name.removeprefix("is_").split("_")
    return head + "".join(word.capitalize() for word in tail)


class _InJson:
    """What travels as JSON, field by field."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_json(self) -> dict[str, JsonValue]:
        """The same as JSON, in the platform's spelling: names in camel case, lists and plain dictionaries."""
        return {camel_case(one.name): _json_value(getattr(self, one.name)) for one in fields(self)}


def _json_value(value: JsonValue) -> JsonValue:
    if isinstance(value, _InJson):
        return value.to_json()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class AiInfo(_InJson):
    """What an assistant that builds flows is told about a block; `props` maps a config key to its explanation."""

    summary: str
    description: str
    key_words: tuple[str, ...] = ()
    ai_info: str = ""
    props: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDescriptor(_InJson):
    """One block type as the palette, the form and the engine need to know it.

    `width` and `height` are canvas pixels, `icon` is SVG markup or an icon name, `help` is Markdown.
    `config_schema` is JSON Schema 2020-12, `ui_schema` follows react-jsonschema-form's key names.
    """

    type: str
    name: str
    version: str
    info: str
    group: str = "Custom"
    help: str = ""
    icon: str = "cube"
    header_color: str = "#44678c"
    input_labels: tuple[str, ...] = ("Items",)
    output_labels: tuple[str, ...] = ("Items",)
    width: int = 280
    height: int = 120
    default_config: Config = field(default_factory=dict)
    config_schema: Mapping[str, JsonValue] = field(default_factory=lambda: {"type": "object"})
    ui_schema: Mapping[str, JsonValue] = field(default_factory=dict)
    ai_info: AiInfo | None = None
    connection_types: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JsonValue]:
        """The descriptor as JSON, in the platform's spelling: what `ziggy-sf-write descriptor` prints."""
        handles = {"numInputs": len(self.input_labels), "numOutputs": len(self.output_labels)}
        return {**_InJson.to_json(self), **handles}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionType:
    """A kind of connection that a plugin brings: its name, its label and the JSON Schema of its configuration."""

    type: str
    label: str
    config_schema: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A named connection for one mode. `config` holds resolved secrets, so its `repr` leaves it out."""

    name: str
    type: str
    mode: Mode = Mode.DEV
    config: Config = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The data that waits at one input of a block. `index` 0 is the primary edge, the one that blocks read."""

    index: int
    items: Sequence[JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockResult:
    """What a block leaves behind: one array for each output handle, in handle order, and a report if it has one.

    A reading block that has more to give sets `cursor`: when the blocks behind it, up to a Batch End, have worked
    through what it gave, it is called again with this value as its context's `cursor`.
    """

    outputs: tuple[Sequence[JsonValue], ...]
    report: Mapping[str, JsonValue] | None = None
    cursor: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(_InJson):
    """One line of a dropdown: `value` is stored, `label` is shown, `hint` and `group` help to choose.

    `required` marks what must not be left out, where a form lists what is still open.
    """

    value: str
    label: str
    hint: str = ""
    group: str = ""
    required: bool = False


class Severity(StrEnum):
    """Whether a problem keeps the block from running."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(_InJson):
    """Something in a configuration that a person has to look at; `path` is a JSON pointer into the config."""

    path: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport(_InJson):
    """What Test Connection found: whether it works, a sentence for a person, and facts such as org and user."""

    is_ok: bool
    message: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(_InJson):
    """How far a block is: counts are items of its primary edge."""

    phase: str
    done: int
    total: int
    failures: int = 0


class HostError(Exception):
    """A host could not give what a block asked for (an unknown connection, a missing secret); the text says the cure.

    A plugin's own errors for a person derive from it too: a host shows `str(error)` of any `HostError` as it is and
    treats every other exception as a defect.
    """


# A namespace whose name begins so is the bookkeeping of a block; hosts leave it out of what they show to people.
BOOKKEEPING = "ziggy."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRecord:
    """One record of the Data Store: `name` (its namespace) and `key` together are unique, `data` is any JSON."""

    name: str
    key: str
    data: JsonValue


class DataStore(Protocol):
    """The part of the platform's Data Store that blocks use. Every method raises `HostError` when the store fails."""

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        ...

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        ...

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        ...

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        """The records of a namespace that have one of these keys, in any order."""
        ...

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        """Writes the records that are new, in one transaction, and leaves those that exist as they are.

        The given records whose key was there already, in any order: of all who insert one key at once, in whatever
        process, one alone does not get it back. A host may lack it; then nothing keeps two runs at once apart.
        """
        ...

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes all records in one transaction, replacing those that exist; of two with one key the last counts."""
        ...

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        ...

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        """Removes the records of a namespace that have one of these keys; how many there were."""
        ...


class Cancellation(Protocol):
    """A stop signal that is looked at before each call and inside each wait; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether the run was asked to stop."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Sleeps up to `timeout` seconds and returns at once, with True, when the run is asked to stop."""
        ...


@runtime_checkable
class HostContext(Protocol):
    """What every hook may ask its host for."""

    @property
    def mode(self) -> Mode:
        """Development or production."""
        ...

    @property
    def store(self) -> DataStore:
        """The host's Data Store."""
        ...

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type, in alphabetical order."""
        ...

    def connection(self, name: str) -> Connection:
        """A connection of the current mode with its secrets resolved. Raises `HostError` where it cannot be had."""
        ...


@runtime_checkable
class FormContext(HostContext, Protocol):
    """What a form knows besides: the keys last seen on the block's primary edge."""

    @property
    def edge_keys(self) -> Sequence[str]:
        """Keys of the items of the last run in order of appearance; empty before the first run."""
        ...


@runtime_checkable
class ExecutionContext(HostContext, Protocol):
    """What a running block may use."""

    @property
    def execution_id(self) -> str:
        """One id for one run of the flow: the same for a run that is taken up again."""
        ...

    @property
    def flow_name(self) -> str:
        """The flow's name as a person gave it."""
        ...

    @property
    def block_id(self) -> str:
        """The id of this block within its flow."""
        ...

    @property
    def wired_outputs(self) -> Sequence[int] | None:
        """Which outputs of the block lead to another block, counted from 0; None where the host does not say."""
        ...

    @property
    def cursor(self) -> JsonValue:
        """Where the block's last batch ended, as it said itself; None at its first call."""
        ...

    @property
    def cancelled(self) -> Cancellation:
        """Set when a person, a timeout or the process asks the run to stop."""
        ...

    @property
    def log(self) -> logging.Logger:
        """Where a block tells its operator what it does; never item values, never secrets."""
        ...

    def progress(self, progress: Progress) -> None:
        """Reports how far the block is: at most ten times a second and at each phase's end, from any thread."""
        ...
