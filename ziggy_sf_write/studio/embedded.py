"""The sandbox org that a project may bring along: started with the run, seeded, and reachable by a connection."""

from collections.abc import Iterator
from contextlib import contextmanager

from ziggy_sf_write.sandbox import Sandbox, SandboxOptions
from ziggy_sf_write.studio.files import read_checked
from ziggy_sf_write.studio.project import Project, StoredConnection


@contextmanager
def embedded_sandbox(project: Project, options: SandboxOptions | None = None) -> Iterator[Sandbox]:
    """A sandbox org with the records of the project's `sandbox.yaml` and a connection to it, `sfDev` by default."""
    settings = read_checked(project.folder / "sandbox.yaml", "sandbox.schema.json")
    with Sandbox(options or SandboxOptions()) as org:
        for name, records in settings.get("records", {}).items():
            org.insert(name, records)
        project.add_connection(_connection(settings.get("connection", "sfDev"), org))
        yield org


def _connection(name: str, org: Sandbox) -> StoredConnection:
    config = {
        "consumerKey": org.login.consumer_key,
        "consumerSecret": org.login.consumer_secret,
        "domain": org.host,
        "caBundle": str(org.ca_file),
    }
    return StoredConnection(name=name, type="salesforce", development=config)
