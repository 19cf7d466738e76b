"""Milliseconds of a warm launch over HTTP that writes one item, against the call to Salesforce that it makes.

python benchmarks/launch.py

A studio and a sandbox org with latency `none`, each in a process of its own. Both clients keep their connection open
and take turns, so that whatever else the machine does meets both.
"""

import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import urllib3
from cold_run import project
from limit_client import token_of
from support import OURS, ServedOrg, accounts, headline, line, served_org

from ziggy_sf_write.salesforce.org import ORGS

WARM, TURNS, ROUNDS, MOST_MS = 50, 200, 5, 3.0
KEY = "benchmark"
FLOW = {
    "name": "Launch",
    "blocks": [
        {"id": "in", "type": "RECEIVER_V1"},
        {
            "id": "write",
            "type": "SALESFORCE_WRITE_V1",
            "config": {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "validate": True},
        },
        {"id": "end", "type": "SINKHOLE_V1"},
    ],
    "edges": [{"source": "in", "target": "write"}, {"source": "write", "target": "end"}],
}


@contextmanager
def served_studio(folder: Path, org: ServedOrg) -> Iterator[str]:
    """The address of a studio whose one flow writes to the org; what it keeps is what a new project keeps."""
    project(folder, org)
    (folder / "project.yaml").write_text("executionKey: secrets.key\n")
    (folder / "flows").mkdir()
    (folder / "flows" / "launch.json").write_text(json.dumps(FLOW))
    command = [*OURS, "studio", "--project", str(folder), "--no-sandbox"]
    environment = {**os.environ, "ZIGGY_SECRET_key": KEY}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)


def bare_call(http: urllib3.PoolManager, org: ServedOrg, token: str, item: dict[str, Any]) -> None:
    """The call that writes one item, and nothing else."""
    url = f"{org.url}/services/data/v60.0/composite/sobjects/Account/Ext__c"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    record = {"attributes": {"type": "Account"}, **item}
    answer = http.request("PATCH", url, body=orjson.dumps({"allOrNone": False, "records": [record]}), headers=headers)
    assert orjson.loads(answer.data)[0]["success"], answer.data


def launch(http: urllib3.PoolManager, url: str, item: dict[str, Any]) -> None:
    """The same by launching the flow and waiting for its end."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    answer = http.request("POST", f"{url}/launch/launch", body=orjson.dumps([item]), headers=headers)
    (written,) = (block for block in orjson.loads(answer.data)["blocks"] if block["id"] == "write")
    assert written["counts"]["written"] == 1, answer.data


def took_ms(work: Callable[[], None]) -> float:
    """Milliseconds of wall time."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measures both in turn, round by round."""
    headline("a warm launch of one item, latency none")
    with (
        served_org("none") as org,
        tempfile.TemporaryDirectory() as folder,
        served_studio(Path(folder), org) as url,
        urllib3.PoolManager(ca_certs=org.ca_file) as http,
    ):
        token = token_of(org)
        sides: dict[str, Callable[[dict[str, Any]], None]] = {
            "launch": lambda item: launch(http, url, item),
            "the call": lambda item: bare_call(http, org, token, item),
        }
        for item in accounts(WARM, "warm"):
            for side in sides.values():
                side(item)
        rounds: list[dict[str, float]] = []
        for number in range(ROUNDS):
            items = accounts(TURNS, f"{number}-")
            turns = [[took_ms(lambda s=side, i=item: s(i)) for side in sides.values()] for item in items]
            rounds.append(dict(zip(sides, map(statistics.median, zip(*turns, strict=True)), strict=True)))
            told = ", ".join(f"{name} {took:.2f} ms" for name, took in rounds[-1].items())
            print(f"  medians of {TURNS}: {told}", flush=True)
    ORGS.clear()
    whole, call = (statistics.median(one[name] for one in rounds) for name in sides)
    told = f"{whole:.2f} ms, {whole - call:.2f} ms more than the call to Salesforce ({call:.2f} ms)"
    line("a warm launch of one item", told, bar=f"at most {MOST_MS:g} ms", is_met=whole <= MOST_MS)


if __name__ == "__main__":
    main()
