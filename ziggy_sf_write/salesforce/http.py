"""The HTTP session that everything goes through: time-outs, verified certificates, reused connections, our name."""

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from ziggy_sf_write import __version__

USER_AGENT = f"ziggy-sf-write/{__version__}"
CONNECT_TIMEOUT_S = 10.0
DEFAULT_TIMEOUT_S = 120.0
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
