"""The ASGI application: session, allowance, faults and latency around the functions that answer."""

import asyncio
import contextlib
import gzip
import logging
import secrets
import zlib
from collections.abc import MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from .call import Answer, Call
from .errors import LOCKED_ENTITY, LOCKED_ROW, RequestRefused, not_found
from .faults import CUT, LATE_COMMITS, Fault, FaultName, everything_refused
from .org import Org
from .preempt import preempting_answer
from .protocol import TRANSPORT, reset
from .routes import Route, find_route
from .rows.json_values import JsonMismatch, mismatch_message

_log = logging.getLogger(__name__)
_MAX_URI = 16_384
_SESSION_ASKED = ("/services/data", "/id/")  # elsewhere what does not exist is told to everybody
_UNKNOWN = "An unexpected error occurred. Please include this ErrorId if you contact support: 12345-67890 (-123456)"
_GZIP_FROM = 1_000
_GZIP_LEVEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    call: Call
    route: Route | None
    refusal: RequestRefused | None
    kind: str


class Application:
    """Serves one org."""

    def __init__(self, org: Org, *, base_url: str, pool: Executor) -> None:
        self._org = org
        self._base_url = base_url
        self._pool = pool
        self._late: set[asyncio.Task[None]] = set()
        self._overtaken: dict[str, list[asyncio.Event]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. A stop cancels what is still waiting; its connection is gone by then."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._open(scope)
        transport: asyncio.Transport = scope["state"][TRANSPORT]
        is_control = exchange.kind == "control"  # a look inside is no call to the org
        with contextlib.nullcontext() if is_control else self._org.counters.call(exchange.kind):
            faults = {} if is_control else self._faults(exchange.kind)
            if FaultName.RESET_BEFORE_READING in faults:
                await _tear_down(transport, receive)
                return
            try:
                call = replace(exchange.call, body=await _read(receive, exchange.call))
                late = next((fault for name, fault in faults.items() if name in LATE_COMMITS), None)
                if late is not None:
                    self._carry_out_later(call, exchange, late)
                    if late.name in CUT:
                        await _tear_down(transport, receive)
                        return
                    # Another fault would say that nothing was done: what goes out is the answer of this one.
                    faults = {late.name: late, **faults}
                if not is_control:
                    await _pause(self._org.latency.before_s(self._org.dice))
                answer = await self._answer(call, exchange, faults)
                self._end_waits(exchange.kind)
            except RequestRefused as refused:
                answer = _refused(refused)
            await self._wait(answer, exchange, faults)
            if FaultName.REFUSE_RETRY in faults:
                self._org.faults.refuse_next(exchange.kind)
            if FaultName.ANSWER_LOST_AFTER_COMMIT in faults or FaultName.REFUSE_RETRY in faults:
                await _tear_down(transport, receive)
                return
            await self._send(answer, exchange, send, transport, faults)

    def dispatch(self, call: Call) -> Answer:
        """Answers one call, be it from the wire or a part of a composite one; every refusal becomes an answer."""
        try:
            route, parameters = find_route(call.method, call.path)
            return self._handle(route, replace(call, parameters=parameters))
        except RequestRefused as refused:
            return _refused(refused)

    def _open(self, scope: Scope) -> _Exchange:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        method: str = scope["method"]
        if method == "POST" and "_HttpMethod=" in query:
            method = parse_qs(query).get("_HttpMethod", [method])[0].upper()
        call = Call(
            method=method,
            path=scope["raw_path"].decode("latin-1"),
            query=query,
            headers=headers,
            base_url=self._base_url,
            dispatch=self.dispatch,
        )
        try:
            route, parameters = find_route(method, call.path)
        except RequestRefused as refused:
            return _Exchange(call=call, route=None, refusal=refused, kind="unknown")
        return _Exchange(call=replace(call, parameters=parameters), route=route, refusal=None, kind=route.kind)

    def _carry_out_later(self, call: Call, exchange: _Exchange, late: Fault) -> None:
        """As Salesforce does behind a connection that was cut: nobody hears the answer."""

        async def carry_out() -> None:
            overtaken = asyncio.Event()
            if late.name is FaultName.COMMIT_ORDER:
                self._overtaken.setdefault(exchange.kind, []).append(overtaken)
            try:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(overtaken.wait(), late.seconds)
                admitted = partial(self._admitted, call, exchange, refused_with=None, expires=False)
                await asyncio.get_running_loop().run_in_executor(self._pool, admitted)
            finally:
                self._org.late_commits.end()

        self._org.late_commits.begin()
        task = asyncio.get_running_loop().create_task(carry_out())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _end_waits(self, kind: str) -> None:
        """A call of this kind has been carried out: those that were to come after it may come."""
        for overtaken in self._overtaken.pop(kind, ()):
            overtaken.set()

    def _faults(self, kind: str) -> dict[FaultName, Fault]:
        return {each.name: each for each in self._org.faults.on_call(kind)}

    async def _answer(self, call: Call, exchange: _Exchange, faults: dict[FaultName, Fault]) -> Answer:
        early = preempting_answer(faults)
        if early is not None:
            return early
        loop = asyncio.get_running_loop()
        is_locked = FaultName.UNABLE_TO_LOCK_ROW in faults
        is_retry = self._org.faults.take_refused(exchange.kind)
        admitted = partial(
            self._admitted,
            call,
            exchange,
            refused_with=LOCKED_ENTITY if is_retry else LOCKED_ROW if is_locked else None,
            expires=FaultName.EXPIRED_SESSION in faults,
        )
        return await loop.run_in_executor(self._pool, admitted)

    def _admitted(self, call: Call, exchange: _Exchange, *, refused_with: str | None, expires: bool) -> Answer:
        """Checks size, session and allowance, then answers."""
        try:
            _check_size(call)
            route = exchange.route
            if route is None and not call.path.startswith(_SESSION_ASKED):
                return _refused(exchange.refusal or not_found())
            if route is None or not route.is_open:
                call = self._authenticated(call, expires=expires)
                self._count()
            with everything_refused(refused_with):
                return self._handle(_existing(exchange), call)
        except RequestRefused as refused:
            return _refused(refused)
        except Exception:  # noqa: BLE001  the top of a worker thread: a mistake of the sandbox is told as one
            _log.exception("the sandbox made a mistake in %s", exchange.kind)
            return _refused(RequestRefused(500, "UNKNOWN_EXCEPTION", _UNKNOWN))

    def _handle(self, route: Route, call: Call) -> Answer:
        try:
            return route.handler(self._org, call)
        except JsonMismatch as mismatch:
            raise RequestRefused(400, "JSON_PARSER_ERROR", mismatch_message(mismatch, call.text())) from mismatch

    def _authenticated(self, call: Call, *, expires: bool) -> Call:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth"):  # OAuth as a scheme is UNCONFIRMED
            token = call.argument("oauth_token") or ""
        if expires:
            self._org.sessions.close(token)
        user_id = self._org.sessions.user_of(token)
        if user_id is None:
            raise RequestRefused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return replace(call, user_id=user_id)

    def _count(self) -> None:
        if self._org.counters.api_call() > self._org.options.api_limit:
            raise RequestRefused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    async def _wait(self, answer: Answer, exchange: _Exchange, faults: dict[FaultName, Fault]) -> None:
        if exchange.kind == "control":
            return
        seconds = self._org.latency.after_s(answer.records, self._org.dice)
        slow = faults.get(FaultName.SLOW_ANSWER)
        seconds += slow.seconds if slow else 0.0
        await _pause(seconds)

    async def _send(
        self,
        answer: Answer,
        exchange: _Exchange,
        send: Send,
        transport: asyncio.Transport,
        faults: dict[FaultName, Fault],
    ) -> None:
        call = exchange.call
        content = answer.content(pretty=call.headers.get("x-prettyprint") in ("1", "true"))
        headers = self._headers(answer, exchange)
        if len(content) > _GZIP_FROM and "gzip" in call.headers.get("accept-encoding", ""):
            content = gzip.compress(content, _GZIP_LEVEL)
            headers["content-encoding"] = "gzip"
        if answer.status not in (204, 304):
            headers["content-length"] = str(len(content))
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        if FaultName.TRUNCATED_ANSWER in faults and content:
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            transport.close()
            return
        body = b"" if call.method == "HEAD" or answer.status in (204, 304) else content
        if FaultName.SLOW_BODY in faults:
            for place in range(len(body)):
                await asyncio.sleep(faults[FaultName.SLOW_BODY].seconds)
                await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body})

    def _headers(self, answer: Answer, exchange: _Exchange) -> dict[str, str]:
        """What a real answer carries (reference section 3.1)."""
        request_id = secrets.token_hex(16)
        headers = {
            "date": formatdate(usegmt=True),
            "cache-control": "no-cache,must-revalidate,max-age=0,no-store,private",
            "server": "sfdcedge",
            "strict-transport-security": "max-age=63072000; includeSubDomains",
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
            "x-request-id": request_id,
            "x-sfdc-request-id": request_id,
            "x-robots-tag": "none",
            **answer.headers,
        }
        if answer.body is not None and answer.body != b"":
            headers["content-type"] = answer.media_type
        if exchange.route is None or exchange.route.is_counted:
            used, limit = self._org.counters.api_calls, self._org.options.api_limit
            headers["Sforce-Limit-Info"] = f"api-usage={used}/{limit}"
        return headers


