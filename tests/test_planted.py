"""The search for planted secrets finds one: a check that cannot fail is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.planted import PLANTED, assert_no_secret

ROOT = Path(__file__).parents[1]


def test_a_secret_in_a_nested_value_is_found() -> None:
    with pytest.raises(AssertionError, match="a secret came out"):
        assert_no_secret({"error": [f"login with {PLANTED[0]} failed"]})


@pytest.mark.slow
@pytest.mark.parametrize("line", ["print({!r})", "__import__('logging').getLogger('x').debug({!r})"])
def test_a_test_that_shows_a_secret_fails(tmp_path: Path, line: str) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n")
    (tmp_path / "test_loose.py").write_text(f"def test_tongue(): {line.format(PLANTED[1])}\n")
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--log-level=DEBUG", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert answer.returncode == 1
    assert "a planted secret stands in" in answer.stdout
