"""What a studio's process holds after launches of a million items, one after the other over HTTP."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.signals import STUDIO

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc"),
]
MANY = 1_000_000
FLOW = {
    "name": "Large",
    "blocks": [{"id": "in", "type": "RECEIVER_V1"}, {"id": "out", "type": "SINKHOLE_V1"}],
    "edges": [{"id": "e", "source": "in", "target": "out"}],
}
# What a million small items hold is several times this much.
ALLOWED_MB = 100


def _memory_mb(process: int) -> dict[str, float]:
    lines = (line.split() for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return {words[0]: int(words[1]) / 1024 for words in lines if words[0] in {"VmRSS:", "VmHWM:"}}


@pytest.mark.parametrize(("level", "shown"), [("errors", None), ("all", MANY)])
def test_a_launch_of_a_million_items_leaves_none_of_them_in_memory(
    tmp_path: Path, level: str, shown: int | None
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "large.json").write_text(json.dumps(FLOW))
    (tmp_path / "project.yaml").write_text(f"executionKey: secrets.key\nlargestBody: 100\nhistory: {level}\n")
    body = json.dumps([{"Ext__c": f"m{number}", "Name": f"Account {number}"} for number in range(MANY)]).encode()
    command = [*STUDIO, "studio", "--project", str(tmp_path), "--no-sandbox"]
    environment = {**os.environ, "ZIGGY_SECRET_key": "planted-Launch-Key"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        try:
            before, held = _memory_mb(process.pid), []
            for number in range(3):
                answer = requests.post(
                    f"{url}/launch/large?executionId=e{number}&wait=100",
                    data=body,
                    headers={"Authorization": "Bearer planted-Launch-Key"},
                    timeout=120,
                )
                assert answer.json().get("status") == "ok", answer.text
                page = requests.get(f"{url}/api/runs/e0/edges/e?offset={MANY - 1}", timeout=20).json()
                assert page.get("total") == shown, page
                held.append(_memory_mb(process.pid))
        finally:
            process.kill()
    assert held[-1]["VmRSS:"] - before["VmRSS:"] < ALLOWED_MB, held
    assert held[-1]["VmHWM:"] - held[0]["VmHWM:"] < ALLOWED_MB, held
