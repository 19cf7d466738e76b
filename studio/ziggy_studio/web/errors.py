"""What the editor is told when something cannot be done: `{"error": {"code", "message", "hint"}}`."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ziggy_sf_write.contract import HostError, JsonValue
from ziggy_studio.errors import Undecided, UsageProblem

log = logging.getLogger(__name__)
_CLIENT_CLOSED_REQUEST = 499


class ErrorCode(StrEnum):
    """The codes of the editor's server, each with the HTTP status that carries it."""

    BAD_REQUEST = "badRequest"
    NOT_ALLOWED = "notAllowed"
    NOT_FOUND = "notFound"
    CHANGED_ON_DISK = "changedOnDisk"
    NOT_READY = "notReady"
    ALREADY_RUNNING = "alreadyRunning"
    TOO_LARGE = "tooLarge"
    HOST = "host"
    INTERNAL = "internal"


_STATUS = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CHANGED_ON_DISK: 409,
    ErrorCode.NOT_READY: 422,
    ErrorCode.ALREADY_RUNNING: 409,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.HOST: 422,
    ErrorCode.INTERNAL: 500,
}


class ApiError(Exception):
    """An answer that is an error; `hint` says what to do about it, `problems` where, as far as that is known, and
    `choices` what a person may choose for the query's `option` in another try.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        hint: str = "",
        *,
        problems: Sequence[dict[str, JsonValue]] = (),
        option: str = "",
        choices: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.problems = list(problems)
        self.option = option
        self.choices = list(choices)

    def response(self) -> JSONResponse:
        """The error as the editor reads it."""
        error: dict[str, JsonValue] = {"code": self.code.value, "message": self.message, "hint": self.hint}
        if self.problems:
            error["problems"] = self.problems
        if self.option:
            error |= {"option": self.option, "choices": self.choices}
        body = {"error": error}
        return JSONResponse(body, status_code=_STATUS[self.code])


async def on_api_error(_request: Request, error: Exception) -> Response:
    """Renders an `ApiError`, or what a block or the project has to say to a person."""
    if isinstance(error, ApiError):
        return error.response()
    if isinstance(error, Undecided):
        return ApiError(ErrorCode.BAD_REQUEST, error.what, option=error.option, choices=error.choices).response()
    code = ErrorCode.BAD_REQUEST if isinstance(error, UsageProblem) else ErrorCode.HOST
    return ApiError(code, str(error)).response()


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Renders what Starlette itself refuses: an unknown path, a wrong method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = ApiError(ErrorCode.NOT_FOUND, "There is nothing at this address.", "Reload the page.").response()
    answer.status_code = status
    return answer


async def on_disconnect(request: Request, _error: Exception) -> Response:
    """Notes whoever left before the end of its own request; the answer reaches nobody."""
    caller = request.client.host if request.client else "an unknown caller"
    # As it was sent: decoded it could hold line breaks.
    path = request.scope["raw_path"].decode("latin-1")
    log.warning("%s left in the middle of its request %s %s; nothing was done", caller, request.method, path)
    return Response(status_code=_CLIENT_CLOSED_REQUEST)


async def on_defect(_request: Request, _error: Exception) -> Response:
    """Renders a defect of ours; its traceback goes to the server's log, never to the page."""
    message = "The studio failed with an internal error."
    return ApiError(ErrorCode.INTERNAL, message, "The studio's own output in the terminal says more.").response()


HANDLERS: dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    ApiError: on_api_error,
    HostError: on_api_error,
    HTTPException: on_http_error,
    ClientDisconnect: on_disconnect,
    Exception: on_defect,
}
