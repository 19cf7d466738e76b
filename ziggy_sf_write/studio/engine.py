"""The flow engine: a block starts when all its incoming edges have data; branches run in parallel."""

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pluggy

from ziggy_sf_write.contract import (
    BlockResult,
    DataStore,
    Edge,
    HostContext,
    HostError,
    JsonValue,
    Mode,
    Problem,
    Progress,
    Severity,
)
from ziggy_sf_write.studio.context import StudioContext
from ziggy_sf_write.studio.events import EventKind, Listener, LogToEvents, RunEvent, nobody_listens
from ziggy_sf_write.studio.flow import RECEIVER, Flow, FlowBlock
from ziggy_sf_write.studio.project import Project

log = logging.getLogger(__name__)

_MOST_BLOCKS_AT_ONCE = 8


class Status(StrEnum):
    """How a run, or a block of it, ended."""

    OK = "ok"
    ERROR = "error"
    STOPPED = "stopped"
    TIMEOUT = "timeout"
    NOT_RUN = "notRun"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRun:
    """One block's part in a run; `ms` is its execution time."""

    id: str
    type: str
    status: Status = Status.NOT_RUN
    ms: int = 0
    report: JsonValue = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """A finished run; `payloads` holds the items of each edge that was filled, by the edge's id."""

    status: Status
    error: dict[str, JsonValue] | None
    ms: int
    payloads: dict[str, Sequence[JsonValue]]
    blocks: tuple[BlockRun, ...]


