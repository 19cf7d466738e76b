"""Clusters: one within the process, quick to make; one of two worker processes, as people have them."""

from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster

from ziggy_sf_write.cluster import connect


@pytest.fixture
def client() -> Iterator[Client]:
    """A cluster of two threads within this process: the engine as it is, without processes and without a network."""
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address="127.0.0.1:0", protocol="inproc://"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def two_processes() -> Iterator[Client]:
    """Two worker processes over TLS on loopback."""
    with connect("local:2") as client:
        yield client
