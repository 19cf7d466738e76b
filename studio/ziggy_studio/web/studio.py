"""One running studio: a host over a project, its flow files and its runs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ziggy_sf_write.contract import BlockDescriptor, JsonValue, Mode
from ziggy_studio.connection_files import ConnectionFile
from ziggy_studio.engine import Host
from ziggy_studio.plugins import descriptors
from ziggy_studio.project import Project, StoredConnection
from ziggy_studio.web.flow_files import FlowFiles
from ziggy_studio.web.guard import WrongKeys
from ziggy_studio.web.runs import Runs


@dataclass(slots=True, kw_only=True)
class Studio:
    """What the routes share. `closing` is set when the server ends; whoever streams, stops then.

    `brought` are connections that stand in no file, such as the one to the embedded sandbox.
    """

    host: Host
    flows: FlowFiles
    known: dict[str, BlockDescriptor]
    has_sandbox: bool = False
    brought: tuple[StoredConnection, ...] = ()
    runs: Runs = field(default_factory=Runs)
    wrong_keys: WrongKeys = field(default_factory=WrongKeys)
    closing: threading.Event = field(default_factory=threading.Event)
    _closers: set[Callable[[], None]] = field(default_factory=set)

    def host_in(self, mode: Mode) -> Host:
        """The host in a mode; everything else is shared."""
        return replace(self.host, mode=mode)

    def reload_project(self) -> None:
        """Reads the project's files again; runs under way go on with what they began with."""
        fresh = Project(self.host.project.folder)
        for connection in self.brought:
            fresh.add_connection(connection)
        self.host.project = fresh

    def on_close(self, call: Callable[[], None]) -> Callable[[], None]:
        """Calls `call` when the studio closes, until the returned function is called."""
        self._closers.add(call)
        return lambda: self._closers.discard(call)

    def close(self) -> None:
        """Ends the streams and asks the runs to stop; `runs.wait` waits until they have."""
        self.closing.set()
        for call in list(self._closers):
            call()
        self.runs.stop_all()

    def about(self) -> dict[str, JsonValue]:
        """What the page needs to draw its frame."""
        project = self.host.project
        return {
            "project": project.folder.resolve().name,
            "mode": self.host.mode.value,
            "sandbox": self.has_sandbox,
            "flows": list(self.flows.names()),
            "blocks": [descriptor.to_json() for descriptor in self.known.values()],
        }


def open_studio(host: Host, *, has_sandbox: bool = False) -> Studio:
    """A studio over a host."""
    in_file = ConnectionFile(host.project.folder).names()
    return Studio(
        host=host,
        flows=FlowFiles(host.project.folder),
        known=descriptors(host.plugins),
        has_sandbox=has_sandbox,
        brought=tuple(one for one in host.project.connections() if one.name not in in_file),
    )
