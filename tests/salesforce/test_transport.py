"""One request over real sockets: what counts as not sent, and what is neither read from the environment nor kept."""

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Said, gateway
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent
from ziggy_sf_write.salesforce.login import connection_problems
from ziggy_sf_write.salesforce.transport import Transport


@pytest.fixture
def transport(org: Sandbox) -> Iterator[Transport]:
    opened = Transport(ca_bundle=str(org.ca_file))
    yield opened
    opened.close()


@contextmanager
def _listening() -> Iterator[tuple[str, socket.socket]]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}", server


@contextmanager
def _tls_host(folder: Path, serve: Callable[[ssl.SSLSocket, threading.Event], object]) -> Iterator[tuple[str, Path]]:
    """A host that does this with its one connection, until the event is set; its authority's certificate."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    is_over = threading.Event()

    def accept(server: socket.socket) -> None:
        with context.wrap_socket(server.accept()[0], server_side=True) as connection:
            serve(connection, is_over)

    with _listening() as (host, server):
        thread = threading.Thread(target=accept, args=(server,))
        thread.start()
        yield host, folder / "ca.pem"
        is_over.set()
        thread.join()


def _read_nothing(_connection: ssl.SSLSocket, is_over: threading.Event) -> None:
    is_over.wait(30)


class TestNotSent:
    def test_nobody_listens(self, transport: Transport) -> None:
        with _listening() as (host, _):
            pass
        with pytest.raises(NotSent, match=rf"no connection to {host} \(NewConnectionError\)"):
            transport.send("POST", host, "/")

    def test_a_handshake_that_is_not_answered(self, transport: Transport) -> None:
        with _listening() as (host, _), pytest.raises(NotSent, match=rf"no connection to {host} \(TimeoutError\)"):
            transport.send("POST", host, "/", timeout_s=0.1)

    def test_a_host_that_is_no_host(self, transport: Transport) -> None:
        with pytest.raises(NotSent, match="no connection to a b"):
            transport.send("POST", "a b", "/")

    def test_a_name_that_no_look_up_takes(self, transport: Transport) -> None:
        with pytest.raises(NotSent, match="no connection to"):
            transport.send("POST", f"{'a' * 70}.example", "/")


def test_what_breaks_after_the_handshake_is_a_lost_answer(org: Sandbox, transport: Transport) -> None:
    org.inject("reset_before_reading", at=(1,))
    with pytest.raises(AnswerLost, match=f"the connection to {org.host} broke"):
        transport.send("GET", org.host, "/services/data")


class TestTimeLimit:
    def test_a_call_ends_in_time_though_byte_after_byte_comes(self, org: Sandbox, transport: Transport) -> None:
        org.inject("slow_body", seconds=0.3)
        started = time.monotonic()
        with pytest.raises(AnswerLost, match="did not answer in time"):
            transport.send("GET", org.host, "/services/data", timeout_s=1)
        assert time.monotonic() - started < 5

    def test_an_answer_that_comes_slowly_but_in_time_is_taken(self, org: Sandbox, transport: Transport) -> None:
        org.inject("slow_body", seconds=0.001)
        assert transport.send("GET", org.host, "/services/data").status == 200

    def test_an_upload_ends_in_time_though_nobody_reads_it(self, org: Sandbox, tmp_path: Path) -> None:
        with _tls_host(tmp_path, _read_nothing) as (host, ca_file):
            transport = Transport(ca_bundle=str(ca_file))
            started = time.monotonic()
            with pytest.raises(AnswerLost):
                transport.send("PUT", host, "/", body=bytes(50_000_000), timeout_s=1)
            transport.close()
        assert time.monotonic() - started < 5

    @pytest.mark.slow
    def test_an_upload_that_is_read_with_long_pauses_arrives_as_it_was_sent(self, tmp_path: Path) -> None:
        sent = random.Random(1).randbytes(20_000_000)  # noqa: S311 (the same bytes each time)
        received = bytearray()

        def read_with_pauses(connection: ssl.SSLSocket, is_over: threading.Event) -> None:
            while not received.endswith(sent[-100:]):
                if len(received) < 3_000_000:
                    is_over.wait(0.005)
                received.extend(connection.recv(65_536))
                if len(received) < 50_000:
                    is_over.wait(0.7)  # longer than a turn
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        with _tls_host(tmp_path, read_with_pauses) as (host, ca_file):
            transport = Transport(ca_bundle=str(ca_file))
            assert transport.send("PUT", host, "/", body=sent).status == 204
            transport.close()
        assert bytes(received).partition(b"\r\n\r\n")[2] == sent

    def test_a_stop_leaves_a_call_the_time_to_answer(self, org: Sandbox, transport: Transport) -> None:
        org.inject("slow_answer", seconds=1)
        stop = threading.Event()
        stop.set()
        assert transport.send("GET", org.host, "/services/data", cancelled=stop).status == 200

    @pytest.mark.slow
    def test_ten_seconds_after_a_stop_a_call_is_cut(self, org: Sandbox, transport: Transport) -> None:
        org.inject("slow_answer", seconds=60)
        stop = threading.Event()
        stop.set()
        started = time.monotonic()
        with pytest.raises(AnswerLost, match="did not answer within 10 s after the stop"):
            transport.send("GET", org.host, "/services/data", cancelled=stop)
        assert 9.9 < time.monotonic() - started < 20


def test_the_environment_has_no_say(org: Sandbox, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert transport.send("GET", org.host, "/services/data").status == 200


def test_cookies_are_not_sent_back(org: Sandbox, tmp_path: Path) -> None:
    with gateway(org, tmp_path) as before:
        before.say = lambda _asked, _ask: Said(headers={"Set-Cookie": "BrowserId=x; Path=/"})
        transport = Transport(ca_bundle=str(before.ca_file))
        for _ in range(2):
            transport.send("GET", before.host, "/")
        transport.close()
    assert ["cookie" in one.headers for one in before.asked] == [False, False]


def test_long_integers_and_odd_bytes_of_an_answer_are_kept(org: Sandbox, tmp_path: Path) -> None:
    with gateway(org, tmp_path) as before:
        before.say = lambda _asked, _ask: Said(body=b'{"n": 123456789012345678901234567890, "t": "\xff"}')
        transport = Transport(ca_bundle=str(before.ca_file))
        reply = transport.send("GET", before.host, "/")
        transport.close()
    assert reply.json() == {"n": 123456789012345678901234567890, "t": "�"}


def test_a_proxys_password_that_no_header_can_carry_is_a_problem_of_the_connection(org: Sandbox) -> None:
    config = {"accessToken": "x", "instanceUrl": org.url, "proxy": "http://me:%E2%82%ACplanted@127.0.0.1:3128"}
    (problem,) = connection_problems(config)
    assert problem.path == "/proxy"
    assert "planted" not in problem.message
