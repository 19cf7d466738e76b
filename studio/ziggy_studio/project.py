"""A project folder: its connections, its secrets, its settings and its state."""

import atexit
import logging
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ziggy_sf_write.contract import Connection, HostError, JsonValue, Mode
from ziggy_studio.errors import UsageProblem
from ziggy_studio.files import private_folder, read_checked
from ziggy_studio.outcome import HistoryLevel
from ziggy_studio.secrets import Secrets

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnection:
    """A connection as the project keeps it: references to secrets, not the secrets."""

    name: str
    type: str
    development: Mapping[str, JsonValue]
    production: Mapping[str, JsonValue] | None = None

    def config(self, mode: Mode) -> Mapping[str, JsonValue]:
        """The values of a mode. Raises `HostError` where production values are asked for and there are none."""
        if mode is Mode.DEV:
            return self.development
        if self.production is None:
            raise HostError(f"The connection `{self.name}` has no production values. Add them, or run in DEV mode.")
        return self.production


class Project:
    """One folder, read when it is opened."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UsageProblem(f"{folder} is not a project folder: it does not exist.")
        self.folder = folder
        self._temporary: Path | None = None
        self.secrets = Secrets(folder)
        settings = read_checked(folder / "project.yaml", "project.schema.json")
        self.mode = Mode(settings.get("mode", "DEV"))
        self.history_level = HistoryLevel(settings.get("history", HistoryLevel.ERRORS))
        self.largest_body: int = settings.get("largestBody", 50) * 1_000_000
        self.history_runs: int = settings.get("historyRuns", 100)
        self._store: str | None = settings.get("store")
        self._execution_key: str | None = settings.get("executionKey")
        self.has_embedded_sandbox = settings.get("sandbox") == "embedded"
        stored = read_checked(folder / "connections.yaml", "connections.schema.json", has_secrets=True)
        self._connections = {name: StoredConnection(name=name, **one) for name, one in stored.items()}

    @property
    def store_location(self) -> Path | str:
        """Where the Data Store lives: a file of the folder, unless project.yaml has the URL of a server.

        A folder that cannot be written gets one that is gone with the process, and the log says so.
        """
        if self._store is None:
            return self._state_folder() / "store.sqlite"
        return str(self.secrets.resolve(self._store, self.mode, wanted_by="project.yaml"))

    def _state_folder(self) -> Path:
        folder = self.folder / ".state"
        try:
            return private_folder(folder)
        except OSError as err:
            log.warning(
                "%s cannot be written (%s): the Data Store, the history of runs and failed items are kept only until "
                "this program ends",
                folder, err.strerror,
            )  # fmt: skip
            if self._temporary is None:
                self._temporary = Path(tempfile.mkdtemp(prefix="ziggy-state-"))
                atexit.register(shutil.rmtree, self._temporary, ignore_errors=True)
            return self._temporary

    def execution_key(self) -> str | None:
        """What launches over HTTP have to show, or None where there are to be none. Raises `HostError` if not set."""
        if self._execution_key is None:
            return None
        return str(self.secrets.resolve(self._execution_key, self.mode, wanted_by="project.yaml"))

    def add_connection(self, connection: StoredConnection) -> None:
        """Adds a connection for as long as this object lives; one that the folder has keeps its name."""
        self._connections.setdefault(connection.name, connection)

    def connections(self) -> list[StoredConnection]:
        """All connections as they are kept, in alphabetical order."""
        return [self._connections[name] for name in sorted(self._connections)]

    def connection_names(self, connection_type: str) -> list[str]:
        """The names of all connections of a type, in alphabetical order."""
        return sorted(name for name, one in self._connections.items() if one.type == connection_type)

    def connection(self, name: str, mode: Mode) -> Connection:
        """A connection with its secrets resolved. Raises `HostError` where it or a secret is missing."""
        stored = self._connections.get(name)
        if stored is None:
            known = ", ".join(sorted(self._connections)) or "none"
            raise HostError(f"There is no connection `{name}`. Known: {known}. Add it to connections.yaml.")
        wanted_by = f"The connection `{name}`"
        resolved = {
            key: self.secrets.resolve(value, mode, wanted_by=wanted_by) for key, value in stored.config(mode).items()
        }
        return Connection(name=name, type=stored.type, mode=mode, config=resolved)
