"""A gateway that stands before an org and may answer in its place."""

import http.server
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
import urllib3

from salesforce_sandbox import Sandbox

_NOT_PASSED_ON = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it arrived; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Say = Callable[[Asked, Callable[[], Said]], Said]


def _pass_on(_asked: Asked, ask_the_org: Callable[[], Said]) -> Said:
    return ask_the_org()


class Gateway:
    """An HTTPS host in front of an org: remembers each request; `say` may change or replace the org's answer."""

    def __init__(self, org: Sandbox, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "gateway-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.asked: list[Asked] = []
        self.say: Say = _pass_on
        self._org = org
        self._pool = urllib3.PoolManager(ca_certs=str(org.ca_file))
        self._server = _Server(self._answer, context)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def config(self) -> dict[str, Any]:
        """A connection through this gateway."""
        return {
            "accessToken": self._org.access_token(),
            "instanceUrl": f"https://{self.host}",
            "caBundle": str(self.ca_file),
        }

    def headers_of(self, part: str) -> list[Mapping[str, str]]:
        """The headers of every request whose path holds this part."""
        return [one.headers for one in self.asked if part in one.path]

    def close(self) -> None:
        """Ends the server and its connections to the org."""
        self._server.end()
        self._pool.clear()

    def _answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return self.say(asked, lambda: self._forward(asked))

    def _forward(self, asked: Asked) -> Said:
        headers = {name: value for name, value in asked.headers.items() if name not in _NOT_PASSED_ON}
        url = f"{self._org.url}{asked.path}"
        answer = self._pool.request(asked.method, url, body=asked.body or None, headers=headers, retries=False)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED_ON}
        return Said(status=answer.status, body=answer.data, headers=kept)


@contextmanager
def gateway(org: Sandbox, folder: Path) -> Iterator[Gateway]:
    """A gateway that is closed afterwards."""
    opened = Gateway(org, folder)
    try:
        yield opened
    finally:
        opened.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, answer: Callable[[Asked], Said], context: ssl.SSLContext) -> None:
        self.answer = answer
        self._context = context
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        return self._context.wrap_socket(connection, server_side=True), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves before it is answered is nothing to tell of."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class names it so
        """Says nothing."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        said = self.server.answer(Asked(method=self.command, path=self.path, headers=headers, body=body))
        self.send_response_only(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)
