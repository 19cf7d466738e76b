"""Change-aware writing: the calls it takes, the time it saves, the CPU of a compared item, and its memory."""

import json
import resource
import statistics
import time
from typing import Any

from client_cost import item
from support import accounts, fewest_queries, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

COUNT, ROUNDS, WALL_ROUNDS = 10_000, 3, 9
SKIP = "skipUnchanged"


def one_percent_changed() -> list[dict[str, Any]]:
    """The items once more, every hundredth with another phone."""
    items = accounts(COUNT, "c")
    return [{**one, "Phone": "changed"} if number % 100 == 0 else one for number, one in enumerate(items)]


def wall(org: Any, items: list[dict[str, Any]], **advanced: Any) -> float:
    started = time.perf_counter()
    run_block(org, items, api="collections", **advanced)
    return time.perf_counter() - started


headline("Change-aware writing: 10,000 items by an external id, of which 1 % changed")
with served_org("none") as org:
    run_block(org, accounts(COUNT, "c"), api="collections")
    org.reset()
    run_block(org, one_percent_changed(), compare=SKIP)
    calls = org.calls()
    queries, writes = calls.get("query", 0), calls.get("collections_upsert", 0)
    fewest = fewest_queries(accounts(COUNT, "c"))
    line("queries, each of 12,000 bytes", str(queries), bar=str(fewest), is_met=queries == fewest)
    line("write calls", str(writes), bar="1", is_met=writes == 1)
    items = [item(number) for number in range(COUNT)]
    run_block(org, items, api="collections")
    run_block(org, items[:200], compare=SKIP)
    ratios, plain = [], []
    for _ in range(ROUNDS):
        started = time.process_time()
        json.dumps(items)
        dumped = time.process_time() - started
        started = time.process_time()
        run_block(org, items, compare=SKIP)
        ratios.append((time.process_time() - started) / dumped)
        started = time.process_time()
        run_block(org, items, api="collections")
        plain.append((time.process_time() - started) / dumped)
    ratio = statistics.median(ratios)
    told = f"{ratio:.2f} times json.dumps (writing all: {statistics.median(plain):.2f})"
    line("CPU of a compared item of 20 fields", told, bar="at most 6 times", is_met=ratio <= 6)
    peaks = []
    for count in (50_000, 1_000_000):
        for start in range(0, count, 50_000):
            run_block(org, accounts(50_000, f"m{start}-"), compare=SKIP, api="collections")
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    growth = peaks[1] - peaks[0]
    line(
        "peak of 1,000,000 rows above that of 50,000",
        f"{growth:.0f} MB of {peaks[0]:.0f}",
        bar="at most 30 MB",
        is_met=growth <= 30,
    )
ORGS.clear()
with served_org("typical") as org:
    run_block(org, accounts(COUNT, "c"), api="collections")
    every_way: dict[str, dict[str, Any]] = {
        "the first run of a process": {},
        "when the process knows the org": {},
        "five calls at a time": {"concurrency": 5},
    }
    for way, advanced in every_way.items():
        every, changed = [], []
        for _ in range(WALL_ROUNDS):
            for walls, items, compare in ((every, accounts(COUNT, "c"), "off"), (changed, one_percent_changed(), SKIP)):
                if way.startswith("the first"):
                    ORGS.clear()
                walls.append(wall(org, items, compare=compare, **advanced))
        faster = statistics.median(every) / statistics.median(changed)
        told = f"{faster:.1f} times ({statistics.median(every):.2f} s against {statistics.median(changed):.2f} s)"
        line(f"faster than writing all, latency typical, {way}", told, bar="at least 3 times", is_met=faster >= 3)
ORGS.clear()
