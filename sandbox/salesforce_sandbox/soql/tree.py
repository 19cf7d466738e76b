"""The syntax tree of a query."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class LiteralKind(StrEnum):
    """How a value was written."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    NULL = "null"


class Literal(NamedTuple):
    """A value in a condition; a relative date such as TODAY is resolved when the query is parsed."""

    kind: LiteralKind
    value: str | float | bool | None
    until: str | None = None  # of a relative date: the first day after the days that it means


@dataclass(frozen=True, slots=True)
class Path:
    """A field, or a parent's field such as Account.Owner.Name; at is its offset in the text."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of a field, such as SUM(Amount) or CALENDAR_YEAR(CreatedDate); name is in upper case."""

    name: str
    path: Path

    @property
    def at(self) -> int:
        """The offset of its field."""
        return self.path.at

    def __str__(self) -> str:
        return f"{self.name}({self.path})"


Operand = Path | Applied


@dataclass(frozen=True, slots=True)
class Compared:
    """`operand operator values`; all but IN, INCLUDES and their negations have one value, a semi-join has a query."""

    path: Operand
    operator: str
    values: tuple[Literal, ...]
    query: "Query | None" = None


@dataclass(frozen=True, slots=True)
class Negated:
    """NOT condition."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by AND or OR."""

    word: str
    conditions: tuple["Condition", ...]


Condition = Compared | Negated | Joined


@dataclass(frozen=True, slots=True)
class Ordering:
    """One ORDER BY term; SOQL puts nulls first unless told otherwise."""

    path: Operand
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One selected field or function, with the name that it is given."""

    operand: Operand
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query; fields_group is ALL, STANDARD or CUSTOM for FIELDS(…), children are queries in its list."""

    text: str
    object_name: str
    object_at: int
    items: tuple[Item, ...]
    children: tuple["Query", ...]
    alias: str | None
    group: tuple[Operand, ...]
    having: Condition | None
    all_rows: bool
    fields_group: str | None
    is_count: bool
    where: Condition | None
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int | None
