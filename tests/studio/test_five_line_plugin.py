"""A second plugin, five lines long, brings a block that the engine runs: nothing here knows Salesforce."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.host import MemoryStore
from ziggy_sf_write.contract import Mode
from ziggy_studio.engine import Host, Status, run_flow
from ziggy_studio.flow import read_flow
from ziggy_studio.plugins import descriptors, make_plugin_manager
from ziggy_studio.project import Project

SOURCE = Path(__file__).parents[2] / "examples" / "five_line_plugin" / "shout_plugin.py"

FLOW = """
name: Shout
blocks:
  - {id: in, type: RECEIVER_V1, config: {testData: "[{word: 'quiet', n: 1}]"}}
  - {id: shout, type: SHOUT_V1}
  - {id: out, type: TERMINATOR_V1}
edges:
  - {source: in, target: shout}
  - {id: loud, source: shout, target: out}
"""


@pytest.fixture
def shout() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shout_plugin", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_block_is_registered_and_the_engine_runs_it(shout: ModuleType, tmp_path: Path) -> None:
    plugins = make_plugin_manager(plugins=[shout])
    (tmp_path / "flow.yaml").write_text(FLOW)
    flow = read_flow(tmp_path / "flow.yaml", descriptors(plugins))
    host = Host(plugins=plugins, project=Project(tmp_path), store=MemoryStore(), mode=Mode.DEV)
    run = run_flow(flow, host)
    assert run.status is Status.OK
    assert run.payloads["loud"] == [{"word": "QUIET", "n": 1}]
