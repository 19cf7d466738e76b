"""The engine: order, parallelism, failure, time-out, stop."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.host import MemoryStore
from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Edge, ExecutionContext, HostError, Mode, Progress
from ziggy_sf_write.hookspecs import hookimpl
from ziggy_studio.engine import FlowRun, Host, RunOptions, Status, check_flow, run_flow, without_items
from ziggy_studio.events import RunEvent
from ziggy_studio.flow import Flow, FlowBlock, FlowEdge
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project

Execute = Callable[[Sequence[Edge], ExecutionContext], BlockResult]


class Blocks:
    """A plugin whose blocks do what the test says."""

    def __init__(self, **blocks: Execute) -> None:
        self._blocks = blocks

    @hookimpl
    def ziggy_blocks(self) -> list[BlockDescriptor]:
        return [BlockDescriptor(type=name, name=name, version="1", info="") for name in self._blocks]

    @hookimpl
    def ziggy_execute(self, block_type: str, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult | None:
        return self._blocks[block_type](edges, context) if block_type in self._blocks else None


def _flow(*wires: str, timeout_s: float = 60, **types: str) -> Flow:
    """`_flow("in>a", a="A")`: a Receiver `in` wired to block `a` of type A; `a.1>b` leaves by the second output."""
    blocks = [FlowBlock(id="in", type="RECEIVER_V1", config={"testData": "[{n: 1}]"})]
    blocks += [FlowBlock(id=name, type=kind, config={}) for name, kind in types.items()]
    edges = []
    for wire in wires:
        source, _, target = wire.partition(">")
        name, _, output = source.partition(".")
        edges.append(FlowEdge(id=wire, source=name, source_handle=f"o{output or 0}", target=target, target_handle="i0"))
    return Flow(name="Test", timeout_s=timeout_s, blocks=tuple(blocks), edges=tuple(edges))


@pytest.fixture
def make_host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    def make(**blocks: Execute) -> Host:
        plugins = make_plugin_manager(plugins=[Blocks(**blocks)])
        return Host(plugins=plugins, project=Project(tmp_path), store=MemoryStore(), mode=Mode.DEV)

    yield make
    assert not [one for one in threading.enumerate() if one.name.startswith("ziggy-block")]


def _pass_on(edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
    return BlockResult(outputs=([item for edge in edges for item in edge.items],))


def _statuses(run: FlowRun) -> dict[str, str]:
    return {block.id: block.status.value for block in run.blocks}


def test_data_flows_from_the_receiver_along_the_edges(make_host: Callable[..., Host]) -> None:
    run = run_flow(_flow("in>a", "a>end", a="A", end="SINKHOLE_V1"), make_host(A=_pass_on))
    assert run.status is Status.OK
    assert run.payloads == {"in>a": [{"n": 1}], "a>end": [{"n": 1}]}


def test_launch_data_takes_the_place_of_test_data(make_host: Callable[..., Host]) -> None:
    run = run_flow(_flow("in>end", end="SINKHOLE_V1"), make_host(), launch_data=[{"n": 2}])
    assert run.payloads == {"in>end": [{"n": 2}]}


def test_a_block_waits_for_all_its_edges_and_the_first_one_is_primary(make_host: Callable[..., Host]) -> None:
    seen: list[list[Any]] = []

    def join(edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        seen.append([(edge.index, list(edge.items)) for edge in edges])
        return BlockResult(outputs=([],))

    def tag(name: str) -> Execute:
        return lambda _edges, _context: BlockResult(outputs=([name],))

    flow = _flow("in>a", "in>b", "b>j", "a>j", a="A", b="B", j="J")
    run_flow(flow, make_host(A=tag("a"), B=tag("b"), J=join))
    assert seen == [[(0, ["b"]), (1, ["a"])]]


def test_branches_run_in_parallel(make_host: Callable[..., Host]) -> None:
    meeting = threading.Barrier(2, timeout=10)

    def meet(_edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        meeting.wait()
        return BlockResult(outputs=([],))

    run = run_flow(_flow("in>a", "in>b", a="M", b="M"), make_host(M=meet))
    assert run.status is Status.OK


def test_an_empty_array_is_valid_data(make_host: Callable[..., Host]) -> None:
    run = run_flow(_flow("in>a", a="A"), make_host(A=_pass_on), launch_data=[])
    assert _statuses(run) == {"in": "ok", "a": "ok"}


def test_a_fatal_error_ends_the_flow_and_names_the_block(make_host: Callable[..., Host]) -> None:
    def fail(_edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        raise HostError("No such thing. Do another.")

    run = run_flow(_flow("in>a", "a>b", a="F", b="A"), make_host(F=fail, A=_pass_on))
    assert run.status is Status.ERROR
    assert run.error == {"block": "a", "type": "F", "message": "No such thing. Do another."}
    assert _statuses(run) == {"in": "ok", "a": "error", "b": "notRun"}


def test_a_plugins_defect_ends_its_flow_without_a_traceback(
    make_host: Callable[..., Host], caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        raise ZeroDivisionError

    run = run_flow(_flow("in>a", a="C"), make_host(C=crash))
    assert run.error is not None
    assert run.error["message"] == "The block failed with an internal error (ZeroDivisionError)."
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize(
    "result",
    [
        BlockResult(outputs=None),  # type: ignore[arg-type] # the defect
        BlockResult(outputs=([1],), report={"notWritten": ["x"]}),
        BlockResult(outputs=([1],), report={"response": 5}),
    ],
    ids=["outputs", "report", "response"],
)
def test_a_result_of_another_form_ends_its_block_and_not_the_host(
    make_host: Callable[..., Host], result: BlockResult
) -> None:
    run = run_flow(_flow("in>a", "in>b", a="C", b="A"), make_host(C=lambda _edges, _context: result, A=_pass_on))
    assert run.error is not None
    assert "The block's plugin has a defect" in run.error["message"]
    assert (run.status, _statuses(run)["a"], run.response) == (Status.ERROR, "error", None)


def test_one_object_on_an_edge_becomes_an_array_of_it(make_host: Callable[..., Host]) -> None:
    def give(_edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        return BlockResult(outputs=({"a": 1, "b": 2},))  # type: ignore[arg-type] # what a short plugin may do

    run = run_flow(_flow("in>a", "a>end", a="G", end="SINKHOLE_V1"), make_host(G=give))
    assert run.payloads["a>end"] == [{"a": 1, "b": 2}]


def test_a_check_that_raises_is_said_of_its_block(make_host: Callable[..., Host]) -> None:
    class Crashing(Blocks):
        @hookimpl
        def ziggy_check(self, block_type: str) -> None:
            if block_type == "C":
                raise KeyError("x")

    host = make_host()
    host.plugins.register(Crashing(C=_pass_on))
    (problem,) = check_flow(_flow("in>a", a="C"), host)
    assert problem.message == "block `a`: The check of this block failed with an internal error (KeyError)."


def test_a_time_out_stops_the_run(make_host: Callable[..., Host]) -> None:
    def linger(_edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
        context.cancelled.wait(30)
        return BlockResult(outputs=([],))

    run = run_flow(_flow("in>a", "a>b", a="L", b="A", timeout_s=0.05), make_host(L=linger, A=_pass_on))
    assert run.status is Status.TIMEOUT
    assert _statuses(run)["b"] == "notRun"


def test_a_stop_lets_no_further_block_start(make_host: Callable[..., Host]) -> None:
    host = make_host(A=_pass_on)

    def stop(_edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        host.cancelled.set()
        return BlockResult(outputs=([],))

    host.plugins.register(Blocks(S=stop))
    run = run_flow(_flow("in>a", "a>b", a="S", b="A"), host)
    assert (run.status, _statuses(run)["b"]) == (Status.STOPPED, "notRun")


def test_progress_reaches_the_host_with_its_block(make_host: Callable[..., Host]) -> None:
    seen: list[tuple[str, int]] = []

    def report(_edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
        context.progress(Progress(phase="write", done=3, total=4))
        return BlockResult(outputs=([],))

    host = make_host(P=report)
    host.on_progress = lambda block, progress: seen.append((block, progress.done))
    run_flow(_flow("in>a", a="P"), host)
    assert seen == [("a", 3)]


def test_a_block_that_no_plugin_runs_is_a_fatal_error(make_host: Callable[..., Host]) -> None:
    run = run_flow(_flow("in>a", a="GONE"), make_host())
    assert run.error is not None
    assert "No plugin runs blocks of type GONE" in run.error["message"]


def test_a_terminator_sends_the_data_of_every_edge_in_the_response(make_host: Callable[..., Host]) -> None:
    flow = _flow("in>end", end="TERMINATOR_V1")
    end = FlowBlock(id="end", type="TERMINATOR_V1", config={"sendDataInResponse": True})
    flow = Flow(name="Test", timeout_s=60, blocks=(flow.blocks[0], end), edges=flow.edges)
    run = run_flow(flow, make_host())
    assert run.blocks[-1].report == {"response": {"data0": [{"n": 1}]}}


def test_a_run_up_to_a_block_runs_what_leads_there_and_nothing_else(make_host: Callable[..., Host]) -> None:
    flow = _flow("in>a", "a>b", "in>c", a="A", b="A", c="A")
    run = run_flow(flow, make_host(A=_pass_on), options=RunOptions(until="b"))
    assert run.status is Status.OK
    assert _statuses(run) == {"in": "ok", "a": "ok", "b": "notRun", "c": "notRun"}
    assert run.payloads["a>b"] == [{"n": 1}]


def test_a_stop_signal_of_its_own_stops_one_run_and_not_its_host(make_host: Callable[..., Host]) -> None:
    host = make_host(A=_pass_on)
    cancelled = threading.Event()
    cancelled.set()
    assert run_flow(_flow("in>a", a="A"), host, options=RunOptions(cancelled=cancelled)).status is Status.STOPPED
    assert run_flow(_flow("in>a", a="A"), host).status is Status.OK


def test_a_listener_hears_what_a_block_logs_and_no_other_run_does(make_host: Callable[..., Host]) -> None:
    def say(_edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
        context.log.warning("low on %s", "calls")
        return BlockResult(outputs=([],))

    host = make_host(S=say)
    heard: list[RunEvent] = []
    other: list[RunEvent] = []
    run_flow(_flow("in>a", a="S"), host, options=RunOptions(listener=other.append))
    run_flow(_flow("in>a", a="S"), host, options=RunOptions(listener=heard.append))
    assert len([event for event in other if event.kind == "logLine"]) == 1
    lines = [event.data for event in heard if event.kind == "logLine"]
    assert lines == [{"block": "a", "level": "warning", "message": "low on calls"}]


def test_a_report_without_items_has_their_groups() -> None:
    def entry(index: int, *codes: str) -> dict[str, Any]:
        return {"index": index, "outcome": "failed", "errors": [{"code": one, "message": f"{one}!"} for one in codes]}

    report = {"counts": {}, "notWritten": [entry(0, "A", "A"), entry(1, "A", "B")]}
    assert without_items(report) == {
        "counts": {},
        "notWrittenGroups": [
            {"outcome": "failed", "code": "A", "count": 2, "sample": "A!"},
            {"outcome": "failed", "code": "B", "count": 1, "sample": "B!"},
        ],
    }
    assert without_items(None) is None
    assert without_items({"counts": {}, "response": {"data0": [1]}}) == {"counts": {}}


class TestBatchLoops:
    def _read_by_twos(self, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
        start = context.cursor or 0
        items = edges[0].items
        return BlockResult(outputs=(items[start : start + 2],), cursor=start + 2 if start + 2 < len(items) else None)

    def _counting(self, seen: list[list[Any]]) -> Execute:
        def count(edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
            seen.append([list(edge.items) for edge in edges])
            return BlockResult(outputs=(edges[0].items,), report={"response": {"data0": list(edges[0].items)}})

        return count

    def test_the_blocks_up_to_the_batch_end_run_for_each_batch_and_the_rest_once(
        self, make_host: Callable[..., Host]
    ) -> None:
        inside: list[list[Any]] = []
        behind: list[list[Any]] = []
        host = make_host(R=self._read_by_twos, W=self._counting(inside), S=self._counting(behind))
        flow = _flow("in>r", "r>w", "w>e", "e>s", r="R", w="W", e="BATCH_END_V1", s="S")
        run = run_flow(flow, host, launch_data=[1, 2, 3, 4, 5])
        assert run.status is Status.OK
        assert inside == [[[1, 2]], [[3, 4]], [[5]]]
        assert behind == [[[1, 2, 3, 4, 5]]]
        assert set(run.payloads) == {"in>r", "r>w", "w>e", "e>s"}
        assert all(list(items) == [1, 2, 3, 4, 5] for items in run.payloads.values())

    def test_a_block_in_the_loop_sees_what_came_from_outside_each_time(self, make_host: Callable[..., Host]) -> None:
        inside: list[list[Any]] = []
        host = make_host(R=self._read_by_twos, W=self._counting(inside), A=_pass_on)
        flow = _flow("in>r", "in>a", "r>w", "a>w", "w>e", r="R", a="A", w="W", e="BATCH_END_V1")
        run_flow(flow, host, launch_data=[1, 2, 3])
        assert inside == [[[1, 2], [1, 2, 3]], [[3], [1, 2, 3]]]

    def test_a_block_in_the_loop_gets_every_batch_though_it_waits_for_a_slow_block_outside(
        self, make_host: Callable[..., Host]
    ) -> None:
        inside: list[list[Any]] = []
        first_is_read = threading.Event()
        reads: list[int] = []

        def read(edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
            reads.append(context.cursor or 0)
            first_is_read.set()
            return self._read_by_twos(edges, context)

        def be_slow(edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
            first_is_read.wait(10)
            # Long enough for the next batches to be read, were they not to wait.
            context.cancelled.wait(0.1)
            return _pass_on(edges, context)

        host = make_host(R=read, W=self._counting(inside), S=be_slow)
        flow = _flow("in>r", "in>s", "r>w", "s>w", "w>e", r="R", s="S", w="W", e="BATCH_END_V1")
        run = run_flow(flow, host, launch_data=[1, 2, 3, 4, 5])
        assert [batch for batch, _ in inside] == [[1, 2], [3, 4], [5]]
        assert (run.status, reads, run.payloads["w>e"]) == (Status.OK, [0, 2, 4], [1, 2, 3, 4, 5])

    def test_a_loop_waits_for_another_one_whose_end_it_wants(self, make_host: Callable[..., Host]) -> None:
        inside: list[list[Any]] = []
        host = make_host(R=self._read_by_twos, W=self._counting(inside), A=_pass_on)
        wires = ("in>r", "in>q", "q>a", "a>qe", "r>w", "qe>w", "w>e")
        flow = _flow(*wires, r="R", q="R", a="A", qe="BATCH_END_V1", w="W", e="BATCH_END_V1")
        run_flow(flow, host, launch_data=[1, 2, 3, 4, 5])
        assert inside == [[batch, [1, 2, 3, 4, 5]] for batch in ([1, 2], [3, 4], [5])]

    def test_a_loop_does_not_wait_for_what_only_an_error_would_bring(self, make_host: Callable[..., Host]) -> None:
        host = make_host(R=self._read_by_twos, A=_pass_on)
        flow = _flow(
            "in>r", "r>a", "a>e", "in>t", "t>j", "r>j", r="R", a="A", e="BATCH_END_V1", t="TERMINATOR_V1", j="A"
        )
        run = run_flow(flow, host, launch_data=[1, 2, 3])
        assert (run.payloads["a>e"], _statuses(run)["j"]) == ([1, 2, 3], "notRun")

    def test_batches_of_two_blocks_that_meet_are_a_fatal_error(self, make_host: Callable[..., Host]) -> None:
        inside: list[list[Any]] = []
        host = make_host(R=self._read_by_twos, W=self._counting(inside))
        flow = _flow("in>r", "in>q", "r>w", "q>w", "w>e", r="R", q="R", w="W", e="BATCH_END_V1")
        run = run_flow(flow, host, launch_data=[1, 2, 3])
        assert run.error is not None
        assert "`w` gets batches from both" in run.error["message"]
        assert inside == []

    def test_loops_that_wait_for_each_others_ends_are_a_fatal_error(self, make_host: Callable[..., Host]) -> None:
        end = "BATCH_END_V1"
        one, other = ("in>r", "r>k", "k>e", "r>j", "e>j", "j>f"), ("in>q", "q>m", "m>e", "q>n", "f>n", "n>g")
        flow = _flow(*one, *other, r="R", q="R", k="A", j="A", m="A", n="A", e=end, f=end, g=end)
        run = run_flow(flow, make_host(R=self._read_by_twos, A=_pass_on), launch_data=[1, 2, 3])
        assert run.error is not None
        assert "cannot go on" in run.error["message"]

    def test_branches_of_a_loop_are_awaited_before_the_next_batch(self, make_host: Callable[..., Host]) -> None:
        running: list[str] = []
        overlaps: list[str] = []

        def slow(_edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
            running.append(context.block_id)
            context.cancelled.wait(0.02)
            running.remove(context.block_id)
            return BlockResult(outputs=([],))

        def read(edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
            overlaps.extend(running)
            return self._read_by_twos(edges, context)

        flow = _flow("in>r", "r>a", "r>b", "a>e", r="R", a="S", b="S", e="BATCH_END_V1")
        run_flow(flow, make_host(R=read, S=slow), launch_data=[1, 2, 3, 4, 5])
        assert overlaps == []

    def test_a_loop_without_a_batch_end_is_a_fatal_error_that_says_what_is_missing(
        self, make_host: Callable[..., Host]
    ) -> None:
        host = make_host(R=self._read_by_twos, A=_pass_on)
        run = run_flow(_flow("in>r", "r>a", r="R", a="A"), host, launch_data=[1, 2, 3])
        assert run.error is not None
        assert "Wire a Batch End" in run.error["message"]

    def test_a_fatal_error_ends_the_loop(self, make_host: Callable[..., Host]) -> None:
        calls: list[int] = []

        def fail(_edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
            calls.append(1)
            raise HostError("No.")

        flow = _flow("in>r", "r>w", "w>e", r="R", w="F", e="BATCH_END_V1")
        run = run_flow(flow, make_host(R=self._read_by_twos, F=fail), launch_data=[1, 2, 3])
        assert (run.status, len(calls), _statuses(run)["e"]) == (Status.ERROR, 1, "notRun")

    def test_a_stop_lets_no_further_batch_begin(self, make_host: Callable[..., Host]) -> None:
        calls: list[int] = []

        def stop(edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
            calls.append(1)
            host.cancelled.set()
            return _pass_on(edges, context)

        host = make_host(R=self._read_by_twos, S=stop)
        flow = _flow("in>r", "r>w", "w>e", r="R", w="S", e="BATCH_END_V1")
        run = run_flow(flow, host, launch_data=[1, 2, 3])
        assert (run.status, len(calls)) == (Status.STOPPED, 1)

    def test_a_run_up_to_a_block_within_ends_with_the_first_batch(self, make_host: Callable[..., Host]) -> None:
        flow = _flow("in>r", "r>w", "w>e", r="R", w="A", e="BATCH_END_V1")
        host = make_host(R=self._read_by_twos, A=_pass_on)
        run = run_flow(flow, host, options=RunOptions(until="w", launch_data=[1, 2, 3]))
        assert (run.status, run.payloads["r>w"]) == (Status.OK, [1, 2])

    def test_reports_are_added_up_by_their_plugin_else_the_last_one_is_kept(
        self, make_host: Callable[..., Host]
    ) -> None:
        class Adding(Blocks):
            @hookimpl
            def ziggy_add_reports(self, block_type: str, total: Any, report: Any) -> Any:
                return {"n": total["n"] + report["n"]} if block_type == "ADDS" else None

        def count(edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
            return BlockResult(outputs=(edges[0].items,), report={"n": len(edges[0].items)})

        host = make_host(R=self._read_by_twos)
        host.plugins.register(Adding(ADDS=count, KEEPS=count))
        flow = _flow("in>r", "r>a", "a>k", "k>e", r="R", a="ADDS", k="KEEPS", e="BATCH_END_V1")
        run = run_flow(flow, host, launch_data=[1, 2, 3])
        assert [block.report for block in run.blocks[2:4]] == [{"n": 3}, {"n": 1}]

    def test_reports_that_cannot_be_added_up_leave_the_last_one(
        self, make_host: Callable[..., Host], caplog: pytest.LogCaptureFixture
    ) -> None:
        class Failing(Blocks):
            @hookimpl
            def ziggy_add_reports(self, total: Any) -> Any:
                return total["gone"]

        def count(edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
            return BlockResult(outputs=(edges[0].items,), report={"n": len(edges[0].items)})

        host = make_host(R=self._read_by_twos)
        host.plugins.register(Failing(ADDS=count))
        flow = _flow("in>r", "r>a", "a>e", r="R", a="ADDS", e="BATCH_END_V1")
        run = run_flow(flow, host, launch_data=[1, 2, 3])
        assert (run.status, run.blocks[2].report) == (Status.OK, {"n": 1})
        assert "the reports of ADDS were not added up" in caplog.text


class TestErrorOutput:
    def _fail(self, _edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
        raise HostError("No such thing.")

    def test_after_a_fatal_error_what_is_wired_to_it_runs_with_the_error(self, make_host: Callable[..., Host]) -> None:
        told: list[Any] = []

        def tell(edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
            told.extend(edges[0].items)
            return BlockResult(outputs=(edges[0].items,))

        flow = _flow("in>a", "a>end", "end>t", "t>s", a="F", end="TERMINATOR_V1", t="T", s="SINKHOLE_V1")
        run = run_flow(flow, make_host(F=self._fail, T=tell))
        assert told == [{"block": "a", "type": "F", "message": "No such thing."}]
        assert (run.status, _statuses(run)["s"]) == (Status.ERROR, "ok")
        assert run.error == told[0]

    def test_without_an_error_it_stays_quiet(self, make_host: Callable[..., Host]) -> None:
        flow = _flow("in>end", "end>t", end="TERMINATOR_V1", t="A")
        run = run_flow(flow, make_host(A=_pass_on))
        assert _statuses(run) == {"in": "ok", "end": "ok", "t": "notRun"}

    def test_a_time_out_is_told_too(self, make_host: Callable[..., Host]) -> None:
        def linger(_edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
            context.cancelled.wait(30)
            return BlockResult(outputs=([],))

        flow = _flow("in>a", "a>end", "end>t", a="L", end="TERMINATOR_V1", t="A", timeout_s=0.05)
        run = run_flow(flow, make_host(L=linger, A=_pass_on))
        assert (run.status, _statuses(run)["t"]) == (Status.TIMEOUT, "ok")
        assert run.payloads["end>t"] == [{"message": "The flow took longer than 0.05 s."}]

    def test_a_stopped_run_tells_nobody(self, make_host: Callable[..., Host]) -> None:
        host = make_host(F=self._fail, A=_pass_on)
        host.cancelled.set()
        run = run_flow(_flow("in>a", "a>end", "end>t", a="F", end="TERMINATOR_V1", t="A"), host)
        assert (run.status, _statuses(run)["t"]) == (Status.STOPPED, "notRun")

    def test_a_failure_of_its_own_does_not_hide_the_first(self, make_host: Callable[..., Host]) -> None:
        flow = _flow("in>a", "a>end", "end>t", a="F", end="TERMINATOR_V1", t="F")
        run = run_flow(flow, make_host(F=self._fail))
        assert run.error is not None
        assert run.error["block"] == "a"
        assert _statuses(run)["t"] == "error"
