"""What the runs of a project share."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pluggy

from ziggy_sf_write.contract import DataStore, Mode, Progress
from ziggy_studio.context import StudioContext
from ziggy_studio.flow import Flow
from ziggy_studio.project import Project

if TYPE_CHECKING:
    from ziggy_studio.store import History


@dataclass(slots=True, kw_only=True)
class Host:
    """The plugins, the project, the store, the mode, and the history of runs where one is kept.

    `cancelled` stops every run that was not given a stop signal of its own.
    """

    plugins: pluggy.PluginManager
    project: Project
    store: DataStore
    mode: Mode
    history: "History | None" = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    on_progress: Callable[[str, Progress], None] = lambda _block, _progress: None

    def context(self, flow: Flow, block_id: str, execution_id: str) -> StudioContext:
        """The context of one block of a flow."""
        context = self.context_named(flow.name, block_id=block_id, execution_id=execution_id)
        handles = (edge.source_handle.removeprefix("o") for edge in flow.edges if edge.source == block_id)
        return replace(context, wired_outputs=sorted({int(one) for one in handles if one.isdecimal()}))

    def context_named(self, name: str, *, block_id: str, execution_id: str) -> StudioContext:
        """The context of one block that runs under this name."""
        return StudioContext(
            project=self.project,
            store=self.store,
            mode=self.mode,
            flow_name=name,
            execution_id=execution_id,
            block_id=block_id,
            cancelled=self.cancelled,
            log=logging.getLogger(f"ziggy.flow.{block_id}"),
            on_progress=self.on_progress,
        )
