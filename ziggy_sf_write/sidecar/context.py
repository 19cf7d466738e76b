"""What a hook may ask its host for, whoever the host is."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ziggy_sf_write.contract import Connection, DataStore, JsonValue, Mode, Progress


class Source(Protocol):
    """Where connections and the Data Store come from: the host at the other end of the pipe, or a project folder."""

    @property
    def name(self) -> str:
        """`host` or `project`, as `hello` tells it."""
        ...

    @property
    def mode(self) -> Mode:
        """The mode of a request that names none."""
        ...

    @property
    def store(self) -> DataStore:
        """The Data Store; used from any thread."""
        ...

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type, in alphabetical order."""
        ...

    def connection(self, name: str, mode: Mode) -> Connection:
        """A connection with its secrets resolved. Raises `HostError` where it cannot be had."""
        ...


def _ignore(_progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarContext:
    """The context of one request: a form's, a check's or a run's."""

    source: Source
    mode: Mode
    edge_keys: Sequence[str] = ()
    execution_id: str = ""
    flow_name: str = ""
    block_id: str = ""
    wired_outputs: Sequence[int] | None = None
    cursor: JsonValue = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("ziggy.sidecar"))
    on_progress: Callable[[Progress], None] = _ignore

    @property
    def store(self) -> DataStore:
        """The source's Data Store."""
        return self.source.store

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The names of all connections of a type."""
        return self.source.connection_names(connection_type)

    def connection(self, name: str) -> Connection:
        """A connection of the request's mode with its secrets resolved."""
        return self.source.connection(name, self.mode)

    def progress(self, progress: Progress) -> None:
        """Tells the host how far the block is."""
        self.on_progress(progress)
