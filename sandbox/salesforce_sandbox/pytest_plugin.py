"""Fixtures for test-suites: `sandbox`, a fresh org, and `start_sandbox` for one with other options.

Import them in a conftest: `from salesforce_sandbox.pytest_plugin import sandbox, start_sandbox`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from .options import SandboxOptions
from .server import Sandbox

StartSandbox = Callable[[SandboxOptions], Sandbox]


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
