"""Which API writes: both ways with 1, 5 and 20 lanes of Bulk, and whether `auto` takes the faster one of them."""

import time
from typing import Any

from support import ServedOrg, accounts, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

COUNT = 100_000
# Latency `fast`: what is compared is which way is faster, and both ways save their rows in the same time.
LANES, CALLS = (1, 5, 20), (5, 25)


def timed(org: ServedOrg, count: int, prefix: str, **advanced: Any) -> tuple[float, dict[str, str]]:
    """Seconds of a run, and what its report says of the API."""
    started = time.monotonic()
    report = run_block(org, accounts(count, prefix), **advanced)
    return time.monotonic() - started, report["api"]


def judge(lanes: int) -> None:
    """One job and one run by calls to learn from, then `auto` against both."""
    with served_org("fast", "--bulk-lanes", str(lanes)) as org:
        run_block(org, accounts(1, "warm"))
        bulk_s, _ = timed(org, COUNT, "bulk", api="bulk")
        for calls in CALLS:
            collections_s, _ = timed(org, COUNT, f"calls{calls}-", api="collections", concurrency=calls)
            auto_s, api = timed(org, COUNT, f"auto{calls}-", concurrency=calls)
            taken_s = {"bulk": bulk_s, "collections": collections_s}[api["name"]]
            line(
                f"{COUNT:,} items, {calls} calls at a time, {lanes} lane{'s' if lanes > 1 else ''}",
                f"auto: {auto_s:.1f} s by {api['name']}; collections {collections_s:.1f} s, bulk {bulk_s:.1f} s",
                bar="the way that was faster, or at most 1.1 times as slow",
                is_met=taken_s <= min(bulk_s, collections_s) * 1.1,
            )
            print(f"       {api['reason']}")
    ORGS.clear()


def repeat_keys() -> None:
    """1,000 rows, and one of their keys twenty times more."""
    repeated = [*accounts(1_000, "again"), *({**accounts(1, "again")[0], "Phone": str(one)} for one in range(20))]
    told, used = {}, {}
    with served_org("typical") as org:
        for api in ("collections", "bulk"):
            run_block(org, repeated, api=api, concurrency=5)
            org.reset()
            started = time.monotonic()
            run_block(org, repeated, api=api, concurrency=5)
            told[api], used[api] = time.monotonic() - started, sum(org.calls().values())
    ORGS.clear()
    ratio = told["bulk"] / told["collections"]
    figures = " against ".join(f"{used[api]} calls in {told[api]:.1f} s" for api in ("bulk", "collections"))
    line(
        "1,000 rows and one key twenty times more: Bulk against Collections",
        f"{figures}, {ratio:.2f} times",
        bar="at most 1.1 times",
        is_met=ratio <= 1.1,
    )


headline("Collections against Bulk API 2.0")
for each in LANES:
    judge(each)
repeat_keys()
