"""A fresh sandbox for each test, and a client that is logged in."""

from collections.abc import Iterator

import pytest

from tests.sandbox.client import SESSIONS, Api
from ziggy_sf_write.sandbox import Sandbox
from ziggy_sf_write.sandbox.pytest_plugin import sandbox, start_sandbox

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
