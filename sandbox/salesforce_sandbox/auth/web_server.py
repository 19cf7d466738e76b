"""The web server flow: a person's consent as a code, which the app turns into a token (RFC 6749, RFC 7636)."""

import base64
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from html import escape
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from salesforce_sandbox.call import Answer, Call

if TYPE_CHECKING:
    from salesforce_sandbox.org import Org

CLI_APP = "PlatformCLI"
_MOST = 100
_METHOD = "S256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a code was given for."""

    redirect_uri: str
    challenge: str | None

    def is_proved_by(self, verifier: str) -> bool:
        """Whether the caller is who asked for the code."""
        if self.challenge is None:
            return True
        digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
        made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
        return hmac.compare_digest(made, self.challenge.rstrip("="))


class Authorizations:
    """The codes of one org that nobody has used yet; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Authorization] = OrderedDict()

    def give(self, authorization: Authorization) -> str:
        """A new code."""
        code = f"aPrx{secrets.token_urlsafe(48)}=="
        with self._lock:
            self._open[code] = authorization
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
        return code

    def redeem(self, code: str) -> Authorization | None:
        """What the code was given for; it is good once."""
        with self._lock:
            return self._open.pop(code, None)


def authorize(org: "Org", call: Call) -> Answer:
    """GET /services/oauth2/authorize: the org's one user agrees at once, as somebody who is logged in and has before.

    Only redirects to this machine are known to the app.
    """
    form = dict(parse_qsl(call.query if call.method == "GET" else call.text(), keep_blank_values=True))
    if form.get("client_id") not in (org.login.consumer_key, CLI_APP):
        return _page("invalid_client_id", "client identifier invalid")
    redirect = form.get("redirect_uri", "")
    if not _is_loopback(redirect):
        return _page("redirect_uri_mismatch", "redirect_uri must match configuration")
    state = {"state": form["state"]} if "state" in form else {}
    if form.get("response_type") != "code":
        told = {"error": "unsupported_response_type", "error_description": "response type not supported"}
        return _to(redirect, {**told, **state})
    if form.get("code_challenge") and form.get("code_challenge_method", _METHOD) != _METHOD:
        told = {"error": "invalid_request", "error_description": "invalid code challenge method"}
        return _to(redirect, {**told, **state})
    code = org.authorizations.give(Authorization(redirect_uri=redirect, challenge=form.get("code_challenge") or None))
    return _to(redirect, {"code": code, **state})


def _to(redirect: str, parameters: dict[str, str]) -> Answer:
    separator = "&" if urlsplit(redirect).query else "?"
    return Answer(status=302, headers={"Location": f"{redirect}{separator}{urlencode(parameters)}"})


def _page(error: str, description: str) -> Answer:
    """Where no address can be trusted, the person reads why."""
    text = f"<html><body><p>error={escape(error)}&amp;error_description={escape(description)}</p></body></html>"
    return Answer(status=400, body=text, media_type="text/html;charset=UTF-8")


def _is_loopback(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
