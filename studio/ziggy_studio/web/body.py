"""What a request's body says, of the types that the routes expect; anything else is the asker's mistake."""

import json
from collections.abc import Mapping

from starlette.requests import Request

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.web.errors import ApiError, ErrorCode

_DEEPEST = 100


async def read_bytes(request: Request) -> bytes:
    """A request's body. Raises `ApiError` where it is larger than the project allows, before all of it has come."""
    most: int = request.app.state.studio.host.project.largest_body
    told = request.headers.get("content-length", "")
    parts, size = [], int(told) if told.isascii() and told.isdecimal() else 0
    if size <= most:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > most:
                break
            parts.append(part)
    if size > most:
        message = f"The request's body is larger than {most // 1_000_000} MB."
        hint = "Send it in parts, or raise largestBody in project.yaml."
        raise ApiError(ErrorCode.TOO_LARGE, message, hint)
    return b"".join(parts)


async def read_json(request: Request) -> JsonValue:
    """A request's body. Raises `ApiError` where it is no JSON, or nested deeper than anything that makes sense."""
    return parse_json(await read_bytes(request))


def parse_json(data: bytes) -> JsonValue:
    """The same of bytes."""
    try:
        body = json.loads(data)
    except ValueError as err:
        raise ApiError(ErrorCode.BAD_REQUEST, "The request's body is not JSON.", "Send JSON as UTF-8.") from err
    except RecursionError as err:
        raise _too_deep() from err
    require_shallow(body)
    return body


def require_shallow(value: JsonValue) -> None:
    """Raises `ApiError` where a value is nested deeper than anything that makes sense."""
    if _is_too_deep(value):
        raise _too_deep()


async def read_object(request: Request) -> Mapping[str, JsonValue]:
    """A body that has to be an object."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise ApiError(ErrorCode.BAD_REQUEST, "The request's body is not a JSON object.")
    return body


def text_of(body: Mapping[str, JsonValue], name: str) -> str:
    """A text of a body, empty where it says nothing."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise _wrong(name, "a text")
    return value or ""


def object_of(body: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    """An object of a body, empty where it says nothing."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise _wrong(name, "an object")
    return value or {}


def _wrong(name: str, wanted: str) -> ApiError:
    return ApiError(ErrorCode.BAD_REQUEST, f"`{name}` of the request's body has to be {wanted}.", "Reload the page.")


def _is_too_deep(value: JsonValue) -> bool:
    """Looks level by level: going down would end where Python's own depth does."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inner(one)]
        if not level:
            return False
    return True


def _inner(value: dict[str, JsonValue] | list[JsonValue]) -> list[JsonValue]:
    found = value.values() if isinstance(value, dict) else value
    return [one for one in found if isinstance(one, dict | list)]


def _too_deep() -> ApiError:
    return ApiError(
        ErrorCode.BAD_REQUEST, f"The request's body is nested more than {_DEEPEST} deep.", "Make it flatter."
    )
