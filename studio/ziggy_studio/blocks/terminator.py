"""Terminator: where a flow ends; it may send the data that arrived back to whoever launched the flow."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge, ExecutionContext

DESCRIPTOR = BlockDescriptor(
    type="TERMINATOR_V1",
    name="Terminator",
    version="1.0.0",
    group="Core",
    info="Where the flow ends",
    help=(
        "The flow ends here. *Send data in response* returns the data that arrived, one array for each edge.\n\n"
        "When a block ends the flow with a fatal error, what is wired to the **Error** output runs, with one item: "
        "`{block, type, message}`."
    ),
    icon="stop",
    width=290,
    input_labels=("Data",),
    output_labels=("Error",),
    default_config={"sendDataInResponse": False},
    config_schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "sendDataInResponse": {
                "type": "boolean",
                "title": "Send data in response",
                "description": "Return the data that arrived to whoever launched the flow.",
                "default": False,
            }
        },
    },
    ui_schema={"sendDataInResponse": {"ui:widget": "checkbox"}},
)


def execute(config: Config, edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
    """Ends its branch; the response is `{"data0": [...], "data1": [...]}`."""
    if not config.get("sendDataInResponse"):
        return BlockResult(outputs=())
    return BlockResult(outputs=(), report={"response": {f"data{edge.index}": list(edge.items) for edge in edges}})
