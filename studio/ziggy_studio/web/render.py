"""What all routes share: how answers are written, and how pages of long lists are asked for."""

from starlette.requests import Request
from starlette.responses import Response

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_studio.web.errors import ApiError, ErrorCode

_MOST_ROWS = 1000
_ROWS = 200
_MOST_DIGITS = 15


def as_response(value: JsonValue, *, status: int = 200) -> Response:
    """JSON, in which what an edge may hold and JSON may not, such as a date, becomes its text."""
    headers = {"cache-control": "no-store"}
    return Response(to_json(value), status_code=status, media_type="application/json", headers=headers)


def page_bounds(request: Request) -> dict[str, int]:
    """The query's `offset` and `limit`. Raises `ApiError` where one of them is no whole number from 0."""
    return {"offset": _number(request, "offset", 0), "limit": min(_number(request, "limit", _ROWS), _MOST_ROWS)}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    number = whole_number(text)
    if number is None:
        message = f"`{name}` is `{text:.20}`, but has to be a whole number from 0 of at most {_MOST_DIGITS} digits."
        raise ApiError(ErrorCode.BAD_REQUEST, message)
    return number


def whole_number(text: str) -> int | None:
    """The number from 0 that a text is; None where it is none, or larger than any count of things that are kept."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None
