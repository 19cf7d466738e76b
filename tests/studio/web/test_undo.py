"""Taking a run back from the page: which runs can be, what it would do, and that it does."""

from salesforce_sandbox import Sandbox
from tests.studio.web.conftest import Client
from tests.support.orgs import password_config
from ziggy_sf_write.contract import JsonValue

DOCUMENT: dict[str, JsonValue] = {
    "name": "Test",
    "blocks": [
        {"id": "in", "type": "RECEIVER_V1", "config": {"testData": '[{"Ext__c": "a", "Name": "New"}]'}},
        {
            "id": "work",
            "type": "SALESFORCE_WRITE_V1",
            "config": {
                "connection": "undoable",
                "object": "Account",
                "matchKey": "Ext__c",
                "advanced": {"previousValues": True},
            },
        },
    ],
    "edges": [{"id": "first", "source": "in", "target": "work"}],
}


def test_a_run_that_kept_previous_values_is_shown_as_such_and_taken_back(client: Client, org: Sandbox) -> None:
    values = {"config": password_config(org), "kept": [], "kind": 0}
    saved = {"type": "salesforce", "isNew": True, "development": values, "production": None}
    assert client.call("PUT", "/api/connections/undoable", saved).status_code == 200
    org.insert("Account", [{"Ext__c": "a", "Name": "Old"}])
    run_id = client.run(DOCUMENT)
    assert [kind for _, kind, _ in client.events(run_id)][-1] == "runFinished"
    assert org.records("Account")[0]["Name"] == "New"
    (listed,) = client.call("GET", "/api/history").json()["runs"]
    assert (listed["id"], listed["undoable"]) == (run_id, True)
    shown = client.call("POST", f"/api/runs/{run_id}/undo", {"dryRun": True}).json()
    assert shown["report"]["changes"][0]["fields"] == {"Name": {"before": "New", "after": "Old"}}
    assert org.records("Account")[0]["Name"] == "New"
    done = client.call("POST", f"/api/runs/{run_id}/undo", {"deleteCreated": True}).json()
    assert (done["error"], done["report"]["updated"]) == (None, 1)
    assert org.records("Account")[0]["Name"] == "Old"


def test_what_cannot_be_taken_back_is_refused(client: Client) -> None:
    answer = client.call("POST", "/api/runs/nobody/undo", {})
    assert answer.status_code == 404
    assert "No previous values are kept of a run `nobody`" in answer.json()["error"]["message"]
    assert client.call("POST", "/api/runs/nobody/undo", {"force": "Name"}).status_code == 400
