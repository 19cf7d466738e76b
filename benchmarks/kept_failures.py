"""What a batch costs whose one item fails, as all of its key have done before it: after 100, 200 and 400 batches.

python benchmarks/kept_failures.py
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from support import Host, headline, line, served_org

from ziggy_sf_write.contract import Edge
from ziggy_sf_write.run.executor import execute
from ziggy_studio.store import open_store

BATCHES, MEASURED, MOST_TIMES = (100, 200, 400), 20, 1.3
CONFIG = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "errorNamespace": "failed"}


def batch_ms(host: Any, number: int) -> float:
    """Milliseconds for a batch of one item whose name is too long for its field."""
    item = {"Ext__c": "always the same", "Name": "y" * 300, "Description": f"item {number}"}
    started = time.perf_counter()
    result = execute({**CONFIG, "advanced": {}}, [Edge(index=0, items=[item])], host)
    took = time.perf_counter() - started
    assert result.report is not None
    assert result.report["counts"]["failed"] + result.report["counts"]["invalid"] == 1, result.report["counts"]
    return took * 1000


def main() -> None:
    """Measures after so many batches, in one loop of one run."""
    headline("a batch whose item's key has failed in every batch before, kept in SQLite")
    with served_org("none") as org, tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "store.db")
        host = Host(org, store=store)
        spent = [batch_ms(host, number) for number in range(max(BATCHES) + MEASURED)]
        kept = store.find("failed", limit=1_000)
        store.close()
    assert len(kept) == len(spent), len(kept)
    after = {count: statistics.median(spent[count : count + MEASURED]) for count in BATCHES}
    told = ", ".join(f"{took:.1f} ms after {count}" for count, took in after.items())
    times = after[BATCHES[-1]] / after[BATCHES[0]]
    line("a failing batch", f"{told}: {times:.2f} times", bar=f"{MOST_TIMES:g} times", is_met=times <= MOST_TIMES)


if __name__ == "__main__":
    main()
