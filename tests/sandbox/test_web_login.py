"""The web server flow, introspection and revocation of tokens (RFC 6749, 7636, 7662 and 7009; Salesforce API 1.2)."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from salesforce_sandbox import Sandbox
from tests.sandbox.client import Api
from tests.sandbox.test_login import token, works

BACK = "http://localhost:1717/OauthRedirect"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def ask(sandbox: Sandbox, **changes: str) -> requests.Response:
    asked = {"response_type": "code", "client_id": sandbox.login.consumer_key, "redirect_uri": BACK, "state": "s/1"}
    return Api(org=sandbox).get("/services/oauth2/authorize", params={**asked, **changes}, allow_redirects=False)


def told(answer: requests.Response) -> dict[str, str]:
    """What the redirect tells the app."""
    assert answer.status_code == 302, answer.text
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def grant(sandbox: Sandbox, code: str, **changes: str) -> dict[str, str]:
    login = sandbox.login
    return {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": login.consumer_key,
        "client_secret": login.consumer_secret,
        "redirect_uri": BACK,
        **changes,
    }


def test_a_code_opens_one_session(sandbox: Sandbox) -> None:
    back = told(ask(sandbox))
    first = token(sandbox, grant(sandbox, back["code"]))
    again = token(sandbox, grant(sandbox, back["code"]))

    assert back["state"] == "s/1"
    assert works(sandbox, first.json()["access_token"])
    assert first.json()["refresh_token"]
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_the_salesforce_clis_own_app_proves_itself_by_its_verifier(sandbox: Sandbox) -> None:
    asked = {"client_id": "PlatformCLI", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    form = {"client_id": "PlatformCLI", "client_secret": ""}

    wrong = token(sandbox, grant(sandbox, told(ask(sandbox, **asked))["code"], **form, code_verifier="w"))
    right = token(sandbox, grant(sandbox, told(ask(sandbox, **asked))["code"], **form, code_verifier=VERIFIER))

    assert wrong.json() == {"error": "invalid_grant", "error_description": "invalid code verifier"}
    assert works(sandbox, right.json()["access_token"])


def test_without_a_challenge_the_secret_is_asked_for(sandbox: Sandbox) -> None:
    answer = token(sandbox, grant(sandbox, told(ask(sandbox))["code"], client_secret=""))

    assert answer.json()["error"] == "invalid_client"


def test_a_code_is_bound_to_its_redirect(sandbox: Sandbox) -> None:
    answer = token(sandbox, grant(sandbox, told(ask(sandbox))["code"], redirect_uri="http://localhost:1/other"))

    assert answer.json()["error"] == "redirect_uri_mismatch"


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://elsewhere.example/x"},
        {"redirect_uri": "http://localhost.elsewhere.example/x"},
        {"redirect_uri": "ftp://localhost/x"},
        {"redirect_uri": ""},
        {"client_id": "somebody"},
    ],
    ids=str,
)
def test_an_address_that_the_app_does_not_have_is_never_followed(sandbox: Sandbox, changes: dict[str, str]) -> None:
    answer = ask(sandbox, **changes)

    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("address", ["http://127.0.0.1:5/a", "http://[::1]:5/a", "https://localhost/a?b=c"])
def test_every_loopback_address_will_do(sandbox: Sandbox, address: str) -> None:
    assert ask(sandbox, redirect_uri=address).headers["Location"].startswith(address)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_the_app_is_told_what_it_asked_wrongly(sandbox: Sandbox, changes: dict[str, str], error: str) -> None:
    assert told(ask(sandbox, **changes))["error"] == error


def look(sandbox: Sandbox, asked: str, **changes: str) -> requests.Response:
    login = sandbox.login
    form = {"token": asked, "client_id": login.consumer_key, "client_secret": login.consumer_secret, **changes}
    return Api(org=sandbox).call("POST", "/services/oauth2/introspect", data=form)


def test_a_token_is_looked_into(sandbox: Sandbox) -> None:
    found: dict[str, Any] = look(sandbox, sandbox.access_token()).json()

    assert (found["active"], found["username"]) == (True, sandbox.login.username)
    assert found["client_id"] == sandbox.login.consumer_key
    assert found["exp"] > found["iat"]
    assert look(sandbox, "nobody's").json() == {"active": False}


def test_only_the_app_may_look(sandbox: Sandbox) -> None:
    assert look(sandbox, sandbox.access_token(), client_secret="wrong").status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_is_taken_back(sandbox: Sandbox, api: Api, method: str) -> None:
    access_token = sandbox.access_token()
    where = "params" if method == "GET" else "data"

    first = api.call(method, "/services/oauth2/revoke", **{where: {"token": access_token}})
    again = api.call(method, "/services/oauth2/revoke", **{where: {"token": access_token}})

    assert (first.status_code, again.status_code) == (200, 400)
    assert not works(sandbox, access_token)


def test_a_refresh_token_is_taken_back(sandbox: Sandbox, api: Api) -> None:
    refresh = token(sandbox, grant(sandbox, told(ask(sandbox))["code"])).json()["refresh_token"]
    assert look(sandbox, refresh).json()["token_type"] == "refresh_token"
    api.call("POST", "/services/oauth2/revoke", data={"token": refresh})

    form = {"grant_type": "refresh_token", "client_id": sandbox.login.consumer_key, "refresh_token": refresh}
    assert token(sandbox, form).json()["error"] == "invalid_grant"
