"""The block for hosts that are not written in Python: its hooks as JSON Lines over a pipe (`docs/other-hosts.md`)."""

from ziggy_sf_write.sidecar.context import Source
from ziggy_sf_write.sidecar.pipes import Pipes, protocol_pipes
from ziggy_sf_write.sidecar.server import Sidecar

__all__ = ["Pipes", "Sidecar", "Source", "protocol_pipes"]
