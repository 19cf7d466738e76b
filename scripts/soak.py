"""Keeps a studio busy and looks at what it leaves behind: `make soak` runs it for three minutes.

A studio and a sandbox org, each in a process of its own. The studio takes twenty launches a second that write to the
org, while calls fail, runs are stopped and pages are loaded anew. A third of the time, a minute by default, warms it
up; then the load rests, what the process holds is noted, and after the other two thirds and a rest it is compared.

    python -m scripts.soak [SECONDS]

Prints each figure with its bar, also those that are not met; 1 where one is not. The figures of the studio's process
come from /proc, so this runs on Linux.
"""

import json
import os
import random
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import requests

LAUNCHES_A_SECOND = 20
SECONDS = 180
MOST_GROWTH_MB = 20
KEY = "soak"
_COMMAND = (sys.executable, "-c", "from ziggy_studio.cli import main; main()")
# More than the launches under way at any time, while calls to the org are slow or fail.
_CLIENTS = 64
_LONGEST_LAUNCH_S = 60
_KEYS = 2_000
_SIZES = (1, 5, 10, 20, 100)
# Idle workers of the server go after ten seconds, idle connections after five.
_REST_S = 60.0
_QUIET_S = 12.0
_FAULTS = (
    {"name": "http_503", "rate": 0.1},
    {"name": "unable_to_lock_row", "rate": 0.2},
    {"name": "reset_before_reading", "rate": 0.1},
    {"name": "answer_lost_after_commit", "rate": 0.05},
    {"name": "truncated_answer", "rate": 0.05},
    {"name": "expired_session", "rate": 0.05},
    {"name": "html_error", "rate": 0.1},
    {"name": "request_limit_total", "rate": 0.05},
)


class Held(NamedTuple):
    """What a process has at one moment.

    A file that is open more than once counts as one: the Data Store opens connections up to a bound, as many as were
    needed at once, and keeps them. One that is never given back is told by launches that fail, once all are taken.
    """

    memory_mb: float
    threads: int
    files: int
    temporary: int


