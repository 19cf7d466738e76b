"""Bar 2: the block against simple-salesforce and jsforce, side by side against the same org, latency typical."""

import json
import os
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

import requests
from simple_salesforce.api import Salesforce
from support import Host, ServedOrg, accounts, headline, line, run_block, served_org

from ziggy_sf_write.salesforce.org import ORGS, CallCount

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.sandbox.npm import jsforce as jsforce_from_npm  # noqa: E402 # the clients that the tests install too

SMALL, LARGE, ROWS, TURNS = 10_000, 100_000, 500, 3


def token(org: ServedOrg) -> str:
    """A session id, as the block itself got it."""
    return ORGS.org(Host(org).connection("sfDev")).session(CallCount()).id


def simple_salesforce(org: ServedOrg) -> Salesforce:
    session = requests.Session()
    session.verify = org.ca_file
    session.trust_env = False
    return Salesforce(instance_url=org.url, session_id=token(org), session=session, version="60.0")


def block(org: ServedOrg, count: int, turn: int = 0) -> float:
    items = accounts(count, f"block{count}-{turn}-")
    started = time.monotonic()
    run_block(org, items)
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


def bulk2(org: ServedOrg, count: int, turn: int = 0) -> float:
    items = accounts(count, f"bulk2-{count}-{turn}-")
    started = time.monotonic()
    (result,) = simple_salesforce(org).bulk2.Account.upsert(records=items, external_id_field="Ext__c")
    assert result["numberRecordsFailed"] == 0, result
    return time.monotonic() - started


def jsforce(org: ServedOrg, count: int, clients: Path) -> float:
    script = str(Path(__file__).with_name("peers_jsforce.js"))
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": org.ca_file, "NODE_PATH": str(clients)}
    command = [str(clients / ".bin" / "node"), script, org.url, token(org), str(count), f"jsforce{count}-"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(answer.stdout)
    assert found["failed"] == 0
    return float(found["seconds"])


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
    command = [str(python), script, org.url, token(org), org.ca_file, str(count), f"cumulusci{count}-"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout.splitlines()[-1])
    assert found["failed"] == 0
    return float(found["seconds"])


headline("Seconds against peers, latency profile typical, 5-field accounts, upsert by external id")
cumulusci_at = cumulusci_python()
if cumulusci_at is None:
    print("  left out: CumulusCI, because it could not be installed")
clients = jsforce_from_npm()
with served_org("typical") as org:
    run_block(org, accounts(1, "warm"))
    small = {
        "simple-salesforce row by row (extrapolated)": row_by_row(org, SMALL),
        "simple-salesforce bulk2": bulk2(org, SMALL),
        "jsforce collections": jsforce(org, SMALL, clients),
    }
    if cumulusci_at is not None:
        small["CumulusCI REST step"] = cumulusci(org, SMALL, cumulusci_at)
    ours_small = block(org, SMALL)
    # Both write by Bulk API 2.0 and mostly wait for it, in turns: how long a job takes differs by a second or two.
    turns = [(bulk2(org, LARGE, turn), block(org, LARGE, turn)) for turn in range(TURNS)]
    large = {
        "simple-salesforce bulk2": statistics.median(theirs for theirs, _ in turns),
        "jsforce collections (extrapolated)": small["jsforce collections"] * LARGE / SMALL,
    }
    if cumulusci_at is not None:
        large["CumulusCI REST step (extrapolated)"] = small["CumulusCI REST step"] * LARGE / SMALL
    ours_large = statistics.median(ours for _, ours in turns)
ORGS.clear()
print(f"  {LARGE:>7,} items, bulk2 and the block by turns: " + ", ".join(f"{a:.1f} and {b:.1f} s" for a, b in turns))
for count, ours, peers in ((SMALL, ours_small, small), (LARGE, ours_large, large)):
    print(f"  {count:>7,} items: the block {ours:8.1f} s")
    for name, seconds in peers.items():
        print(f"  {count:>7,} items: {name} {seconds:8.1f} s")
lead_small, lead_large = min(small.values()) / ours_small, min(large.values()) / ours_large
line(f"{SMALL:,} items, fastest peer", f"{lead_small:.2f} times our time", bar="at least 1.5", is_met=lead_small >= 1.5)
line(f"{LARGE:,} items, fastest peer", f"{lead_large:.2f} times our time", bar="at least 1", is_met=lead_large >= 1)
