"""A file of any size: `check` and `write` hold a window of its rows, whether they are right or wrong."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import password_config

pytestmark = pytest.mark.slow

# The smaller file fills the windows that a command has at hand; from there on nothing may grow.
FEW, MANY = 100_000, 200_000
# Whether a window of 50,000 rows is let go before the next one is there is worth 20 MB; 100,000 rows more are 50 MB.
ALLOWED_MB = 35
MEASURED = """
import re, sys
from pathlib import Path
from ziggy_studio.cli import main
try:
    main()
finally:
    print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
COMMANDS = {
    "a check": (["check"], "12", 0),
    "a check of wrong rows": (["check", "--json"], "twelve", 1),
    "a load": (["write", "--api", "collections"], "12", 0),
    "a load of wrong rows": (["write", "--invalid", "invalid.csv"], "twelve", 1),
}


def _peak_mb(folder: Path, rows: int, command: list[str], revenue: str, code: int) -> float:
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Ext__c", "Name", "AnnualRevenue"])
        writer.writerows((f"k{number}", f"Account {number}", revenue) for number in range(rows))
    verb, *options = command
    arguments = [verb, "Account", "rows.csv", "--match-key", "Ext__c", *options]
    answer = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == code, answer.stderr
    return int(answer.stderr.split("PEAK ")[1].split()[0]) / 1024


@pytest.mark.parametrize(("command", "revenue", "code"), COMMANDS.values(), ids=COMMANDS)
def test_twice_the_rows_take_no_more_memory(
    org: Sandbox, tmp_path: Path, command: list[str], revenue: str, code: int
) -> None:
    connection = {"type": "salesforce", "development": password_config(org)}
    (tmp_path / "connections.yaml").write_text(json.dumps({"sfDev": connection}))
    few, many = (_peak_mb(tmp_path, rows, command, revenue, code) for rows in (FEW, MANY))
    assert many - few < ALLOWED_MB, (few, many)
