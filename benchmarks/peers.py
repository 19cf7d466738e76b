"""Our `write` against simple-salesforce, jsforce and CumulusCI, at their defaults and at their best settings, and
against the least that a client can do: side by side against the same org, latency typical.

    python benchmarks/peers.py

It takes some ten minutes. What would take longer is extrapolated from fewer rows, and says so.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import requests
from cold_run import project
from limit_client import token_of
from limit_client import upsert as upsert_at_the_limit
from simple_salesforce.api import Salesforce
from support import OURS, ServedOrg, accounts, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.sandbox.npm import jsforce as jsforce_from_npm  # noqa: E402 # the clients that the tests install too

SMALL, LARGE, ROWS = 10_000, 100_000, 500
AT_ONCE_AT_THE_LIMIT = (10, 25)


def simple_salesforce(org: ServedOrg) -> Salesforce:
    session = requests.Session()
    session.verify = org.ca_file
    session.trust_env = False
    return Salesforce(instance_url=org.url, session_id=token_of(org), session=session, version="60.0")


def write(org: ServedOrg, count: int, api: str = "auto") -> float:
    """Our command, from the start of its process to its end: the others have their rows in memory already."""
    items = accounts(count, f"write-{api}-{count}-")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project(folder, org)
        with (folder / "rows.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(items[0]))
            writer.writeheader()
            writer.writerows(items)
        command = [*OURS, "write", "Account", "rows.csv", "--match-key", "Ext__c", "--api", api]
        started = time.monotonic()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return time.monotonic() - started


def row_by_row(org: ServedOrg, count: int) -> float:
    """Upserts `ROWS` rows one by one and extrapolates: all of them would take half an hour."""
    account = simple_salesforce(org).Account
    items = accounts(ROWS, "rows-")
    started = time.monotonic()
    for item in items:
        key = item.pop("Ext__c")
        account.upsert(f"Ext__c/{key}", item)
    return (time.monotonic() - started) * count / ROWS


def bulk2(org: ServedOrg, count: int, **settings: int) -> float:
    items = accounts(count, f"bulk2-{count}-{len(settings)}-")
    started = time.monotonic()
    results = simple_salesforce(org).bulk2.Account.upsert(records=items, external_id_field="Ext__c", **settings)
    assert not any(result["numberRecordsFailed"] for result in results), results
    return time.monotonic() - started


def jsforce(org: ServedOrg, count: int, clients: Path, way: str) -> float:
    script = str(Path(__file__).with_name("peers_jsforce.js"))
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": org.ca_file, "NODE_PATH": str(clients)}
    command = [str(clients / ".bin" / "node"), script, org.url, token_of(org), str(count), f"jsforce{count}{way}-", way]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(answer.stdout)
    assert found["failed"] == 0
    return float(found["seconds"])


def limit(org: ServedOrg, count: int, at_once: int) -> float:
    return upsert_at_the_limit(org, token_of(org), accounts(count, f"limit-{count}-{at_once}-"), at_once=at_once)


def cumulusci_python() -> Path | None:
    """The Python of an environment that has CumulusCI, made on the first run; None where it cannot be installed."""
    folder = ROOT / ".setup" / "cumulusci"
    python = folder / "bin" / "python"
    if not (folder / "bin" / "cci").exists():
        venv.create(folder, with_pip=True)
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", "cumulusci"], check=False)
        if done.returncode != 0:
            return None
    return python


def cumulusci(org: ServedOrg, count: int, python: Path) -> float:
    script = str(Path(__file__).with_name("peers_cumulusci.py"))
    command = [str(python), script, org.url, token_of(org), org.ca_file, str(count), f"cumulusci{count}-"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout.splitlines()[-1])
    assert found["failed"] == 0
    return float(found["seconds"])


class Table:
    """Seconds by who took them, told as they come."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.seconds: dict[str, float] = {}

    def add(self, name: str, seconds: float) -> float:
        self.seconds[name] = seconds
        print(f"  {self.count:>7,} items: {name} {seconds:8.1f} s", flush=True)
        return seconds

    def fastest(self, names: str = "") -> float:
        """Of all peers, or of those whose name ends so."""
        return min(seconds for name, seconds in self.seconds.items() if name.endswith(names))


def main() -> None:
    headline("Seconds against peers, latency profile typical, 5-field accounts, upsert by external id")
    python, clients = cumulusci_python(), jsforce_from_npm()
    if python is None:
        print("  left out: CumulusCI, because it could not be installed")
    with served_org("typical") as org:
        run_block(org, accounts(1, "warm"))
        small = Table(SMALL)
        by_one = small.add("jsforce collections, defaults", jsforce(org, SMALL, clients, "as it is"))
        small.add("jsforce collections, 10 at a time", jsforce(org, SMALL, clients, "10"))
        small.add("simple-salesforce row by row (extrapolated), defaults", row_by_row(org, SMALL))
        small.add("simple-salesforce bulk2, defaults", bulk2(org, SMALL))
        if python is not None:
            small.add("CumulusCI REST step, defaults", cumulusci(org, SMALL, python))
        ours_small = write(org, SMALL)
        print(f"  {SMALL:>7,} items: `write` {ours_small:8.1f} s", flush=True)
        large, bulk = Table(LARGE), Table(LARGE)
        large.add("jsforce collections (extrapolated), defaults", by_one * LARGE / SMALL)
        for way in ("5", "10"):
            large.add(f"jsforce collections, {way} at a time", jsforce(org, LARGE, clients, way))
        org.reset()
        bulk.add("simple-salesforce bulk2, defaults", bulk2(org, LARGE))
        calls_of_peer = sum(org.calls().values())
        # It has no setting for jobs side by side where it upserts.
        bulk.add("simple-salesforce bulk2, looked at every second", bulk2(org, LARGE, wait=1))
        bulk.add("jsforce bulk2, defaults", jsforce(org, LARGE, clients, "bulk2"))
        least = min(
            large.add(f"the least that a client can do, {at_once} at a time", limit(org, LARGE, at_once))
            for at_once in AT_ONCE_AT_THE_LIMIT
        )
        ours_large = write(org, LARGE)
        print(f"  {LARGE:>7,} items: `write` {ours_large:8.1f} s", flush=True)
        org.reset()
        ours_bulk = write(org, LARGE, "bulk")
        calls = sum(org.calls().values())
        print(f"  {LARGE:>7,} items: `write` through Bulk {ours_bulk:8.1f} s, {calls} calls", flush=True)
    ORGS.clear()
    told = f"{small.fastest() / ours_small:.2f} times our time"
    line(f"{SMALL:,} items, fastest peer", told, bar="at least 1.5", is_met=small.fastest() >= 1.5 * ours_small)
    at_defaults = min(large.fastest("defaults"), bulk.fastest("defaults"))
    told = f"{at_defaults / ours_large:.1f} times our time"
    line(f"{LARGE:,} items, fastest peer at its defaults", told, bar="3.5", is_met=at_defaults >= 3.5 * ours_large)
    told = f"{ours_large / least:.2f} times as long"
    line(f"{LARGE:,} items, against the least", told, bar="at most 1.25", is_met=ours_large <= 1.25 * least)
    told = f"{ours_bulk / bulk.fastest():.2f} times as long"
    line(f"{LARGE:,} items through Bulk, fastest peer", told, bar="1.05", is_met=ours_bulk <= 1.05 * bulk.fastest())
    told = f"{calls}, simple-salesforce {calls_of_peer}"
    line(f"{LARGE:,} items through Bulk, calls", told, bar="no more", is_met=calls <= calls_of_peer)


if __name__ == "__main__":
    main()
