"""A connection's configuration and its four kinds of login; each refusal becomes a sentence with its cure.

The logins are simple-salesforce's (Salesforce API 1).
"""

import html
import re
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import shorten
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from jwt.exceptions import PyJWTError
from requests.adapters import HTTPAdapter
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ziggy_sf_write.contract import Config, JsonValue, Problem
from ziggy_sf_write.errors import LoginError, UnreachableError
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.salesforce.failures import NotSent
from ziggy_sf_write.salesforce.transport import (
    CONNECT_TIMEOUT_S,
    DEFAULT_TIMEOUT_S,
    USER_AGENT,
    certificate_hint,
    is_untrusted,
)
from ziggy_sf_write.schema_check import schema_problems

# SOAP login() exists up to this version, whatever version the data calls use (Salesforce API 1.1).
SOAP_LOGIN_VERSION = "64.0"
# What a header can carry: the characters from `!` to `~`.
_ONE_WORD = re.compile(r"[!-~]+")
_ALIAS = "login-host"
_SHORT_DOMAINS = ("login", "test")
_SALESFORCE_HOSTS = (
    ".salesforce.com", ".force.com", ".cloudforce.com", ".database.com", ".salesforce.mil", ".crmforce.mil",
    ".sfcrmapps.cn", ".sfcrmproducts.cn",
)  # fmt: skip
_GATEWAY_STATUS = (420, 429, 502, 503, 504)
# Salesforce's own sentences are shorter; an answer that is none of its own may be a whole page.
_LONGEST_TEXT = 400


class LoginKind(StrEnum):
    """The kinds that the connection schema knows."""

    PASSWORD = "username and password"  # noqa: S105 # the name of a kind
    CLIENT_CREDENTIALS = "client credentials"
    JWT = "JWT bearer"
    ACCESS_TOKEN = "access token"  # noqa: S105 # the name of a kind


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """A session: its id, which is a secret, and the host (with port) that answers data calls."""

    session_id: str = field(repr=False)
    host: str


def login_kind(config: Config) -> LoginKind:
    """Which kind of login a connection's configuration describes."""
    if "accessToken" in config:
        return LoginKind.ACCESS_TOKEN
    if "password" in config:
        return LoginKind.PASSWORD
    return LoginKind.JWT if "privateKey" in config else LoginKind.CLIENT_CREDENTIALS


def connection_problems(config: Config) -> list[Problem]:
    """Everything that is wrong with a configuration before anyone is asked to log in."""
    schema = load_schema("connection.schema.json")
    plain = {name: one for name, one in schema.items() if name != "oneOf"}
    problems = schema_problems(plain, dict(config), what="a Salesforce connection")
    if problems:
        return problems
    kinds = schema["oneOf"]
    fitting = max(kinds, key=lambda kind: _fit(kind, config))
    missing = [name for name in fitting["required"] if name not in config]
    excluded = [name for name, rule in fitting["properties"].items() if rule is False and name in config]
    title = fitting["title"].lower()
    found = [
        *((name, f"is missing: a login by {title} needs it.") for name in missing),
        *((name, f"is not part of a login by {title}. Remove it.") for name in excluded),
        *_unfit_values(config),
    ]
    return [Problem(path=f"/{name}", message=f"`{name}` {why}") for name, why in found]


def _unfit_values(config: Config) -> Iterator[tuple[str, str]]:
    """What no schema can say of a value, or can say only by showing it."""
    token = config.get("accessToken")
    if token is not None and not _ONE_WORD.fullmatch(token.strip()):
        yield "accessToken", "holds a line break, a blank or another character that no token has. Paste it alone."
    if "proxy" in config and not _is_url(config["proxy"]):
        yield "proxy", "is no URL that can be read. It must look like http://user:password@proxy.example.com:3128."
    if "caBundle" in config:
        # The HTTP libraries say so late, and each in its own way.
        path = config["caBundle"]
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
        except ssl.SSLError:
            yield (
                "caBundle",
                f"is {path}, which holds no certificate. It must be a PEM file of certificate authorities.",
            )
        except OSError as err:
            yield "caBundle", f"is {path}, which cannot be read: {err.strerror}. Correct the path or the permissions."


