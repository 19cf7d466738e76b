"""Bar 6: wall time against what the org's latency allows: calls x mean latency / concurrency."""

import time

from support import accounts, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

COUNT, CONCURRENCY, PROBES = 10_000, 5, 10

headline("Overlap of calls, latency profile typical")
with served_org("typical") as org:
    run_block(org, accounts(200, "warm"))
    latencies = []
    for number in range(PROBES):
        started = time.monotonic()
        run_block(org, accounts(200, f"p{number}-"))
        latencies.append(time.monotonic() - started)
    mean = sum(latencies) / PROBES
    started = time.monotonic()
    run_block(org, accounts(COUNT, "o"), api="collections", concurrency=CONCURRENCY)
    wall = time.monotonic() - started
ORGS.clear()
ideal = COUNT / 200 * mean / CONCURRENCY
value = f"{wall:.2f} s, {wall / ideal:.2f} times the ideal {ideal:.2f} s (mean latency {mean:.3f} s)"
line(f"{COUNT:,} upserts, {CONCURRENCY} calls at a time", value, bar="at most 1.15 times", is_met=wall <= 1.15 * ideal)
