"""Batch: gives its items in batches; what stands between it and a Batch End runs again for each of them."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge, ExecutionContext

_DEFAULT_SIZE = 100

DESCRIPTOR = BlockDescriptor(
    type="BATCH_V1",
    name="Batch",
    version="1.0.0",
    group="Core",
    info="Gives items in batches",
    help=(
        "Passes its items on in batches. The blocks between it and a **Batch End** run again for each batch; "
        "the flow goes on behind the Batch End when all of them are done."
    ),
    icon="batch",
    width=260,
    input_labels=("Items",),
    output_labels=("Batch",),
    default_config={"batchSize": _DEFAULT_SIZE},
    config_schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "batchSize": {
                "type": "integer",
                "minimum": 1,
                "title": "Items in a batch",
                "description": "How many items each batch has; the last one may have fewer.",
                "default": _DEFAULT_SIZE,
            }
        },
    },
)


def execute(config: Config, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult:
    """The next batch; the cursor is the place on the edge where it ends."""
    items, size = edges[0].items, config.get("batchSize", _DEFAULT_SIZE)
    start = context.cursor or 0
    stop = start + size
    return BlockResult(outputs=(items[start:stop],), cursor=stop if stop < len(items) else None)
