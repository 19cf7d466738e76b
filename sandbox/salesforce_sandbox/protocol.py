"""The HTTP/1.1 protocol with a handle on its transport, and a socket that can refuse: what faults need."""

import asyncio
import socket
import struct
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "sandbox.transport"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, no time: closing sends a reset


class SandboxProtocol(HttpToolsProtocol):
    """Lets the application reach the connection of the request that it answers."""

    def on_message_begin(self) -> None:
        """Adds the transport to the request's state."""
        super().on_message_begin()
        self.scope["state"][TRANSPORT] = self.transport


def reset(transport: asyncio.Transport) -> None:
    """Tears the connection down with a TCP reset."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


class GatedSocket(socket.socket):
    """A listening socket that turns some connections away before a request is read."""

    is_refused: Callable[[], bool]

    def accept(self) -> tuple[socket.socket, object]:
        """Accepts, or resets as soon as the client greets."""
        connection, address = super().accept()
        if self.is_refused():
            # A reset before the greeting makes CPython's ssl module lose the client's socket unclosed.
            asyncio.get_running_loop().add_reader(connection, _turn_away, connection)
            raise ConnectionAbortedError("refused by a fault")  # asyncio goes on to the next connection
        return connection, address


def _turn_away(connection: socket.socket) -> None:
    asyncio.get_running_loop().remove_reader(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    connection.close()


def listen(port: int, *, is_refused: Callable[[], bool]) -> GatedSocket:
    """A listening socket on loopback."""
    listener = GatedSocket(socket.AF_INET, socket.SOCK_STREAM)
    listener.is_refused = is_refused
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)  # noqa: FBT003  the signature is the standard library's
    return listener
