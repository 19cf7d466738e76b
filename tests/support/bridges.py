"""The bridges' sources, compiled with their own tools, and the tools of Node that their tests need."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BRIDGES = ROOT / "bridges"
SETUP = ROOT / ".setup"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


def _major_of_node() -> int:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return 0
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return int(told.removeprefix("v").partition(".")[0] or 0)


needs_node = pytest.mark.skipif(
    shutil.which("npm") is None and os.environ.get("REQUIRE_ALL") != "1",
    reason="left out: the bridges' tests, because there is no Node. Get it with: apt-get install nodejs npm",
)
# The tools of the Ziggy plugin's template want Node 20; what they build does not.
needs_node_20 = pytest.mark.skipif(
    _major_of_node() < 20 and os.environ.get("REQUIRE_ALL") != "1",
    reason="left out: the build of the Ziggy plugin, because there is no Node 20 with npm",
)
needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists() and os.environ.get("REQUIRE_ALL") != "1",
    reason="left out: the bridges in a browser, because there is no Chromium. Get it with: apt-get install chromium",
)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Tests run in several processes: one of them installs and builds, the others wait for it."""
    SETUP.mkdir(exist_ok=True)
    with (SETUP / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*command: object, cwd: Path, env: Mapping[str, str] | None = None, timeout: int = 600) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tools() -> Path:
    """The compilers' folder, installed from the lock where it is not there yet or older."""
    modules, lock = BRIDGES / "node_modules", BRIDGES / "package-lock.json"
    mark = modules / ".package-lock.json"
    with alone("bridges"):
        if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
            run("npm", "ci", "--silent", cwd=BRIDGES)
            mark.touch()
    return modules / ".bin"


def compiled(project: str) -> None:
    """Compiles a project of the bridges; types that do not fit fail the test."""
    tsc = tools() / "tsc"
    with alone("bridges"):
        run(tsc, "-p", project, cwd=BRIDGES)
