"""What the server tells the editor of each end of a run: as it stands in `tests/studio/verdicts.json`.

The commands, the log and the history are held to the same file by `tests/studio/test_verdict_everywhere.py`, and by
`ui/src/history/ends.test.tsx` what the editor shows of it. Where what is told changes, so must the file.
"""

import json
import re
import threading
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.studio.verdicts import ENDS
from tests.studio.web.conftest import Client
from tests.support.orgs import password_config

SAID_OF_REPORTS = ("verdict", "counts", "dryRun")


@pytest.mark.parametrize("name", ENDS)
def test_the_editor_is_told_as_the_table_has_it(client: Client, org: Sandbox, name: str) -> None:
    end = ENDS[name]
    connection = {"config": password_config(org), "kept": [], "kind": 0}
    saved = {"type": "salesforce", "isNew": True, "development": connection, "production": None}
    assert client.call("PUT", "/api/connections/sfNew", saved).status_code == 200
    if end["fault"] is not None:
        org.inject(end["fault"], kinds=("collections_upsert",))
    run = client.run(_document(end))
    if name == "stopped":
        tick = threading.Event()
        while len(org.records("Account")) < 50:
            assert client.call("GET", f"/api/runs/{run}").json()["isFinished"] is False
            tick.wait(0.01)
        assert client.call("POST", f"/api/runs/{run}/stop", {}).status_code == 200
    events = [[kind, _told(data)] for _, kind, data in client.events(run) if kind != "blockProgress"]
    (past,) = client.call("GET", "/api/history").json()["runs"]
    told = {"events": events, "past": _told(past)}
    written = len(org.records("Account"))
    assert (_in_round_numbers(told, written) if name == "stopped" else told) == {
        "events": end["events"],
        "past": end["past"],
    }


def _document(end: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {"connection": "sfNew", "object": "Account", "matchKey": "Ext__c"}
    if "rows" in end:
        config["advanced"] = {"batchSize": 5, "concurrency": 1}
    items = end.get("items") or [{"Ext__c": str(at), "Name": "n"} for at in range(end["rows"])]
    return {
        "name": "Accounts",
        "blocks": [
            {"id": "in", "type": "RECEIVER_V1", "config": {"testData": json.dumps(items)}},
            {"id": "write", "type": "SALESFORCE_WRITE_V1", "config": config},
            {"id": "end", "type": "SINKHOLE_V1"},
        ],
        "edges": [{"id": "a", "source": "in", "target": "write"}, {"id": "b", "source": "write", "target": "end"}],
    }


def _told(value: Any) -> Any:
    """Without what differs from run to run, and of a report only what the editor judges a run by."""
    if isinstance(value, list):
        return [_told(one) for one in value]
    if not isinstance(value, dict):
        return value
    report = {"report": {name: value["report"][name] for name in SAID_OF_REPORTS}} if value.get("report") else {}
    fixed = {"ms": 7, "at": "2026-11-30T10:00:00.000+00:00", "started_at": "2026-11-30T10:00:00.000+00:00"}
    known = {name: fixed.get(name, _told(one)) for name, one in value.items()}
    return {**known, **report, **({"id": "run-1"} if "started_at" in value else {})}


def _in_round_numbers(told: Any, written: int) -> Any:
    """How far a run comes until it is stopped is another number each time."""
    numbers = {str(written): "1000", str(3_000 - written): "2000"}
    return json.loads(re.sub(r"\b[0-9]+\b", lambda found: numbers.get(found[0], found[0]), json.dumps(told)))
