"""The streaming core: windows, one set of counts, what ends the writing, and that every row is handed on in order."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.host import FakeContext, MemoryStore
from tests.support.orgs import context_for
from tests.support.streams import CONFIG, Hinted, stream
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.contract import HostError
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.executor import row_results
from ziggy_sf_write.run.pipeline import Pipeline

ROOT = Path(__file__).parents[2]


def _rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Ext__c": str(number), "Name": f"n{number}", **more} for number in range(count)]


def test_windows_add_up_and_rows_are_handed_on_in_order(org: Sandbox) -> None:
    done = stream(iter(_rows(25)), context_for(org))
    counts = done.report["counts"]
    assert (counts["received"], counts["written"], done.report["created"]) == (25, 25, 25)
    assert done.report["apiCalls"]["byKind"] == {"login": 1, "versions": 1, "describe": 1, "collections_upsert": 3}
    assert done.report["apiCalls"]["used"] == 6
    assert [(one.index, one.item["Name"]) for one in done.results] == [(at, f"n{at}") for at in range(25)]
    assert all(one.item["Id"] == one.record_id for one in done.results)
    assert done.error is None


def test_what_is_written_is_told_at_once_and_what_is_not_is_left_to_the_windows_end(org: Sandbox) -> None:
    told: list[int] = []
    rows = _rows(7)
    rows[3]["Name"] = "n" * 300
    run = RunContext.start(parse_config({**CONFIG, "advanced": {"batchSize": 2, "concurrency": 1}}), context_for(org))
    windows = Pipeline(run).write(
        iter(rows), window=5, on_written=lambda window, at: told.extend(window.first + i for i in at)
    )
    first = next(windows)
    assert (first.first, told) == (0, [0, 1, 2, 4])
    assert [one.outcome for one in row_results(first, [3])] == ["failed"]
    assert len(list(windows)) == 1
    assert told == [0, 1, 2, 4, 5, 6]


def test_a_window_is_settled_before_the_next_is_read(org: Sandbox) -> None:
    """So that memory does not grow with the stream, and who is killed has handed on what was written."""
    read: list[int] = []

    def source() -> Iterator[dict[str, Any]]:
        for at, row in enumerate(_rows(30)):
            read.append(at)
            yield row

    windows = Pipeline(RunContext.start(parse_config(CONFIG), context_for(org))).write(source(), window=10)
    assert len(next(windows).items) == 10
    assert len(read) == 10
    assert len(org.records("Account")) == 10


def test_a_window_whose_reader_is_done_is_held_by_nobody() -> None:
    """Nor by a circle of references: there may be 20,000 rows in it, and the collector comes when it likes.

    In a process of its own: what measures coverage looks into the locals of all frames, which keeps what was in them.
    """
    command = [sys.executable, "-m", "tests.support.held_rows"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    held = json.loads(answer.stdout)
    assert sorted(held) == ["parts", "parts, compared", "windows", "windows, compared"]
    for way, rows in held.items():
        assert rows == [*range(10)] * 3, way


def test_a_row_that_did_not_make_it_is_handed_on_with_its_reason(org: Sandbox) -> None:
    done = stream([*_rows(2), {"Ext__c": "long", "Name": "y" * 256}], context_for(org))
    assert (done.results[2].outcome, done.results[2].code) == ("failed", "STRING_TOO_LONG")
    assert "too large" in done.results[2].reason


def test_a_fatal_error_hands_the_remaining_rows_on_as_unprocessed(org: Sandbox) -> None:
    org.inject("request_limit_total", at=(2,), kinds=("collections_upsert",))
    done = stream(_rows(35), context_for(org))
    assert done.error is not None
    assert done.outcomes == ["written"] * 10 + ["unprocessed"] * 25
    counts = done.report["counts"]
    assert sum(counts[name] for name in ("written", "unprocessed")) == counts["received"] == 35


def test_a_host_without_the_connection_is_told_before_anything_is_read() -> None:
    with pytest.raises(HostError, match="sfDev"):
        stream(_rows(2), FakeContext())


def test_failures_are_counted_over_all_windows(org: Sandbox) -> None:
    rows = _rows(40, Description="x" * 40_000)
    config = {"advanced": {"maxFailures": 15, "batchSize": 5, "concurrency": 1}}
    counts = stream(rows, context_for(org), config).report["counts"]
    assert (counts["failed"], counts["unprocessed"]) == (15, 25)


def test_with_a_wrong_configuration_nothing_is_attempted(org: Sandbox) -> None:
    done = stream(_rows(1), context_for(org), {"matchKey": "Nope"})
    assert isinstance(done.error, ConfigError)
    assert "`Nope` is not a field" in str(done.error)
    assert done.outcomes == ["unprocessed"]
    assert org.stats().write_calls == 0


def test_no_rows_are_no_calls(org: Sandbox) -> None:
    done = stream([], context_for(org))
    assert (done.report["counts"]["received"], done.results, org.stats().total_calls) == (0, [], 0)


def test_a_load_that_was_killed_takes_the_jobs_of_all_its_windows_up_again(org: Sandbox) -> None:
    """And the key of the first window that comes back in the second ends with its last value."""
    rows = [*_rows(10), *_rows(10, Phone="2")]
    context = context_for(org)
    config = {**CONFIG, "advanced": {"api": "bulk"}}
    windows = Pipeline(RunContext.start(parse_config(config), context)).write(iter(rows), window=10)
    killed = (result for one in windows for result in row_results(one))
    assert len(list(islice(killed, 15))) == 15
    del killed
    assert org.stats().calls["bulk_upload"] == 2
    done = stream(iter(rows), context, config)
    assert done.outcomes == ["written"] * 20
    assert org.stats().calls["bulk_upload"] == 2
    assert {one["Phone"] for one in org.records("Account")} == {"2"}
    assert context.store.namespaces() == []


def test_a_finished_job_that_cannot_be_struck_is_told(org: Sandbox) -> None:
    class Full(MemoryStore):
        def delete_key(self, name: str, key: str) -> bool:
            raise HostError("the disk is full")

    done = stream(_rows(3), context_for(org, store=Full()), {"advanced": {"api": "bulk"}})
    assert done.report["counts"]["written"] == 3
    assert "could not be struck" in str(done.error)


def test_in_a_run_that_may_be_made_again_nothing_is_created_without_a_key(org: Sandbox) -> None:
    """Such as a partition whose worker dies: a second try would make a second record."""
    (known,) = org.insert("Account", [{"Name": "old"}])
    rows = [{"Id": known, "Name": "new"}, {"Name": "born"}, {"Id": "", "Name": "blank"}]
    done = stream(rows, context_for(org), {"matchKey": "Id"}, is_repeatable=True)
    expected = [("written", ""), ("failed", "create_without_key"), ("failed", "create_without_key")]
    assert [(one.outcome, one.code) for one in done.results] == expected
    assert [one["Name"] for one in org.records("Account")] == ["new"]


def test_in_a_dry_run_rows_are_previewed(org: Sandbox) -> None:
    org.insert("Account", [{"Ext__c": "1", "Name": "known"}])
    done = stream(_rows(2), context_for(org), {"advanced": {"dryRun": True}})
    assert done.outcomes == ["wouldCreate", "wouldUpdate"]
    assert [one["Name"] for one in org.records("Account")] == ["known"]


def test_the_rows_still_to_come_decide_whether_the_days_calls_suffice(org: Sandbox) -> None:
    context = context_for(org)
    stream(_rows(1), context)
    done = stream(Hinted(_rows(15), 50_000_000), context, window=5_000)
    assert (done.report["api"]["name"], done.outcomes) == ("bulk", ["written"] * 15)


def test_progress_counts_all_that_is_still_to_come(org: Sandbox) -> None:
    context = context_for(org)
    stream(Hinted(_rows(15), 85), context)
    assert [one.total for one in context.reported if one.phase == "keep"] == [95, 100]
    assert [one.done for one in context.reported if one.phase == "keep"] == [10, 15]


def test_failed_items_of_one_key_are_all_kept_whatever_window_they_are_in(org: Sandbox) -> None:
    rows = [{"Ext__c": "a", "Name": "x" * 300, "Phone": str(at)} for at in range(3)]
    context = context_for(org)
    stream(rows, context, {"errorNamespace": "bad"}, window=1)
    assert sorted(record.key for record in context.store.find("bad", limit=9)) == ["a", "a (2)", "a (3)"]


def test_a_preview_takes_a_new_key_for_one_record_whatever_window_it_is_in(org: Sandbox) -> None:
    rows = [{"Ext__c": "a", "Name": "first"}, {"Ext__c": "a", "Name": "last"}]
    done = stream(rows, context_for(org), {"advanced": {"dryRun": True}}, window=1)
    assert done.outcomes == ["wouldCreate", "wouldUpdate"]


def test_a_later_window_may_refer_to_what_no_earlier_one_did(org: Sandbox) -> None:
    """What a reference needs to be checked by is asked for when it first comes."""
    (account,) = org.insert("Account", [{"Name": "Acme"}])
    rows = [{"Ext__c": "a", "LastName": "A"}, {"Ext__c": "b", "LastName": "B", "AccountId": f"003{account[3:15]}"}]
    done = stream(rows, context_for(org), {"object": "Contact", "validate": True}, window=1)
    assert done.results[1].code == "wrong_id_object"


def test_what_the_first_window_has_asked_for_serves_the_next(org: Sandbox) -> None:
    (account,) = org.insert("Account", [{"Name": "Acme"}])
    rows = [{"Ext__c": f"{at}", "LastName": "A", "AccountId": account} for at in range(3)]
    done = stream(rows, context_for(org), {"object": "Contact", "validate": True}, window=1)
    assert done.outcomes == ["written"] * 3
    assert org.stats().calls["describe_global"] == 1


def test_names_that_are_no_texts_end_as_failed_not_as_a_crash(org: Sandbox) -> None:
    rows: list[Any] = [{"Ext__c": "a", "Name": "fine", 5: "five"}, {5: "five"}]
    done = stream(rows, context_for(org), {"properties": ["Name"], "errorNamespace": "bad"})
    assert done.outcomes == ["written", "failed"]
