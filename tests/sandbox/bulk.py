"""Bulk jobs step by step, as a client goes through them."""

import csv
import io
import threading
from typing import Any

import requests

from tests.sandbox.client import Api

ENDED = ("JobComplete", "Failed", "Aborted")
Row = dict[str, str]


def open_job(api: Api, **job: str) -> dict[str, Any]:
    answer = api.call("POST", "jobs/ingest", json=job)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def upload(api: Api, job: dict[str, Any], data: str | bytes) -> requests.Response:
    body = data.encode() if isinstance(data, str) else data
    return api.call("PUT", f"jobs/ingest/{job['id']}/batches", data=body, headers={"Content-Type": "text/csv"})


def close(api: Api, job: dict[str, Any], state: str = "UploadComplete") -> requests.Response:
    return api.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": state})


def wait(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """Polls until the job has ended; an event that nobody sets is the pause in between."""
    pause = threading.Event()
    for _ in range(1000):
        found: dict[str, Any] = api.get(f"jobs/ingest/{job['id']}").json()
        if found["state"] in ENDED:
            return found
        pause.wait(0.005)
    raise AssertionError(f"the job is still {found['state']}")


def run(api: Api, data: str | bytes, **job: str) -> dict[str, Any]:
    opened = open_job(api, **job)
    assert upload(api, opened, data).status_code == 201
    assert close(api, opened).status_code == 200
    return wait(api, opened)


def result(api: Api, job: dict[str, Any], name: str) -> list[Row]:
    text = api.get(f"jobs/ingest/{job['id']}/{name}").text
    return list(csv.DictReader(io.StringIO(text, newline="")))


UPSERT = {"object": "Account", "operation": "upsert", "externalIdFieldName": "Ext__c"}


INSERT = {"object": "Project__c", "operation": "insert"}
