"""A block for the browser tests that waits, and says so, until the file that it is told of is there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Edge, ExecutionContext, JsonValue, Progress
from ziggy_sf_write.hookspecs import hookimpl

_LOOKS_EVERY_S = 0.05

GATE = BlockDescriptor(
    type="GATE_V1",
    name="Gate",
    version="1.0.0",
    info="Waits for a file",
    config_schema={"type": "object", "properties": {"file": {"type": "string", "title": "File"}}},
)


@hookimpl
def ziggy_blocks() -> list[BlockDescriptor]:
    """Brings the block."""
    return [GATE]


@hookimpl
def ziggy_execute(
    block_type: str, config: Mapping[str, JsonValue], edges: Sequence[Edge], context: ExecutionContext
) -> BlockResult | None:
    """Lets the items through when the file is there, or the run is stopped."""
    if block_type != GATE.type:
        return None
    context.progress(Progress(phase="waiting", done=1, total=2))
    while not Path(config["file"]).exists() and not context.cancelled.wait(_LOOKS_EVERY_S):
        pass
    return BlockResult(outputs=(edges[0].items,))
