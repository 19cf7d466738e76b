"""A request and its answer, free of any transport: composite resources call the same functions as the wire does."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import orjson

from .errors import RequestRefused

_MOST_DIGITS = 1000
_JSON = re.compile(r"application/(?:[\w.-]+\+)?json", re.IGNORECASE)
VERSIONS = tuple(f"{number}.0" for number in range(50, 69))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. Header names are in lower case, path parameters are decoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parameters: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    user_id: str = ""
    dispatch: "Callable[[Call], Answer] | None" = None  # how composite resources reach the others

    @property
    def version(self) -> str:
        """The API version of the path, such as 67.0."""
        return self.parameters.get("version", VERSIONS[-1])

    @property
    def version_number(self) -> float:
        """The same as a number, to compare with."""
        return float(self.version)

    def argument(self, name: str) -> str | None:
        """A parameter of the query string."""
        found = _arguments(self.query).get(name)
        return found[0] if found else None

    def flag(self, name: str) -> bool:
        """A parameter of the query string that says true."""
        return (self.argument(name) or "").lower() == "true"

    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; another type of body, and what is no JSON, refuses the request."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip()
        if media_type and not _JSON.fullmatch(media_type):
            message = f"MediaType of '{media_type}' is not supported by this resource"
            raise RequestRefused(415, "UNSUPPORTED_MEDIA_TYPE", message)
        return self.json_of(self.body)

    def json_of(self, body: bytes) -> Any:
        """A part of the body as JSON."""
        try:
            found = json.loads(body, parse_constant=_refuse_constant, parse_int=_integer)
        except RecursionError as err:
            # Which depth Salesforce takes, and its words for it, are not in the reference.
            message = "Document nesting depth exceeds the maximum allowed at [line:1, column:1]"
            raise RequestRefused(400, "JSON_PARSER_ERROR", message) from err
        except (json.JSONDecodeError, UnicodeDecodeError) as err:
            raise RequestRefused(400, "JSON_PARSER_ERROR", _unexpected(body.decode("utf-8", "replace"), err)) from err
        if b"\\ud" in body.lower():
            _refuse_half_characters(found)
        return found

    def json_object(self, body: bytes | None = None) -> dict[str, Any]:
        """The body, or a part of it, as a JSON object."""
        found = self.json() if body is None else self.json_of(body)
        if not isinstance(found, dict):
            message = "The HTTP entity body is required to be a JSON object, but this request had another type."
            raise RequestRefused(400, "JSON_PARSER_ERROR", message)
        return found

    def option(self, header: str, name: str) -> str | None:
        """One `name=value` of a header such as Sforce-Duplicate-Rule-Header."""
        for part in self.headers.get(header, "").replace(",", ";").split(";"):
            key, _, value = part.partition("=")
            if key.strip().lower() == name.lower():
                return value.strip()
        return None


@lru_cache(maxsize=32)  # a query of hundreds of keys is long, and is asked for each of its parameters
def _arguments(query: str) -> Mapping[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)


def _integer(text: str) -> int:
    """A whole number; one that no field could hold is refused by the parser, in words not in the reference."""
    if len(text) > _MOST_DIGITS:
        message = f"Number length ({len(text)}) exceeds the maximum length ({_MOST_DIGITS}) at [line:1, column:1]"
        raise RequestRefused(400, "JSON_PARSER_ERROR", message)
    return int(text)


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python reads and JSON does not have."""
    raise RequestRefused(400, "JSON_PARSER_ERROR", f"Non-standard token '{name}' at [line:1, column:1]")


def _refuse_half_characters(found: Any) -> None:
    """Halves of surrogate pairs, which no text can hold; how Salesforce words it is not in the reference."""
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as err:
        raise RequestRefused(400, "JSON_PARSER_ERROR", "Incomplete surrogate pair at [line:1, column:1]") from err


def _unexpected(body: str, err: json.JSONDecodeError | UnicodeDecodeError) -> str:
    if isinstance(err, UnicodeDecodeError):
        return "Invalid UTF-8 in the request body at [line:1, column:1]"
    if err.pos >= len(body):
        return f"Unexpected end-of-input at [line:{err.lineno}, column:{err.colno}]"
    char = body[err.pos]
    expected = "was expecting double-quote to start field name" if "property name" in err.msg else "expected a value"
    return f"Unexpected character ('{char}' (code {ord(char)})): {expected} at [line:{err.lineno}, column:{err.colno}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back. A body of None is truly empty; bytes and text go out as they are, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json;charset=UTF-8"
    records: int = 0  # how many records the call carried, for latency and statistics

    def content(self, *, pretty: bool = False) -> bytes:
        """The body as it goes over the wire."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode("utf-8")
        if pretty:
            return json.dumps(self.body, separators=(", ", " : "), indent=2, ensure_ascii=False).encode("utf-8")
        return orjson.dumps(self.body)