@dataclass
class Accounts:
    """What became of the launches.

    `wrong` are the answers that do not account for each item, `failed` the other requests that came to nothing.
    """

    sent: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    stopped: int = 0
    pages: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, received: int, answer: dict[str, Any]) -> None:
        """Adds the end of a launch of so many items."""
        counts = next((block["counts"] for block in answer.get("blocks", ()) if block["id"] == "write"), {})
        told = {name: count for name, count in counts.items() if name != "received"}
        with self._lock:
            self.ends[answer.get("status", "no answer")] += 1
            self.items.update(told)
            if not counts.get("received") == sum(told.values()) == received:
                self.wrong.append(json.dumps(answer)[:500])

    def count(self, name: str) -> None:
        """Counts a run that was stopped, or a page."""
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the soak found."""

    before: Held
    after: Held
    most_mb: float
    seconds: float
    accounts: Accounts
    tracebacks: int = 0

    def lines(self) -> Iterator[tuple[str, bool]]:
        """Each figure with its bar, and whether that is met."""
        accounts, before, after = self.accounts, self.before, self.after
        rate = accounts.sent / self.seconds
        ended = sum(accounts.ends.values())
        yield (
            f"launches: {accounts.sent} in {self.seconds:.0f} s, {rate:.1f} a second (bar: {LAUNCHES_A_SECOND})",
            rate >= 0.95 * LAUNCHES_A_SECOND,
        )
        yield f"answers: {ended} of {accounts.sent} ({_told(accounts.ends)})", ended == accounts.sent
        yield f"answers that do not account for each item: {len(accounts.wrong)} (bar: 0)", not accounts.wrong
        yield f"items: {_told(accounts.items)}", accounts.items["written"] > 0
        yield (
            f"stopped runs: {accounts.stopped}, pages: {accounts.pages}, failed: {len(accounts.failed)} (bar: 0)",
            bool(accounts.pages and accounts.stopped) and not accounts.failed,
        )
        yield f"tracebacks in the studio's output: {self.tracebacks} (bar: 0)", not self.tracebacks
        growth = after.memory_mb - before.memory_mb
        told = f"{before.memory_mb:.0f} MB after the first third, {after.memory_mb:.0f} MB at the end"
        yield (
            f"memory: {told}, at most {self.most_mb:.0f} MB; {growth:+.1f} MB (bar: {MOST_GROWTH_MB})",
            growth <= MOST_GROWTH_MB,
        )
        for name in ("threads", "files", "temporary"):
            then, now = getattr(before, name), getattr(after, name)
            told = "files in the temporary folder" if name == "temporary" else f"open {name}"
            yield f"{told}: {then} after the first third, {now} at the end", now <= then


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common() if count)


@contextmanager
def _process(*arguments: str, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command of ours that serves until it is ended, and the first line that it prints."""
    environment = {**os.environ, "ZIGGY_SECRET_key": KEY, "TMPDIR": str(temporary)}
    with (
        (temporary.parent / f"{temporary.name}.log").open("w") as log,
        subprocess.Popen(
            [*_COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _project(folder: Path, org: dict[str, Any]) -> dict[str, Any]:
    """A project with one flow, which writes to the org; the flow's document."""
    settings = {
        "consumerKey": org["consumer_key"],
        "consumerSecret": org["consumer_secret"],
        "domain": org["url"].removeprefix("https://"),
        "caBundle": org["ca_file"],
    }
    config = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", "validate": True}
    write = {"id": "write", "type": "SALESFORCE_WRITE_V1", "config": {**config, "errorNamespace": "failed"}}
    flow = {
        "name": "Soak",
        "blocks": [{"id": "in", "type": "RECEIVER_V1"}, write, {"id": "end", "type": "SINKHOLE_V1"}],
        "edges": [{"source": "in", "target": "write"}, {"source": "write", "target": "end"}],
    }
    (folder / "flows").mkdir(parents=True)
    (folder / "flows" / "soak.json").write_text(json.dumps(flow))
    (folder / "project.yaml").write_text("executionKey: secrets.key\n")
    connection = {"type": "salesforce", "development": settings}
    (folder / "connections.yaml").write_text(json.dumps({"sfDev": connection}))
    return flow


class Soak:
    """The load on one studio; `seconds` is how long it took to begin the launches."""

    def __init__(self, url: str, org: dict[str, Any], flow: dict[str, Any]) -> None:
        self.accounts = Accounts()
        self.seconds = 0.0
        self._url = url
        self._org = org
        self._flow = flow
        self._chance = random.Random(1)  # the same load each time
        self._rest = threading.Event()
        self._free = threading.Semaphore(_CLIENTS)

    def load(self, seconds: float) -> None:
        """Twenty launches a second, and all that goes on beside them, for so long; comes back when all have ended."""
        self._rest.clear()
        beside = [threading.Thread(target=self._often, args=call) for call in self._beside()]
        for thread in beside:
            thread.start()
        begun = time.monotonic()
        with ThreadPoolExecutor(_CLIENTS) as clients:
            for number in range(round(seconds * LAUNCHES_A_SECOND)):
                self._rest.wait(max(0.0, begun + number / LAUNCHES_A_SECOND - time.monotonic()))
                self._free.acquire()
                self.accounts.sent += 1
                clients.submit(self._launch, f"soak{self.accounts.sent}", self._items())
            self.seconds += time.monotonic() - begun
            self._rest.set()
        for thread in beside:
            thread.join()
        self._ask_org("DELETE", "faults")

    def _beside(self) -> list[tuple[float, Callable[[], None]]]:
        return [(3.0, self._fail), (2.0, self._run_and_stop), (1.0, self._load_page)]

    def _often(self, every_s: float, call: Callable[[], None]) -> None:
        while not self._rest.wait(every_s):
            try:
                call()
            except (OSError, ValueError, LookupError) as err:
                self.accounts.failed.append(f"{call.__name__}: {type(err).__name__} {err}")

    def _items(self) -> list[dict[str, Any]]:
        """Items with keys that come again and again, so that the org does not grow; one of twenty is invalid."""
        many = self._chance.choice(_SIZES)
        keys = self._chance.sample(range(_KEYS), many)
        return [{"Ext__c": f"s{key}", "Name": f"Account {key}" if key % 20 else "x" * 300} for key in keys]

    def _launch(self, execution: str, items: list[dict[str, Any]]) -> None:
        pause = threading.Event()
        try:
            answer = self._asked("POST", f"/launch/soak?executionId={execution}&wait=30", items)
            for _ in range(_LONGEST_LAUNCH_S):
                if answer.get("status") != "running":
                    break
                pause.wait(1)
                answer = self._asked("GET", f"/launch/executions/{execution}")
        except (requests.RequestException, ValueError) as err:
            answer = {"error": str(err)}
        finally:
            self._free.release()
        self.accounts.add(len(items), answer)

    def _asked(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer: dict[str, Any] = requests.request(
            method, self._url + path, json=body, headers=headers, timeout=120
        ).json()
        return answer

    def _fail(self) -> None:
        """Another fault than before."""
        self._ask_org("DELETE", "faults")
        self._ask_org("POST", "faults", self._chance.choice(_FAULTS))

    def _run_and_stop(self) -> None:
        """A run from the editor, watched and stopped under way."""
        blocks = [dict(block) for block in self._flow["blocks"]]
        items = [{"Ext__c": f"s{key}", "Name": "stopped"} for key in range(1, 500)]
        blocks[0]["config"] = {"testData": json.dumps(items)}
        blocks[1]["config"] = {**blocks[1]["config"], "advanced": {"batchSize": 5, "concurrency": 1}}
        body = {"document": {**self._flow, "blocks": blocks}, "flow": "editor", "again": True}
        started = self._asked("POST", "/api/runs", body)
        if started.get("error", {}).get("code") == "notReady":
            return  # the org failed while it was asked whether the flow can run
        run = started["id"]
        with requests.get(f"{self._url}/api/runs/{run}/events", stream=True, timeout=60) as events:
            lines = events.iter_lines(chunk_size=1)
            next((line for line in lines if b"blockProgress" in line), None)
            self._asked("POST", f"/api/runs/{run}/stop", {})
            told = [line for line in lines if line.startswith(b"data: ")]
        # A run that a fault has ended before its first progress has told everything by then.
        if told and json.loads(told[-1].removeprefix(b"data: "))["status"] == "stopped":
            self.accounts.count("stopped")

    def _load_page(self) -> None:
        """What a page asks for when it opens; it leaves in the middle of a run's events."""
        requests.get(self._url, timeout=60).raise_for_status()
        for path in ("about", "flows", "flows/soak", "connections", "history?limit=20", "namespaces/failed"):
            requests.get(f"{self._url}/api/{path}", timeout=60).raise_for_status()
        (newest,) = requests.get(f"{self._url}/api/history?limit=1", timeout=60).json()["runs"] or [{"id": "none"}]
        with requests.get(f"{self._url}/api/runs/{newest['id']}/events", stream=True, timeout=60) as events:
            next(events.iter_lines(chunk_size=1), None)
        self.accounts.count("pages")

    def _ask_org(self, method: str, path: str, body: Any = None) -> None:
        url = f"{self._org['url']}/__sandbox__/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, method=method, data=data, headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self._org["ca_file"])).close()


def _open_files(process: int) -> Iterator[str]:
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            yield str(file.readlink())


def _held(process: int, temporary: Path) -> Held:
    lines = (line.split() for line in Path(f"/proc/{process}/status").read_text().splitlines())
    status = {words[0]: words[1] for words in lines if words[0] in {"VmRSS:", "Threads:"}}
    files = len(set(_open_files(process)))
    return Held(int(status["VmRSS:"]) / 1024, int(status["Threads:"]), files, len(list(temporary.rglob("*"))))


def _at_rest(process: int, url: str, temporary: Path) -> Held:
    """What the process holds once nothing of it has gone away for some seconds.

    It is asked for something meanwhile: the server's pool ends idle threads when it is used the next time.
    """
    pause = threading.Event()
    deadline = time.monotonic() + _REST_S
    lowest, since = _held(process, temporary), time.monotonic()
    while time.monotonic() < min(deadline, since + _QUIET_S):
        pause.wait(0.5)
        requests.get(f"{url}/api/flows", timeout=60).raise_for_status()
        now = _held(process, temporary)
        # Which of them belong to the question itself changes from one moment to the next: the fewest count.
        fewest = Held(now.memory_mb, *map(min, lowest[1:], now[1:]))
        if fewest[1:] != lowest[1:]:
            since = time.monotonic()
        lowest = fewest
    return lowest


def soak(folder: Path, seconds: float = SECONDS) -> Measured:
    """Loads a studio for so long, and says what it held after a third of the time and at the end."""
    for name in ("org", "temporary"):
        (folder / name).mkdir()
    temporary = folder / "temporary"
    serve = ("sandbox", "serve", "--json", "--latency", "none", "--api-limit", "100000000")
    with _process(*serve, temporary=folder / "org") as (_, told):
        org = json.loads(told)
        flow = _project(folder / "project", org)
        studio = ("studio", "--project", str(folder / "project"), "--no-sandbox")
        with _process(*studio, temporary=temporary) as (process, url):
            load = Soak(url, org, flow)
            load.load(seconds / 3)
            before = _at_rest(process.pid, url, temporary)
            load.load(seconds * 2 / 3)
            after = _at_rest(process.pid, url, temporary)
            peak = Path(f"/proc/{process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    return Measured(
        before=before,
        after=after,
        most_mb=int(peak) / 1024,
        seconds=load.seconds,
        accounts=load.accounts,
        tracebacks=(folder / "temporary.log").read_text().count("Traceback"),
    )


def main(arguments: list[str]) -> int:
    """Prints what was measured; 1 where a bar is not met."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        found = soak(Path(folder), float(arguments[0]) if arguments else SECONDS)
    is_met = True
    for line, is_line_met in found.lines():
        print(f"{'met   ' if is_line_met else 'MISSED'} {line}", flush=True)
        is_met &= is_line_met
    for told in (*found.accounts.wrong[:5], *found.accounts.failed[:5]):
        print(f"       {told}")
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
