"""Two workers of a cluster against one, on rows whose validation is all the work there is; and two workers against the
plain command on one file, of which every row is written.

python benchmarks/cluster_workers.py
"""

import csv
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from client_cost import item
from cold_run import project
from support import OURS, ServedOrg, headline, line, served_org

from ziggy_sf_write.cluster import connect, write_dataframe
from ziggy_sf_write.contract import Connection

PARTS, ROWS, ROUNDS = 32, 2_500, 3
FEW, MANY, TURNS, START_UPS = 20, 200_000, 2, 3
# The same API and as many calls at a time for both: by themselves they choose differently.
WRITE = ["--match-key", "Ext__c", "--validate", "--api", "collections", "--concurrency", "10"]

# Every field has something to convert or to check, and the last one refuses the row: none is ever sent, so that the
# sandbox, which has the same two cores, takes none of them.
ROW = {
    "Name": "Acme International Holdings",
    "AnnualRevenue": "1234567.89",
    "NumberOfEmployees": "1200",
    "Industry": "Agriculture",
    "Phone": "+41 44 123 45 67",
    "Website": "https://example.com/a/b",
    "BillingStreet": "Long Street 1",
    "BillingCity": "Zurich",
    "BillingPostalCode": "8000",
    "ShippingStreet": "Long Street 1",
    "ShippingCity": "Zurich",
    "ShippingPostalCode": "8000",
    "Description": "some text " * 20,
    "Fax": "+41 44 123 45 68",
    "AccountNumber": "A-1",
    "Site": "Main",
    "TickerSymbol": "ACM",
    "Sic": "1234",
    "Rating": "Lukewarm",
    "Type": "Custommer",
    "Ownership": "Publik",
    "NumberOfLocations": "many",
}


def write_parts(folder: Path) -> Path:
    """JSON Lines parts in a folder of their own."""
    folder.mkdir()
    for part in range(PARTS):
        rows = ({"Ext__c": f"k{part}-{row}", **ROW} for row in range(ROWS))
        (folder / f"part-{part:03d}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def seconds(org: ServedOrg, parts: Path, out: Path, workers: int) -> float:
    """From the first part read to the last result laid down, by so many worker processes of one thread."""
    config = {
        "consumerKey": org.raw["consumer_key"],
        "consumerSecret": org.raw["consumer_secret"],
        "domain": org.host,
        "caBundle": org.ca_file,
    }
    connection = Connection(name="sfDev", type="salesforce", config=config)
    block = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "validate": True}
    with connect(f"local:{workers}") as client:
        client.run(__import__, "ziggy_sf_write.cluster")
        report = write_dataframe(parts, block, connection, client=client, out=out)
    assert report.counts["invalid"] == PARTS * ROWS, report.counts
    return sum(report.elapsed_ms.values()) / 1000


def workers(org: ServedOrg, folder: Path) -> None:
    """Two workers against one."""
    headline(f"A cluster on {os.cpu_count()} cores, {PARTS * ROWS:,} rows of {len(ROW) + 1} fields in {PARTS} parts")
    parts = write_parts(folder / "in")
    taken: list[list[float]] = []
    for turn in range(ROUNDS):
        # In turns, so that whatever else the machine does meets both.
        taken.append([seconds(org, parts, folder / f"{turn}-{n}", n) for n in (1, 2)])
        print(f"  one worker {taken[-1][0]:.1f} s, two {taken[-1][1]:.1f} s", flush=True)
    one, two = (min(each) for each in zip(*taken, strict=True))
    spread = ", ".join(f"{slow / fast:.2f}" for slow, fast in taken)
    figures = f"{one / two:.2f} times as fast ({one:.1f} s and {two:.1f} s; in each turn {spread})"
    print(f"      one worker reads, shuffles, checks and lays down {PARTS * ROWS / one:,.0f} rows a second")
    line("two workers against one", figures, bar="at least 1.6", is_met=one / two >= 1.6)


def command_s(folder: Path, count: int, number: int, *options: str) -> float:
    """Seconds of a whole `write` of so many rows, none of which is there yet."""
    with (folder / "rows.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, list(item(0)))
        rows.writeheader()
        rows.writerows({**item(row), "Ext__c": f"{number}-{row}"} for row in range(count))
    command = [*OURS, "write", "Account", "rows.csv", *WRITE, *options]
    started = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.monotonic() - started


def one_file(org: ServedOrg, folder: Path) -> None:
    """A file by the cluster against the same by the plain command; with a tiny one for how long a cluster starts."""
    headline(f"{MANY:,} rows of a CSV of 20 fields, latency none: two workers against the plain `write`")
    project(folder, org)
    least: dict[int, tuple[float, float]] = {}
    number = 0
    for count, turns in ((FEW, START_UPS), (MANY, TURNS)):
        taken: list[tuple[float, float]] = []
        for _ in range(turns):
            number += 1
            plain = command_s(folder, count, 2 * number)
            on_cluster = command_s(folder, count, 2 * number + 1, "--cluster", "local:2", "--out", f"out-{number}")
            taken.append((plain, on_cluster))
            print(f"  {count:>7,} rows: plain {plain:.1f} s, two workers {on_cluster:.1f} s", flush=True)
        least[count] = min(plain for plain, _ in taken), min(on_cluster for _, on_cluster in taken)
    start_up, later = (on_cluster - plain for plain, on_cluster in least.values())
    times = least[MANY][1] / least[MANY][0]
    told = f"{later:.1f} s later ({least[MANY][0]:.1f} s and {least[MANY][1]:.1f} s, {times:.2f} times)"
    line("two workers against the plain command", told, bar=f"its start-up, {start_up:.1f} s", is_met=later <= start_up)


def main() -> None:
    """Both, on one org."""
    with served_org("none") as org, tempfile.TemporaryDirectory() as temporary:
        for measure in (workers, one_file):
            folder = Path(temporary) / measure.__name__
            folder.mkdir()
            measure(org, folder)


if __name__ == "__main__":  # worker processes import this file
    main()
