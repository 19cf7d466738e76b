"""What the studio gives to blocks: the contract's context over a project folder."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ziggy_sf_write.contract import Connection, DataStore, JsonValue, Mode, Progress
from ziggy_studio.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioContext:
    """The host's side of the contract for one block of one run."""

    project: Project
    store: DataStore
    mode: Mode
    flow_name: str
    execution_id: str
    block_id: str
    cancelled: threading.Event
    log: logging.Logger
    on_progress: Callable[[str, Progress], None]
    cursor: JsonValue = None
    wired_outputs: Sequence[int] | None = None

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type."""
        return self.project.connection_names(connection_type)

    def connection(self, name: str) -> Connection:
        """A connection of the run's mode with its secrets resolved."""
        return self.project.connection(name, self.mode)

    def progress(self, progress: Progress) -> None:
        """Passes progress on, with the block that it is about."""
        self.on_progress(self.block_id, progress)
