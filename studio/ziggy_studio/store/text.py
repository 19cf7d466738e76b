"""Text that a database takes as it is: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""

import re

from sqlalchemy import String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_ESCAPED = r"u(?:0000|005c|d[89a-f][0-9a-f]{2})"
_TO_ESCAPE = re.compile(rf"[\x00\ud800-\udfff]|\\(?={_ESCAPED})")
_TO_READ = re.compile(rf"\\({_ESCAPED})")


def to_stored(text: str) -> str:
    r"""The text with what cannot be stored as `\uXXXX`; nearly always it is the text itself."""
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def from_stored(text: str) -> str:
    """The text that `to_stored` was given."""
    return _TO_READ.sub(lambda found: chr(int(found[1][1:], 16)), text)


class KeyText(TypeDecorator[str]):
    """Any Python text, ordered by code points in every database."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect):  # type: ignore[no-untyped-def] # SQLAlchemy's own type engine
        """PostgreSQL would order by the server's language."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 # SQLAlchemy's signature
        """On the way in."""
        return None if value is None else to_stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 # SQLAlchemy's signature
        """On the way out."""
        return None if value is None else from_stored(value)
