"""The flow engine: a block starts when all its incoming edges have data; branches run in parallel.

A reading block may give its items in batches: what stands between it and a Batch End runs again for each of them.
After a fatal error, what is wired to a Terminator's error output runs.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ziggy_sf_write.contract import BlockResult, Edge, HostContext, HostError, JsonValue, Problem, Progress, Severity
from ziggy_studio.answers import check_block, checked_report, checked_result, report_of
from ziggy_studio.context import StudioContext
from ziggy_studio.events import EventKind, Listener, LogToEvents, RunEvent, nobody_listens
from ziggy_studio.flow import BATCH_END, RECEIVER, TERMINATOR, Flow, FlowBlock, Loop, begin_loop, meeting_loops
from ziggy_studio.host import Host
from ziggy_studio.outcome import BlockRun, FlowRun, RunKind, Status, without_items

if TYPE_CHECKING:
    from ziggy_studio.store import History

__all__ = ["BlockRun", "FlowRun", "Host", "RunOptions", "Status", "check_flow", "run_flow", "without_items"]

log = logging.getLogger(__name__)

_MOST_BLOCKS_AT_ONCE = 8
# The system may hand a signal to any thread, but Python's handler runs in the main one, when that wakes the next time.
_LONGEST_SLEEP_S = 0.1
# What runs after a failure, to tell somebody, must not itself go on for ever.
_ERROR_OUTPUT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one run has for itself.

    `cancelled` stops this run alone, `until` names the block before which it ends: everything upstream of it runs;
    `kind` is what the history calls it.
    """

    launch_data: Sequence[JsonValue] | None = None
    cancelled: threading.Event | None = None
    listener: Listener = nobody_listens
    until: str | None = None
    execution_id: str = ""
    kind: RunKind = RunKind.RUN


def check_flow(flow: Flow, host: Host) -> list[Problem]:
    """What keeps blocks from running, as their plugins see it; each message names the block.

    Paths are JSON pointers into the flow's document.
    """
    found = []
    for index, block in enumerate(flow.blocks):
        context: HostContext = host.context(flow, block.id, "")
        problems = check_block(host.plugins, block.type, block.config, context) or []
        found += [
            Problem(path=f"/blocks/{index}/config{one.path}", message=f"block `{block.id}`: {one.message}")
            for one in problems
            if one.severity is Severity.ERROR
        ]
    return found


def run_flow(
    flow: Flow, host: Host, *, launch_data: Sequence[JsonValue] | None = None, options: RunOptions | None = None
) -> FlowRun:
    """Runs a flow to its end. A failing block ends the run as an error; what the others put on edges is kept.

    The host's history keeps the run; where it fails, the run goes on and the log says so.
    """
    chosen = options or RunOptions(launch_data=launch_data)
    execution_id = chosen.execution_id or uuid.uuid4().hex
    begun = {"flow": flow.name, "mode": host.mode.value, "kind": chosen.kind}
    _remember(host, lambda history: history.begin(execution_id, **begun))
    finished = _Run(flow, host, replace(chosen, execution_id=execution_id)).run()
    is_kept = _remember(host, lambda history: history.finish(execution_id, finished))
    return replace(finished, is_kept=bool(is_kept))


def _remember(host: Host, note: "Callable[[History], bool | None]") -> bool | None:
    if host.history is None:
        return None
    try:
        return note(host.history)
    except HostError as err:
        log.warning("the history of runs lacks a run: %s", err)
        return None


