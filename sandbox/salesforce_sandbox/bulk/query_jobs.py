"""Query jobs: what was found for each, until it is read."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from salesforce_sandbox.soql.plan import Plan


@dataclass(slots=True, kw_only=True)
class QueryJob:
    """One job: its rows were found when it was made, and are read when they are asked for."""

    info: dict[str, Any]
    plan: Plan
    row_numbers: tuple[int, ...]


class QueryJobs:
    """The query jobs of one org."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.by_id: OrderedDict[str, QueryJob] = OrderedDict()
