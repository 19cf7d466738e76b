"""Who may talk to the server: pages that it served itself, under a loopback name; nobody else. Whoever tries execution
keys is slowed down.
"""

import asyncio
from secrets import token_urlsafe
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ziggy_studio.web.errors import ApiError, ErrorCode

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_NONCE = "csp_nonce"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0
_FORGOTTEN_AFTER_S = 60.0


def nonce_of(scope: Scope) -> str:
    """The nonce that this answer's Content-Security-Policy lets style elements carry."""
    nonce: str = scope[_NONCE]
    return nonce


class Guard:
    """Refuses foreign `Host` and `Origin` headers (DNS rebinding, other sites' pages) and sets the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks a request and passes it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_NONCE] = token_urlsafe(16)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_security_headers(scope[_NONCE]))
            await send(message)

        headers = Headers(scope=scope)
        if not is_loopback(headers.get("host", "")):
            refusal = ApiError(ErrorCode.NOT_ALLOWED, "The studio answers under a loopback address only.")
            await refusal.response()(scope, receive, send_with_headers)
        elif not _is_own_origin(headers):
            refusal = ApiError(ErrorCode.NOT_ALLOWED, "The studio takes requests from its own page only.")
            await refusal.response()(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def is_loopback(host: str) -> bool:
    """Whether a `Host` header, with or without its port, names this machine."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdigit():
        name = host
    return name in _LOOPBACK


def _is_own_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site", "none")
    if site not in {"none", "same-origin"}:
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False  # such as half of an IPv6 address


def _security_headers(nonce: str) -> dict[str, str]:
    policy = (
        "default-src 'self'",
        f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }


class WrongKeys:
    """Answers wrong keys one after the other, each a little later than the one before; right keys never wait."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._pause_s = 0.0
        self._last_s = 0.0

    async def slow_down(self) -> None:
        """Waits for the turn of a wrong key, and its pause; after a quiet minute pauses begin anew."""
        async with self._one_at_a_time:
            now_s = asyncio.get_running_loop().time()
            is_first = not self._pause_s or now_s - self._last_s > _FORGOTTEN_AFTER_S
            self._pause_s = _FIRST_PAUSE_S if is_first else min(2 * self._pause_s, _LONGEST_PAUSE_S)
            await asyncio.sleep(self._pause_s)
            self._last_s = now_s + self._pause_s