class _Run:
    def __init__(self, flow: Flow, host: Host, options: RunOptions) -> None:
        self._flow = flow
        self._host = host
        self._launch_data = options.launch_data
        self._cancelled = options.cancelled or host.cancelled
        self._listener = options.listener
        self._wanted = flow.upstream(options.until) if options.until else {block.id for block in flow.blocks}
        self._execution_id = options.execution_id
        # What waits on the edges for the next block, and all that was ever on them.
        self._waiting: dict[str, Sequence[JsonValue]] = {}
        self._payloads: dict[str, Sequence[JsonValue]] = {}
        self._gathered: dict[str, list[JsonValue]] = {}
        self._runs = {block.id: BlockRun(id=block.id, type=block.type) for block in flow.blocks}
        self._to_run = {block.id: block for block in flow.blocks}
        self._loops: dict[str, Loop] = {}
        self._error: dict[str, JsonValue] | None = None
        self._is_timed_out = False
        self._must_end_at_s = 0.0

    def run(self) -> FlowRun:
        started = time.monotonic()
        self._tell(EventKind.RUN_STARTED, {"flow": self._flow.name, "mode": self._host.mode.value})
        self._run_blocks(self._flow.timeout_s)
        status, error = self._status(), self._error
        if status in (Status.ERROR, Status.TIMEOUT):
            self._run_error_output(error or {"message": f"The flow took longer than {self._flow.timeout_s:g} s."})
        run = FlowRun(
            status=status,
            error=error,
            ms=round((time.monotonic() - started) * 1000),
            payloads=self._payloads,
            blocks=tuple(self._runs.values()),
        )
        self._tell(EventKind.RUN_FINISHED, {"status": run.status.value, "error": run.error, "ms": run.ms})
        return run

    def _run_error_output(self, error: dict[str, JsonValue]) -> None:
        """Lets the blocks behind the Terminators' error outputs run: nothing else, and with a stop signal anew."""
        reached = [edge for edge in self._flow.edges if self._flow.block(edge.source).type == TERMINATOR]
        # A person who stops a run while it fails wants it to end.
        is_stopped = self._cancelled.is_set() and not self._is_timed_out
        if not reached or is_stopped:
            return
        self._to_run = {name: block for name, block in self._to_run.items() if name in self._flow.downstream(reached)}
        self._wanted = set(self._to_run)
        self._cancelled, self._error, self._loops = threading.Event(), None, {}
        for edge in reached:
            self._fill(edge.id, [error])
        self._run_blocks(_ERROR_OUTPUT_TIMEOUT_S)

    def _run_blocks(self, timeout_s: float) -> None:
        self._must_end_at_s = time.monotonic() + timeout_s
        pending: dict[Future[BlockResult], FlowBlock] = {}
        with ThreadPoolExecutor(max_workers=_MOST_BLOCKS_AT_ONCE, thread_name_prefix="ziggy-block") as pool:
            self._keep_running(pool, pending)

    def _keep_running(self, pool: ThreadPoolExecutor, pending: dict[Future[BlockResult], FlowBlock]) -> None:
        try:
            while True:
                for block in self._take_ready(pending.values()):
                    pending[pool.submit(self._execute, block)] = block
                if not pending:
                    self._refuse_stuck_loops()
                    return
                for future in self._await(pending, FIRST_COMPLETED):
                    self._deliver(pending.pop(future), future.result())
        except BaseException:
            # Whatever has broken the run, its other blocks are not to go on without it.
            self._cancelled.set()
            self._await(pending, ALL_COMPLETED)
            raise

    def _await(self, pending: Iterable[Future[BlockResult]], return_when: str) -> set[Future[BlockResult]]:
        """The futures that have ended, once one or all of them have; the thread stays able to hear signals.

        When the time is over, what runs is told to stop.
        """
        while True:
            left_s = self._must_end_at_s - time.monotonic()
            if left_s <= 0 and not self._cancelled.is_set():
                self._is_timed_out = True
                self._cancelled.set()
            sleep_s = min(left_s, _LONGEST_SLEEP_S) if left_s > 0 else _LONGEST_SLEEP_S
            ended, running = wait(pending, sleep_s, return_when)
            if not running or (ended and return_when == FIRST_COMPLETED):
                return ended

    def _take_ready(self, running: Iterable[FlowBlock]) -> list[FlowBlock]:
        """The blocks that may start now; where a loop has come to rest its next batch is among them."""
        ready = [block for block in self._to_run.values() if self._may_start(block)]
        busy = {block.id for block in [*ready, *running]}
        if not self._is_halted():
            at_rest = [loop for loop in self._loops.values() if self._is_at_rest(loop, busy)]
            ready += [self._next_batch(loop) for loop in at_rest]
        for block in ready:
            self._to_run.pop(block.id, None)
        return ready

    def _may_start(self, block: FlowBlock) -> bool:
        if self._is_halted() or block.id not in self._wanted:
            return False
        if any(block.id in loop.ends for loop in self._loops.values()):
            return False
        incoming = self._flow.incoming(block.id)
        return all(edge.id in self._waiting for edge in incoming) if incoming else block.type == RECEIVER

    def _is_halted(self) -> bool:
        return self._error is not None or self._cancelled.is_set()

    def _is_at_rest(self, loop: Loop, busy: set[str]) -> bool:
        """Whether nothing of a loop runs or has yet to run, and no loop within it has another batch."""
        has_loop_within = any(other.reader in loop.body for other in self._loops.values())
        return not has_loop_within and not busy & {loop.reader, *loop.body} and not self._is_waiting(loop, busy)

    def _is_waiting(self, loop: Loop, busy: set[str]) -> bool:
        """Whether a block of a loop has yet to get this batch: something from outside that it wants is under way.

        What will never come, such as data from a Terminator's error output, is not waited for.
        """
        others = [other for other in self._loops.values() if other is not loop]
        under_way = busy.union(*(other.ends for other in others))
        still_to_run = loop.body & self._wanted & self._to_run.keys()
        return any(under_way & self._flow.upstream(name) for name in still_to_run)

    def _next_batch(self, loop: Loop) -> FlowBlock:
        """Clears the loop's edges, makes its blocks ready to run again, and gives back its reading block."""
        for name in (loop.reader, *loop.body):
            for edge in self._flow.outgoing(name):
                self._waiting.pop(edge.id, None)
        self._to_run |= {name: self._flow.block(name) for name in loop.body if name in self._wanted}
        return self._flow.block(loop.reader)

    def _execute(self, block: FlowBlock) -> BlockResult:
        started = time.monotonic()
        self._tell(EventKind.BLOCK_STARTED, {"block": block.id, "type": block.type})
        result, report, error = self._call_plugin(block)
        before = self._runs[block.id]
        if error is not None:
            self._fail(block, error)
        run = self._runs[block.id] = BlockRun(
            id=block.id,
            type=block.type,
            status=Status.OK if error is None else Status.ERROR,
            ms=before.ms + round((time.monotonic() - started) * 1000),
            report=self._add_reports(block.type, before.report, report),
            error=error,
        )
        self._tell(
            EventKind.BLOCK_FINISHED,
            {
                "block": block.id,
                "type": block.type,
                "status": run.status.value,
                "ms": run.ms,
                "report": without_items(run.report),
                "error": error,
            },
        )
        return result

    def _add_reports(self, block_type: str, total: JsonValue, report: JsonValue) -> JsonValue:
        if total is None or report is None:
            return report if total is None else total
        try:
            hook = self._host.plugins.hook
            added = checked_report(hook.ziggy_add_reports(block_type=block_type, total=total, report=report))
        except Exception:  # a plugin's defect: the batch itself is done, and its report is kept
            log.exception("the reports of %s were not added up", block_type)
            return report
        return report if added is None else added

    def _call_plugin(self, block: FlowBlock) -> tuple[BlockResult, JsonValue, str | None]:
        """The block's result, its report and its fatal error, if it raised one."""
        context = self._context(block)
        nothing = BlockResult(outputs=())
        try:
            found = self._host.plugins.hook.ziggy_execute(
                block_type=block.type, config=block.config, edges=self._edges_into(block), context=context
            )
            if found is None:
                return nothing, None, f"No plugin runs blocks of type {block.type}."
            result = checked_result(found)
            if result.cursor is not None:
                begin_loop(self._flow, block.id, result.cursor)
        except HostError as err:
            return nothing, report_of(err), str(err)
        except Exception as err:  # a plugin's defect must end its flow, not the host
            log.exception("block %s raised", block.id)
            return nothing, None, f"The block failed with an internal error ({type(err).__name__})."
        return result, result.report, None

    def _context(self, block: FlowBlock) -> StudioContext:
        """The host's context with this run's own stop signal, log and progress."""
        # Not from getLogger: a run's logger must be forgotten with its run.
        log_of_block = logging.Logger(f"ziggy.flow.{block.id}")  # noqa: LOG001
        log_of_block.parent = logging.getLogger("ziggy.flow")
        log_of_block.addHandler(LogToEvents(block.id, self._listener))
        loop = self._loops.get(block.id)
        return replace(
            self._host.context(self._flow, block.id, self._execution_id),
            cursor=loop.cursor if loop else None,
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
        # A Batch End runs once, after the last batch, and gets what all of them have brought.
        data = self._payloads if block.type == BATCH_END else self._waiting
        return [Edge(index=index, items=data[edge.id]) for index, edge in enumerate(incoming)]

    def _deliver(self, block: FlowBlock, result: BlockResult) -> None:
        self._loops.pop(block.id, None)
        # A run that goes up to a block within a loop ends there, with the first batch.
        if result.cursor is not None:
            loop = begin_loop(self._flow, block.id, result.cursor)
            if loop.ends & self._wanted:
                self._refuse_meeting_loops(block)
                self._loops[block.id] = loop
        for edge in self._flow.outgoing(block.id):
            if edge.output < len(result.outputs):
                self._fill(edge.id, result.outputs[edge.output])

    def _refuse_meeting_loops(self, reader: FlowBlock) -> None:
        """Which blocks of other plugins give batches is known only now; for the core's own the flow was refused."""
        for other in self._loops:
            message = meeting_loops(self._flow, reader.id, other)
            if message is not None:
                self._fail(reader, message)

    def _refuse_stuck_loops(self) -> None:
        """A loop that has more batches and does not go on would lose them without a word."""
        for name in () if self._is_halted() else self._loops:
            message = f"The loop of `{name}` cannot go on: its blocks wait for what comes after its last batch only."
            self._fail(self._flow.block(name), message)

    def _fail(self, block: FlowBlock, message: str) -> None:
        self._error = {"block": block.id, "type": block.type, "message": message}

    def _fill(self, edge_id: str, items: Sequence[JsonValue]) -> None:
        self._waiting[edge_id] = items
        if edge_id in self._payloads:
            # Not in place: the first batch's array is the block's own.
            gathered = self._gathered.setdefault(edge_id, list(self._payloads[edge_id]))
            gathered.extend(items)
            self._payloads[edge_id] = gathered
        else:
            self._payloads[edge_id] = items
        self._tell(EventKind.EDGE_FILLED, {"edge": edge_id, "count": len(self._payloads[edge_id])})

    def _status(self) -> Status:
        if self._error is not None:
            return Status.ERROR
        if self._is_timed_out:
            return Status.TIMEOUT
        return Status.STOPPED if self._cancelled.is_set() else Status.OK
