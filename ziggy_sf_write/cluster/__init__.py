"""The block beyond one machine: the same pipeline, on the partitions of a Dask cluster."""

from ziggy_sf_write.cluster.driver import ClusterOptions, write_dataframe
from ziggy_sf_write.cluster.frames import RESULT_DDL, connect, write_frames, write_rows
from ziggy_sf_write.cluster.input import Missing
from ziggy_sf_write.cluster.storage import ClusterError, ClusterReport, FileStore, ResultFormat
from ziggy_sf_write.cluster.task import ClusterContext, ConnectionSource, GivenConnection
from ziggy_sf_write.run.executor import RowResult

__all__ = [
    "RESULT_DDL",
    "ClusterContext",
    "ClusterError",
    "ClusterOptions",
    "ClusterReport",
    "ConnectionSource",
    "FileStore",
    "GivenConnection",
    "Missing",
    "ResultFormat",
    "RowResult",
    "connect",
    "write_dataframe",
    "write_frames",
    "write_rows",
]
