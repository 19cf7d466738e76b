"""One request over real sockets: what counts as not sent, and what is neither read from the environment nor kept."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