def _is_url(text: str) -> bool:
    try:
        url = parse_url(text)
        # Basic authentication has no form for other characters, neither in a login nor in a data call.
        unquote(url.auth or "").encode("latin-1")
    except (LocationParseError, UnicodeEncodeError):
        return False
    return bool(url.host)


def _fit(kind: JsonValue, config: Config) -> int:
    present = sum(name in config for name in kind["required"])
    excluded = sum(rule is False and name in config for name, rule in kind["properties"].items())
    return 2 * present - len(kind["required"]) - 2 * excluded


def log_in(config: Config) -> LoggedIn:
    """Logs in with a connection's configuration, secrets resolved.

    Raises:
        LoginError: Salesforce refuses; the message names the cause and the cure.
        NotSent: the login host does not answer for now; whatever was to follow has not been sent.
        UnreachableError: its certificate is not trusted.
    """
    kind = login_kind(config)
    if kind is LoginKind.ACCESS_TOKEN:
        # A token out of a YAML block or a file ends in a line break, which no header can carry.
        return LoggedIn(session_id=config["accessToken"].strip(), host=urlsplit(config["instanceUrl"]).netloc)
    try:
        with login_http(config) as http, warnings.catch_warnings():
            # It warns where we raise, with the same hint.
            warnings.simplefilter("ignore")
            domain = _reachable_domain(config.get("domain") or "login", http)
            session_id, host = SalesforceLogin(session=http, **_arguments(kind, config, domain))
    except _Redirected as err:
        raise LoginError(
            f"The login was answered by a redirect to {err}. It was not followed, so nothing was sent there. "
            "Correct the connection's domain: logins go to `login`, `test` or the org's own My Domain host."
        ) from err
    except SalesforceAuthenticationFailed as err:
        # Its `message` is a template of the class; what Salesforce said stands in `auth_message`.
        raise LoginError(_explain(kind, str(err.code), html.unescape(err.auth_message))) from err
    except requests.exceptions.RequestException as err:
        domain = str(config.get("domain") or "login")
        host = f"{domain}.salesforce.com" if domain in _SHORT_DOMAINS else domain
        if isinstance(err, requests.exceptions.SSLError) and is_untrusted(err):
            raise UnreachableError(certificate_hint(host)) from err
        cure = "check the connection's domain, the network and the proxy"
        raise NotSent(f"{host} does not answer ({type(err).__name__}); {cure}") from err
    except (ValueError, PyJWTError) as err:
        # Said of a key that is no PEM; the text may quote the key, so it is not passed on.
        raise LoginError(
            "The connection's private key cannot be read. Paste the whole PEM text, with its BEGIN and END lines."
        ) from err
    _refuse_foreign(host, config)
    return LoggedIn(session_id=session_id, host=host)


def _refuse_foreign(host: str, config: Config) -> None:
    """The login's answer says where data calls go: a host of Salesforce, or one that the connection itself names."""
    own = str(config.get("domain") or "")
    named = {urlsplit(own).netloc if "://" in own else own.rstrip("/"), *_listed(config.get("trustedHosts"))}
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    if not name.lower().endswith(_SALESFORCE_HOSTS) and not named & {host.lower(), name.lower()}:
        raise LoginError(
            f"The login's answer sends data calls to {host}, which is no host of Salesforce. Nothing was sent there. "
            "If it is yours, name it in the connection's trusted hosts."
        )


def _listed(hosts: JsonValue) -> list[str]:
    return str(hosts or "").lower().replace(",", " ").split()


def login_http(config: Config) -> requests.Session:
    """What simple-salesforce sends a login with. It reads every answer as a login's, so a gateway's page is an error.

    The environment and ~/.netrc have no say in where a login goes or who logs in.
    """
    http = requests.Session()
    http.trust_env = False
    http.headers["User-Agent"] = USER_AGENT
    http.verify = config.get("caBundle") or True
    http.proxies = {"https": config["proxy"]} if config.get("proxy") else {}
    http.mount("https://", _LoginAdapter())
    http.hooks["response"] = [_require_login_answer]
    return http


class _Redirected(Exception):
    """A login was answered by a redirect to this host."""


