"""Parts to read, runs to make, and results to look at."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from distributed import Client

from salesforce_sandbox import Sandbox
from tests.support.orgs import client_credentials_config
from ziggy_sf_write.cluster import ClusterReport, write_dataframe
from ziggy_sf_write.contract import Connection, JsonValue

CONFIG = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}


def connection_to(org: Sandbox) -> Connection:
    """A connection with its secrets."""
    return Connection(name="sfDev", type="salesforce", config=client_credentials_config(org))


def write_parts(folder: Path, parts: Iterable[Sequence[JsonValue]]) -> Path:
    """JSON Lines parts in a folder of their own."""
    folder.mkdir()
    for number, rows in enumerate(parts):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"part-{number:03d}.jsonl").write_text(text)
    return folder


def rows_with_repeats(parts: int, rows: int) -> list[list[dict[str, Any]]]:
    """Parts of rows; each hundredth row has the key of an earlier row, most often of another part."""
    total = parts * rows
    keys = [number if number % 100 else number * 7919 % (number + 1) for number in range(total)]
    made = [{"Ext__c": f"k{key}", "Name": f"n{number}", "Phone": str(number)} for number, key in enumerate(keys)]
    return [made[start : start + rows] for start in range(0, total, rows)]


def last_of_each_key(parts: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, str]:
    """What the org must hold in the end: for each key the name in its last row."""
    return {row["Ext__c"]: row["Name"] for part in parts for row in part}


def held(org: Sandbox) -> dict[str, str]:
    """What the org holds; no key twice."""
    records = org.records("Account")
    by_key = {one["Ext__c"]: one["Name"] for one in records}
    assert len(by_key) == len(records)
    return by_key


def run(client: Client, org: Sandbox, data: Any, out: Path, **settings: Any) -> ClusterReport:
    """Writes into Account by Ext__c; settings are those of the block, or of `write_dataframe`."""
    own = {name: settings.pop(name) for name in ("options", "cancelled", "on_progress") if name in settings}
    source = settings.pop("source", None) or connection_to(org)
    return write_dataframe(data, {**CONFIG, **settings}, source, client=client, out=out, **own)


def results(out: Path) -> list[dict[str, Any]]:
    """The results of all partitions, in the order of the input."""
    parts = sorted((out / "results").glob("part-*.jsonl"))
    lines = (line for path in parts for line in path.read_text(encoding="utf-8").split("\n") if line)
    return sorted(map(json.loads, lines), key=lambda one: (one["part"], one["row"]))


def outcomes(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many results there are of each outcome."""
    return dict(Counter(one["outcome"] for one in found))


def counted(report: ClusterReport) -> dict[str, int]:
    """The counts of a report that are not zero, without `received`, which they add up to."""
    counts = {name: count for name, count in report.counts.items() if count}
    assert counts.pop("received", 0) == sum(counts.values())
    return counts
