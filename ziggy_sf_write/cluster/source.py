"""Where a worker gets the connection from, and how its secrets get there."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.contract import Connection, HostError

# Within one process nothing travels at all.
_SAFE_PROTOCOLS = ("tls://", "inproc://")


@runtime_checkable
class ConnectionSource(Protocol):
    """Gives a connection on whatever machine it is asked; it is sent to every worker, so it must pickle."""

    @property
    def carries_secrets(self) -> bool:
        """Whether secrets travel with it; such a source is refused where the engine does not encrypt."""
        ...

    def connection(self, name: str) -> Connection:
        """The connection with its secrets resolved. Raises `HostError` where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConnection:
    """A connection that was resolved where the run was started, and travels with its secrets."""

    given: Connection = field(repr=False)
    carries_secrets: bool = True

    def connection(self, name: str) -> Connection:
        """The connection, under its own name."""
        if name != self.given.name:
            raise HostError(f"The run was given the connection `{self.given.name}`, and `{name}` was asked for.")
        return self.given


def refuse_secrets_in_clear(source: ConnectionSource, scheduler_address: str) -> None:
    """Raises `ClusterError` where secrets would cross a network that nobody has encrypted."""
    if source.carries_secrets and not scheduler_address.startswith(_SAFE_PROTOCOLS):
        raise ClusterError(
            "The connection's secrets would travel to the workers in clear, because the scheduler at "
            f"{scheduler_address} does not use TLS. Set up the engine's TLS (distributed.comm.tls), or let the workers "
            "resolve the connection themselves: from a project folder on shared storage, or from their environment."
        )
