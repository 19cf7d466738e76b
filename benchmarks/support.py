"""What the benchmarks share: a sandbox in a process of its own, connections to it, items, and a line a figure."""

import json
import logging
import platform
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import create_default_context
from typing import Any

from ziggy_sf_write.contract import Connection, Edge, Mode, Progress, StoreRecord
from ziggy_sf_write.run.executor import execute
from ziggy_sf_write.salesforce.soql import LONGEST_ENCODED_QUERY

# The commands, as a shell starts them.
OURS = [sys.executable, "-m", "ziggy_studio"]


@dataclass(frozen=True)
class ServedOrg:
    """A sandbox org that another process serves."""

    url: str
    ca_file: str
    raw: dict[str, Any]

    @property
    def host(self) -> str:
        return self.url.removeprefix("https://")

    def calls(self) -> dict[str, int]:
        """Calls by kind since the last reset, without those of the benchmark itself."""
        return {kind: count for kind, count in self._control("stats")["calls"].items() if kind != "control"}

    def reset(self) -> None:
        self._control("stats", method="DELETE")

    def _control(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.url}/__sandbox__/{path}", method=method)
        with urllib.request.urlopen(request, context=create_default_context(cafile=self.ca_file)) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def served_org(latency: str = "typical", *options: str) -> Iterator[ServedOrg]:
    """An org in its own process, so that client and server share no interpreter lock."""
    command = [*OURS, "sandbox", "serve", "--json", "--latency", latency, *options]
    with subprocess.Popen([*command, "--api-limit", "100000000"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        raw = json.loads(process.stdout.readline())
        try:
            yield ServedOrg(url=raw["url"], ca_file=raw["ca_file"], raw=raw)
        finally:
            process.send_signal(signal.SIGTERM)


class NoStore:
    """A Data Store that keeps nothing, so that none of it is measured."""

    def namespaces(self) -> list[str]:
        return []

    def find(self, name: str, *, limit: int, offset: int = 0) -> list[StoreRecord]:
        return []

    def find_key(self, name: str, key: str) -> None:
        return None

    def find_keys(self, name: str, keys: Any) -> list[StoreRecord]:
        return []

    def upsert_many(self, records: Any) -> None:
        pass

    def delete_key(self, name: str, key: str) -> bool:
        return False

    def delete_keys(self, name: str, keys: Any) -> int:
        return 0


@dataclass
class Host:
    """The smallest host: one connection, no store, no progress."""

    org: ServedOrg
    mode: Mode = Mode.DEV
    store: NoStore = field(default_factory=NoStore)
    execution_id: str = "benchmark"
    flow_name: str = "benchmark"
    block_id: str = "write"
    cursor: Any = None
    wired_outputs: Any = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("benchmark"))

    def connection_names(self, connection_type: str) -> list[str]:
        return ["sfDev"]

    def connection(self, name: str) -> Connection:
        config = {
            "consumerKey": self.org.raw["consumer_key"],
            "consumerSecret": self.org.raw["consumer_secret"],
            "domain": self.org.host,
            "caBundle": self.org.ca_file,
        }
        return Connection(name=name, type="salesforce", config=config)

    def progress(self, progress: Progress) -> None:
        pass


def run_block(org: ServedOrg, items: list[Any], *, validate: bool = False, **advanced: Any) -> Any:
    """Upserts items into Account by Ext__c and gives the report."""
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "advanced": advanced}
    config["validate"] = validate
    result = execute(config, [Edge(index=0, items=items)], Host(org))
    assert result.report is not None
    counts = result.report["counts"]
    assert counts["written"] + counts["unchanged"] == len(items), counts
    return result.report


def accounts(count: int, prefix: str) -> list[dict[str, Any]]:
    """Five fields an item, as a small sync has."""
    return [
        {"Ext__c": f"{prefix}{n}", "Name": f"Account {n}", "Phone": f"+41 {n}", "AnnualRevenue": n, "Description": "x"}
        for n in range(count)
    ]


def fewest_queries(items: list[dict[str, Any]]) -> int:
    """How many queries it takes at least to ask for the keys of these items: an address has room for so many bytes."""
    return -(-sum(len(f"'{one['Ext__c']}',") for one in items) // LONGEST_ENCODED_QUERY)


def headline(title: str) -> None:
    """What was measured, and on what."""
    print(f"# {title} (python {platform.python_version()}, {platform.machine()})")


def line(name: str, value: str, *, bar: str, is_met: bool) -> None:
    """One figure, its bar, and whether it is met."""
    print(f"{'met   ' if is_met else 'MISSED'} {name}: {value} (bar: {bar})")
