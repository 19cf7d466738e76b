"""Bar 5: both writers from 100 to 50,000 items; the default bulkThreshold belongs where the curves cross."""

import time

from support import accounts, headline, line, run_block, served_org

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.run.plan import bulk_threshold
from ziggy_sf_write.salesforce.org import ORGS

COUNTS = (100, 1_000, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000)

headline("Collections against Bulk API 2.0, latency profile typical, 5 calls at a time")
times: dict[str, list[float]] = {"collections": [], "bulk": []}
with served_org("typical") as org:
    run_block(org, accounts(1, "warm"))
    for count in COUNTS:
        for api, measured in times.items():
            started = time.monotonic()
            run_block(org, accounts(count, f"{api}{count}-"), api=api, concurrency=5)
            measured.append(time.monotonic() - started)
        print(f"  {count:>6} items: collections {times['collections'][-1]:7.2f} s, bulk {times['bulk'][-1]:7.2f} s")
    repeated = [*accounts(1_000, "again"), *({**accounts(1, "again")[0], "Phone": str(one)} for one in range(20))]
    told, used = {}, {}
    for api in times:
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
faster = [count for count, slow, fast in zip(COUNTS, times["collections"], times["bulk"], strict=True) if fast < slow]
cross = faster[0] if faster else None
config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "advanced": {"concurrency": 5}}
default = bulk_threshold(parse_config(config).advanced)
line("Bulk is faster from", f"{cross} items", bar=f"the threshold at five calls is {default}", is_met=cross == default)
