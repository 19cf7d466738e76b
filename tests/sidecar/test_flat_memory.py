"""A million items through the sidecar: neither side holds more of them than its windows and chunks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from tests.support.sidecar import Told, sidecar_process

pytestmark = pytest.mark.slow

MANY = 1_000_000
# What a window, chunks under way and the allocator's own habits may take.
ALLOWED_MB = 60


class _Counted(Told):
    """Counts what comes back, and holds none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[int | str, int] = {}

    def take(self, event: str, params: dict[str, Any]) -> None:
        if event == "items":
            self.counts[params["to"]] = self.counts.get(params["to"], 0) + len(params["items"])


def _memory_mb(process: int | str) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = [one for one in status.splitlines() if one.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def _items(samples: list[tuple[float, float]], pid: int) -> Iterator[dict[str, Any]]:
    """Nine of ten are invalid and come back with their reasons; memory is looked at now and then."""
    for n in range(MANY):
        if n % 50_000 == 0:
            samples.append((_memory_mb("self"), _memory_mb(pid)))
        yield {"Ext__c": f"k{n}", "Name": f"Account {n}", "AnnualRevenue": n if n % 10 == 0 else "no number"}


def test_a_million_items_pass_in_flat_memory(org: Sandbox) -> None:
    told, samples = _Counted(), list[tuple[float, float]]()
    config = {"validate": True, "invalidToSecondEdge": True, "advanced": {"api": "collections", "dryRun": True}}
    with sidecar_process(context_for(org)) as (host, process):
        host.hello()
        host.keeps_what_it_sees = False
        number = host.begin_run(config, told, expected=MANY)
        assert host.put(number, _items(samples, process.pid))
        host.tell("end", number)
        counts = host.answer(number)["report"]["counts"]
    assert told.counts == {0: MANY // 10, 1: MANY - MANY // 10, "notWritten": MANY - MANY // 10}
    assert (counts["wouldCreate"], counts["invalid"]) == (MANY // 10, MANY - MANY // 10)
    # From the second window on nothing may grow.
    for side in (0, 1):
        assert samples[-1][side] - samples[3][side] < ALLOWED_MB, samples
