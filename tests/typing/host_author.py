"""The public API as the author of another host uses it; read by pyright in strict mode, never run."""
# pyright: strict

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_type

import pluggy

from ziggy_sf_write import hookspecs
from ziggy_sf_write.contract import (
    BlockDescriptor,
    BlockResult,
    Cancellation,
    Choice,
    Config,
    Connection,
    ConnectionReport,
    ConnectionType,
    DataStore,
    Edge,
    ExecutionContext,
    FormContext,
    HostContext,
    HostError,
    Item,
    JsonValue,
    Mode,
    Problem,
    Progress,
    Severity,
    StoreRecord,
)
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.validation import (
    Checked,
    Checker,
    CheckOptions,
    EmptyValues,
    ItemProblem,
    Operation,
    ProblemCode,
    compile_checker,
    compile_converter,
    to_json_bytes,
)


class Shelf:
    """A Data Store that keeps nothing."""

    def namespaces(self) -> Sequence[str]:
        return []

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        return [StoreRecord(name=name, key="a", data={"limit": limit, "offset": offset})]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        return None

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        return [StoreRecord(name=name, key=key, data=None) for key in keys]

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        raise HostError("The disk is full.")

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        raise HostError(f"{len(list(records))} records are too many.")

    def delete_key(self, name: str, key: str) -> bool:
        return False

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        return 0


@dataclass
class Host:
    """One context for every hook."""

    connections: dict[str, Connection] = field(default_factory=dict[str, Connection])
    mode: Mode = Mode.PROD
    execution_id: str = "1"
    flow_name: str = "Nightly"
    block_id: str = "write"
    cursor: JsonValue = None
    wired_outputs: Sequence[int] | None = None
    edge_keys: Sequence[str] = ("Name",)

    @property
    def store(self) -> DataStore:
        return Shelf()

    @property
    def cancelled(self) -> Cancellation:
        return threading.Event()

    @property
    def log(self) -> logging.Logger:
        return logging.getLogger("host")

    def connection_names(self, connection_type: str) -> Sequence[str]:
        return sorted(name for name, one in self.connections.items() if one.type == connection_type)

    def connection(self, name: str) -> Connection:
        return self.connections[name]

    def progress(self, progress: Progress) -> None:
        assert_type(progress.done, int)


def contexts(host: Host) -> tuple[HostContext, FormContext, ExecutionContext]:
    """One class satisfies all three protocols."""
    return host, host, host


class Upper:
    """A block plugin that writes every hook down with its types."""

    @hookspecs.hookimpl
    def ziggy_blocks(self) -> list[BlockDescriptor]:
        return [BlockDescriptor(type="UPPER_V1", name="Upper", version="1.0.0", info="Upper-cases every text")]

    @hookspecs.hookimpl
    def ziggy_connection_types(self) -> list[ConnectionType]:
        return [ConnectionType(type="none", label="None", config_schema={"type": "object"})]

    @hookspecs.hookimpl
    def ziggy_choices(self, block_type: str, field: str, config: Config, context: FormContext) -> list[Choice] | None:
        return [Choice(value=key, label=key) for key in context.edge_keys] if block_type == "UPPER_V1" else None

    @hookspecs.hookimpl
    def ziggy_execute(
        self, block_type: str, config: Config, edges: Sequence[Edge], context: ExecutionContext
    ) -> BlockResult:
        items: list[Item] = [{"upper": str(item).upper()} for item in edges[0].items]
        context.progress(Progress(phase="write", done=len(items), total=len(items)))
        return BlockResult(outputs=(items,), report={"counts": {"received": len(items)}})

    @hookspecs.hookimpl
    def ziggy_check(self, block_type: str, config: Config, context: HostContext) -> list[Problem]:
        return [Problem(path="/connection", message="Choose one.", severity=Severity.WARNING)]

    @hookspecs.hookimpl
    def ziggy_test_connection(self, connection_type: str, config: Config) -> ConnectionReport | None:
        return ConnectionReport(is_ok=True, message="Connected.", facts={"user": "me"})


def manager() -> pluggy.PluginManager:
    """What a host builds at start-up."""
    plugins = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    plugins.add_hookspecs(hookspecs)
    plugins.register(Upper())
    return plugins


def judge(raw: Mapping[str, JsonValue], item: JsonValue) -> tuple[Item, list[str]]:
    """Validation without a run: a host may check test data while it is typed."""
    describe = parse_object_describe(raw)
    assert_type(describe, ObjectDescribe)
    options = CheckOptions(operation=Operation.UPSERT, match_key="Id", empty_values=EmptyValues.CLEAR)
    checker = compile_checker(describe, options)
    assert_type(checker, Checker)
    checked: Checked = checker.check(item)
    record, problems = checked
    for problem in problems:
        assert_type(problem, ItemProblem)
        assert_type(problem.code, ProblemCode)
    assert_type(compile_converter(describe, options), Checker)
    assert_type(to_json_bytes(record), bytes)
    return record, [problem.message for problem in problems]
