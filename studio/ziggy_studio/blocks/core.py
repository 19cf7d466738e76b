"""The core blocks as a plugin like any other: the engine knows none of them."""

from collections.abc import Callable, Sequence

from ziggy_sf_write.contract import (
    BlockDescriptor,
    BlockResult,
    Choice,
    Config,
    Edge,
    ExecutionContext,
    FormContext,
    HostContext,
    HostError,
    Problem,
)
from ziggy_sf_write.hookspecs import hookimpl
from ziggy_sf_write.schema_check import schema_problems
from ziggy_studio.blocks import (
    batch,
    batch_end,
    data_store,
    mapper,
    receiver,
    sinkhole,
    terminator,
    test_data,
)
from ziggy_studio.blocks.literals import parse_test_data

_BLOCKS: dict[str, tuple[BlockDescriptor, Callable[[Config, Sequence[Edge], ExecutionContext], BlockResult]]] = {
    module.DESCRIPTOR.type: (module.DESCRIPTOR, module.execute)
    for module in (receiver, test_data, terminator, sinkhole, data_store, batch, batch_end, mapper)
}


@hookimpl
def ziggy_blocks() -> list[BlockDescriptor]:
    """Brings Receiver, Test Data, Terminator, Sinkhole, Data Store, Batch, Batch End and Mapper."""
    return [descriptor for descriptor, _ in _BLOCKS.values()]


@hookimpl
def ziggy_execute(
    block_type: str,
    config: Config,
    edges: Sequence[Edge],
    context: ExecutionContext,
) -> BlockResult | None:
    """Runs a core block."""
    known = _BLOCKS.get(block_type)
    return known[1](config, edges, context) if known else None


@hookimpl
def ziggy_choices(block_type: str, field: str, context: FormContext) -> list[Choice] | None:
    """Offers the namespaces to a Data Store block."""
    return data_store.choices(field, context) if block_type == data_store.DESCRIPTOR.type else None


@hookimpl
def ziggy_check(block_type: str, config: Config, context: HostContext) -> list[Problem] | None:  # noqa: ARG001
    """Checks a core block's configuration against its schema, and what no schema can say."""
    known = _BLOCKS.get(block_type)
    if known is None:
        return None
    problems = schema_problems(known[0].config_schema, dict(config), what=f"the {known[0].name} block")
    if problems:
        return problems
    return mapper.problems(config) if block_type == mapper.DESCRIPTOR.type else _test_data_problems(config)


def _test_data_problems(config: Config) -> list[Problem]:
    """Test data that cannot be read is said before the run: the schema only knows that it is a text."""
    try:
        parse_test_data(config.get("testData"))
    except HostError as err:
        return [Problem(path="/testData", message=str(err))]
    return []
