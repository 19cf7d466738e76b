"""Clients from PyPI, each in a virtual environment of its own in the repository's .setup folder, kept between runs."""

import fcntl
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tests.sandbox.npm import CLIENTS


def python_with(name: str, *packages: str) -> Path:
    """The Python of an environment that holds these packages and what they need."""
    # Another version is another folder: an environment is never changed under a test that uses it.
    wanted = sha256(" ".join((sys.version, *packages)).encode()).hexdigest()[:8]
    folder = CLIENTS / f"{name}-{wanted}"
    done = folder / "complete"
    CLIENTS.mkdir(parents=True, exist_ok=True)
    # Tests run in several processes: the first one installs, the others wait for it.
    with (CLIENTS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _install(folder, *packages)
            done.touch()
    return folder / "bin" / "python"


def _install(folder: Path, *packages: str) -> None:
    # Neither a pip of its own nor compiled files of modules that nobody imports: both take longer than the download.
    _run("-m", "venv", "--clear", "--without-pip", str(folder))
    _run("-m", "pip", "--python", str(folder), "install", "--quiet", "--no-compile", *packages)


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=900)
