"""`ziggy-sf-write sidecar`: the block for a host in another language, with a project's connections and Data Store."""

from pathlib import Path

import click

from ziggy_sf_write.contract import Connection, DataStore, Mode
from ziggy_sf_write.sidecar import Sidecar, protocol_pipes
from ziggy_studio.cli.options import MODE, PROJECT
from ziggy_studio.cli.session import open_host
from ziggy_studio.host import Host


class ProjectSource:
    """Connections, secrets and Data Store of a project folder."""

    name = "project"

    def __init__(self, host: Host) -> None:
        self.mode: Mode = host.mode
        self.store: DataStore = host.store
        self._project = host.project

    def connection_names(self, connection_type: str) -> list[str]:
        """The names of all connections of a type."""
        return self._project.connection_names(connection_type)

    def connection(self, name: str, mode: Mode) -> Connection:
        """A connection with its secrets resolved."""
        return self._project.connection(name, mode)


@click.command()
@PROJECT
@MODE
def sidecar(folder: Path, mode: str | None) -> None:
    """Serve the block to a host in another language, over stdin and stdout.

    One process serves many blocks and many runs at once; docs/other-hosts.md has the protocol. It ends when its stdin
    closes.

    \b
    Exit codes:
      0  no run was under way at the end
      1  runs were cut off
      2  wrong usage or configuration

    \b
    Example:
      ziggy-sf-write sidecar --project my-project
    """
    with (
        protocol_pipes() as pipes,
        open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True) as (host, _),
    ):
        is_idle = Sidecar(pipes, host.plugins, ProjectSource(host)).serve(host.cancelled)
    if not is_idle:
        raise SystemExit(1)
