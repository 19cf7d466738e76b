"""The bar of a load says all that a person wants to know, in a terminal of any usual width."""

import io
import itertools
import re

import pytest
from rich.console import Console

from ziggy_sf_write.contract import Progress
from ziggy_sf_write.salesforce.org import ApiUsage, Org
from ziggy_studio.cli.progress_bar import ProgressBar


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_rows_rate_failures_calls_left_and_time_to_go_are_shown(width: int) -> None:
    out, seconds = io.StringIO(), itertools.count(step=0.5)
    console = Console(file=out, width=width, get_time=lambda: float(next(seconds)))
    bar = ProgressBar("accounts.csv", console)
    bar.org = Org({"accessToken": "planted-Token", "instanceUrl": "https://127.0.0.1:1"})
    bar.org.note_usage(ApiUsage(used=500, limit=100_000))
    with bar:
        for done in range(0, 50_000, 2_000):
            bar.update("write", Progress(phase="write", done=done, total=1_000_000, failures=12_345))
    (*_, last) = out.getvalue().strip().splitlines()
    assert "48,000 of 1,000,000 rows" in last
    assert "/s, 12,345 failed, 99,500 calls left" in last
    assert re.search(r" calls left +(-:)?[\d-]+:[\d-]+", last)
    assert "…" not in last
