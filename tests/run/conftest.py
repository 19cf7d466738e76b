"""What the tests of a run have in common."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Gateway, gateway
from ziggy_sf_write.salesforce.org import ORGS


@pytest.fixture
def before(org: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway before the org, which a test tells what to answer in its place."""
    with gateway(org, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_org() -> Iterator[Sandbox]:
    """One org for all schedules of a module."""
    with Sandbox() as sandbox:
        yield sandbox
        limit = sandbox.org.options.api_limit
        assert sandbox.stats().api_calls < limit, "an org that takes no more calls shows nothing"
    ORGS.clear()
