"""OAuth tokens: the grants that give one, what one is good for, and taking one back (reference section 1.2)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives import serialization

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.org import ORG_ID, USER_ID, Org

from .web_server import CLI_APP

_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")
_SCOPE = "api refresh_token"
_MILLISECONDS = 10**11  # an exp beyond this is in milliseconds, as the Salesforce CLI sends it


class GrantRefused(Exception):
    """Why no token is given."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.answer = Answer(status=status, body={"error": error, "error_description": description})


def token(org: Org, call: Call) -> Answer:
    """POST /services/oauth2/token."""
    try:
        extra = _grant(org, call, dict(parse_qsl(call.text(), keep_blank_values=True)))
    except GrantRefused as refused:
        return refused.answer
    return Answer(body={**_token(org, call), **extra})


def revoke(org: Org, call: Call) -> Answer:
    """POST or GET /services/oauth2/revoke: a session or a refresh token."""
    form = dict(parse_qsl(call.query if call.method == "GET" else call.text()))
    if not org.sessions.revoke(form.get("token", "")):
        # The wording of the description is not in the reference.
        return GrantRefused("invalid_token", "invalid token").answer
    return Answer(status=200, body=b"")


def introspect(org: Org, call: Call) -> Answer:
    """POST /services/oauth2/introspect: what a token is good for, told to the app alone."""
    form = dict(parse_qsl(call.text()))
    try:
        _check_client(org, call, form)
    except GrantRefused as refused:
        return replace(refused.answer, status=401)
    token = form.get("token", "")
    until = org.sessions.peek(token)
    if until is None and org.sessions.user_of_refresh(token) is None:
        return Answer(body={"active": False})
    now = int(org.now().timestamp())
    return Answer(
        body={
            "active": True,
            "scope": _SCOPE,
            "client_id": org.login.consumer_key,
            "username": org.login.username,
            "sub": f"{call.base_url}/id/{ORG_ID}/{USER_ID}",
            "token_type": "refresh_token" if until is None else "access_token",
            "iat": now,
            "nbf": now,
            **({} if until is None else {"exp": int(until.timestamp())}),
        }
    )


def _grant(org: Org, call: Call, form: Mapping[str, str]) -> dict[str, Any]:
    """What the token's answer has besides the token."""
    grants = {
        "client_credentials": _client_credentials,
        "urn:ietf:params:oauth:grant-type:jwt-bearer": _jwt_bearer,
        "password": _password,
        "refresh_token": _refresh,
        "authorization_code": _authorization_code,
    }
    if not form.get("grant_type"):
        raise GrantRefused("invalid_request", "missing required parameter: grant_type")
    grant = grants.get(form["grant_type"])
    if grant is None:
        raise GrantRefused("unsupported_grant_type", "grant type not supported")
    return grant(org, call, form)


def _client_credentials(org: Org, call: Call, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(org, call, form)
    return {}


def _password(org: Org, call: Call, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(org, call, form)
    login = org.login
    if form.get("username", "").lower() != login.username or form.get("password") != login.password + login.token:
        raise GrantRefused("invalid_grant", "authentication failure")
    return {"refresh_token": org.sessions.new_refresh_token(USER_ID)}


def _refresh(org: Org, call: Call, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(org, call, form, secret_is_optional=True)
    if org.sessions.user_of_refresh(form.get("refresh_token", "")) is None:
        raise GrantRefused("invalid_grant", "expired access/refresh token")
    return {}


def _authorization_code(org: Org, call: Call, form: Mapping[str, str]) -> dict[str, Any]:
    _check_client(org, call, form, secret_is_optional=True)
    found = org.authorizations.redeem(form.get("code", ""))
    if found is None:
        raise GrantRefused("invalid_grant", "expired authorization code")
    if form.get("redirect_uri") != found.redirect_uri:
        raise GrantRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
    if not found.is_proved_by(form.get("code_verifier", "")):
        raise GrantRefused("invalid_grant", "invalid code verifier")
    if found.challenge is None and not (form.get("client_secret") or _basic(call.headers.get("authorization", ""))[1]):
        raise GrantRefused("invalid_client", "invalid client credentials")
    return {"refresh_token": org.sessions.new_refresh_token(USER_ID)}


def _jwt_bearer(org: Org, call: Call, form: Mapping[str, str]) -> dict[str, Any]:
    try:
        claims = jwt.decode(
            form.get("assertion", ""),
            _public_key(org.login.private_key_pem),
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_aud": False, "verify_sub": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as err:
        raise GrantRefused("invalid_grant", "invalid assertion") from err
    if claims.get("iss") != org.login.consumer_key:
        raise GrantRefused("invalid_client_id", "client identifier invalid")
    audience = str(claims.get("aud", "")).rstrip("/")
    if audience not in (*_LOGIN_HOSTS, call.base_url):
        raise GrantRefused("invalid_grant", "Audience validation failed")
    if _expiry(claims) <= org.now().timestamp():  # the upper bound of exp is UNCONFIRMED and not checked
        raise GrantRefused("invalid_grant", "expired authorization code")
    if str(claims.get("sub", "")).lower() != org.login.username:
        raise GrantRefused("invalid_grant", "user hasn't approved this consumer")
    return {}


@lru_cache(maxsize=4)
def _public_key(private_key_pem: str) -> Any:
    """The app's certificate, which a real org keeps; loading checks the key and takes a while."""
    return serialization.load_pem_private_key(private_key_pem.encode("ascii"), None).public_key()


def _expiry(claims: Mapping[str, Any]) -> float:
    """The claim in seconds; some clients send text, some milliseconds."""
    try:
        number = float(claims.get("exp", 0))
    except (TypeError, ValueError):
        return 0.0
    return number / 1000 if number > _MILLISECONDS else number


def _check_client(org: Org, call: Call, form: Mapping[str, str], *, secret_is_optional: bool = False) -> None:
    basic = _basic(call.headers.get("authorization", ""))
    client_id = form.get("client_id") or basic[0]
    secret = form.get("client_secret") or basic[1]
    if client_id == CLI_APP and secret_is_optional:
        return  # the Salesforce CLI's own app, which every org knows and which has no secret
    if client_id != org.login.consumer_key:
        raise GrantRefused("invalid_client_id", "client identifier invalid")
    if secret != org.login.consumer_secret and not (secret_is_optional and not secret):
        raise GrantRefused("invalid_client", "invalid client credentials")  # 401 is UNCONFIRMED


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _token(org: Org, call: Call) -> dict[str, Any]:
    issued_at = str(int(org.now().timestamp() * 1000))
    identity = f"{call.base_url}/id/{ORG_ID}/{USER_ID}"
    digest = hmac.new(org.login.consumer_secret.encode("ascii"), (identity + issued_at).encode("ascii"), hashlib.sha256)
    return {
        "access_token": org.sessions.open(USER_ID),
        "instance_url": call.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "signature": base64.b64encode(digest.digest()).decode("ascii"),
        "scope": _SCOPE,
    }
