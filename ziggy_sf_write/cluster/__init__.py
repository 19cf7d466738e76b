"""The block beyond one machine: the same road from edge to outcome, on the partitions of a Dask cluster."""

from ziggy_sf_write.cluster.context import ClusterContext
from ziggy_sf_write.cluster.driver import ClusterOptions, write_dataframe
from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.cluster.file_store import FileStore
from ziggy_sf_write.cluster.frames import RESULT_DDL, write_frames
from ziggy_sf_write.cluster.local import connect
from ziggy_sf_write.cluster.report import ClusterReport
from ziggy_sf_write.cluster.results import ResultFormat
from ziggy_sf_write.cluster.rows import RowResult, Tally, write_rows
from ziggy_sf_write.cluster.source import ConnectionSource, GivenConnection
from ziggy_sf_write.cluster.staging import Missing

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
    "Tally",
    "connect",
    "write_dataframe",
    "write_frames",
    "write_rows",
]
