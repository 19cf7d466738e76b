"""The syntax tree of a query."""

from dataclasses import dataclass
from enum import StrEnum


class LiteralKind(StrEnum):
    """How a value was written."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a condition; a relative date such as TODAY is resolved when the query is parsed."""

    kind: LiteralKind
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """A field, or a parent's field such as Account.Owner.Name; at is its offset in the text."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Compared:
    """`path operator values`; all but IN, INCLUDES and their negations have one value."""

    path: Path
    operator: str
    values: tuple[Literal, ...]


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

    path: Path
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query; fields_group is ALL, STANDARD or CUSTOM for FIELDS(…)."""

    text: str
    object_name: str
    object_at: int
    paths: tuple[Path, ...]
    fields_group: str | None
    is_count: bool
    where: Condition | None
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int | None
