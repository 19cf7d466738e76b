"""CPU of `write` for one row of a CSV, whole processes: against the least that a client can do with the same file; and
of comparing with what is there, against the same with Python's own setting of its garbage collector.

python benchmarks/write_cpu.py
"""

import csv
import json
import statistics
import sys
import tempfile
from pathlib import Path

from client_cost import item
from cold_run import cpu_s, project
from limit_client import token_of
from support import OURS, headline, line, served_org

ROWS, ROUNDS = 100_000, 3
MOST_US, MOST_TIMES = 20, 2.8
WRITE = ["write", "Account", "rows.csv", "--match-key", "Ext__c", "--api", "collections"]
COMPARE = [*WRITE, "--compare", "skipUnchanged"]
PYTHONS_OWN = [sys.executable, "-c", "from ziggy_studio.cli import cli; cli()"]
LEAST = f"""
import csv, json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from limit_client import upsert
from support import ServedOrg
org = ServedOrg(**json.loads(sys.argv[1]))
with open("rows.csv", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    for name in ("AnnualRevenue", "NumberOfEmployees"):
        row[name] = int(row[name])
upsert(org, sys.argv[2], rows, at_once=5)
"""


def main() -> None:
    """Measures all sides, round by round."""
    headline(f"CPU of `write` for a row of 20 fields, {ROWS} rows, from the start of the process to its end")
    rounds: list[dict[str, float]] = []
    with served_org("none") as org, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project(folder, org)
        with (folder / "rows.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(item(0)))
            writer.writeheader()
            writer.writerows(map(item, range(ROWS)))
        given = [json.dumps({"url": org.url, "ca_file": org.ca_file, "raw": {}}), token_of(org)]
        sides = {
            "write": [*OURS, *WRITE],
            "the least": [sys.executable, "-c", LEAST, *given],
            "compare": [*OURS, *COMPARE],
            "compare, Python's own setting": [*PYTHONS_OWN, *COMPARE],
        }
        for _ in range(ROUNDS):
            rounds.append({name: cpu_s(command, folder) / ROWS * 1e6 for name, command in sides.items()})
            print("  " + ", ".join(f"{name} {took:.1f} µs" for name, took in rounds[-1].items()), flush=True)
    own = statistics.median(one["write"] for one in rounds)
    line("CPU of a row", f"{own:.1f} µs", bar=f"{MOST_US} µs", is_met=own <= MOST_US)
    for side, other, most in (("write", "the least", MOST_TIMES), ("compare", "compare, Python's own setting", 1.0)):
        times = statistics.median(one[side] / one[other] for one in rounds)
        line(f"{side}, against {other}", f"{times:.2f} times", bar=f"at most {most:g} times", is_met=times <= most)


if __name__ == "__main__":
    main()
