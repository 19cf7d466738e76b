"""Results that span pages: the row numbers of a query's result, kept under a locator (reference section 6)."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from salesforce_sandbox.rows.ids import to_18

from .plan import Plan

_KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A query's plan and the rows that it found."""

    plan: Plan
    row_numbers: tuple[int, ...]
    page_size: int


class Locators:
    """The open results of one org; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursors: OrderedDict[str, Cursor] = OrderedDict()
        self._count = 0

    def keep(self, cursor: Cursor) -> str:
        """The locator under which the result can be had."""
        with self._lock:
            self._count += 1
            locator = to_18(f"01gZg0{self._count:09d}")
            self._cursors[locator] = cursor
            while len(self._cursors) > _KEPT:
                self._cursors.popitem(last=False)
            return locator

    def find(self, locator: str) -> Cursor | None:
        """The result kept under the locator."""
        with self._lock:
            return self._cursors.get(locator)
