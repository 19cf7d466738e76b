"""Sinkhole: ends a branch without ending the flow."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge, ExecutionContext

DESCRIPTOR = BlockDescriptor(
    type="SINKHOLE_V1",
    name="Sinkhole",
    version="1.0.0",
    group="Core",
    info="Ends a branch",
    help="Whatever arrives here goes no further. The flow runs on.",
    icon="sinkhole",
    width=260,
    input_labels=("Data",),
    output_labels=(),
    config_schema={"type": "object", "additionalProperties": False, "properties": {}},
)


def execute(config: Config, edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:  # noqa: ARG001 # it swallows both
    """Lets the data go."""
    return BlockResult(outputs=())
