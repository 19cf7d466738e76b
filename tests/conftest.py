"""Fixtures that every room uses."""

import csv
import gc
import os
from collections.abc import Generator, Iterator

import pluggy
import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.planted import planted_in
from tests.support.postgres import find_binaries, running_postgres
from ziggy_sf_write import hookspecs, plugin
from ziggy_sf_write.salesforce.org import ORGS

# How long an example takes says how busy the machine is: no deadline. The same examples for every change, so that a red
# run means the change; a developer's machine explores.
settings.register_profile("explore", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile("ci" if os.environ.get("CI") else "explore")

# What is imported and collected stays until the end: to look through it for garbage again and again takes a fifth of
# the time until the first test.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """From here on garbage is collected as ever, among what the tests make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails a test whose output or log shows a planted secret, whatever else it has shown."""
    report = yield
    shown = [name for name, text in report.sections if planted_in(text)]
    if shown and report.outcome == "passed":
        report.outcome = "failed"
        report.longrepr = f"a planted secret stands in: {', '.join(shown)}"
    return report


@pytest.fixture
def org() -> Iterator[Sandbox]:
    """A sandbox org of the test's own, with rules to meet; the process forgets its session afterwards."""
    with Sandbox(SandboxOptions(example_rules=True)) as sandbox:
        yield sandbox
    ORGS.clear()


@pytest.fixture
def short_cells() -> Iterator[None]:
    """Python's own limit to the cells of CSV files: the sandbox raises it for its whole process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.fixture
def plugins() -> pluggy.PluginManager:
    """A plugin manager that knows this plugin and nothing that happens to be installed."""
    manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    return manager


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for all tests of a process; `-m "not postgres"` leaves out those that need it."""
    binaries = find_binaries()
    assert binaries is not None, "PostgreSQL's server is not installed: apt-get install postgresql"
    with running_postgres(binaries) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    engine = create_engine(postgres_server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres_server
