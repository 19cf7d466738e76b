"""HTTP: time-outs on every call, verified certificates, reused connections, our name; failures sorted at the source."""

from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from ziggy_sf_write import __version__
from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent

USER_AGENT = f"ziggy-sf-write/{__version__}"
CONNECT_TIMEOUT_S = 10.0
DEFAULT_TIMEOUT_S = 120.0
CERTIFICATE_HINT = (
    "The certificate of {host} is not signed by an authority that this connection trusts. "
    "Set the connection's CA bundle if a proxy or a test org brings its own."
)
# One pool serves every thread of the writer; 25 is the largest concurrency that the schema allows.
_POOL_SIZE = 25
_GATEWAY_STATUS = (420, 429, 502, 503, 504)


class TimedSession(requests.Session):
    """A `requests.Session` whose calls always end: simple-salesforce sets no time-outs (section 1.3)."""

    def __init__(self, *, ca_bundle: str | None = None, proxy: str | None = None) -> None:
        super().__init__()
        self.headers["User-Agent"] = USER_AGENT
        self.mount("https://", HTTPAdapter(pool_connections=4, pool_maxsize=_POOL_SIZE))
        # The session id travels in the Authorization header. Cookies would be shared between threads for nothing.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Environment variables and ~/.netrc must not change where a connection goes or who logs in.
        self.trust_env = False
        if ca_bundle:
            self.verify = ca_bundle
        if proxy:
            self.proxies = {"https": proxy}

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends one request with a time-out, whoever asks."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT_TIMEOUT_S, DEFAULT_TIMEOUT_S)
        return super().request(method, url, *args, **kwargs)


class LoginSession(TimedSession):
    """The session of one login, as simple-salesforce needs it.

    It builds login URLs as `https://{domain}.salesforce.com` and has no way to name a host outside of it: `alias`
    maps such a URL's beginning to another. And it reads every answer as a login's: a gateway's error page is turned
    away before it does, as `requests.HTTPError`.
    """

    alias: tuple[str, str] | None = None

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends one request of a login."""
        address = str(url)
        if self.alias is not None and address.startswith(self.alias[0]):
            address = self.alias[1] + address[len(self.alias[0]) :]
        response = super().request(method, address, *args, **kwargs)
        if response.status_code in _GATEWAY_STATUS or not _is_of_a_login(response):
            raise requests.exceptions.HTTPError(f"status {response.status_code}", response=response)
        return response


def _is_of_a_login(response: requests.Response) -> bool:
    """Whether the login itself has answered: with an object or with XML, never with a list or a page (section 3.1)."""
    return not response.content.lstrip()[:5].lower().startswith((b"[", b"<html", b"<!doc"))


class OrgSession(TimedSession):
    """The session of all data calls, straight over urllib3's pool.

    The preparation that requests puts before each call costs more CPU than the JSON of the 200 records in it; none
    of what it prepares (cookies, redirects, environment, per-call proxies) is wanted here.
    """

    def __init__(self, *, ca_bundle: str | None = None, proxy: str | None = None) -> None:
        super().__init__(ca_bundle=ca_bundle, proxy=proxy)
        self._pool = _pool(ca_bundle or DEFAULT_CA_BUNDLE_PATH, proxy)
        self._by_host: dict[str, urllib3.HTTPConnectionPool] = {}

    def request(self, method: str | bytes, url: str | bytes, *_args: Any, **options: Any) -> requests.Response:
        """Sends one request.

        Raises:
            NotSent: no connection could be made.
            AnswerLost: the connection broke, or no whole answer came in time.
            UnreachableError: the certificate is not trusted.
        """
        params: Mapping[str, str] | None = options.get("params")
        address = f"{url!s}?{urlencode(params)}" if params else str(url)
        scheme, _, rest = address.partition("://")
        host, slash, path = rest.partition("/")
        headers = {**_OUR_HEADERS, **(options.get("headers") or {})}
        connect_s, read_s = options.get("timeout") or (CONNECT_TIMEOUT_S, DEFAULT_TIMEOUT_S)
        try:
            raw = self._connections(scheme, host).urlopen(
                str(method),
                slash + path,
                body=options.get("data"),
                headers={name: value for name, value in headers.items() if value is not None},
                timeout=urllib3.Timeout(connect=connect_s, read=read_s),
                retries=_NO_RETRIES,
            )
        except HTTPError as err:
            raise _network_failure(err, host) from err
        response = _response(raw, address)
        hook: Callable[[requests.Response], object] | None = (options.get("hooks") or {}).get("response")
        if hook is not None:
            hook(response)
        return response

    def _connections(self, scheme: str, host: str) -> urllib3.HTTPConnectionPool:
        """The connections to a host. The manager finds them too, but takes a tenth of a call's CPU to do so."""
        found = self._by_host.get(host)
        if found is None:
            found = self._by_host[host] = self._pool.connection_from_url(f"{scheme}://{host}")
        return found

    def close(self) -> None:
        """Closes the connections that are kept open for reuse."""
        self._by_host.clear()
        self._pool.clear()
        super().close()


# Retries are decided at the client, which knows what may be sent twice.
_NO_RETRIES = urllib3.Retry(total=False)
_OUR_HEADERS = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"}


def _pool(ca_bundle: str, proxy: str | None) -> urllib3.PoolManager:
    options: dict[str, Any] = {"maxsize": _POOL_SIZE, "cert_reqs": "CERT_REQUIRED", "ca_certs": ca_bundle}
    if proxy is None:
        return urllib3.PoolManager(**options)
    # Read as requests reads it for the login: both must greet the proxy alike.
    username, password = get_auth_from_url(proxy)
    headers = urllib3.make_headers(proxy_basic_auth=f"{username}:{password}") if username else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)


def _response(raw: urllib3.BaseHTTPResponse, address: str) -> requests.Response:
    """The answer as simple-salesforce reads it."""
    response = requests.Response()
    response.status_code = raw.status
    response.url = address
    response.encoding = "utf-8"
    response.headers.update(raw.headers)
    response._content = raw.data  # noqa: SLF001 # the way to give a Response its body without a stream
    return response


def _network_failure(err: HTTPError, host: str) -> NotSent | AnswerLost | UnreachableError:
    """Sorts urllib3's exceptions by what may have happened (section 8.2)."""
    name = type(err).__name__
    match err:
        case SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(err):
            return UnreachableError(CERTIFICATE_HINT.format(host=host))
        case NewConnectionError() | ConnectTimeoutError() | ProxyError():
            return NotSent(f"no connection to {host} ({name})")
        case ReadTimeoutError():
            return AnswerLost(f"{host} did not answer in time", is_maybe_running=True)
        case _:
            return AnswerLost(f"the connection to {host} broke ({name})", is_maybe_running=False)