class _LoginAdapter(HTTPAdapter):
    """Ends every request in time; carries it to `host` instead of the host of its URL, if given."""

    def __init__(self, host: str | None = None) -> None:
        super().__init__()
        self._host = host

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Sends one request."""
        if self._host and request.url:
            request.url = urlsplit(request.url)._replace(netloc=self._host).geturl()
        options["timeout"] = options.get("timeout") or (CONNECT_TIMEOUT_S, DEFAULT_TIMEOUT_S)
        return super().send(request, *args, **options)


def _require_login_answer(response: requests.Response, *_args: Any, **_options: Any) -> None:
    """The login itself answers with an object or with XML, never with a list or a page (Salesforce API 3.1)."""
    if response.is_redirect or response.is_permanent_redirect:
        # Followed, it would take the password or the signed assertion along.
        response.close()
        raise _Redirected(urlsplit(response.headers["location"]).netloc or "another page")
    is_foreign = response.content.lstrip()[:5].lower().startswith((b"[", b"<html", b"<!doc"))
    if is_foreign or response.status_code in _GATEWAY_STATUS:
        raise requests.exceptions.HTTPError(f"status {response.status_code}", response=response)


def _arguments(kind: LoginKind, config: Config, domain: str) -> dict[str, JsonValue]:
    match kind:
        case LoginKind.PASSWORD:
            return {
                "username": config["username"],
                "password": config["password"],
                "security_token": config.get("token") or "",
                "sf_version": SOAP_LOGIN_VERSION,
                "domain": domain,
                "client_id": "ziggy-sf-write",
            }
        case LoginKind.JWT:
            # The audience is the login host's own name, also where the token is fetched from a My Domain host.
            audience = "test" if domain == "test" else "login"
            return {
                "username": config["username"],
                "consumer_key": config["consumerKey"],
                "privatekey": config["privateKey"],
                "domain": audience,
                "instance_url": domain,
            }
        case _:
            return {
                "consumer_key": config["consumerKey"],
                "consumer_secret": config["consumerSecret"],
                "domain": domain,
            }


def _reachable_domain(domain: str, http: requests.Session) -> str:
    """The domain as simple-salesforce wants it, which adds `.salesforce.com`; any other host goes by an alias."""
    host = urlsplit(domain).netloc if "://" in domain else domain.rstrip("/")
    if host.endswith(".salesforce.com"):
        return host.removesuffix(".salesforce.com")
    if host in _SHORT_DOMAINS or ("." not in host and ":" not in host):
        return host if host in _SHORT_DOMAINS else f"{host}.my"
    if host.endswith(".my"):
        return host
    http.mount(f"https://{_ALIAS}.salesforce.com", _LoginAdapter(host))
    return _ALIAS


_CURES = {
    "INVALID_LOGIN": (
        "Username, password or security token is wrong, or the user is locked out. "
        "Check all three, and the domain: sandboxes log in at `test`."
    ),
    "INVALID_OPERATION": (
        "SOAP login is switched off in this org. Switch it on in Setup, User Interface, or better: "
        "use client credentials or JWT bearer, since SOAP login retires with Summer '27."
    ),
    "LOGIN_MUST_USE_SECURITY_TOKEN": "The security token is missing. Set the connection's token.",
    "invalid_client_id": "The consumer key is not known to this org. Copy it again, or correct the domain.",
    "invalid_client": "The consumer key or secret is wrong. Copy both again from the app.",
    "INVALID AUTH": "Client credentials need the org's own My Domain host as domain, not `login` or `test`.",
}
_CURES_BY_TEXT = {
    "no client credentials user": "The app has no run-as user. Set one in the app's client credentials flow settings.",
    "user hasn't approved": "The user is not allowed for the app. Pre-authorise the user's profile or permission set.",
    "Audience validation failed": "The domain does not fit the org: use `test` for sandboxes, `login` for production.",
    "authentication failure": "Username or password is wrong, or the user may not log in from here.",
    "client identifier invalid": _CURES["invalid_client_id"],
    "expired authorization code": "The signed request has expired. Check this machine's clock.",
    "grant type not supported": "The app does not allow this kind of login. Enable the flow in the app's settings.",
}


def _explain(kind: LoginKind, code: str, message: str) -> str:
    by_text = next((cure for part, cure in _CURES_BY_TEXT.items() if part in message), None)
    cure = _CURES.get(code) or by_text or "Check the connection's values and the user's permissions."
    said = f"{code}: {shorten(message, _LONGEST_TEXT, placeholder='…')}" if message else code
    return f"Salesforce refused the {kind.value} login ({said}). {cure}"
