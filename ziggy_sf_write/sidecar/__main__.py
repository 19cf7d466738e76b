"""`python -m ziggy_sf_write.sidecar`: the block for a host that serves connections and Data Store itself."""

import logging
import signal
import sys
import threading
from types import FrameType

import pluggy

from ziggy_sf_write import hookspecs
from ziggy_sf_write.sidecar import Sidecar, protocol_pipes


def main() -> int:
    """Serves until stdin closes or a signal comes: 0; 1 where runs were cut off; 128 and the signal's number."""
    stop, taken = threading.Event(), []

    def take(number: int, _frame: FrameType | None) -> None:
        taken.append(number)
        stop.set()

    for name in ("SIGHUP", "SIGINT", "SIGTERM"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), take)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    plugins = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    plugins.add_hookspecs(hookspecs)
    plugins.load_setuptools_entrypoints("ziggy")
    with protocol_pipes() as pipes:
        is_idle = Sidecar(pipes, plugins).serve(stop)
    return 128 + taken[0] if taken else 0 if is_idle else 1


if __name__ == "__main__":
    sys.exit(main())
