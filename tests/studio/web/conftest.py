"""A studio behind a real socket, with blocks that do what the test says."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.studio import serving
from ziggy_sf_write import plugin
from ziggy_sf_write.contract import (
    BlockDescriptor,
    BlockResult,
    Edge,
    ExecutionContext,
    JsonValue,
    Mode,
    Progress,
    StoreRecord,
)
from ziggy_sf_write.hookspecs import hookimpl
from ziggy_studio.engine import Host
from ziggy_studio.outcome import HistoryLevel
from ziggy_studio.plugins import make_plugin_manager
from ziggy_studio.project import Project
from ziggy_studio.store import History, open_store
from ziggy_studio.web.studio import Studio, open_studio

CONNECTIONS = """
sfDev:
  type: salesforce
  development: {username: dev@example.com, password: secrets.sfPassword, token: planted-Token-77}
"""


class Slow:
    """Brings a block that reports progress, then waits until it may go on, and a list of what was rejected."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    @hookimpl
    def ziggy_blocks(self) -> list[BlockDescriptor]:
        """Brings the two blocks."""
        return [
            BlockDescriptor(type="SLOW_V1", name="Slow", version="1", info="Waits"),
            BlockDescriptor(type="EXIT_V1", name="Exit", version="1", info="Ends its thread"),
        ]

    @hookimpl
    def ziggy_execute(self, block_type: str, edges: Sequence[Edge], context: ExecutionContext) -> BlockResult | None:
        """Waits, or ends its thread."""
        if block_type == "EXIT_V1":
            raise SystemExit
        if block_type != "SLOW_V1":
            return None
        context.log.info("waiting for a sign")
        context.progress(Progress(phase="write", done=1, total=2))
        while not self.may_go_on.wait(0.01):
            if context.cancelled.is_set():
                break
        error = {"stage": "check", "code": "bad", "message": "It is bad.", "fields": [], "retryable": False}
        report = {
            "counts": {"received": 2},
            "notWritten": [{"index": 1, "outcome": "invalid", "errors": [error]}],
        }
        return BlockResult(outputs=(edges[0].items,), report=report)


class Picky:
    """Brings a block that writes the items that say `good`, and accounts for each as the report's schema has it."""

    @hookimpl
    def ziggy_blocks(self) -> list[BlockDescriptor]:
        """Brings the block."""
        return [BlockDescriptor(type="PICKY_V1", name="Picky", version="1", info="Writes what is good")]

    @hookimpl
    def ziggy_execute(
        self, block_type: str, config: Mapping[str, JsonValue], edges: Sequence[Edge], context: ExecutionContext
    ) -> BlockResult | None:
        """Writes what is good; `touches` names records of `errors` that it replaces, `breaks` a store that it ruins."""
        if block_type != "PICKY_V1":
            return None
        for key in config.get("touches", []):
            context.store.upsert_many([StoreRecord(name="errors", key=key, data={"by": "another run"})])
        if "breaks" in config:
            with closing(sqlite3.connect(config["breaks"])) as database:
                database.execute("DROP TABLE records")
        items = edges[0].items
        bad = [index for index, item in enumerate(items) if not item.get("good")]
        is_dry = bool(config.get("dryRun"))
        report = {
            "counts": {"received": len(items), "written": 0 if is_dry else len(items) - len(bad)},
            "notWritten": [{"index": index, "outcome": "failed", "errors": []} for index in bad],
        }
        good = [item for item in items if item.get("good")]
        return BlockResult(outputs=(good, []), report=None if config.get("silent") else report)


@dataclass(kw_only=True)
class Client:
    """What a page would do."""

    url: str
    studio: Studio
    folder: Path
    slow: Slow

    def call(self, method: str, path: str, body: JsonValue = None, **headers: str) -> requests.Response:
        return requests.request(
            method,
            self.url + path,
            json=body,
            headers={name.replace("_", "-"): text for name, text in headers.items()},
            timeout=30,
        )

    def run(self, document: JsonValue, **body: JsonValue) -> str:
        answer = self.call("POST", "/api/runs", {"flow": "test", "document": document, **body})
        assert answer.status_code == 200, answer.text
        run_id: str = answer.json()["id"]
        return run_id

    def run_to_end(self, document: Any, items: str | None = None) -> str:
        """A run that has ended, of these items in place of the document's own."""
        self.slow.may_go_on.set()
        if items is not None:
            document["blocks"][0]["config"]["testData"] = items
        run = self.run(document)
        list(self.events(run))
        return run

    def events(self, run_id: str, after: int = 0) -> Iterator[tuple[int, str, Mapping[str, JsonValue]]]:
        """The run's events to its end: number, kind, data."""
        headers = {"Last-Event-ID": str(after)}
        with requests.get(f"{self.url}/api/runs/{run_id}/events", stream=True, timeout=30, headers=headers) as answer:
            number, kind = 0, ""
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                name, _, value = line.partition(": ")
                if name == "id":
                    number = int(value)
                elif name == "event":
                    kind = value
                elif name == "data":
                    yield number, kind, json.loads(value)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "connections.yaml").write_text(CONNECTIONS)
    (tmp_path / "project.yaml").write_text("executionKey: secrets.executionKey\n")
    slow = Slow()
    plugins = make_plugin_manager(plugins=[plugin, slow, Picky()])
    project = Project(tmp_path)
    with closing(open_store(project.store_location)) as store:
        history = History(store, level=HistoryLevel.ALL, runs=50)
        studio = open_studio(Host(plugins=plugins, project=project, store=store, mode=Mode.DEV, history=history))
        with serving(studio) as url:
            yield Client(url=url, studio=studio, folder=tmp_path, slow=slow)
    assert not [one for one in threading.enumerate() if one.name.startswith(("ziggy-", "studio-"))]


@pytest.fixture
def flow() -> Callable[..., dict[str, JsonValue]]:
    """A document: a Receiver with two items, a block of the given type, a Sinkhole."""

    def make(kind: str = "SLOW_V1", **config: JsonValue) -> dict[str, JsonValue]:
        return {
            "name": "Test",
            "blocks": [
                {"id": "in", "type": "RECEIVER_V1", "config": {"testData": "[{n: 1, m: 'Ä'}, {n: 2}]"}},
                {"id": "work", "type": kind, **({"config": config} if config else {})},
                {"id": "out", "type": "SINKHOLE_V1"},
            ],
            "edges": [
                {"id": "first", "source": "in", "target": "work"},
                {"id": "second", "source": "work", "target": "out"},
            ],
        }

    return make