async def _pause(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


def _existing(exchange: _Exchange) -> Route:
    if exchange.route is None:
        raise exchange.refusal or not_found()
    return exchange.route


def _refused(refused: RequestRefused) -> Answer:
    return Answer(status=refused.status, body=refused.body, headers=refused.headers)


def _check_size(call: Call) -> None:
    """URI and headers share one budget (reference section 8.1)."""
    uri = len(call.path) + len(call.query) + 1
    if uri > _MAX_URI:
        raise RequestRefused(414, "URI_TOO_LONG", "The length of the URI exceeds the 16,384 byte limit")
    if uri + sum(len(name) + len(value) + 4 for name, value in call.headers.items()) > _MAX_URI:
        message = "The combined length of the URI and headers exceeds the 16,384 byte limit"
        raise RequestRefused(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", message)


async def _read(receive: Receive, call: Call) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message: MutableMapping[str, Any] = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    encoding = call.headers.get("content-encoding", "")
    try:
        if encoding == "gzip":
            return gzip.decompress(body)
        return zlib.decompress(body) if encoding == "deflate" else body
    except (OSError, EOFError, zlib.error) as err:
        raise RequestRefused(400, "JSON_PARSER_ERROR", f"The body is not {encoding}") from err


async def _tear_down(transport: asyncio.Transport, receive: Receive) -> None:
    """Resets the connection and waits until the server has noticed, so that it does not answer after all."""
    reset(transport)
    while (await receive())["type"] != "http.disconnect":
        pass
