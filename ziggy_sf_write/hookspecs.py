"""The pluggy specifications (project name "ziggy"): every hook that a host may call on a block plugin.

A host calls hooks with keyword arguments; an implementation takes those that it needs. All hooks may be called from
any thread. Unless a hook says otherwise it may raise `contract.HostError` with a text for a person; any other
exception is treated as a defect of the plugin.
"""

from collections.abc import Mapping, Sequence

import pluggy

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

PROJECT_NAME = "ziggy"

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)


@hookspec
def ziggy_blocks() -> list[BlockDescriptor]:  # type: ignore[empty-body] # a specification has no body
    """The block types that this plugin brings. Called once at start-up; all plugins' results count. Must be cheap."""


@hookspec
def ziggy_connection_types() -> list[ConnectionType]:  # type: ignore[empty-body] # a specification has no body
    """The connection types that this plugin brings. Called at start-up; all plugins' results count."""


@hookspec(firstresult=True)
def ziggy_choices(block_type: str, field: str, config: Config, context: FormContext) -> list[Choice] | None:
    """What the dropdown of a config field offers, in the order to show.

    Called when the user opens it. The first result that is not None wins; None means "not my block". An error is
    raised as `HostError`, never answered with an empty list.

    Args:
        block_type: the type of the block whose form is open.
        field: the choice source that the UI schema names; a trailing `?all` asks for what a filter would hide.
        config: the block's configuration as far as it is filled in; it need not be valid.
        context: the host, with the keys last seen on the block's primary edge.
    """


@hookspec(firstresult=True)
def ziggy_execute(
    block_type: str, config: Config, edges: Sequence[Edge], context: ExecutionContext
) -> BlockResult | None:
    """Runs a block. Called when every incoming edge has data, on a thread of the engine that may block for hours.

    The first result that is not None wins; None means "not my block". A `HostError` ends the flow as a fatal error.

    Args:
        block_type: the type of the block to run.
        config: its configuration as stored in the flow.
        edges: one entry for each edge into the block, primary first; items are not to be changed.
        context: the host; what it is asked to do counts as the block's only effect on the outside.
    """


@hookspec(firstresult=True)
def ziggy_add_reports(
    block_type: str, total: Mapping[str, JsonValue], report: Mapping[str, JsonValue]
) -> Mapping[str, JsonValue] | None:
    """One report out of two, for a block that is called again and again in a batch loop.

    Called after each batch but the first. The first result that is not None wins; None means "not my block", and the
    host keeps the last batch's report.

    Args:
        block_type: the type of the block.
        total: the report of all batches so far.
        report: the report of the batch that has just ended.
    """


@hookspec(firstresult=True)
def ziggy_check(block_type: str, config: Config, context: HostContext) -> list[Problem] | None:
    """Whether a block is ready to run: every problem of its configuration, an empty list where there is none.

    Called whenever the block is edited. The first result that is not None wins; None means "not my block".

    Args:
        block_type: the type of the block.
        config: its configuration as stored in the flow.
        context: the host.
    """


@hookspec(firstresult=True)
def ziggy_test_connection(connection_type: str, config: Config, context: HostContext) -> ConnectionReport | None:
    """Tries a connection and says what it found: org, user, version, or exactly what is wrong.

    Called by the Test Connection button. The first result that is not None wins; None means "not my type".

    Args:
        connection_type: the type of the connection.
        config: its configuration with secrets resolved; it need not be saved yet.
        context: the host.
    """
