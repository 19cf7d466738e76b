"""The pluggy implementations: each hook parses, delegates and translates errors, nothing more.

A host imports this module at start-up, so what is heavy is imported inside the hooks: simple-salesforce alone costs
a quarter of a second, jsonschema a twentieth.
"""

from collections.abc import Mapping, Sequence

from ziggy_sf_write.contract import (
    BlockDescriptor,
    BlockResult,
    Choice,
    Config,
    ConnectionReport,
    ConnectionType,
    Edge,
    ExecutionContext,
    FormContext,
    HostContext,
    JsonValue,
    Problem,
)
from ziggy_sf_write.hookspecs import hookimpl

# The same two names stand in block/descriptor.py, which is too heavy to import here; a test compares them.
_BLOCK_TYPE = "SALESFORCE_WRITE_V1"
_CONNECTION_TYPE = "salesforce"


@hookimpl
def ziggy_blocks() -> list[BlockDescriptor]:
    """Brings `SALESFORCE_WRITE_V1`."""
    from ziggy_sf_write.block.descriptor import write_block

    return [write_block()]


@hookimpl
def ziggy_connection_types() -> list[ConnectionType]:
    """Brings the connection type `salesforce`."""
    from ziggy_sf_write.block.descriptor import salesforce_connection_type

    return [salesforce_connection_type()]


@hookimpl
def ziggy_choices(block_type: str, field: str, config: Config, context: FormContext) -> list[Choice] | None:
    """Offers connections, objects, match keys, properties and namespaces."""
    if block_type != _BLOCK_TYPE:
        return None
    from ziggy_sf_write.block.choices import choices

    return choices(field, config, context)


@hookimpl
def ziggy_execute(
    block_type: str, config: Config, edges: Sequence[Edge], context: ExecutionContext
) -> BlockResult | None:
    """Writes the items of the primary edge."""
    if block_type != _BLOCK_TYPE:
        return None
    from ziggy_sf_write.run.executor import execute

    return execute(config, edges, context)


@hookimpl
def ziggy_add_reports(
    block_type: str, total: Mapping[str, JsonValue], report: Mapping[str, JsonValue]
) -> Mapping[str, JsonValue] | None:
    """Adds a batch's report to that of the batches before it."""
    if block_type != _BLOCK_TYPE:
        return None
    from ziggy_sf_write.run.report import add_reports

    return add_reports(total, report)


@hookimpl
def ziggy_check(block_type: str, config: Config, context: HostContext) -> list[Problem] | None:
    """Says what is missing or wrong before anyone presses Run."""
    if block_type != _BLOCK_TYPE:
        return None
    from ziggy_sf_write.block.check import check_block

    return check_block(config, context)


@hookimpl
def ziggy_test_connection(connection_type: str, config: Config) -> ConnectionReport | None:
    """Logs in and names org, user, API version and remaining calls."""
    if connection_type != _CONNECTION_TYPE:
        return None
    from ziggy_sf_write.salesforce.connection import try_connection

    return try_connection(config)
