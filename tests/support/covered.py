"""Measures which lines and branches the tests reach, in each worker: `pytest -p tests.support.covered`.

SlipCover puts its probes into the bytecode and takes them out once they were hit, so the tests take little longer than
without it; a tracer doubles their time on Python 3.11. `scripts/coverage.py` adds up what the workers leave.
"""

import json
import os

import pytest
import slipcover

from scripts.coverage import FOLDER, SOURCES

_EXCLUDED = [r"#\s*pragma: no cover", r"if TYPE_CHECKING:", r"^\s*\.\.\.$", r"case never:"]

_slipcover = slipcover.Slipcover(branch=True, source=SOURCES, exclude_lines=_EXCLUDED)
_imports = slipcover.ImportManager(_slipcover, slipcover.FileMatcher(sources=SOURCES))


def _has_workers(config: pytest.Config) -> bool:
    return bool(getattr(config.known_args_namespace, "numprocesses", None)) and "PYTEST_XDIST_WORKER" not in os.environ


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begins before anything of ours is loaded, but not in a process that leaves the tests to workers."""
    if not _has_workers(early_config):
        _imports.__enter__()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves what this process has reached in a file of its own."""
    if not _has_workers(config):
        FOLDER.mkdir(exist_ok=True)
        name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        (FOLDER / f"{name}.json").write_text(json.dumps(_slipcover.get_coverage()), "utf-8")
