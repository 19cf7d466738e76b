"""Bar 4: peak memory of `check` and `write` on a large CSV, and of an edge in memory, each in a process of its own."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from support import ServedOrg, headline, line, served_org

ROWS = (100_000, 1_000_000)
EDGE = 1_000_000
COMMANDS = (
    ("check", ("check",), True),
    ("check, every row wrong", ("check", "--json"), False),
    ("write", ("write", "--api", "collections"), True),
    ("write, every row wrong", ("write", "--invalid", os.devnull), False),
)

# The kernel's own high-water mark: that of getrusage begins with what the parent had when it started this process.
COMMAND = """
import re, sys
from pathlib import Path
from ziggy_studio.cli import main
def peak():
    return re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
start = peak()
sys.argv = ["ziggy-sf-write", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert end.code in (0, 1), end.code
finally:
    print(f"PEAK {start} {peak()}", file=sys.stderr)
"""

EDGE_RUN = """
import gc, json, resource, sys
sys.path.insert(0, sys.argv[1])
from support import ServedOrg, accounts, run_block
import ziggy_sf_write.run.executor
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
org = ServedOrg(**json.loads(sys.argv[2]))
run_block(org, accounts(200, "warm"))
before = rss()
items = accounts(int(sys.argv[3]), "e")
edge = rss() - before
run_block(org, items, api="collections", concurrency=2)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
print(json.dumps({"edge": edge, "peak": peak}))
"""


def run_file(org: ServedOrg, folder: Path, rows: int, *command_line: str, is_right: bool = True) -> float:
    """Megabytes above the start while a command takes a CSV of so many rows, which are all right, or all wrong."""
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Ext__c", "Name", "Phone", "AnnualRevenue", "Description"])
        revenue = (lambda n: n) if is_right else (lambda n: f"{n} or so")
        writer.writerows((f"m{n}", f"Account {n}", f"+41 {n}", revenue(n), "some text") for n in range(rows))
    settings = {
        "consumerKey": org.raw["consumer_key"],
        "consumerSecret": org.raw["consumer_secret"],
        "domain": org.host,
        "caBundle": org.ca_file,
    }
    (folder / "connections.yaml").write_text(json.dumps({"sfDev": {"type": "salesforce", "development": settings}}))
    verb, *more = command_line
    options = ["--connection", "sfDev", "--match-key", "Ext__c", "--project", str(folder), *more]
    command = [sys.executable, "-c", COMMAND, verb, "Account", str(folder / "rows.csv"), *options]
    answer = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    start, peak = answer.stderr.split("PEAK ")[1].split()[:2]
    return (int(peak) - int(start)) / 1024


def edge_ratio(org: ServedOrg) -> dict[str, int]:
    """Bytes of an edge of accounts, and bytes at the peak of writing it."""
    raw = json.dumps({"url": org.url, "ca_file": org.ca_file, "raw": org.raw})
    command = [sys.executable, "-c", EDGE_RUN, str(Path(__file__).parent), raw, str(EDGE)]
    found: dict[str, int] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


headline("Peak memory of the client")
with served_org("none") as org, tempfile.TemporaryDirectory() as folder:
    for name, command_line, is_right in COMMANDS:
        peaks = {rows: run_file(org, Path(folder), rows, *command_line, is_right=is_right) for rows in ROWS}
        for rows, peak in peaks.items():
            what = f"{name}, {rows:,} rows"
            line(what, f"{peak:.0f} MB above the start", bar="below 150 MB", is_met=peak < 150)
        growth = peaks[ROWS[1]] / peaks[ROWS[0]]
        line(f"{name}, ten times the rows", f"{growth:.2f} times the memory", bar="at most 1.1", is_met=growth <= 1.1)
    found = edge_ratio(org)
    ratio = found["peak"] / found["edge"]
    sizes = f"{found['edge'] / 1e6:.0f} MB edge, {found['peak'] / 1e6:.0f} MB at the peak"
    line(f"an edge of {EDGE:,} items", f"{ratio:.2f} times itself ({sizes})", bar="at most 1.3", is_met=ratio <= 1.3)
