"""A fresh sandbox for each test, and a client that is logged in."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from salesforce_sandbox.pytest_plugin import StartSandbox
from tests.sandbox.client import SESSIONS, Api


@pytest.fixture
def start_sandbox() -> Iterator[StartSandbox]:
    """Starts sandboxes that end with the test."""
    with ExitStack() as stack:

        def start(options: SandboxOptions) -> Sandbox:
            return stack.enter_context(Sandbox(options))

        yield start


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> Sandbox:
    """A fresh org with default options."""
    return start_sandbox(SandboxOptions())


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