@dataclass(slots=True, kw_only=True)
class Host:
    """What runs share: the plugins, the project, the store, the mode.

    `cancelled` stops every run that was not given a stop signal of its own.
    """

    plugins: pluggy.PluginManager
    project: Project
    store: DataStore
    mode: Mode
    cancelled: threading.Event = field(default_factory=threading.Event)
    on_progress: Callable[[str, Progress], None] = lambda _block, _progress: None

    def context(self, flow: Flow, block_id: str, execution_id: str) -> StudioContext:
        """The context of one block of a flow."""
        return self.context_named(flow.name, block_id=block_id, execution_id=execution_id)

    def context_named(self, name: str, *, block_id: str, execution_id: str) -> StudioContext:
        """The context of one block that runs under this name."""
        return StudioContext(
            project=self.project,
            store=self.store,
            mode=self.mode,
            flow_name=name,
            execution_id=execution_id,
            block_id=block_id,
            cancelled=self.cancelled,
            log=logging.getLogger(f"ziggy.flow.{block_id}"),
            on_progress=self.on_progress,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one run has for itself.

    `cancelled` stops this run alone, `until` names the block before which it ends: everything upstream of it runs.
    """

    launch_data: Sequence[JsonValue] | None = None
    cancelled: threading.Event | None = None
    listener: Listener = nobody_listens
    until: str | None = None
    execution_id: str = ""


def check_flow(flow: Flow, host: Host) -> list[Problem]:
    """What keeps blocks from running, as their plugins see it; each message names the block.

    Paths are JSON pointers into the flow's document.
    """
    found = []
    for index, block in enumerate(flow.blocks):
        context: HostContext = host.context(flow, block.id, "")
        problems = host.plugins.hook.ziggy_check(block_type=block.type, config=block.config, context=context) or []
        found += [
            Problem(path=f"/blocks/{index}/config{one.path}", message=f"block `{block.id}`: {one.message}")
            for one in problems
            if one.severity is Severity.ERROR
        ]
    return found


def run_flow(
    flow: Flow, host: Host, *, launch_data: Sequence[JsonValue] | None = None, options: RunOptions | None = None
) -> FlowRun:
    """Runs a flow to its end. A failing block ends the run as an error; what the others put on edges is kept."""
    return _Run(flow, host, options or RunOptions(launch_data=launch_data)).run()


class _Run:
    def __init__(self, flow: Flow, host: Host, options: RunOptions) -> None:
        self._flow = flow
        self._host = host
        self._launch_data = options.launch_data
        self._cancelled = options.cancelled or host.cancelled
        self._listener = options.listener
        self._wanted = flow.upstream(options.until) if options.until else {block.id for block in flow.blocks}
        self._execution_id = options.execution_id or uuid.uuid4().hex
        self._payloads: dict[str, Sequence[JsonValue]] = {}
        self._runs = {block.id: BlockRun(id=block.id, type=block.type) for block in flow.blocks}
        self._error: dict[str, JsonValue] | None = None
        self._is_timed_out = False

    def run(self) -> FlowRun:
        started = time.monotonic()
        self._tell(EventKind.RUN_STARTED, {"flow": self._flow.name, "mode": self._host.mode.value})
        timer = threading.Timer(self._flow.timeout_s, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            self._run_blocks()
        finally:
            timer.cancel()
        run = FlowRun(
            status=self._status(),
            error=self._error,
            ms=round((time.monotonic() - started) * 1000),
            payloads=self._payloads,
            blocks=tuple(self._runs.values()),
        )
        self._tell(EventKind.RUN_FINISHED, {"status": run.status.value, "error": run.error, "ms": run.ms})
        return run

    def _run_blocks(self) -> None:
        waiting = {block.id: block for block in self._flow.blocks}
        pending: dict[Future[BlockResult], FlowBlock] = {}
        with ThreadPoolExecutor(max_workers=_MOST_BLOCKS_AT_ONCE, thread_name_prefix="ziggy-block") as pool:
            while True:
                for block in [one for one in waiting.values() if self._may_start(one)]:
                    del waiting[block.id]
                    pending[pool.submit(self._execute, block)] = block
                if not pending:
                    return
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    self._deliver(pending.pop(future), future.result())

    def _may_start(self, block: FlowBlock) -> bool:
        if self._error is not None or self._cancelled.is_set() or block.id not in self._wanted:
            return False
        incoming = self._flow.incoming(block.id)
        return all(edge.id in self._payloads for edge in incoming) if incoming else block.type == RECEIVER

    def _execute(self, block: FlowBlock) -> BlockResult:
        started = time.monotonic()
        self._tell(EventKind.BLOCK_STARTED, {"block": block.id, "type": block.type})
        result, report, error = self._call_plugin(block)
        if error is not None:
            self._error = {"block": block.id, "type": block.type, "message": error}
        self._runs[block.id] = BlockRun(
            id=block.id,
            type=block.type,
            status=Status.OK if error is None else Status.ERROR,
            ms=round((time.monotonic() - started) * 1000),
            report=report,
            error=error,
        )
        self._tell(
            EventKind.BLOCK_FINISHED,
            {
                "block": block.id,
                "type": block.type,
                "status": self._runs[block.id].status.value,
                "ms": self._runs[block.id].ms,
                "report": without_items(report),
                "error": error,
            },
        )
        return result

    def _call_plugin(self, block: FlowBlock) -> tuple[BlockResult, JsonValue, str | None]:
        """The block's result, its report and its fatal error, if it raised one."""
        context = self._context(block)
        nothing = BlockResult(outputs=())
        try:
            result: BlockResult | None = self._host.plugins.hook.ziggy_execute(
                block_type=block.type, config=block.config, edges=self._edges_into(block), context=context
            )
        except HostError as err:
            return nothing, getattr(err, "report", None), str(err)
        except Exception as err:  # a plugin's defect must end its flow, not the host
            log.exception("block %s raised", block.id)
            return nothing, None, f"The block failed with an internal error ({type(err).__name__})."
        if result is None:
            return nothing, None, f"No plugin runs blocks of type {block.type}."
        return result, result.report, None

    def _context(self, block: FlowBlock) -> StudioContext:
        """The host's context with this run's own stop signal, log and progress."""
        # Not from getLogger: a run's logger must be forgotten with its run.
        log_of_block = logging.Logger(f"ziggy.flow.{block.id}")  # noqa: LOG001
        log_of_block.parent = logging.getLogger("ziggy.flow")
        log_of_block.addHandler(LogToEvents(block.id, self._listener))
        return replace(
            self._host.context(self._flow, block.id, self._execution_id),
            cancelled=self._cancelled,
            log=log_of_block,
            on_progress=self._on_progress,
        )

    def _on_progress(self, block_id: str, progress: Progress) -> None:
        self._host.on_progress(block_id, progress)
        self._tell(EventKind.BLOCK_PROGRESS, {"block": block_id, **progress.to_json()})

    def _tell(self, kind: EventKind, data: dict[str, JsonValue]) -> None:
        self._listener(RunEvent(kind=kind, data=data))

    def _edges_into(self, block: FlowBlock) -> list[Edge]:
        if block.type == RECEIVER and self._launch_data is not None:
            return [Edge(index=0, items=self._launch_data)]
        incoming = self._flow.incoming(block.id)
        return [Edge(index=index, items=self._payloads[edge.id]) for index, edge in enumerate(incoming)]

    def _deliver(self, block: FlowBlock, result: BlockResult) -> None:
        for edge in self._flow.edges:
            if edge.source == block.id and edge.output < len(result.outputs):
                self._payloads[edge.id] = result.outputs[edge.output]
                self._tell(EventKind.EDGE_FILLED, {"edge": edge.id, "count": len(self._payloads[edge.id])})

    def _time_out(self) -> None:
        self._is_timed_out = True
        self._cancelled.set()

    def _status(self) -> Status:
        if self._error is not None:
            return Status.ERROR
        if self._is_timed_out:
            return Status.TIMEOUT
        return Status.STOPPED if self._cancelled.is_set() else Status.OK


def without_items(report: JsonValue) -> JsonValue:
    """A report whose list of items that were not written is replaced by its groups: outcome, code and how many."""
    if not isinstance(report, dict) or not isinstance(report.get("notWritten"), list):
        return report
    groups: Counter[tuple[str, str]] = Counter()
    samples: dict[tuple[str, str], str] = {}
    for entry in report["notWritten"]:
        for code, message in {one["code"]: one["message"] for one in entry["errors"]}.items():
            groups[entry["outcome"], code] += 1
            samples.setdefault((entry["outcome"], code), message)
    rest: Mapping[str, JsonValue] = {key: value for key, value in report.items() if key != "notWritten"}
    return {
        **rest,
        "notWrittenGroups": [
            {"outcome": key[0], "code": key[1], "count": count, "sample": samples[key]}
            for key, count in groups.most_common()
        ],
    }
