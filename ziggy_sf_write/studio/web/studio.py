"""One running studio: a host over a project, its flow files and its runs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ziggy_sf_write.contract import BlockDescriptor, ConnectionReport, HostError, JsonValue, Mode
from ziggy_sf_write.studio.engine import Host
from ziggy_sf_write.studio.plugins import descriptors
from ziggy_sf_write.studio.web.flow_files import FlowFiles
from ziggy_sf_write.studio.web.forms import form_context
from ziggy_sf_write.studio.web.runs import Runs

_STOP_TIMEOUT_S = 0.5


@dataclass(slots=True, kw_only=True)
class Studio:
    """What the routes share. `closing` is set when the server ends; whoever streams, stops then."""

    host: Host
    flows: FlowFiles
    known: dict[str, BlockDescriptor]
    has_sandbox: bool = False
    runs: Runs = field(default_factory=Runs)
    closing: threading.Event = field(default_factory=threading.Event)
    _closers: set[Callable[[], None]] = field(default_factory=set)

    def host_in(self, mode: Mode) -> Host:
        """The host in a mode; everything else is shared."""
        return replace(self.host, mode=mode)

    def on_close(self, call: Callable[[], None]) -> Callable[[], None]:
        """Calls `call` when the studio closes, until the returned function is called."""
        self._closers.add(call)
        return lambda: self._closers.discard(call)

    def close(self) -> None:
        """Ends the streams and asks the runs to stop."""
        self.closing.set()
        for call in list(self._closers):
            call()
        self.runs.stop_all(_STOP_TIMEOUT_S)

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
    return Studio(
        host=host, flows=FlowFiles(host.project.folder), known=descriptors(host.plugins), has_sandbox=has_sandbox
    )


def list_connections(studio: Studio) -> list[dict[str, JsonValue]]:
    """The project's connections: their names, types and modes, and nothing that they hold."""
    return [
        {
            "name": one.name,
            "type": one.type,
            "modes": ["DEV"] if one.production is None else ["DEV", "PROD"],
        }
        for one in studio.host.project.connections()
    ]


def try_connection(studio: Studio, name: str, mode: Mode) -> ConnectionReport:
    """Logs in through a connection and says what was found, or exactly what is wrong."""
    try:
        connection = studio.host.project.connection(name, mode)
        report: ConnectionReport | None = studio.host.plugins.hook.ziggy_test_connection(
            connection_type=connection.type, config=connection.config, context=form_context(studio.host, mode)
        )
    except HostError as err:
        return ConnectionReport(is_ok=False, message=str(err))
    if report is None:
        return ConnectionReport(is_ok=False, message=f"No plugin can test connections of type {connection.type}.")
    return report
