"""One org, one budget: how the calls at a time, the reserve and the choice of API are shared out."""

from typing import Any

import pytest

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster.driver import Budget, cut_budget, for_partitions
from ziggy_sf_write.salesforce.org import ApiUsage

CONFIG = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}


@pytest.mark.parametrize(
    ("concurrency", "slots", "partitions", "expected"),
    [
        (5, 1, 9, (1, 5)),
        (5, 2, 9, (2, 2)),
        (8, 2, 9, (2, 4)),
        (20, 40, 90, (20, 1)),
        (1, 3, 9, (1, 1)),
        (25, 7, 9, (7, 3)),
        (10, 4, 1, (1, 10)),  # one file is one partition, and no other needs calls beside it
        (10, 4, 2, (2, 5)),
    ],
)
def test_calls_are_cut_by_the_partitions_that_write_at_once(
    concurrency: int, slots: int, partitions: int, expected: tuple[int, int]
) -> None:
    budget = cut_budget(concurrency, slots=slots, partitions=partitions)
    assert (budget.leases, budget.calls_each) == expected
    assert budget.leases * budget.calls_each <= concurrency


def _own(rows: int = 10, usage: ApiUsage | None = None, **advanced: Any) -> Any:
    config = {**CONFIG, "advanced": advanced}
    budget = Budget(leases=2, calls_each=4)
    own = for_partitions(config, parse_config(config).advanced, budget, rows=rows, usage=usage)
    parse_config(own)
    return own["advanced"]


def test_the_api_is_chosen_by_the_rows_of_the_whole_run() -> None:
    left = ApiUsage(used=0, limit=1_000)
    assert _own(rows=40_000, usage=left)["bulkThreshold"] == 40_001
    # A fifth of the calls that are left is not enough for all partitions together.
    assert _own(rows=40_001, usage=left)["bulkThreshold"] == 1
    assert _own(rows=50_000)["bulkThreshold"] == 50_001
    assert _own(rows=60, bulkThreshold=60)["bulkThreshold"] == 1
    assert "bulkThreshold" not in _own(rows=50_000, api="collections")


def test_the_reserve_grows_by_the_calls_that_may_be_under_way() -> None:
    usage = ApiUsage(used=10, limit=1000)
    assert _own(usage=usage, reserveApiCalls=20)["reserveApiCalls"] == pytest.approx(20.8)
    assert _own(usage=usage, reserveApiCalls=100)["reserveApiCalls"] == 100
    assert "reserveApiCalls" not in _own(usage=usage)
    assert _own(reserveApiCalls=20)["reserveApiCalls"] == 20
