"""The studio's server: how its connections are set."""

import socket
import threading

import requests

from tests.studio.web.conftest import Client
from ziggy_studio.web.server import StudioServer


def test_the_second_half_of_an_answer_does_not_wait_for_the_client_to_confirm_the_first(client: Client) -> None:
    """Head and body are sent apart; with Nagle's algorithm (RFC 896) a client that delays its ACK gets the body late,
    by 40 ms on Linux, from the second answer of a connection on.
    """
    server = StudioServer(client.studio, 0)
    thread = threading.Thread(target=server.serve_until_stopped, name="studio-http")
    thread.start()
    try:
        with requests.Session() as session:
            assert session.get(f"{server.url}/api/about", timeout=10).status_code == 200
            (connection,) = server.server_state.connections
            accepted = connection.transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        server.should_exit = True
        thread.join()
