"""A host at the other end of a sidecar's pipe: in this process, or of a process of its own."""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

import pluggy

from tests.support.host import FakeContext
from ziggy_sf_write.contract import Connection, HostError, JsonValue, StoreRecord
from ziggy_sf_write.sidecar import Pipes, Sidecar, Source

COMMAND = (sys.executable, "-m", "ziggy_sf_write.sidecar")
PATIENCE_S = 60


class Refused(Exception):
    """The sidecar has answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: str = error["code"]
        self.report: dict[str, Any] | None = error.get("report")


@dataclass
class Told:
    """What a run has told: the items of each output, the lines of the report, and its answer."""

    outputs: dict[int | str, list[JsonValue]] = field(default_factory=dict)
    progress: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)

    def take(self, event: str, params: dict[str, Any]) -> None:
        if event == "items":
            self.outputs.setdefault(params["to"], []).extend(params["items"])
        elif event == "progress":
            self.progress.append(params)
        elif event == "log":
            self.log.append(params)

    def to(self, output: int | str) -> list[JsonValue]:
        return self.outputs.get(output, [])


class Host:
    """Speaks the protocol, serves the call-backs from a `FakeContext`, and reads at all times."""

    def __init__(self, lines_out: IO[bytes], lines_in: IO[bytes], context: FakeContext | None = None) -> None:
        self.errors: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.log: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.context = context or FakeContext()
        self.seen: list[bytes] = []
        self.keeps_what_it_sees = True
        self._out, self._in = lines_out, lines_in
        self._ids = itertools.count(1_000_001)  # no made-up line has such an id
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._told: dict[int, Told] = {}
        self._credits: dict[int, threading.Semaphore] = {}
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._read, name="host-in", daemon=True)
        self.thread.start()

    def send_line(self, line: bytes) -> None:
        with self._lock, suppress(BrokenPipeError):
            if not self._out.closed:
                self._out.write(line)
                self._out.flush()

    def send(self, message: Mapping[str, Any]) -> None:
        self.send_line(json.dumps(message).encode() + b"\n")

    def hello(self) -> Any:
        return self.ask("hello", version=1)

    def ask(self, method: str, **params: Any) -> Any:
        return self.answer(self.begin(method, params))

    def begin(self, method: str, params: Mapping[str, Any], told: Told | None = None) -> int:
        number = next(self._ids)
        self._answers[number] = queue.SimpleQueue()
        self._credits[number] = threading.Semaphore(0)
        self._told[number] = told or Told()
        self.send({"id": number, "method": method, "params": params})
        return number

    def answer(self, number: int) -> Any:
        message = self._answers[number].get(timeout=PATIENCE_S)
        self._answers[number].put(message)
        if "error" in message:
            raise Refused(message["error"])
        return message["result"]

    def begin_run(self, config: Mapping[str, Any], told: Told | None = None, **params: Any) -> int:
        full = {
            "blockType": "SALESFORCE_WRITE_V1",
            "executionId": "run-1",
            "credits": 4,
            "config": {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c", **config},
            **params,
        }
        return self.begin("execute", full, told)

    def put(self, run: int, items: Iterable[JsonValue], *, chunk: int = 500) -> bool:
        """Sends items as credits come; False where the run was answered before all had left."""
        source = iter(items)
        while held := list(itertools.islice(source, chunk)):
            self._credits[run].acquire(timeout=PATIENCE_S)
            if not self._answers[run].empty():
                return False
            self.send({"event": "items", "params": {"run": run, "items": held}})
        return True

    def tell(self, event: str, run: int, **params: Any) -> None:
        self.send({"event": event, "params": {"run": run, **params}})

    def run(self, items: Sequence[JsonValue], config: Mapping[str, Any], **params: Any) -> tuple[Told, Any]:
        """One run from its first item to its answer."""
        told = Told()
        number = self.begin_run(config, told, expected=len(items), **params)
        if self.put(number, items):
            self.tell("end", number)
        return told, self.answer(number)

    def close(self) -> None:
        with self._lock, suppress(BrokenPipeError):
            self._out.close()

    def _read(self) -> None:
        for line in self._in:
            if self.keeps_what_it_sees:
                self.seen.append(line)
            self._take(json.loads(line))
        for number, answers in list(self._answers.items()):
            answers.put({"error": {"code": "gone", "message": "The sidecar has gone."}})
            self._credits[number].release()

    def _take(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        if "method" in message:
            threading.Thread(target=self._serve, args=(message["id"], message["method"], params)).start()
        elif "id" in message:
            # Of a line that was made up, nobody awaits an answer.
            if message["id"] in self._answers:
                self._answers[message["id"]].put(message)
                self._credits[message["id"]].release()
        elif message["event"] == "error":
            self.errors.put(params)
        elif "run" not in params:
            self.log.append(params)
        else:
            self._take_event(message["event"], params)

    def _take_event(self, event: str, params: dict[str, Any]) -> None:
        run = params["run"]
        if event == "credit":
            self._credits[run].release(params["chunks"])
            return
        self._told[run].take(event, params)
        if event == "items":
            self.tell("credit", run, chunks=1)

    def _serve(self, number: int, method: str, params: dict[str, Any]) -> None:
        self.asked.append(method)
        try:
            answer: dict[str, Any] = {"result": self._served(method, params)}
        except HostError as err:
            answer = {"error": {"code": "host_error", "message": str(err)}}
        self.send({"id": number, **answer})

    def _served(self, method: str, params: dict[str, Any]) -> JsonValue:
        store, context = self.context.store, self.context
        served: dict[str, Callable[[], JsonValue]] = {
            "connectionNames": lambda: list(context.connection_names(params["type"])),
            "connection": lambda: _values(context.connection(params["name"])),
            "store.namespaces": lambda: list(store.namespaces()),
            "store.find": lambda: [_json(one) for one in store.find(**params)],
            "store.findKeys": lambda: [_json(one) for one in store.find_keys(**params)],
            "store.insertMany": lambda: [
                _json(one) for one in store.insert_many(StoreRecord(**one) for one in params["records"])
            ],
            "store.upsertMany": lambda: store.upsert_many([StoreRecord(**one) for one in params["records"]]),
            "store.deleteKeys": lambda: store.delete_keys(**params),
        }
        return served[method]()


def _values(connection: Connection) -> JsonValue:
    return {"type": connection.type, "config": dict(connection.config)}


def _json(record: StoreRecord) -> JsonValue:
    return {"name": record.name, "key": record.key, "data": record.data}


@contextmanager
def sidecar_here(
    plugins: pluggy.PluginManager, context: FakeContext | None = None, source: Source | None = None
) -> Iterator[Host]:
    """A sidecar in threads of this process, so that the coverage sees it."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    stop = threading.Event()
    with os.fdopen(to_read, "rb") as lines_in, os.fdopen(from_write, "wb") as lines_out:
        sidecar = Sidecar(Pipes(lines_in, lines_out), plugins, source)
        served = threading.Thread(target=sidecar.serve, args=(stop,), name="sidecar-main")
        with os.fdopen(to_write, "wb") as ours, os.fdopen(from_read, "rb") as theirs:
            host = Host(ours, theirs, context)
            served.start()
            try:
                yield host
            finally:
                host.close()
                served.join(PATIENCE_S)
                lines_out.close()
                host.thread.join(PATIENCE_S)


@contextmanager
def sidecar_process(
    context: FakeContext | None = None, command: Sequence[str] = COMMAND
) -> Iterator[tuple[Host, subprocess.Popen[bytes]]]:
    """A sidecar in a process of its own, which is ended by closing its stdin."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        host = Host(process.stdin, process.stdout, context)
        try:
            yield host, process
        finally:
            if process.poll() is None and not process.stdin.closed:
                host.close()
            process.wait(PATIENCE_S)
            host.thread.join(PATIENCE_S)
