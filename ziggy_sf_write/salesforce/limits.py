"""Counts of API calls: what a run has made, and what is left of the org's day (Salesforce API 5.7)."""

import re
import threading
from dataclasses import dataclass

_USAGE = re.compile(r"(?:^|[;\s])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiUsage:
    """Calls that the org has counted in its last 24 hours, and how many it allows."""

    used: int
    limit: int

    def is_at_reserve(self, reserve_percent: float, *, under_way: int = 0) -> bool:
        """Whether only the reserve, a percentage of the whole allowance, is left; calls under way count as used."""
        return self.limit - self.used - under_way <= self.limit * reserve_percent / 100


def parse_usage(header: str | None) -> ApiUsage | None:
    """The usage that a header `Sforce-Limit-Info` tells, or None where it tells none."""
    found = _USAGE.search(header or "")
    return ApiUsage(used=int(found[1]), limit=int(found[2])) if found else None


class CallCount:
    """How many HTTP calls a run made, by kind; threads may add at once."""

    def __init__(self) -> None:
        self._by_kind: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, kind: str) -> None:
        """Counts one call."""
        with self._lock:
            self._by_kind[kind] = self._by_kind.get(kind, 0) + 1

    def by_kind(self) -> dict[str, int]:
        """A copy of the counts."""
        with self._lock:
            return dict(self._by_kind)
