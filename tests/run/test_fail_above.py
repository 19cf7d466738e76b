"""`failAbove`: the share of items that may stay unwritten before the call ends the flow (block.md, section 2)."""

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.errors import ConfigError, NotWrittenError

BY_KEY = {"matchKey": "Ext__c"}
ITEMS = tuple({"Ext__c": str(number), "Name": "n" if number > 1 else "n" * 300} for number in range(40))


def test_more_than_the_share_is_fatal_after_all_is_accounted_for(org: Sandbox) -> None:
    with pytest.raises(NotWrittenError) as caught:
        write(org, ITEMS, {**BY_KEY, "validate": True, "advanced": {"failAbove": 4}})
    assert str(caught.value).startswith("2 of 40 items were not written, more than the 4 % that `failAbove` allows")
    assert "2 invalid" in str(caught.value)
    assert caught.value.report is not None
    assert caught.value.report["counts"]["written"] == len(caught.value.written) == 38
    assert len(caught.value.report["notWritten"]) == 2
    assert len(org.records("Account")) == 38


@pytest.mark.parametrize("allowed", [5, 100, None, ""])
def test_the_share_itself_is_allowed_and_empty_means_never(org: Sandbox, allowed: object) -> None:
    result = write(org, ITEMS, {**BY_KEY, "validate": True, "advanced": {"failAbove": allowed}})
    assert outcomes(result) == {"written": 38, "invalid": 2}


def test_zero_allows_none_and_no_items_are_no_failure(org: Sandbox) -> None:
    assert outcomes(write(org, [], {**BY_KEY, "advanced": {"failAbove": 0}})) == {}
    with pytest.raises(NotWrittenError):
        write(org, ITEMS, {**BY_KEY, "advanced": {"failAbove": 0}})


def test_a_run_that_ended_for_another_reason_names_that(org: Sandbox) -> None:
    with pytest.raises(ConfigError, match="Nonsense"):
        write(org, ITEMS, {**BY_KEY, "properties": ["Nonsense"], "advanced": {"failAbove": 0}})
