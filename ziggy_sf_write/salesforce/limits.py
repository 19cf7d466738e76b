"""What is left of the org's daily API calls, read from `Sforce-Limit-Info` (section 5.7)."""

import re
from dataclasses import dataclass

_USAGE = re.compile(r"(?:^|[;\s])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiUsage:
    """Calls that the org has counted in its last 24 hours, and how many it allows."""

    used: int
    limit: int

    def is_at_reserve(self, reserve_percent: float) -> bool:
        """Whether only the reserve, a percentage of the whole allowance, is left."""
        return self.limit - self.used <= self.limit * reserve_percent / 100


def parse_usage(header: str | None) -> ApiUsage | None:
    """The usage that a header tells, or None where it tells none."""
    found = _USAGE.search(header or "")
    return ApiUsage(used=int(found[1]), limit=int(found[2])) if found else None
