"""The public API's types hold for a host author who checks strictly."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
PYRIGHT = Path(sys.executable).with_name("pyright")
# pyright's own exit codes: 0 no errors, 1 errors; above it could not do its work.
_COULD_NOT_RUN = 2


def _leave_out(reason: str) -> NoReturn:
    """With REQUIRE_ALL=1 a tool that cannot run is an error, as in every other suite."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.slow
def test_pyright_finds_nothing_in_what_a_host_author_writes() -> None:
    """Left out where pyright cannot run: on its first use it fetches its own npm package through the registry."""
    if not PYRIGHT.exists():
        _leave_out("pyright is not installed beside this Python")
    command = [str(PYRIGHT), "--pythonpath", sys.executable, "tests/typing/host_author.py"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        _leave_out("pyright did not answer in two minutes: it could not fetch its npm package")
    if answer.returncode >= _COULD_NOT_RUN or "error" not in answer.stdout:
        _leave_out(f"pyright could not run: {(answer.stderr or answer.stdout).strip()[-200:]}")
    assert answer.stdout.strip().endswith("0 errors, 0 warnings, 0 informations"), answer.stdout
