"""The sandbox org that a project may bring along: started with the run, seeded, and reachable by a connection."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesforce_sandbox import Sandbox, SandboxOptions
from ziggy_sf_write.contract import Item
from ziggy_studio.errors import UsageProblem
from ziggy_studio.files import pointer_lines, read_checked
from ziggy_studio.project import Project, StoredConnection


@contextmanager
def embedded_sandbox(project: Project, options: SandboxOptions | None = None) -> Iterator[Sandbox]:
    """A sandbox org with the records of the project's `sandbox.yaml` and a connection to it, `sfDev` by default.

    Raises:
        UsageProblem: the file cannot be read, or names an object or a field that the org has not.
    """
    path = project.folder / "sandbox.yaml"
    settings = read_checked(path, "sandbox.schema.json")
    with Sandbox(options or SandboxOptions()) as org:
        for name, records in settings.get("records", {}).items():
            _insert(org, name, records, path)
        project.add_connection(connection_to(org, name=settings.get("connection", "sfDev")))
        yield org


def _insert(org: Sandbox, name: str, records: list[Item], path: Path) -> None:
    try:
        org.insert(name, records)
    except (KeyError, TypeError, ValueError, sqlite3.Error) as err:
        where = f"{path} line {pointer_lines(path).get(f'/records/{name}', 1)}"
        raise UsageProblem(f"{where}: the sandbox org cannot hold these records: {err.args[0]}. Correct them.") from err


def connection_to(org: Sandbox, *, name: str) -> StoredConnection:
    """How a project reaches a sandbox org; its logins are no secrets."""
    config = {
        "consumerKey": org.login.consumer_key,
        "consumerSecret": org.login.consumer_secret,
        "domain": org.host,
        "caBundle": str(org.ca_file),
    }
    return StoredConnection(name=name, type="salesforce", development=config)
