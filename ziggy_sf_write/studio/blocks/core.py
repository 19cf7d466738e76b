"""The core blocks as a plugin like any other: the engine knows none of them."""

from collections.abc import Callable, Sequence

from ziggy_sf_write.contract import (
    BlockDescriptor,
    BlockResult,
    Config,
    Edge,
    ExecutionContext,
    HostContext,
    Problem,
)
from ziggy_sf_write.hookspecs import hookimpl
from ziggy_sf_write.schema_check import schema_problems
from ziggy_sf_write.studio.blocks import receiver, sinkhole, terminator, test_data

_BLOCKS: dict[str, tuple[BlockDescriptor, Callable[[Config, Sequence[Edge]], BlockResult]]] = {
    module.DESCRIPTOR.type: (module.DESCRIPTOR, module.execute)
    for module in (receiver, test_data, terminator, sinkhole)
}


@hookimpl
def ziggy_blocks() -> list[BlockDescriptor]:
    """Brings Receiver, Test Data, Terminator and Sinkhole."""
    return [descriptor for descriptor, _ in _BLOCKS.values()]


@hookimpl
def ziggy_execute(
    block_type: str,
    config: Config,
    edges: Sequence[Edge],
    context: ExecutionContext,  # noqa: ARG001 # pluggy passes what the specification names
) -> BlockResult | None:
    """Runs a core block."""
    known = _BLOCKS.get(block_type)
    return known[1](config, edges) if known else None


@hookimpl
def ziggy_check(block_type: str, config: Config, context: HostContext) -> list[Problem] | None:  # noqa: ARG001
    """Checks a core block's configuration against its schema."""
    known = _BLOCKS.get(block_type)
    if known is None:
        return None
    return schema_problems(known[0].config_schema, dict(config), what=f"the {known[0].name} block")
