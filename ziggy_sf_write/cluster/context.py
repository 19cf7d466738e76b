"""The host's side of the contract for one partition, or for the look at the org before the first."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ziggy_sf_write.contract import Cancellation, Connection, DataStore, HostError, JsonValue, Mode, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterContext:
    """What `run/` asks for, wherever a partition is written."""

    given: Connection = field(repr=False)
    store: DataStore
    execution_id: str
    block_id: str
    cancelled: Cancellation
    on_progress: Callable[[Progress], object] = lambda _progress: None
    flow_name: str = "cluster"
    cursor: JsonValue = None
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("ziggy_sf_write.cluster"))

    @property
    def mode(self) -> Mode:
        """The mode that the connection was resolved for."""
        return self.given.mode

    def connection_names(self, connection_type: str) -> Sequence[str]:
        """The one connection of the run, where it is of this type."""
        return [self.given.name] if self.given.type == connection_type else []

    def connection(self, name: str) -> Connection:
        """The run's connection."""
        if name != self.given.name:
            raise HostError(f"This run writes through `{self.given.name}` alone, and `{name}` was asked for.")
        return self.given

    def progress(self, progress: Progress) -> None:
        """Passes progress on."""
        self.on_progress(progress)
