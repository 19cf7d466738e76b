"""A project folder: its connections, its secrets, its settings and its state."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ziggy_sf_write.contract import Connection, HostError, JsonValue, Mode
from ziggy_sf_write.schema_check import near_miss, schema_problems
from ziggy_sf_write.studio.errors import FlowError, UsageProblem
from ziggy_sf_write.studio.files import read_document

_SECRET = re.compile(r"secrets\.([A-Za-z_$][A-Za-z0-9_$]*)")
_ENVIRONMENT_PREFIX = "ZIGGY_SECRET_"
_OTHERS_MAY_READ = stat.S_IRWXG | stat.S_IRWXO

_PROJECT_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "mode": {"enum": ["DEV", "PROD"]},
        "sandbox": {"enum": ["embedded", "none"]},
    },
}
_CONNECTIONS_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["type", "development"],
        "additionalProperties": False,
        "properties": {
            "type": {"type": "string"},
            "development": {"type": "object"},
            "production": {"type": "object"},
        },
    },
}


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
        settings = _read(folder / "project.yaml", _PROJECT_SCHEMA, "project.yaml")
        self.mode = Mode(settings.get("mode", "DEV"))
        self.has_embedded_sandbox = settings.get("sandbox") == "embedded"
        stored = _read(folder / "connections.yaml", _CONNECTIONS_SCHEMA, "connections.yaml")
        self._connections = {name: StoredConnection(name=name, **one) for name, one in stored.items()}

    @property
    def store_path(self) -> Path:
        """Where the Data Store lives."""
        return self.folder / ".state" / "store.sqlite"

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
        resolved = {key: self._resolve(value, name) for key, value in stored.config(mode).items()}
        return Connection(name=name, type=stored.type, mode=mode, config=resolved)

    def _resolve(self, value: JsonValue, connection: str) -> JsonValue:
        found = _SECRET.fullmatch(value) if isinstance(value, str) else None
        return self._secret(found[1], connection) if found else value

    def _secret(self, name: str, connection: str) -> str:
        from_environment = os.environ.get(f"{_ENVIRONMENT_PREFIX}{name}")
        if from_environment is not None:
            return from_environment
        secrets = self._secrets_file()
        if name not in secrets:
            hint = near_miss(name, list(secrets)) or "."
            raise HostError(
                f"The connection `{connection}` wants the secret `{name}`, which is not set{hint} "
                f"Add it to secrets.yaml, or set {_ENVIRONMENT_PREFIX}{name}."
            )
        return str(secrets[name])

    def _secrets_file(self) -> Mapping[str, JsonValue]:
        path = self.folder / "secrets.yaml"
        if not path.exists():
            return {}
        if path.stat().st_mode & _OTHERS_MAY_READ:
            raise UsageProblem(f"{path} can be read by others. Run: chmod 600 {path}")
        return _read(path, {"type": "object"}, "secrets.yaml")


def _read(path: Path, schema: Mapping[str, JsonValue], what: str) -> dict[str, JsonValue]:
    if not path.exists():
        return {}
    document = read_document(path) or {}
    problems = schema_problems(schema, document, what=what)
    if problems:
        raise FlowError(str(path), problems)
    return dict(document)
