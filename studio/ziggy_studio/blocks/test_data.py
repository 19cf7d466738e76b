"""Test Data: supplies an array, anywhere in a flow."""

from collections.abc import Sequence

from ziggy_sf_write.contract import BlockDescriptor, BlockResult, Config, Edge, ExecutionContext
from ziggy_studio.blocks.literals import parse_test_data
from ziggy_studio.blocks.receiver import TEST_DATA_SCHEMA

DESCRIPTOR = BlockDescriptor(
    type="TEST_DATA_V1",
    name="Test Data",
    version="1.0.0",
    group="Core",
    info="Supplies an array",
    help="Puts its data on the edge whenever something arrives.",
    icon="flask",
    width=300,
    input_labels=("Trigger",),
    output_labels=("Data",),
    default_config={"testData": "[]"},
    config_schema={
        "type": "object",
        "additionalProperties": False,
        "properties": {"testData": TEST_DATA_SCHEMA},
    },
    ui_schema={"testData": {"ui:widget": "code"}},
)


def execute(config: Config, edges: Sequence[Edge], _context: ExecutionContext) -> BlockResult:  # noqa: ARG001 # what arrives only triggers it
    """Supplies its data."""
    return BlockResult(outputs=(parse_test_data(config.get("testData", [])),))
