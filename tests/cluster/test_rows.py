"""Rows through the block as a plain function over an iterator: what every engine calls."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from ziggy_sf_write.cluster import RowResult, write_frames, write_rows
from ziggy_sf_write.contract import HostError, JsonValue
from ziggy_sf_write.errors import ConfigError

CONFIG = {"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}


def _write(
    org: Sandbox, rows: Iterable[JsonValue], *, window: int = 10, **config: Any
) -> tuple[Counter[str], list[RowResult]]:
    found = list(write_rows(iter(rows), {**CONFIG, **config}, context_for(org), window=window))
    return Counter(one.outcome for one in found), found


def _rows(count: int) -> list[dict[str, Any]]:
    return [{"Ext__c": str(number), "Name": f"n{number}"} for number in range(count)]


def test_windows_add_up_and_results_come_in_order(org: Sandbox) -> None:
    counts, found = _write(org, _rows(25))
    assert counts == {"written": 25}
    assert [one.item["Name"] for one in found] == [f"n{number}" for number in range(25)]
    assert [one.record_id for one in found] == [one.item["Id"] for one in found]
    assert {len(one.item["Id"]) for one in found} == {18}


def test_a_row_that_was_not_written_says_why(org: Sandbox) -> None:
    counts, found = _write(org, [*_rows(1), {"Ext__c": "long", "Name": "y" * 256}, "no object"])
    assert [(one.outcome, one.code) for one in found] == [
        ("written", ""),
        ("failed", "STRING_TOO_LONG"),
        ("failed", "not_an_object"),
    ]
    assert "too large" in found[1].reason
    assert counts["failed"] == 2


def test_a_create_without_a_key_is_refused_and_its_neighbours_are_written(org: Sandbox) -> None:
    (known,) = org.insert("Account", [{"Name": "old"}])
    rows = [{"Name": "new"}, {"id": known, "Name": "changed"}, {"Id": "", "Name": "new"}, {"Id": None, "Name": "new"}]
    counts, found = _write(org, rows, matchKey="Id")
    assert [one.outcome for one in found] == ["failed", "written", "failed", "failed"]
    assert found[0].code == "create_without_key"
    assert "would exist twice" in found[0].reason
    assert "Match by an external id" in found[0].reason
    assert [one["Name"] for one in org.records("Account")] == ["changed"]
    assert counts == {"failed": 3, "written": 1}


def test_an_update_by_id_without_an_id_is_left_to_the_block(org: Sandbox) -> None:
    _, found = _write(org, [{"Name": "new"}], matchKey="Id", upsert=False)
    assert (found[0].outcome, found[0].code) == ("failed", "key_missing")


def test_after_a_fatal_error_all_rows_are_handed_on_as_unprocessed(org: Sandbox) -> None:
    counts, found = _write(org, _rows(25), object="Acount")
    assert "`Acount` does not exist" in found[0].reason
    assert counts == {"unprocessed": 25}
    assert {(one.outcome, one.code) for one in found} == {("unprocessed", "run_stopped")}
    assert "does not exist" in found[24].reason


def test_what_was_written_before_a_fatal_error_has_its_id(org: Sandbox) -> None:
    org.inject("request_limit_total", at=(3,), kinds=("collections_upsert",))
    _, found = _write(org, _rows(50), window=50, advanced={"batchSize": 10, "concurrency": 1})
    assert "takes no more API calls" in found[-1].reason
    assert [one.outcome for one in found] == ["written"] * 20 + ["unprocessed"] * 30
    assert [one.record_id for one in found[:20]] == [one["Id"] for one in org.records("Account")]


def test_a_connection_that_cannot_be_had_is_said_before_the_first_row(org: Sandbox) -> None:
    with pytest.raises(HostError, match="There is no connection `nowhere`"):
        _write(org, _rows(3), connection="nowhere")


def test_max_failures_count_over_all_windows(org: Sandbox) -> None:
    rows = [{"Ext__c": str(number), "Name": "y" * 256} for number in range(30)]
    settings = {"maxFailures": 12, "batchSize": 1, "concurrency": 1}
    counts, found = _write(org, rows, advanced=settings)
    assert (counts["failed"], counts["unprocessed"]) == (12, 18)
    assert "12 writes had failed before" in found[29].reason


def test_a_dry_run_previews_and_writes_nothing(org: Sandbox) -> None:
    counts, found = _write(org, _rows(2), advanced={"dryRun": True})
    assert [(one.outcome, one.record_id) for one in found] == [("wouldCreate", None)] * 2
    assert counts["wouldCreate"] == 2
    assert org.records("Account") == []


def test_a_wrong_configuration_is_said_before_the_first_row(org: Sandbox) -> None:
    with pytest.raises(ConfigError, match="matchKey"):
        _write(org, _rows(1), matchKey=None)


def test_frames_come_back_as_frames_of_results(org: Sandbox) -> None:
    frames = [pd.DataFrame({"Ext__c": ["a", "b"], "Name": ["A", None], "NumberOfEmployees": [5, None]})]
    # Beside an empty cell pandas makes 5 a 5.0, which validation puts right.
    (found,) = write_frames(iter(frames), {**CONFIG, "validate": True}, context_for(org))
    assert list(found["outcome"]) == ["written", "failed"]
    assert found["code"][1] == "REQUIRED_FIELD_MISSING"
    (record,) = org.records("Account")
    assert (record["Id"], record["NumberOfEmployees"]) == (found["Id"][0], 5)
    assert '"Ext__c": "b"' in found["data"][1]


def test_the_frames_of_one_partition_are_one_stream(org: Sandbox) -> None:
    """What ends the writing of one frame ends that of those behind it."""
    frames = [pd.DataFrame([{"Ext__c": f"{at}", "Name": "y" * 256}]) for at in range(3)]
    frames.insert(1, frames[0].iloc[:0])
    found = list(
        write_frames(
            iter(frames), {**CONFIG, "advanced": {"maxFailures": 1, "batchSize": 1, "concurrency": 1}}, context_for(org)
        )
    )
    assert [list(one["outcome"]) for one in found] == [["failed"], ["unprocessed"], ["unprocessed"]]
