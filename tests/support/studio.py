"""A studio's server in a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ziggy_studio.web.server import StudioServer
from ziggy_studio.web.studio import Studio


@contextmanager
def serving(studio: Studio, port: int = 0) -> Iterator[str]:
    """A server for as long as the block lasts; yields its address. Its end awaits the runs, as the command's does."""
    server = StudioServer(studio, port)
    thread = threading.Thread(target=server.serve_until_stopped, name="studio-http", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        studio.close()
        server.should_exit = True
        thread.join()
        studio.runs.wait()
