"""From nothing to the first record: one row of a file with `write`, against simple-salesforce in a script.

    python benchmarks/cold_run.py

Each run is a process of its own, so that nearly all of its time is what it imports: of modules that are compiled, as
every installed one is, so the first run of both is not measured. Both upsert the same record into the same org;
simple-salesforce has a session already, where `write` logs in.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from support import OURS, ServedOrg, headline, line, served_org

RUNS = 9
MOST_CPU_S = 0.35
PEER = """
import os
from simple_salesforce import Salesforce
sf = Salesforce(instance_url=os.environ["SF_INSTANCE_URL"], session_id=os.environ["SF_ACCESS_TOKEN"])
assert sf.Account.upsert("Ext__c/cold", {"Name": "Acme"}) in (200, 201, 204)
"""


def cpu_s(command: list[str], folder: Path, **environment: str) -> float:
    """Seconds of CPU that a command took, from its start to its end."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env={**inherited, **environment}, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def project(folder: Path, org: ServedOrg) -> None:
    """A project with the org as its one connection, and a file of one row."""
    settings = {
        "consumerKey": org.raw["consumer_key"],
        "consumerSecret": org.raw["consumer_secret"],
        "domain": org.host,
        "caBundle": org.ca_file,
    }
    (folder / "project.yaml").write_text("{}\n")
    (folder / "connections.yaml").write_text(json.dumps({"sfDev": {"type": "salesforce", "development": settings}}))
    (folder / "one.csv").write_text("Ext__c,Name\ncold,Acme\n")


def main() -> None:
    """Prints the figures of both, run in turn."""
    headline("one row, from the start of the process to its end")
    ours: list[float] = []
    theirs: list[float] = []
    with served_org("none") as org, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project(folder, org)
        write = [*OURS, "write", "Account", "one.csv", "--match-key", "Ext__c"]
        peer = [sys.executable, "-c", PEER]
        for _ in range(RUNS + 1):
            ours.append(cpu_s(write, folder))
            theirs.append(cpu_s(peer, folder, **org.raw["environments"]["python"]))
    del ours[0], theirs[0]
    own, other = statistics.median(ours), statistics.median(theirs)
    told = f"{own:.2f} s of CPU, {min(ours):.2f} at best"
    line("`write` of one row", told, bar=f"{MOST_CPU_S} s", is_met=own <= MOST_CPU_S)
    line("against simple-salesforce", f"{own:.2f} s and {other:.2f} s", bar="no more", is_met=own <= other)


if __name__ == "__main__":
    main()
