"""Calls at a time: `auto` against every fixed number, on an org with typical latency; and everything on `auto` against
the faster of sObject Collections and Bulk.
"""

import time

from support import accounts, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

COUNT = 40_000
FIXED = (5, 10, 25)

headline(f"{COUNT:,} upserts through sObject Collections, latency profile typical")
with served_org("typical") as org:
    run_block(org, accounts(1, "warm"))
    took: dict[str, float] = {}
    for calls in ("auto", *FIXED):
        started = time.monotonic()
        report = run_block(org, accounts(COUNT, f"c{calls}-"), api="collections", concurrency=calls)
        took[str(calls)] = time.monotonic() - started
        told = report["concurrency"]
        print(
            f"  {calls!s:>4} calls at a time: {took[str(calls)]:6.1f} s; ended at {told['calls']}: {told['reason']}",
            flush=True,
        )
    apis = {"collections": min(took.values())}
    for api in ("bulk", "auto"):
        started = time.monotonic()
        report = run_block(org, accounts(COUNT, f"{api}-"), api=api)
        apis[api] = time.monotonic() - started
        print(f"  api {api}: {apis[api]:6.1f} s, {report['api']}", flush=True)
ORGS.clear()
best = min(took[str(calls)] for calls in FIXED)
ratio = took["auto"] / best
line("auto against the best fixed number", f"{ratio:.2f} times", bar="at most 1.25 times", is_met=ratio <= 1.25)
line(
    "auto against five",
    f"{took['5'] / took['auto']:.1f} times as fast",
    bar="2 times",
    is_met=took["5"] >= 2 * took["auto"],
)
ratio = apis["auto"] / min(apis["collections"], apis["bulk"])
line(
    f"API and calls at a time on auto, {COUNT:,} items, against the faster API",
    f"{ratio:.2f} times",
    bar="at most 1.1 times",
    is_met=ratio <= 1.1,
)
