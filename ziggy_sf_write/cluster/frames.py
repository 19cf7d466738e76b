"""Ways in for engines: rows and pandas frames of engines that hand them over by themselves (Spark's `mapInPandas`, Ray
Data), and a Dask cluster on this machine or elsewhere.
"""

import re
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

import pandas as pd
import pyarrow as pa
from distributed import Client, LocalCluster, Worker, WorkerPlugin
from distributed.security import Security

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster.storage import ClusterError
from ziggy_sf_write.cluster.task import WINDOW
from ziggy_sf_write.contract import Config, ExecutionContext, JsonValue
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.executor import RowResult, row_results
from ziggy_sf_write.run.pipeline import Pipeline

# The columns of every frame that comes back, in the words of Spark's DDL.
RESULT_DDL = "outcome string, Id string, code string, reason string, data string"


_LOCAL = re.compile(r"local(?::([1-9]\d*))?")
_ADDRESS = re.compile(r"(?:tls|tcp|ws|wss|ucx)://\S+|[\w.-]+:\d+")


def write_rows(
    rows: Iterable[JsonValue], config: Config, context: ExecutionContext, *, window: int = WINDOW
) -> Iterator[RowResult]:
    """Writes rows and yields what became of each, in order, where an engine may make the whole call again.

    Dask, Spark and Ray all do so when a worker dies: so a row that would become a record without a key fails. What ends
    the run is the reason of the rows that were not sent.

    Args:
        rows: dictionaries; rows of one key must come through the same call, or two writes of it may be under way.
        config: the block's configuration, as a flow stores it.
        context: connections, store, stop signal and log.
        window: how many rows are in memory at once.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
        HostError: the host does not give the connection.
    """
    run = RunContext.start(parse_config(config), context, is_repeatable=True)
    for one in Pipeline(run).write(rows, window=window):
        if isinstance(run.guard.fatal, ConfigError):
            raise run.guard.fatal
        yield from row_results(one)
        del one  # else the next window is read while this one is still held


def write_frames(frames: Iterable[pd.DataFrame], config: Config, context: ExecutionContext) -> Iterator[pd.DataFrame]:
    """Writes all frames as one stream and yields, for each that is not empty, a frame of what became of its rows.

    `data` is the row as JSON text. An empty cell leaves its field untouched. The caller's engine must have brought rows
    of one key into one partition and into order, as `repartition(key)` and `sortWithinPartitions` do.
    """
    sizes: deque[int] = deque()
    results = write_rows(_items(frames, sizes), config, context)
    for first in results:
        # A result comes after its row was read, and so after its frame was.
        yield _frame([first, *islice(results, sizes.popleft() - 1)])


def _items(frames: Iterable[pd.DataFrame], sizes: deque[int]) -> Iterator[JsonValue]:
    for frame in frames:
        rows = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
        if rows:
            sizes.append(len(rows))
        yield from ({name: value for name, value in row.items() if value is not None} for row in rows)


def _frame(results: Sequence[RowResult]) -> pd.DataFrame:
    lines = [(one.outcome, one.record_id, one.code or None, one.reason or None, to_json(one.item)) for one in results]
    return pd.DataFrame(lines, columns=["outcome", "Id", "code", "reason", "data"], dtype="object")


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
