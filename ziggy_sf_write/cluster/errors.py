"""What a person can put right before a run on a cluster begins."""

from ziggy_sf_write.errors import UserFixable


class ClusterError(UserFixable):
    """The input, the folder of results, the connection or the cluster is not fit for a run."""
