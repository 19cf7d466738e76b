"""The transport of all data calls: time-outs, verified certificates, reused connections; nothing is sent twice.

simple-salesforce logs in and does no more: it sets no time-outs, and what it puts before each call costs more CPU than
the JSON of the 200 records in it (Salesforce API 1.3).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from typing import NamedTuple
from urllib.parse import unquote

import orjson
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError, LocationValueError, ReadTimeoutError
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from ziggy_sf_write import __version__
from ziggy_sf_write.contract import Cancellation, JsonValue
from ziggy_sf_write.errors import UnreachableError
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent
from ziggy_sf_write.salesforce.time_limit import GRACE_AFTER_STOP_S, LimitedSocket, TimeLimit, limited

USER_AGENT = f"ziggy-sf-write/{__version__}"
CONNECT_TIMEOUT_S = 10.0
DEFAULT_TIMEOUT_S = 120.0
# Far beyond a page of 2,000 rows or the describe of an object; files of Bulk results may be as large as what was sent.
MOST_BYTES, MOST_BYTES_OF_A_FILE = 64_000_000, 1_000_000_000
_CHUNK = 8_192
# One pool serves every thread of the writer; 25 is the largest concurrency that the schema allows.
_POOL_SIZE = 25
# Retries are decided at the client, which knows what may be sent twice; redirects would carry the session elsewhere.
# Integers of so many digits are looked for where all digits are noughts: a regular expression takes three times as long
# for a body as orjson takes to read it.
_NOUGHTS = bytes.maketrans(b"123456789", b"000000000")
_LONG_INTEGER = b"0" * 19
_NO_RETRIES = urllib3.Retry(total=False)
_HEADERS = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"}


class Reply(NamedTuple):
    """What came back; the names of the headers are read in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> JsonValue:
        """The body as JSON. Raises `ValueError` where it is none, or nested beyond what can be read.

        orjson reads four times as fast, but turns integers of more than 64 bits into floats, and refuses what the
        standard library takes, such as half of a character: such a body is read by the latter.
        """
        if _LONG_INTEGER not in self.body.translate(_NOUGHTS):
            with suppress(orjson.JSONDecodeError):
                return orjson.loads(self.body)
        try:
            return json.loads(self.body.decode("utf-8", "replace"))
        except RecursionError as err:
            raise ValueError("nested too deeply") from err


class Transport:
    """Sends requests over HTTPS, any number of threads at once. The environment has no say in where they go."""

    def __init__(self, *, ca_bundle: str | None = None, proxy: str | None = None) -> None:
        # Else the same authorities that requests trusts in a login.
        self._pools = _pool_manager(ca_bundle or DEFAULT_CA_BUNDLE_PATH, proxy)
        self._by_host: dict[str, urllib3.HTTPConnectionPool] = {}

    def send(
        self,
        method: str,
        host: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        cancelled: Cancellation | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> Reply:
        """Sends one request to a host (with port) and reads the whole answer, whatever its status.

        Args:
            method: as HTTP has it.
            host: with its port, if that is not 443.
            path: with its query.
            body: what is sent.
            headers: beside those of each request.
            timeout_s: seconds from the first byte sent to the last one read.
            cancelled: a stop signal, after which the call has ten seconds left.
            most_bytes: so much of an answer is read, decompressed.

        Raises:
            NotSent: no connection could be made.
            AnswerLost: the connection broke, or no whole answer came in time, or in time after the stop, or it is
                larger than any answer may be.
            UnreachableError: the certificate is not trusted.
        """
        limit = TimeLimit(timeout_s, cancelled)
        with _network_failures(host, limit), limited(limit):
            answer = self._connections(host).urlopen(
                method,
                path,
                body=body,
                headers={**_HEADERS, **(headers or {})},
                timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, timeout_s), read=timeout_s),
                retries=_NO_RETRIES,
                preload_content=False,
            )
            body = _read(answer, host, most_bytes)
        return Reply(answer.status, answer.headers, body)

    def close(self) -> None:
        """Closes the connections that are kept open for reuse."""
        self._by_host.clear()
        self._pools.clear()

    def _connections(self, host: str) -> urllib3.HTTPConnectionPool:
        """The connections to a host. The manager finds them too, but takes a tenth of a call's CPU to do so."""
        found = self._by_host.get(host)
        if found is None:
            found = self._by_host[host] = self._pools.connection_from_url(f"https://{host}")
        return found


def _read(answer: urllib3.BaseHTTPResponse, host: str, most_bytes: int) -> bytes:
    """The whole body; a few kilobytes may stand for gigabytes once they are decompressed."""
    parts, size = [], 0
    for part in answer.stream(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            answer.close()
            raise AnswerLost(f"the answer of {host} is larger than {most_bytes // 1_000_000} MB")
    answer.release_conn()
    return b"".join(parts)


class _NotConnectedError(HTTPError):
    """No connection was made, so nothing of a request has been sent. The cause tells why."""


class _Connection(HTTPSConnection):
    """A connection that tells a failure to connect from every later one.

    The exceptions themselves do not: urllib3 raises `ProxyError` for a proxy that hangs up at any moment, and the same
    time-out for a handshake and for an answer.
    """

    def connect(self) -> None:
        """Looks up the name, connects, opens the proxy's tunnel and shakes hands."""
        try:
            super().connect()
        except (HTTPError, HTTPException, OSError) as err:
            raise _NotConnectedError(str(err)) from err


class _Connections(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Connection


def _pool_manager(authorities: str, proxy: str | None) -> urllib3.PoolManager:
    context = create_urllib3_context()
    context.sslsocket_class = LimitedSocket
    context.load_verify_locations(authorities)
    if proxy is None:
        manager = urllib3.PoolManager(maxsize=_POOL_SIZE, cert_reqs="CERT_REQUIRED", ssl_context=context)
    else:
        manager = urllib3.ProxyManager(
            proxy,
            proxy_headers=_proxy_headers(proxy),
            maxsize=_POOL_SIZE,
            cert_reqs="CERT_REQUIRED",
            ssl_context=context,
        )
    manager.pool_classes_by_scheme = {"https": _Connections}
    return manager


def _proxy_headers(proxy: str) -> dict[str, str]:
    """Who asks, where the proxy's URL says so: read as requests reads it for the login."""
    who = parse_url(proxy).auth
    return dict(urllib3.make_headers(proxy_basic_auth=unquote(who))) if who else {}


@contextmanager
def _network_failures(host: str, limit: TimeLimit) -> Iterator[None]:
    """The one place where urllib3's exceptions are sorted, by what may have happened (Salesforce API 8.2)."""
    try:
        yield
    except (_NotConnectedError, LocationValueError) as err:
        if is_untrusted(err):
            raise UnreachableError(certificate_hint(host)) from err
        raise NotSent(f"no connection to {host} ({type(err.__cause__ or err).__name__})") from err
    except HTTPError as err:
        if limit.is_stopped:
            raise AnswerLost(f"{host} did not answer within {GRACE_AFTER_STOP_S:g} s after the stop") from err
        if isinstance(err, ReadTimeoutError):
            raise AnswerLost(f"{host} did not answer in time") from err
        raise AnswerLost(f"the connection to {host} broke ({type(err).__name__})") from err


def is_untrusted(err: Exception) -> bool:
    """Whether a connection failed because the certificate of the other side is not trusted."""
    return "CERTIFICATE_VERIFY_FAILED" in str(err)


def certificate_hint(host: str) -> str:
    """What a person can do about it."""
    return (
        f"The certificate of {host} is not signed by an authority that this connection trusts. "
        "Set the connection's CA bundle if a proxy or a test org brings its own."
    )
