"""A fresh sandbox for each test, and a client that is logged in."""

import pytest

from tests.sandbox.client import Api
from ziggy_sf_write.sandbox import Sandbox
from ziggy_sf_write.sandbox.pytest_plugin import sandbox, start_sandbox

__all__ = ["api", "sandbox", "start_sandbox"]


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    """REST calls against the fresh sandbox."""
    return Api(org=sandbox)
