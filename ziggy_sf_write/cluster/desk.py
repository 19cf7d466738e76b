"""What every worker holds of a run: shipped once, by the engine, also to workers that join later."""

import threading
from dataclasses import dataclass, field
from typing import cast

from distributed import Semaphore, Worker, WorkerPlugin, get_worker

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster.descriptions import Descriptions
from ziggy_sf_write.cluster.folder import RunFolder
from ziggy_sf_write.cluster.match_keys import KeyTexts
from ziggy_sf_write.cluster.results import ResultFormat
from ziggy_sf_write.cluster.source import ConnectionSource
from ziggy_sf_write.cluster.staging import Missing
from ziggy_sf_write.contract import Config, Connection
from ziggy_sf_write.salesforce.org import ORGS, Org, require_salesforce


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """A run as its workers need to know it; secrets are in it only where the source carries them, under TLS.

    `leases` is how many partitions of the whole cluster may have calls under way.
    """

    name: str
    config: Config
    leases: int
    source: ConnectionSource = field(repr=False)
    descriptions: Descriptions = field(repr=False)
    folder: RunFolder
    results: ResultFormat
    missing: Missing


class RunDesk(WorkerPlugin):
    """One for each worker process and run; tasks find it by the run's name, so that none of it is in their graph."""

    def __init__(self, spec: RunSpec) -> None:
        self.name = spec.name
        self.spec = spec
        self._connection: Connection | None = None
        self._leases: Semaphore | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"RunDesk({self.name})"

    def __getstate__(self) -> RunSpec:
        return self.spec

    def __setstate__(self, spec: RunSpec) -> None:
        self.__init__(spec)  # type: ignore[misc] # a lock does not travel

    def setup(self, worker: Worker) -> None:
        """Nothing yet: what can fail is left to the first task, whose error reaches the one who waits for it."""

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 # the engine's signature
        """The run is over: its leases are refreshed no more."""
        if self._leases is not None:
            self._leases.refresh_callback.stop()

    def leases(self) -> Semaphore:
        """The run's leases. One object for the process: each refreshes what it holds, for as long as it lives."""
        with self._lock:
            if self._leases is None:
                self._leases = make_leases(self.spec)
            return self._leases

    def connection(self) -> Connection:
        """The connection, resolved by the first task of this process. Raises `HostError` where it cannot be had."""
        with self._lock:
            if self._connection is None:
                connection = require_salesforce(self.spec.source.connection(self.spec.config["connection"]))
                self.spec.descriptions.seed(ORGS.org(connection).catalog)
                self._connection = connection
            return self._connection

    def org(self) -> Org:
        """The org, with the one login that all tasks of this process share."""
        return ORGS.org(self.connection())

    def keys(self) -> KeyTexts:
        """The match key of rows as text."""
        config = parse_config(self.spec.config)
        return KeyTexts(self.spec.descriptions.objects[config.object].value, config)


def make_leases(spec: RunSpec) -> Semaphore:
    """The semaphore of a run, by its name the same one for the whole cluster."""
    return Semaphore(max_leases=spec.leases, name=f"{spec.name}-leases")


def find_desk(name: str) -> RunDesk:
    """This worker's desk of a run."""
    # By its name it can be nothing else: the name is the run's own.
    return cast("RunDesk", get_worker().plugins[name])


def find_keys(name: str) -> KeyTexts:
    """The match keys of a run, on the worker that asks."""
    return find_desk(name).keys()
