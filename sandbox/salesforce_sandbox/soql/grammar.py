"""SOQL text → syntax tree, by the grammar in `grammar.lark`."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from itertools import chain
from threading import Lock
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.rows.temporal import read_date, read_datetime, read_time

from .errors import malformed, query_error
from .functions import AGGREGATES, PARTS
from .relative import span
from .tree import (
    Applied,
    Compared,
    Condition,
    Item,
    Joined,
    Literal,
    LiteralKind,
    Negated,
    Operand,
    Ordering,
    Path,
    Query,
)

MAX_LITERAL = 4_000
_MOST_DIGITS = 18  # longer whole numbers are compared as doubles
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\", "N": "\n",
            "R": "\r", "T": "\t", "B": "\b", "F": "\f"}  # fmt: skip
_STRING = re.compile(r"'[^'\\]*(?:\\.[^'\\]*)*'", re.DOTALL)
_PLAIN_STRING = re.compile(r"'([^']*)'")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


_building = Lock()


def _grammar() -> Lark:
    # The first queries come side by side, and making the parser takes longer than any of them.
    with _building:
        return _made()


@lru_cache(maxsize=1)
def _made() -> Lark:
    text = resources.files("salesforce_sandbox.soql").joinpath("grammar.lark").read_text("utf-8")
    return Lark(text, parser="lalr", start=["start", "condition_only"])


def parse(text: str, start: str, now: datetime | None) -> Any:
    """The tree of a text that is what the rule `start` says; raises RequestRefused as the org would answer."""
    try:
        tree = _grammar().parse(text, start=start)
        return _Build(text, now or datetime.now(UTC)).transform(tree)
    except VisitError as err:
        if isinstance(err.orig_exc, RequestRefused):
            raise err.orig_exc from err
        raise
    except RecursionError as err:
        raise malformed("The query is nested too deeply") from err
    except UnexpectedInput as err:
        raise _syntax_error(text, err) from err


def _syntax_error(text: str, err: UnexpectedInput) -> RequestRefused:
    if isinstance(err, UnexpectedCharacters):
        char = text[err.pos_in_stream or 0]
        if char == "'":
            return query_error("MALFORMED_QUERY", text, err.pos_in_stream or 0, "unexpected token: '''")
        return query_error("MALFORMED_QUERY", text, err.pos_in_stream or 0, f"unexpected token: '{char}'")
    if isinstance(err, UnexpectedToken) and err.token.type != "$END":
        return query_error("MALFORMED_QUERY", text, err.token.start_pos or 0, f"unexpected token: '{err.token}'")
    if isinstance(err, UnexpectedToken | UnexpectedEOF):
        return malformed("unexpected token: '<EOF>'")
    return malformed("unexpected token")


def _short(literal: str) -> str:
    if len(literal) > MAX_LITERAL:
        raise malformed(f"string literals in the WHERE clause cannot be longer than {MAX_LITERAL} characters.")
    return literal


class _Build(Transformer[Token, Any]):
    """Turns the parser's tree into ours."""

    def __init__(self, text: str, now: datetime) -> None:
        super().__init__()
        self._text = text
        self._now = now

    def start(self, parts: list[Any]) -> Query:
        query: Query = parts[0]
        return query

    def query(self, parts: list[Any]) -> Query:
        (items, children, group, is_count), name = parts[1], parts[3]
        named = {each[0]: each[1] for each in parts[4:]}
        return Query(
            text=self._text,
            object_name=str(name),
            object_at=name.start_pos,
            items=items,
            children=children,
            alias=named.get("alias"),
            group=named.get("group", ()),
            having=named.get("having"),
            all_rows=named.get("all_rows", False),
            fields_group=group,
            is_count=is_count,
            where=named.get("where"),
            order=named.get("order", ()),
            limit=named.get("limit"),
            offset=named.get("offset"),
        )

    def condition_only(self, parts: list[Any]) -> Condition:
        condition: Condition = parts[0]
        return condition

    def count_all(self, _: list[Any]) -> tuple[tuple[Item, ...], tuple[Query, ...], None, bool]:
        return (), (), None, True

    def listed(self, parts: list[Any]) -> tuple[tuple[Item, ...], tuple[Query, ...], str | None, bool]:
        group = next((each for each in parts if isinstance(each, str)), None)
        items = tuple(each for each in parts if isinstance(each, Item))
        return items, tuple(each for each in parts if isinstance(each, Query)), group, False

    def plain(self, parts: list[Any]) -> Item:
        return Item(parts[0], str(parts[1]) if len(parts) > 1 else None)

    def child(self, parts: list[Query]) -> Query:
        return parts[0]

    def subselect(self, parts: list[Query]) -> Query:
        return parts[0]

    def applied(self, parts: list[Any]) -> Applied:
        name = str(parts[0]).upper()
        if name not in AGGREGATES and name not in PARTS:
            raise self._unexpected(parts[0], f"unexpected token: '{parts[0]}'")
        return Applied(name, parts[1])

    def fields(self, parts: list[Token]) -> str:
        return str(parts[1]).upper()

    def path(self, parts: list[Token]) -> Path:
        return Path(tuple(str(each) for each in parts), parts[0].start_pos or 0)

    def alias(self, parts: list[Token]) -> tuple[str, str]:
        return "alias", str(parts[0])

    def scope(self, parts: list[Token]) -> tuple[str, str]:
        return "scope", str(parts[2])  # one user sees everything, so every scope is the same

    def security(self, parts: list[Token]) -> tuple[str, str]:
        return "security", str(parts[1])

    def locking(self, parts: list[Token]) -> tuple[str, str]:
        return "locking", str(parts[1])  # FOR VIEW, FOR REFERENCE, FOR UPDATE change nothing of the answer

    def all_rows(self, parts: list[Token]) -> tuple[str, bool]:
        if str(parts[1]).upper() != "ROWS":
            raise self._unexpected(parts[1], f"unexpected token: '{parts[1]}'")
        return "all_rows", True

    def group(self, parts: list[Any]) -> tuple[str, tuple[Operand, ...]]:
        return "group", tuple(each for each in parts if isinstance(each, Path | Applied))

    def having(self, parts: list[Any]) -> tuple[str, Condition]:
        return "having", parts[1]

    def where(self, parts: list[Any]) -> tuple[str, Condition]:
        return "where", parts[1]

    def all_of(self, parts: list[Any]) -> Joined:
        return Joined("AND", tuple(parts[::2]))

    def any_of(self, parts: list[Any]) -> Joined:
        return Joined("OR", tuple(parts[::2]))

    def negated(self, parts: list[Any]) -> Negated:
        return Negated(parts[1])

    def compared(self, parts: list[Any]) -> Compared:
        operator = "!=" if parts[1] == "<>" else str(parts[1])
        return Compared(parts[0], operator, (parts[2],))

    def like(self, parts: list[Any]) -> Compared:
        if parts[2].kind is LiteralKind.NULL:
            raise self._unexpected(parts[1], "unexpected token: 'null'")
        return Compared(parts[0], "LIKE", (parts[2],))

    def among(self, parts: list[Any]) -> Compared:
        return self._among(parts[0], "IN", parts[2])

    def not_among(self, parts: list[Any]) -> Compared:
        return self._among(parts[0], "NOT IN", parts[3])

    @staticmethod
    def _among(operand: Operand, operator: str, values: tuple[Literal, ...] | Query) -> Compared:
        if isinstance(values, Query):
            return Compared(operand, operator, (), values)
        return Compared(operand, operator, values)

    def includes(self, parts: list[Any]) -> Compared:
        return Compared(parts[0], "INCLUDES", parts[2])

    def excludes(self, parts: list[Any]) -> Compared:
        return Compared(parts[0], "EXCLUDES", parts[2])

    def values(self, parts: list[Literal | list[Literal]]) -> tuple[Literal, ...]:
        return tuple(chain.from_iterable([each] if isinstance(each, Literal) else each for each in parts))

    def string(self, parts: list[Token]) -> Literal:
        return Literal(LiteralKind.STRING, self._unescape(parts[0], parts[0].start_pos or 0))

    def strings(self, parts: list[Token]) -> list[Literal]:
        start = parts[0].start_pos or 0
        if "\\" not in parts[0]:
            return [Literal(LiteralKind.STRING, _short(each)) for each in _PLAIN_STRING.findall(parts[0])]
        found = _STRING.finditer(parts[0])
        return [Literal(LiteralKind.STRING, self._unescape(each[0], start + each.start())) for each in found]

    def number(self, parts: list[Token]) -> Literal:
        return Literal(
            LiteralKind.NUMBER, float(parts[0]) if "." in parts[0] or len(parts[0]) > _MOST_DIGITS else int(parts[0])
        )

    def true(self, _: list[Token]) -> Literal:
        return Literal(LiteralKind.BOOLEAN, True)  # noqa: FBT003  the literal itself

    def false(self, _: list[Token]) -> Literal:
        return Literal(LiteralKind.BOOLEAN, False)  # noqa: FBT003  the literal itself

    def null(self, _: list[Token]) -> Literal:
        return Literal(LiteralKind.NULL, None)

    def date(self, parts: list[Token]) -> Literal:
        return self._temporal(parts[0], LiteralKind.DATE, read_date)

    def datetime(self, parts: list[Token]) -> Literal:
        return self._temporal(parts[0], LiteralKind.DATETIME, read_datetime)

    def time(self, parts: list[Token]) -> Literal:
        # UNCONFIRMED: no page tells of time literals, but orgs are said to take them.
        return self._temporal(parts[0], LiteralKind.TIME, read_time)

    def relative_date(self, parts: list[Token]) -> Literal:
        count = self._count(parts[1]) if len(parts) > 1 else None
        name = str(parts[0]).upper()
        found = span(name, count, self._now.date())
        if found is None:
            token = parts[-1] if count is not None and span(name, 1, self._now.date()) else parts[0]
            raise self._unexpected(token, f"unexpected token: '{token}'")
        return Literal(LiteralKind.DATE, found[0].isoformat(), found[1].isoformat())

    def order(self, parts: list[Any]) -> tuple[str, tuple[Ordering, ...]]:
        return "order", tuple(each for each in parts if isinstance(each, Ordering))

    def ordering(self, parts: list[Any]) -> Ordering:
        words = {str(each).upper() for each in parts[1:]}
        return Ordering(parts[0], descending="DESC" in words, nulls_last="LAST" in words)

    def limit(self, parts: list[Token]) -> tuple[str, int]:
        return "limit", self._count(parts[1])

    def offset(self, parts: list[Token]) -> tuple[str, int]:
        return "offset", self._count(parts[1])

    def _count(self, token: Token) -> int:
        """A whole number from 0; what is longer than any count is more than there is."""
        if not token.isdecimal():
            raise self._unexpected(token, f"unexpected token: '{token}'")
        return int(token) if len(token) <= _MOST_DIGITS else 10**_MOST_DIGITS

    def _unexpected(self, token: Token, message: str) -> RequestRefused:
        return query_error("MALFORMED_QUERY", self._text, token.start_pos or 0, message)

    def _temporal(self, token: Token, kind: LiteralKind, read: Callable[[str], str | None]) -> Literal:
        value = read(str(token))
        if value is None:
            raise query_error("MALFORMED_QUERY", self._text, token.start_pos or 0, f"Invalid {kind.value}: {token}")
        return Literal(kind, value)

    def _unescape(self, quoted: str, start: int) -> str:
        inner = _short(quoted[1:-1])
        if "\\" not in inner:
            return inner

        def replace(found: re.Match[str]) -> str:
            code = found[1]
            if code in ("%", "_"):
                return "\\" + code  # LIKE tells the escaped wildcard from the wildcard
            if code.startswith("u") and len(code) > 1:
                return chr(int(code[1:], 16))
            if code not in _ESCAPES:
                at = start + found.start() + 1
                raise query_error("MALFORMED_QUERY", self._text, at, f"Invalid string literal '{inner}'. Illegal "
                                  f"character sequence '\\{code}' in string literal")  # fmt: skip
            return _ESCAPES[code]

        return _ESCAPE.sub(replace, inner)
