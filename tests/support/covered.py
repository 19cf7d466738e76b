"""Measures which lines and branches the tests reach, in each worker: `pytest -p tests.support.covered`.

SlipCover puts its probes into the bytecode and takes them out once they were hit, so the tests take little longer than
without it; a tracer doubles their time on Python 3.11. `scripts/coverage.py` adds up what the workers leave.
"""

import json
import os

import slipcover

from scripts.coverage import FOLDER, SOURCES

_EXCLUDED = [r"#\s*pragma: no cover", r"if TYPE_CHECKING:", r"^\s*\.\.\.$", r"case never:"]

_slipcover = slipcover.Slipcover(branch=True, source=SOURCES, exclude_lines=_EXCLUDED)
_imports = slipcover.ImportManager(_slipcover, slipcover.FileMatcher(sources=SOURCES))
_imports.__enter__()


def pytest_unconfigure() -> None:
    """Leaves what this process has reached in a file of its own."""
    FOLDER.mkdir(exist_ok=True)
    name = os.environ.get("PYTEST_XDIST_WORKER", "controller")
    (FOLDER / f"{name}.json").write_text(json.dumps(_slipcover.get_coverage()), "utf-8")
