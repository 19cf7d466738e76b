"""Terminator: where a flow ends; it may send the data that arrived back to whoever launched the flow."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge

DESCRIPTOR = BlockDescriptor(
    type="TERMINATOR_V1",
    name="Terminator",
    version="1.0.0",
    group="Core",
    info="Where the flow ends",
    help="The flow ends here. *Send data in response* returns the data that arrived, one array for each edge.",
    icon="stop",
    width=290,
    input_labels=("Data",),
    output_labels=(),
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


def execute(config: Config, edges: Sequence[Edge]) -> BlockResult:
    """Ends its branch; the response is `{"data0": [...], "data1": [...]}`."""
    if not config.get("sendDataInResponse"):
        return BlockResult(outputs=())
    return BlockResult(outputs=(), report={"response": {f"data{edge.index}": list(edge.items) for edge in edges}})
