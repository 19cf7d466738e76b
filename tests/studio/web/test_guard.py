"""Who may talk to the studio, and what its pages may do."""

import pytest

from tests.studio.web.conftest import Client
from ziggy_studio.web.guard import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:1", "localhost", "[::1]:80", "[::1]"])
def test_loopback_names_are_let_in(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.com", "127.0.0.1.example.com:80", "192.168.0.1", "localhost.evil:80"])
def test_other_names_are_not(host: str) -> None:
    assert not is_loopback(host)


def test_a_rebound_name_is_refused(client: Client) -> None:
    answer = client.call("GET", "/api/about", Host="evil.example")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "notAllowed")


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}]
)
def test_another_sites_page_is_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.call("POST", "/api/check", {"document": {}}, **headers).status_code == 403


def test_the_own_page_is_let_in(client: Client) -> None:
    assert client.call("GET", "/api/about", Origin=client.url, Sec_Fetch_Site="same-origin").status_code == 200


def test_the_policy_names_no_other_origin_and_no_eval(client: Client) -> None:
    policy = client.call("GET", "/").headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_each_page_gets_a_nonce_of_its_own(client: Client) -> None:
    pages = [client.call("GET", "/") for _ in range(2)]
    nonces = [page.text.split('name="csp-nonce" content="')[1].split('"')[0] for page in pages]
    assert len(set(nonces)) == 2
    assert all(nonce in page.headers["content-security-policy"] for nonce, page in zip(nonces, pages, strict=True))


def test_an_unknown_address_answers_with_an_error_in_words(client: Client) -> None:
    answer = client.call("GET", "/api/nothing")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message", "hint"}


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/web/app.py", "/static//etc/passwd"])
def test_nothing_outside_the_build_is_served(client: Client, path: str) -> None:
    assert client.call("GET", path).status_code == 404
