"""An unmodified Node-RED from npm with our package installed into it, headless on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.npm import installed
from tests.support.bridges import BRIDGES, alone, compiled, run

NODE_RED = "node-red@4.1.15"
PATIENCE_S = 90
_TRIES = 3


@dataclass(frozen=True)
class NodeRed:
    """One that runs: its address, and what it has printed."""

    url: str
    user: Path
    printed: list[str]

    def get(self, path: str) -> Any:
        answer = requests.get(f"{self.url}/{path}", headers={"Accept": "application/json"}, timeout=PATIENCE_S)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = requests.post(f"{self.url}/{path}", json=body, timeout=PATIENCE_S)
        answer.raise_for_status()
        return answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else answer.text

    def deploy(self, nodes: list[dict[str, Any]]) -> None:
        """Returns when the flows run: Node-RED answers before that."""
        before, tick = self._starts(), threading.Event()
        self.post("flows", nodes)
        while self._starts() == before:
            tick.wait(0.02)

    def _starts(self) -> int:
        return sum("Started flows" in line for line in self.printed)

    def kept(self, flow: str, *names: str) -> dict[str, Any]:
        """What function nodes have kept in the flow's context, when all these names are there."""
        tick = threading.Event()
        for _ in range(PATIENCE_S * 20):
            found = self.get(f"context/flow/{flow}").get("memory", {})
            if set(names) <= set(found):
                return {name: json.loads(found[name]["msg"]) for name in names}
            tick.wait(0.05)
        raise AssertionError(f"{names} did not come: {found}; {self.printed[-20:]}")


def packed(folder: Path) -> Path:
    """Our package as npm would publish it."""
    compiled("node-red")
    with alone("node-red-pack"):
        name = run("npm", "pack", "--silent", "--pack-destination", folder, cwd=BRIDGES / "node-red").strip()
    return folder / name.splitlines()[-1]


@contextmanager
def node_red(folder: Path, **settings: Any) -> Iterator[NodeRed]:
    """Node-RED over a user folder of its own, until the block is left."""
    modules = installed(NODE_RED.replace("@", "-"), NODE_RED, probe="node-red/red.js")
    user = folder / "user"
    user.mkdir()
    (user / "package.json").write_text('{"name": "node-red-project", "private": true}\n')
    package = packed(folder)
    run("npm", "install", "--no-audit", "--no-fund", "--offline", "--silent", package, cwd=user)
    for attempt in range(_TRIES):
        with _started(user, modules, settings) as opened:
            # Another program may have taken the port in between.
            if opened is not None:
                yield opened
                return
            assert attempt < _TRIES - 1, "Node-RED does not start"


@contextmanager
def _started(user: Path, modules: Path, settings: dict[str, Any]) -> Iterator[NodeRed | None]:
    """One start of it; None where it has ended by itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        "uiPort": port,
        "uiHost": "127.0.0.1",
        "credentialSecret": "of the tests",
        "flowFile": "flows.json",
        "salesforceWriteCommand": [sys.executable, "-m", "ziggy_sf_write.sidecar"],
        "telemetry": {"enabled": False, "updateNotification": False},
        "editorTheme": {"tours": False, "palette": {"catalogues": []}},
        "logging": {"console": {"level": "info", "metrics": False, "audit": False}},
        **settings,
    }
    (user / "settings.js").write_text(f"module.exports = {json.dumps(told)};\n")
    command = ["node", modules / "node-red" / "red.js", "--userDir", user, "--settings", user / "settings.js"]
    env = {**os.environ, "HOME": str(user.parent)}
    with subprocess.Popen(
        [str(part) for part in command], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        printed: list[str] = []
        started = threading.Event()
        reader = threading.Thread(target=_read, args=(process, printed, started))
        reader.start()
        try:
            assert started.wait(PATIENCE_S), printed
            is_there = _listens(port, process)
            yield NodeRed(f"http://127.0.0.1:{port}", user, printed) if is_there else None
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            reader.join()


def _listens(port: int, process: subprocess.Popen[str]) -> bool:
    tick = threading.Event()
    while process.poll() is None:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return True
        tick.wait(0.05)
    return False


def _read(process: subprocess.Popen[str], printed: list[str], started: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        if "Started flows" in line:
            started.set()
    started.set()
