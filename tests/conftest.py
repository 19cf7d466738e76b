"""Fixtures that every room uses."""

from collections.abc import Iterator

import pluggy
import pytest

from ziggy_sf_write import hookspecs, plugin
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_sf_write.sandbox import Sandbox


@pytest.fixture
def org() -> Iterator[Sandbox]:
    """A sandbox org of the test's own; the process forgets its session afterwards."""
    with Sandbox() as sandbox:
        yield sandbox
    ORGS.clear()


@pytest.fixture
def plugins() -> pluggy.PluginManager:
    """A plugin manager that knows this plugin and nothing that happens to be installed."""
    manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    return manager
