"""What the scripts of the Python clients share. Only the standard library: it runs where nothing but the client is."""

import asyncio
import inspect
import json
import os
import traceback
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Scenario = Callable[..., Awaitable[None] | None]
SCENARIOS: dict[str, Scenario] = {}
URL = os.environ["SF_INSTANCE_URL"]


def scenario(function: Scenario) -> Scenario:
    """The name of the function, in words, is the name of the scenario."""
    SCENARIOS[function.__name__.replace("_", " ")] = function
    return function


def records(name: str) -> list[dict[str, Any]]:
    """What the org holds, past the client."""
    found: list[dict[str, Any]] = json.loads(_asked("GET", f"records/{name}"))
    return found


def insert(name: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Puts records in, past the client; returns their Ids."""
    found: list[str] = json.loads(_asked("POST", f"records/{name}", list(rows)))
    return found


def held(name: str, key: str) -> dict[str, Any]:
    """The one record of an object whose Ext__c is this."""
    (found,) = (each for each in records(name) if each["Ext__c"] == key)
    return found


def expire_sessions() -> None:
    """Ends every session of the org."""
    _asked("POST", "expire")


def inject(fault: dict[str, Any]) -> None:
    """Switches a fault on."""
    _asked("POST", "faults", fault)


def credentials() -> dict[str, str]:
    """What the org's logins accept."""
    found: dict[str, str] = json.loads(_asked("GET", "login"))
    return found


def raises(kind: type[Exception], function: Callable[[], Any]) -> Any:
    """The exception that the function has to raise; Any, as each client's has attributes of its own."""
    try:
        function()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def main() -> None:
    """Plays every scenario and prints a line of JSON for each: its name, and why it failed."""
    for name, function in SCENARIOS.items():
        print(json.dumps({"name": name, "error": _played(function)}), flush=True)  # noqa: T201  # the answer


def _played(function: Scenario) -> str | None:
    try:
        found = function()
        if inspect.isawaitable(found):
            asyncio.run(_awaited(found))
    except Exception as error:  # noqa: BLE001  # a client may raise anything
        return "".join(traceback.format_exception(error)[-3:])
    return None


async def _awaited(found: Awaitable[None]) -> None:
    await found


def _asked(method: str, path: str, body: Any = None) -> bytes:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{URL}/__sandbox__/{path}", content, headers, method=method)  # noqa: S310  # the sandbox
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # the sandbox
        found: bytes = answer.read()
    return found
