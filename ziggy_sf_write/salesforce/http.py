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


class TimedSession(requests.Session):
    """A `requests.Session` whose calls always end: simple-salesforce sets no time-outs (section 1.3).

    `aliases` maps a URL prefix to another: simple-salesforce builds login URLs as `https://{domain}.salesforce.com`
    and has no way to name a host outside of it.
    """

    def __init__(self, *, ca_bundle: str | None = None, proxy: str | None = None) -> None:
        super().__init__()
        self.aliases: dict[str, str] = {}
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
        return super().request(method, self._aliased(str(url)), *args, **kwargs)

    def _aliased(self, url: str) -> str:
        for prefix, target in self.aliases.items():
            if url.startswith(prefix):
                return target + url[len(prefix) :]
        return url
