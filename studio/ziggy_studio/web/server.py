"""The server process: uvicorn on loopback, which ends within a second of Ctrl-C."""

import logging
import socket
from types import FrameType

import uvicorn

from ziggy_studio.errors import UsageProblem
from ziggy_studio.web.app import make_app
from ziggy_studio.web.studio import Studio

_HOST = "127.0.0.1"
_GRACE_S = 1


class StudioServer(uvicorn.Server):
    """Uvicorn's server, which ends the event streams first: they would keep it waiting."""

    def __init__(self, studio: Studio, port: int) -> None:
        self._studio = studio
        self._listener = _listen(port)
        # What is cut off by the end of the server is no error worth a traceback.
        logging.getLogger("uvicorn.error").addFilter(lambda _record: not studio.closing.is_set())
        self.url = f"http://{_HOST}:{self._listener.getsockname()[1]}"
        super().__init__(
            uvicorn.Config(
                make_app(studio),
                log_config=None,
                access_log=False,
                ws="none",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 # uvicorn's signature
        """Ends the streams, then the server; asked once more, it waits for no request any more.

        Uvicorn's own handler would raise the signal again at the end of the server, and with SIGTERM that is the end of
        the process: no run would be awaited, no store closed.
        """
        self.force_exit = self.should_exit
        self.should_exit = True
        self._studio.close()

    def serve_until_stopped(self) -> None:
        """Serves until a signal, or `should_exit`, ends it."""
        self.run(sockets=[self._listener])


def _listen(port: int) -> socket.socket:
    """A listening socket; requests that come before the server is ready wait in its backlog."""
    # The protocol is named, for asyncio sends at once only on connections that say they are TCP; otherwise the second
    # half of each answer waits 40 ms for the client to confirm the first.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as err:
        listener.close()
        raise UsageProblem(
            f"Port {port} is taken ({err.strerror}). Choose another with --port, or leave it out."
        ) from err
    listener.listen(128)
    return listener
