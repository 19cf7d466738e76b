"""Queries and conditions from text."""

from datetime import datetime
from typing import Any

from .errors import malformed
from .tree import Condition, Query

MAX_QUERY = 100_000


def parse_query(text: str, *, now: datetime | None = None) -> Query:
    """The tree of a query; raises RequestRefused as the org would answer."""
    if len(text) > MAX_QUERY:
        raise malformed(f"SOQL statements cannot be longer than {MAX_QUERY} characters.")
    found: Query = _parse(text, "start", now)
    return found


def parse_condition(text: str, *, now: datetime | None = None) -> Condition:
    """The tree of a condition on its own, as validation rules have it."""
    found: Condition = _parse(text, "condition_only", now)
    return found


def _parse(text: str, start: str, now: datetime | None) -> Any:
    from .grammar import parse  # an org that nobody asks anything starts without the parser generator

    return parse(text, start, now)
