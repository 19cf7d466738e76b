"""Receiver: where a flow begins, with the data it was launched with, or its test data."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge, ExecutionContext
from ziggy_studio.blocks.literals import parse_test_data

TEST_DATA_SCHEMA = {
    "type": ["string", "array", "object"],
    "title": "Test Data",
    "description": "JSON or a JavaScript object literal.",
    "default": "[]",
    "examples": ["[{Name: 'Acme'}]"],
}

DESCRIPTOR = BlockDescriptor(
    type="RECEIVER_V1",
    name="Receiver",
    version="1.0.0",
    group="Core",
    info="Where the flow begins",
    help="The flow begins here, with the data that it was launched with. Run from the editor, it takes the test data.",
    icon="receiver",
    width=300,
    input_labels=(),
    output_labels=("Data",),
    default_config={"testData": "[]"},
    config_schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {"testData": TEST_DATA_SCHEMA},
    },
    ui_schema={"testData": {"ui:widget": "code"}},
)


def execute(config: Config, edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:
    """Passes on what the flow was launched with: the engine hands it over as an edge, if there is anything."""
    data = edges[0].items if edges else config.get("testData", [])
    return BlockResult(outputs=(parse_test_data(data),))
