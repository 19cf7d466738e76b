"""Bar 1: how many API calls a run costs, counted by the org."""

from support import accounts, fewest_queries, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

headline("API calls, counted by the org")
with served_org("none") as org:
    run_block(org, accounts(10_000, "c"), api="collections")
    cold = org.calls()
    writes = cold["collections_upsert"]
    others = sum(cold.values()) - writes
    line("10,000 upserts, write calls", str(writes), bar="50", is_met=writes == 50)
    line("10,000 upserts in a cold process, other calls", str(others), bar="at most 3", is_met=others <= 3)
    org.reset()
    run_block(org, accounts(200, "w"))
    warm = sum(org.calls().values())
    line("200 upserts in a warm process, calls", str(warm), bar="1", is_met=warm == 1)
    org.reset()
    changed = [{**one, "Phone": "changed"} if n % 100 == 0 else one for n, one in enumerate(accounts(10_000, "c"))]
    run_block(org, changed, compare="skipUnchanged")
    calls = org.calls()
    told = f"{calls.get('query', 0)} queries, {calls.get('collections_upsert', 0)} write"
    fewest = fewest_queries(changed)
    is_met = (calls.get("query", 0), calls.get("collections_upsert", 0)) == (fewest, 1)
    line("10,000 upserts of which 1 % changed, unchanged left out", told, bar=f"{fewest} and 1", is_met=is_met)
ORGS.clear()
