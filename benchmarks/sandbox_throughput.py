"""How fast the sandbox is: its start, 200-record upserts and a Bulk job, against an org in a process of its own.

    python benchmarks/sandbox_throughput.py [--rows 100000] [--calls 50]

The sandbox must never be the bottleneck of a benchmark: it starts in under 0.5 s, a collections upsert of 200 records
takes under 25 ms of its time, 100,000 rows through Bulk take under 30 s on two cores.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

SERVE = [sys.executable, "-c", "from salesforce_sandbox.cli import sandbox; sandbox()", "serve", "--json"]


@contextmanager
def serving() -> Iterator[tuple[requests.Session, str, subprocess.Popen[str]]]:
    """A sandbox in another process, and a session that is logged in to it."""
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True) as process, requests.Session() as session:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        session.trust_env = False
        session.verify = facts["ca_file"]
        login = session.get(f"{facts['url']}/__sandbox__/login", timeout=10).json()
        session.headers["Authorization"] = f"Bearer {login['access_token']}"
        yield session, f"{facts['url']}/services/data/v67.0", process
        process.terminate()


def start_up(starts: int = 15) -> list[float]:
    """Seconds from each start of the command until it says where the org is, which answers by then."""
    spent: list[float] = []
    for _ in range(starts):
        started = time.perf_counter()
        with serving():
            spent.append(time.perf_counter() - started)
    return sorted(spent)


def cpu_s(pid: int) -> float:
    """What a process has used of the CPU, as Linux tells it."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def record(number: int) -> dict[str, Any]:
    """An account with ten fields."""
    return {
        "attributes": {"type": "Account"},
        "Ext__c": f"K{number:09}",
        "Name": f"Company {number}",
        "Industry": "Energy",
        "Phone": f"+49 30 {number}",
        "Website": "https://www.example.com",
        "BillingStreet": f"Road {number}",
        "BillingCity": "Berlin",
        "AnnualRevenue": number * 1000,
        "NumberOfEmployees": number % 10_000,
        "Description": "A company like many others, with a description of a sentence.",
    }


def collections(session: requests.Session, base: str, calls: int) -> list[float]:
    """Milliseconds of each upsert of 200 new records, client and wire included."""
    spent: list[float] = []
    for call in range(calls):
        records = [record(call * 200 + number) for number in range(200)]
        body = json.dumps({"allOrNone": False, "records": records})
        started = time.perf_counter()
        answer = session.patch(
            f"{base}/composite/sobjects/Account/Ext__c",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        spent.append((time.perf_counter() - started) * 1000)
        assert all(each["success"] for each in answer.json())
    return spent


def bulk(session: requests.Session, base: str, rows: int) -> float:
    """Seconds from closing a job of upserts until it is complete."""
    head = [each for each in record(0) if each != "attributes"]
    lines = [",".join(head)]
    for number in range(rows):
        values = {**record(number), "Ext__c": f"B{number:09}"}
        lines.append(",".join(f'"{values[each]}"' for each in head))
    job = session.post(
        f"{base}/jobs/ingest",
        json={"object": "Account", "operation": "upsert", "externalIdFieldName": "Ext__c"},
        timeout=60,
    ).json()
    url = f"{base}/jobs/ingest/{job['id']}"
    data = ("\n".join(lines) + "\n").encode("utf-8")
    session.put(f"{url}/batches", data=data, headers={"Content-Type": "text/csv"}, timeout=600)
    started = time.perf_counter()
    session.patch(url, json={"state": "UploadComplete"}, timeout=60)
    while (found := session.get(url, timeout=60).json())["state"] not in ("JobComplete", "Failed"):
        time.sleep(0.2)
    assert found["numberRecordsFailed"] == 0, found
    return time.perf_counter() - started


def main() -> None:
    """Prints the figures with the machine that they come from."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=50)
    options = parser.parse_args()
    starts = start_up()
    with serving() as (session, base, process):
        before_s = cpu_s(process.pid)
        spent = collections(session, base, options.calls)
        cpu_ms = (cpu_s(process.pid) - before_s) / options.calls * 1000
        seconds = bulk(session, base, options.rows)
    cut = statistics.quantiles(spent, n=20)
    print(f"python {platform.python_version()}, {platform.machine()}")
    told = f"{starts[0]:.2f} to {starts[-1]:.2f} s in {len(starts)} starts, with a login"
    print(f"start: median {statistics.median(starts):.2f} s (bar: 0.5), {told}")
    middle = statistics.median(spent)
    print(f"upsert of 200 records: {cpu_ms:.1f} ms of the server's CPU (bar: 25)")
    print(f"upsert of 200 records: median {middle:.1f} ms, 95 % under {cut[-1]:.1f} ms ({len(spent)} calls)")
    print(f"bulk upsert of {options.rows:,} rows: {seconds:.1f} s, {options.rows / seconds:,.0f} rows/s")


if __name__ == "__main__":
    main()
