"""What the tests of a run have in common."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.salesforce.gateway import Gateway, gateway


@pytest.fixture
def before(org: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway before the org, which a test tells what to answer in its place."""
    with gateway(org, tmp_path) as opened:
        yield opened
