"""A Salesforce org that fits on a laptop: real HTTPS on loopback, faithful where a writing client can notice."""

from .faults import Fault, FaultName
from .options import Login, SandboxOptions
from .server import Sandbox
from .stats import Stats

__all__ = ["Fault", "FaultName", "Login", "Sandbox", "SandboxOptions", "Stats"]
