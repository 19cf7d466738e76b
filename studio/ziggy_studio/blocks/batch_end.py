"""Batch End: where a batch ends, and where the flow goes on when there are no more."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge, ExecutionContext

DESCRIPTOR = BlockDescriptor(
    type="BATCH_END_V1",
    name="Batch End",
    version="1.0.0",
    group="Core",
    info="Ends a batch",
    help=(
        "Ends the batches of a reading block, such as **Batch** or **Data Store**: when the blocks before it have "
        "worked through one, the next is read. After the last one it passes on what arrived in all of them."
    ),
    icon="batch-end",
    width=260,
    input_labels=("Batch",),
    output_labels=("All items",),
    config_schema={"type": "object", "additionalProperties": False, "properties": {}},
)


def execute(config: Config, edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:  # noqa: ARG001 # there is nothing to set
    """Passes on everything: the engine runs it once, after the last batch."""
    return BlockResult(outputs=(edges[0].items,))
