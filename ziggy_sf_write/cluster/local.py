"""A cluster on this machine, or the way to one that is there."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import Client, LocalCluster, Worker, WorkerPlugin
from distributed.security import Security

from ziggy_sf_write.cluster.errors import ClusterError

_LOCAL = re.compile(r"local(?::([1-9]\d*))?")
_ADDRESS = re.compile(r"(?:tls|tcp|ws|wss|ucx)://\S+|[\w.-]+:\d+")


def is_local(address: str) -> bool:
    """Whether the address asks for a cluster on this machine."""
    return _LOCAL.fullmatch(address) is not None


class _LeaveInterruptsToTheDriver(WorkerPlugin):
    """Ctrl-C goes to every process of a terminal. Workers that died of it could end nothing in order."""

    name = "leave-interrupts-to-the-driver"

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 # the engine's signature
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """The cluster at an address; or, for `local:N`, one of N worker processes that lives as long as the block.

    A local cluster listens on loopback only and encrypts with certificates of its own, made for it.
    A remote one uses the certificates of the engine's configuration, `distributed.comm.tls`.

    Raises:
        ClusterError: the address is none, or nobody answers there.
    """
    local = _LOCAL.fullmatch(address)
    if local is None:
        with _remote(address) as client:
            yield client
        return
    # Without a number, the engine takes one process for each of the machine's cores.
    options = {"n_workers": int(local[1])} if local[1] else {}
    with (
        LocalCluster(
            **options,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # without one it would take port 8787, or complain
            protocol="tls://",
            security=Security.temporary(),
        ) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(_LeaveInterruptsToTheDriver())
        yield client


@contextmanager
def _remote(address: str) -> Iterator[Client]:
    if address.partition(":")[0] == "local" or not _ADDRESS.fullmatch(address):
        raise ClusterError(
            f"`{address}` is no address of a cluster. Write local, local:4, or a scheduler such as tls://host:8786."
        )
    try:
        client = Client(address)
    except (OSError, ValueError) as err:
        raise ClusterError(
            f"No scheduler answers at {address} ({err}). Check the address, and the engine's TLS settings for tls://."
        ) from err
    with client:
        yield client
