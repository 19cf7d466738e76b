"""A flow as data: read from its file, checked for everything that would keep it from running."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

from ziggy_sf_write.contract import BlockDescriptor, Config, HostError, JsonValue, Problem
from ziggy_sf_write.near_miss import near_miss
from ziggy_sf_write.schema_check import schema_problems
from ziggy_studio.errors import FlowError
from ziggy_studio.files import pointer_lines, read_document
from ziggy_studio.resources import load_schema

# The blocks that the engine itself knows: where a flow begins, where it ends, and where a batch does.
RECEIVER = "RECEIVER_V1"
TERMINATOR = "TERMINATOR_V1"
BATCH_END = "BATCH_END_V1"
_BATCH = "BATCH_V1"
_DATA_STORE = "DATA_STORE_V1"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBlock:
    """A block on the canvas, as far as the engine needs it."""

    id: str
    type: str
    config: Config

    @property
    def gives_batches(self) -> bool:
        """Whether it is a core block that gives its items batch by batch; of other plugins' blocks nobody can know."""
        is_reading = self.type == _DATA_STORE and self.config.get("operation") == "read"
        return self.type == _BATCH or (is_reading and bool(self.config.get("batchSize")))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEdge:
    """A wire from an output handle (`o0`, `o1`, …) to an input handle (`i0`, …)."""

    id: str
    source: str
    source_handle: str
    target: str
    target_handle: str

    @property
    def output(self) -> int:
        """The number of the output handle."""
        return int(self.source_handle[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow that can run: every end of every edge exists, there is one Receiver and no cycle."""

    name: str
    timeout_s: float
    blocks: tuple[FlowBlock, ...]
    edges: tuple[FlowEdge, ...]

    def incoming(self, block_id: str) -> list[FlowEdge]:
        """The edges into a block, primary first: by handle, then in the file's order."""
        found = [edge for edge in self.edges if edge.target == block_id]
        return sorted(found, key=lambda edge: int(edge.target_handle[1:]))

    def block(self, block_id: str) -> FlowBlock:
        """A block by its id."""
        return next(block for block in self.blocks if block.id == block_id)

    def outgoing(self, block_id: str) -> list[FlowEdge]:
        """The edges out of a block."""
        return [edge for edge in self.edges if edge.source == block_id]

    def downstream(self, edges: Iterable[FlowEdge]) -> set[str]:
        """The ids of all blocks that the data of these edges reaches."""
        found: set[str] = set()
        pending = [edge.target for edge in edges]
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += [edge.target for edge in self.outgoing(name)]
        return found

    def loop_behind(self, reader: str) -> tuple[frozenset[str], frozenset[str]]:
        """The blocks that run again for each batch of a reading block, and the Batch Ends where its loop ends."""
        body: set[str] = set()
        ends: set[str] = set()
        pending = [reader]
        while pending:
            for edge in self.outgoing(pending.pop()):
                if self.block(edge.target).type == BATCH_END:
                    ends.add(edge.target)
                elif edge.target not in body:
                    body.add(edge.target)
                    pending.append(edge.target)
        return frozenset(body), frozenset(ends)

    def upstream(self, block_id: str) -> set[str]:
        """The ids of all blocks whose data reaches this one; the block itself is not among them."""
        found: set[str] = set()
        pending = [block_id]
        while pending:
            sources = {edge.source for edge in self.edges if edge.target == pending[-1]} - found
            pending.pop()
            found |= sources
            pending += sources
        return found


def read_flow(path: Path, known: Mapping[str, BlockDescriptor]) -> Flow:
    """A flow file as a `Flow`.

    Raises:
        UsageProblem: the file cannot be read.
        FlowError: the flow cannot run; every problem is listed.
    """
    document = read_document(path)
    problems = flow_problems(document, known)
    if problems:
        raise FlowError(str(path), problems, lines=pointer_lines(path))
    return _parse(document)


def parse_flow(document: JsonValue, known: Mapping[str, BlockDescriptor], *, where: str) -> Flow:
    """A flow document as a `Flow`. Raises `FlowError`, which lists every problem, where the flow cannot run."""
    problems = flow_problems(document, known)
    if problems:
        raise FlowError(where, problems)
    return _parse(document)


def flow_problems(document: JsonValue, known: Mapping[str, BlockDescriptor]) -> list[Problem]:
    """Everything that keeps a document from being a flow that can run; the blocks' own settings are not looked at."""
    return shape_problems(document) or _wiring_problems(document, known)


def shape_problems(document: JsonValue) -> list[Problem]:
    """What is wrong with a document's form; one that is still being drawn has none."""
    problems = schema_problems(load_schema("flow.schema.json"), document, what="a flow")
    if not problems and math.isnan(document.get("timeout", 0)):
        # No comparison of the schema's rules holds for it, and so none is broken.
        problems.append(Problem(path="/timeout", message="`timeout` is no number. Give the seconds, such as 3600."))
    return problems


def _parse(document: JsonValue) -> Flow:
    return Flow(
        name=document["name"],
        timeout_s=document.get("timeout", 3600),
        blocks=tuple(
            FlowBlock(id=one["id"], type=one["type"], config=one.get("config", {})) for one in document["blocks"]
        ),
        edges=tuple(_parse_edge(one) for one in document["edges"]),
    )


def _parse_edge(raw: JsonValue) -> FlowEdge:
    source_handle, target_handle = raw.get("sourceHandle", "o0"), raw.get("targetHandle", "i0")
    made = f"{raw['source']}.{source_handle}-{raw['target']}.{target_handle}"
    return FlowEdge(
        id=raw.get("id", made),
        source=raw["source"],
        source_handle=source_handle,
        target=raw["target"],
        target_handle=target_handle,
    )


def _wiring_problems(document: JsonValue, known: Mapping[str, BlockDescriptor]) -> list[Problem]:
    problems = [*_block_problems(document, known)]
    problems = problems or [*_edge_problems(document, known), *_cycle_problems(document)]
    # Loops are followed along the edges: they have to be in order.
    return problems or _loop_problems(_parse(document))


def _block_problems(document: JsonValue, known: Mapping[str, BlockDescriptor]) -> list[Problem]:
    problems = []
    for index, block in enumerate(document["blocks"]):
        if block["type"] not in known:
            hint = near_miss(block["type"], list(known)) or f". Installed are {', '.join(sorted(known))}."
            message = f"Block `{block['id']}` is of type `{block['type']}`, which no plugin brings{hint}"
            problems.append(Problem(path=f"/blocks/{index}/type", message=message))
    for block_id, times in Counter(block["id"] for block in document["blocks"]).items():
        if times > 1:
            problems.append(Problem(path="/blocks", message=f"{times} blocks have the id `{block_id}`. Rename one."))
    receivers = [block["id"] for block in document["blocks"] if block["type"] == RECEIVER]
    if len(receivers) != 1:
        found = f"it has {len(receivers)}: {', '.join(receivers)}" if receivers else "it has none"
        problems.append(Problem(path="/blocks", message=f"A flow begins at exactly one Receiver, but {found}."))
    return problems


def _edge_problems(document: JsonValue, known: Mapping[str, BlockDescriptor]) -> list[Problem]:
    blocks = {block["id"]: known[block["type"]] for block in document["blocks"]}
    messages: list[tuple[str, str | None]] = []
    for index, edge in enumerate(document["edges"]):
        messages.append(
            (f"/edges/{index}/source", _end_problem(edge["source"], edge.get("sourceHandle", "o0"), blocks))
        )
        messages.append(
            (f"/edges/{index}/target", _end_problem(edge["target"], edge.get("targetHandle", "i0"), blocks))
        )
    ids = Counter(_parse_edge(edge).id for edge in document["edges"])
    # What is on an edge is kept under its id: two of one id would share items and counts.
    messages += [("/edges", _same_id(edge_id, times)) for edge_id, times in ids.items() if times > 1]
    return [Problem(path=path, message=message) for path, message in messages if message]


def _same_id(edge_id: str, times: int) -> str:
    return f"{times} edges have the id `{edge_id}`. Remove one of them, or give it an id of its own."


def _end_problem(block_id: str, handle: str, blocks: Mapping[str, BlockDescriptor]) -> str | None:
    """What is wrong with one end of an edge: a block that is not there, or a handle that the block has not."""
    if block_id not in blocks:
        return f"An edge names `{block_id}`, but no block has that id{near_miss(block_id, list(blocks)) or '.'}"
    block = blocks[block_id]
    is_output = handle.startswith("o")
    count = len(block.output_labels if is_output else block.input_labels)
    if int(handle[1:]) < count:
        return None
    side = ("output" if is_output else "input") + ("" if count == 1 else "s")
    return f"An edge uses `{handle}` of `{block_id}`, but a {block.name} block has {count} {side}."


def _cycle_problems(document: JsonValue) -> list[Problem]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for edge in document["edges"]:
        sorter.add(edge["target"], edge["source"])
    try:
        sorter.prepare()
    except CycleError as err:
        way = " → ".join(reversed(err.args[1]))
        message = f"The edges run in a circle: {way}. A flow runs in one direction: remove one of them."
        return [Problem(path="/edges", message=message)]
    return []


def _loop_problems(flow: Flow) -> list[Problem]:
    """Loops in which some batches would be lost, or be worked on twice."""
    readers = [block.id for block in flow.blocks if block.gives_batches]
    crossings = [meeting_loops(flow, one, other) for one, other in combinations(readers, 2)]
    messages = [*crossings, *(_waits_for_its_end(flow, reader) for reader in readers)]
    return [Problem(path="/edges", message=message) for message in messages if message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop that has more batches to come: `body` runs again for each, `ends` are its Batch Ends, all block ids."""

    reader: str
    body: frozenset[str]
    ends: frozenset[str]
    cursor: JsonValue


def begin_loop(flow: Flow, reader: str, cursor: JsonValue) -> Loop:
    """The loop of a reading block that has more to give.

    Raises:
        HostError: nothing says where the loop ends.
    """
    body, ends = flow.loop_behind(reader)
    if not ends:
        raise HostError(
            f"Block `{reader}` gives its items batch by batch, but nothing says where a batch ends. "
            "Wire a Batch End behind the blocks that work on them."
        )
    return Loop(reader=reader, body=body, ends=ends, cursor=cursor)


def meeting_loops(flow: Flow, one: str, other: str) -> str | None:
    """What is wrong where the batches of two reading blocks meet; a loop within another is fine."""
    body, other_body = flow.loop_behind(one)[0], flow.loop_behind(other)[0]
    shared = [block.id for block in flow.blocks if block.id in body & other_body]
    if not shared or one in other_body or other in body:
        return None
    return (
        f"`{shared[0]}` gets batches from both `{one}` and `{other}`: when one of them has no more, its last batch "
        "would be worked on again. End each loop with a Batch End before they meet."
    )


def _waits_for_its_end(flow: Flow, reader: str) -> str | None:
    body, ends = flow.loop_behind(reader)
    for name in body if ends else ():
        if ends & flow.upstream(name):
            return (
                f"`{name}` works on each batch of `{reader}` and waits for what comes behind the loop's Batch End, "
                "which comes after the last batch only. Remove one of these edges."
            )
    return None
