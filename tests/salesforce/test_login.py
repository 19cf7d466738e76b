"""Logins of every kind against the sandbox, and what is said when one fails."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.salesforce.gateway import Gateway, Said, gateway
from tests.support.orgs import access_token_config, client_credentials_config, jwt_config, password_config
from ziggy_sf_write.errors import LoginError, UnreachableError
from ziggy_sf_write.salesforce.connection import try_connection
from ziggy_sf_write.salesforce.failures import NotSent
from ziggy_sf_write.salesforce.login import connection_problems, log_in

KINDS: dict[str, Callable[[Sandbox], dict[str, Any]]] = {
    "password": password_config,
    "client credentials": client_credentials_config,
    "JWT bearer": jwt_config,
    "access token": access_token_config,
}


def _log_in(config: dict[str, Any]) -> str:
    return log_in(config).host


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_login_leads_to_the_org(org: Sandbox, kind: str) -> None:
    assert _log_in(KINDS[kind](org)) == org.host


@pytest.mark.parametrize("kind", KINDS)
def test_a_tested_connection_names_org_user_version_and_calls_left(org: Sandbox, kind: str) -> None:
    report = try_connection(KINDS[kind](org))
    assert report.is_ok, report.message
    assert report.facts["user"] == org.login.username
    assert report.facts["apiVersion"] == "68.0"
    assert report.facts["remainingApiCalls"] < 100_000
    assert report.facts["org"]


def test_soap_logs_in_at_64_whatever_the_data_calls_use(org: Sandbox) -> None:
    report = try_connection({**password_config(org), "apiVersion": "67.0"})
    assert report.is_ok, report.message
    assert report.facts["apiVersion"] == "67.0"


WRONG = [
    ("password", {"password": "wrong-Password"}, "Username, password or security token is wrong"),
    ("password", {"token": "wrongToken"}, "Username, password or security token is wrong"),
    ("client credentials", {"consumerSecret": "wrong-Secret"}, "consumer"),
    ("client credentials", {"consumerKey": "unknown-Key"}, "consumer key"),
    ("client credentials", {"domain": "login"}, "My Domain"),
    ("JWT bearer", {"privateKey": "no PEM at all, planted-Key"}, "private key cannot be read"),
    ("JWT bearer", {"username": "nobody@example.com"}, "refused the JWT bearer login"),
]


@pytest.mark.parametrize(("kind", "change", "sentence"), WRONG, ids=[f"{row[0]} {next(iter(row[1]))}" for row in WRONG])
def test_a_refused_login_says_why_and_shows_no_secret(
    org: Sandbox, kind: str, change: dict[str, str], sentence: str
) -> None:
    config = {**KINDS[kind](org), **change}
    with pytest.raises(LoginError, match=sentence) as caught:
        _log_in(config)
    secrets = [config.get(name) for name in ("password", "token", "consumerSecret", "privateKey")]
    assert not [one for one in secrets if one and one in str(caught.value)]


REFUSALS = {
    "wrong password": (
        "password",
        {"password": "wrong-Password"},
        "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
    ),
    "unknown app": ("JWT bearer", {"consumerKey": "unknown-Key"}, "invalid_client_id: client identifier invalid"),
    "wrong secret": ("client credentials", {"consumerSecret": "x"}, "invalid_client: invalid client credentials"),
    "foreign user": (
        "JWT bearer",
        {"username": "nobody@example.com"},
        "invalid_grant: user hasn't approved this consumer). The user is not allowed for the app. Pre-authorise",
    ),
}


@pytest.mark.parametrize(("kind", "change", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_refused_login_is_told_in_salesforces_words(
    org: Sandbox, kind: str, change: dict[str, str], sentence: str
) -> None:
    with pytest.raises(LoginError, match=re.escape(sentence)):
        _log_in({**KINDS[kind](org), **change})


CURES = {
    "no client credentials user enabled": "The app has no run-as user",
    "user hasn&#39;t approved this consumer": "Pre-authorise the user's profile",
    "Audience validation failed": "use `test` for sandboxes",
    "authentication failure - Invalid Password": "Username or password is wrong",
    "expired authorization code": "Check this machine's clock",
    "something that nobody has seen": "Check the connection's values",
}


@pytest.mark.parametrize(("text", "cure"), CURES.items(), ids=CURES)
def test_the_cure_of_a_refused_login_follows_from_its_text(org: Sandbox, tmp_path: Path, text: str, cure: str) -> None:
    body = json.dumps({"error": "invalid_grant", "error_description": text}).encode()
    with gateway(org, tmp_path) as before:
        before.say = lambda _asked, _ask: Said(status=400, body=body)
        with pytest.raises(LoginError, match=re.escape(cure)) as caught:
            _log_in(_through(before, client_credentials_config(org)))
    assert f"(invalid_grant: {html.unescape(text)})" in str(caught.value)


REFUSED_WITHOUT_WORDS = {
    "no description": (b'{"error": "inactive_user"}', r"login \(inactive_user\)\. Check"),
    "no JSON": (b"Denied by policy. " * 1000, r"login \(400: Denied by policy\. .{,400}…\)\. Check"),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSED_WITHOUT_WORDS.values(), ids=REFUSED_WITHOUT_WORDS)
def test_a_refusal_that_is_not_a_sentence_is_told_in_short(
    org: Sandbox, tmp_path: Path, body: bytes, sentence: str
) -> None:
    with gateway(org, tmp_path) as before:
        before.say = lambda _asked, _ask: Said(status=400, body=body)
        with pytest.raises(LoginError, match=sentence):
            _log_in(_through(before, client_credentials_config(org)))


def _through(gateway: Gateway, config: dict[str, Any]) -> dict[str, Any]:
    """The same login, asked of a gateway."""
    return {**config, "domain": gateway.host, "caBundle": str(gateway.ca_file)}


def test_a_soap_login_that_is_switched_off_says_so_with_the_cure() -> None:
    with Sandbox(SandboxOptions(soap_login=False)) as org, pytest.raises(LoginError, match="switched off in this org"):
        _log_in(password_config(org))


def test_a_certificate_that_nobody_signed_is_refused(org: Sandbox) -> None:
    config = {name: value for name, value in client_credentials_config(org).items() if name != "caBundle"}
    with pytest.raises(UnreachableError, match="CA bundle"):
        _log_in(config)


def test_a_host_that_is_not_there_is_a_failure_for_now(org: Sandbox) -> None:
    with pytest.raises(NotSent, match=r"127\.0\.0\.1:1 does not answer"):
        _log_in({**client_credentials_config(org), "domain": "127.0.0.1:1"})


@pytest.mark.parametrize("fault", ["http_503", "html_error", "server_unavailable", "http_429"])
def test_a_gateways_error_page_is_a_failure_for_now(org: Sandbox, fault: str) -> None:
    org.inject(fault)
    with pytest.raises(NotSent):
        _log_in(client_credentials_config(org))


def test_a_session_never_shows_its_id(org: Sandbox) -> None:
    logged_in = log_in(client_credentials_config(org))
    assert logged_in.session_id not in repr(logged_in)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"username": "a", "password": "b"}, "`token` is missing: a login by username and password needs it"),
        ({"consumerKey": "a", "consumerSecret": "b"}, "`domain` is missing: a login by client credentials needs it"),
        ({"accessToken": "a"}, "`instanceUrl` is missing"),
        ({"usrname": "a"}, "did you mean `username`"),
        ({"accessToken": "a", "instanceUrl": "http://plain.example"}, "it must look like https://"),
        (
            {"accessToken": "a", "instanceUrl": "https://x.example", "password": "b"},
            "`password` is not part of a login by access token",
        ),
    ],
)
def test_an_incomplete_connection_says_what_is_missing(config: dict[str, str], sentence: str) -> None:
    assert sentence in " ".join(problem.message for problem in connection_problems(config))
