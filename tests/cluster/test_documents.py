"""What the page says about the cluster: its examples run, its codes are all of them, its limits are the reference's."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import CONFIG, connection_to
from ziggy_sf_write.cluster import GivenConnection

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "at-scale.md").read_text(encoding="utf-8")
PYTHON_EXAMPLE, SPARK_EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.slow
def test_the_example_in_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PYTHON_EXAMPLE, "docs/at-scale.md", "exec"), {"__name__": "example"})  # noqa: S102 # our page
    assert capsys.readouterr().out == "2 ['Acme Holding']\n"


def test_the_function_for_spark_writes_an_iterator_of_frames(org: Sandbox, tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(compile(SPARK_EXAMPLE, "docs/at-scale.md", "exec"), names)  # noqa: S102 # our page
    assert len(SPARK_EXAMPLE.split("def ")[1].splitlines()) <= 10
    frames = (pd.DataFrame({"Ext__c": [key], "Name": [f"n{key}"]}) for key in "ab")
    source = GivenConnection(given=connection_to(org))
    found = list(names["write_partition"](frames, CONFIG, source, tmp_path))
    assert [list(frame["outcome"]) for frame in found] == [["written"], ["written"]]
    assert [json.loads(frame["data"][0])["Name"] for frame in found] == ["na", "nb"]
    assert [one["Name"] for one in org.records("Account")] == ["na", "nb"]


def test_every_code_of_the_cluster_is_explained() -> None:
    sources = (ROOT / "ziggy_sf_write" / "cluster").glob("*.py")
    said = re.compile(r'stop_reason\(\s*"([a-z_]+)"')
    used = {code for path in sources for code in said.findall(path.read_text(encoding="utf-8"))}
    assert used == {"worker_lost", "worker_detached", "stopped", "run_stopped", "api_reserve", "max_failures"}
    used.add("create_without_key")
    assert [code for code in sorted(used) if f"| `{code}` |" not in PAGE] == []
