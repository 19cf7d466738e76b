"""A fresh sandbox for each test, and a client that is logged in."""

from collections.abc import Iterator

import pytest

from salesforce_sandbox import Sandbox
from salesforce_sandbox.pytest_plugin import sandbox, start_sandbox
from tests.sandbox.client import SESSIONS, Api

__all__ = ["api", "sandbox", "start_sandbox"]


@pytest.fixture(autouse=True)
def _closed_sessions() -> Iterator[None]:
    """Closes the clients' connections before the garbage collector finds them open."""
    yield
    while SESSIONS:
        SESSIONS.pop().close()


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    """REST calls against the fresh sandbox."""
    return Api(org=sandbox)
