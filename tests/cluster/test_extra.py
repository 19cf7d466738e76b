"""The cluster costs nobody anything who does not use it."""

import subprocess
import sys
from importlib.metadata import requires

import pytest

ENGINE = ("dask", "distributed", "pandas", "pyarrow")


def test_the_plugins_own_install_needs_none_of_it() -> None:
    own = [one for one in requires("ziggy-sf-write") or [] if "extra ==" not in one]
    assert own
    assert [one for one in own if one.lower().startswith(ENGINE)] == []


@pytest.mark.parametrize("module", ["ziggy_sf_write.plugin", "ziggy_sf_write.run.executor", "ziggy_studio.cli.write"])
def test_nothing_else_loads_it(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {ENGINE} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
