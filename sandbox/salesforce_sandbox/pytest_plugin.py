"""Fixtures for pytest, there as soon as the package is installed: `salesforce_org` and `start_salesforce_org`."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .options import SandboxOptions
    from .server import Sandbox

StartSandbox = Callable[["SandboxOptions"], "Sandbox"]


@pytest.fixture
def start_salesforce_org() -> Iterator[StartSandbox]:
    """Starts orgs with options of their own, which end with the test."""
    from .server import Sandbox  # a test run that uses no org does not load the server

    with ExitStack() as stack:

        def start(options: "SandboxOptions") -> "Sandbox":
            return stack.enter_context(Sandbox(options))

        yield start


@pytest.fixture
def salesforce_org(start_salesforce_org: StartSandbox) -> Iterator["Sandbox"]:
    """A fresh org; for as long as the test runs, the environment makes clients trust it and tells how to log in."""
    from .options import SandboxOptions

    org = start_salesforce_org(SandboxOptions())
    given = org.environment()
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    yield org
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
