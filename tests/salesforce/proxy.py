"""A forward proxy between us and an org, that hangs up when and how a test says."""

import contextlib
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

# A closed socket that lingers for no time sends RST instead of FIN.
_RESET = struct.pack("ii", 1, 0)


class HangsUp(StrEnum):
    """How a proxy ends its side of a connection."""

    FIN = "FIN"
    RST = "RST"


class At(StrEnum):
    """Where in the making of a tunnel a proxy hangs up."""

    CONNECT = "before CONNECT is answered"
    HANDSHAKE = "after CONNECT is answered"


class Proxy:
    """Remembers where it was asked to connect to, and who asked. A closed one connects nobody.

    `hangs_up` names where and how the next tunnel fails, `is_silent` lets CONNECT wait for ever.
    """

    def __init__(self, *, is_closed: bool) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.is_closed = is_closed
        self.is_silent = False
        self.hangs_up: tuple[At, HangsUp] | None = None
        self.ended = threading.Event()
        self.tunnels: list[_Tunnel] = []
        self._server = _Server(self)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    def cut(self, how: HangsUp, *, after_bytes: int = 0) -> None:
        """Hangs up on every open tunnel, once it has passed on so many bytes more of what the org says."""
        open_now = [one for one in self.tunnels if not one.has_ended.is_set()]
        for one in open_now:
            one.cut(how, after_bytes)
        for one in open_now:
            if after_bytes == 0:
                assert one.has_ended.wait(5)

    def close(self) -> None:
        """Ends the proxy and its tunnels."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def proxy(*, is_closed: bool = False) -> Iterator[Proxy]:
    """A forward proxy that is ended afterwards."""
    opened = Proxy(is_closed=is_closed)
    try:
        yield opened
    finally:
        opened.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False  # so that closing the server awaits them
    block_on_close = True

    def __init__(self, ours: Proxy) -> None:
        self.proxy = ours
        super().__init__(("127.0.0.1", 0), _Tunnel)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Closes without the polite end that the base class makes first: it would hide a reset."""
        self.close_request(request)


class _Tunnel(socketserver.StreamRequestHandler):
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.has_ended = threading.Event()
        self._how: HangsUp | None = None
        self._bytes_left = 0
        self.server.proxy.tunnels.append(self)

    def cut(self, how: HangsUp, after_bytes: int) -> None:
        self._bytes_left, self._how = after_bytes, how

    def handle(self) -> None:
        ours = self.server.proxy
        _, target, _ = self.rfile.readline().decode().split()
        lines = (line.decode().strip().split(": ", 1) for line in iter(self.rfile.readline, b"\r\n"))
        headers = {name.lower(): value for name, value in lines}
        ours.asked.append((target, headers.get("proxy-authorization")))
        if ours.is_closed:
            self.connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        if ours.is_silent:
            ours.ended.wait()
            return
        at, how = ours.hangs_up or (None, HangsUp.FIN)
        ours.hangs_up = None
        if at is At.CONNECT:
            self._hang_up(how)
            return
        self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if at is At.HANDSHAKE:
            self.connection.recv(1)  # the client's greeting has begun
            self._hang_up(how)
            return
        host, port = target.split(":")
        with socket.create_connection((host, int(port))) as far, contextlib.suppress(OSError):  # the client has gone
            self._carry(far)

    def finish(self) -> None:
        super().finish()
        self.connection.close()
        self.has_ended.set()

    def _carry(self, far: socket.socket) -> None:
        """Carries bytes both ways until one side is done, or until it is told to hang up."""
        while not self.server.proxy.ended.is_set():
            if self._how is not None and self._bytes_left == 0:
                self._hang_up(self._how)
                return
            for source in select.select([self.connection, far], [], [], 0.005)[0]:
                if not self._pass_on(source, far):
                    return

    def _pass_on(self, source: socket.socket, far: socket.socket) -> bool:
        """Carries what one side has said to the other. Answers whether it may say more."""
        if source is self.connection:
            data = source.recv(65_536)
            far.sendall(data)
            return bool(data)
        is_limited = self._how is not None
        limit = self._bytes_left if is_limited else 65_536
        if limit == 0:
            return True  # the loop hangs up
        data = far.recv(limit)
        self.connection.sendall(data)
        self._bytes_left -= len(data) if is_limited else 0
        return bool(data)

    def _hang_up(self, how: HangsUp) -> None:
        if how is HangsUp.RST:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            self.connection.shutdown(socket.SHUT_WR)
            # What is unread when a socket is closed turns its FIN into a reset.
            self.connection.settimeout(0.2)
            with contextlib.suppress(OSError):
                while self.connection.recv(65_536):
                    pass
