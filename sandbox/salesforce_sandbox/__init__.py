"""A Salesforce org that fits on a laptop: real HTTPS on loopback, faithful where a writing client can notice."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Fault, FaultName
    from .options import Login, SandboxOptions
    from .server import Sandbox
    from .stats import Stats

__all__ = ["Fault", "FaultName", "Login", "Sandbox", "SandboxOptions", "Stats"]

# pytest imports the package for its fixture in every run of everybody who has it installed; the server comes on demand.
_HOMES = {
    "Fault": "faults",
    "FaultName": "faults",
    "Login": "options",
    "Sandbox": "server",
    "SandboxOptions": "options",
    "Stats": "stats",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
