"""A whole run on a cluster: every row has its outcome, the org holds what the report says."""

import json
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster, get_task_stream

from salesforce_sandbox import Sandbox
from tests.cluster.helpers import (
    connection_to,
    counted,
    held,
    last_of_each_key,
    outcomes,
    results,
    rows_with_repeats,
    run,
    write_parts,
)
from tests.support.planted import assert_no_secret
from ziggy_sf_write.cluster import ClusterError, ClusterOptions, Missing, ResultFormat
from ziggy_sf_write.cluster.liveness import LOST_SIGHT, STOPPED, StopSign
from ziggy_sf_write.cluster.storage import RunFolder
from ziggy_sf_write.contract import Connection, Progress
from ziggy_sf_write.errors import AccessError, ConfigError, LoginError


def test_every_row_has_its_outcome_and_the_last_row_of_each_key_stays(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    parts = rows_with_repeats(5, 200)
    report = run(client, org, write_parts(tmp_path / "in", parts), tmp_path / "out")
    assert counted(report) == {"written": 1000}
    assert held(org) == last_of_each_key(parts)
    found = results(tmp_path / "out")
    assert [(one["part"], one["row"]) for one in found] == [(part, row) for part in range(5) for row in range(200)]
    by_id = {one["Id"]: one["Name"] for one in org.records("Account")}
    assert {one["data"]["Id"] for one in found} == set(by_id)
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report.to_json()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.json", "results"]


def test_keys_that_salesforce_takes_for_one_are_written_in_order(client: Client, org: Sandbox, tmp_path: Path) -> None:
    spelled = ["Key", "KEY ", " key", "kEY"]
    parts = [[{"EXT__c": one, "Name": f"part {number}"}] for number, one in enumerate(spelled)]
    report = run(client, org, write_parts(tmp_path / "in", parts), tmp_path / "out")
    assert (report.total["created"], report.total["updated"]) == (1, 3)
    assert [one["Name"] for one in org.records("Account")] == ["part 3"]


def test_rows_that_were_not_written_are_among_the_results_with_their_reasons(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    rows = [{"Ext__c": "a", "Name": "fine"}, {"Ext__c": "b", "Name": "y" * 256}, "text", {"Name": "no key"}]
    report = run(client, org, write_parts(tmp_path / "in", [rows]), tmp_path / "out")
    assert counted(report) == {"written": 1, "failed": 3}
    assert not report.is_whole
    found = results(tmp_path / "out")
    assert [one["outcome"] for one in found] == ["written", "failed", "failed", "failed"]
    assert [one["code"] for one in found] == [None, "STRING_TOO_LONG", "not_an_object", "key_missing"]
    assert [one["data"] for one in found][1:] == rows[1:]


def test_creates_without_a_key_are_refused_row_by_row(client: Client, org: Sandbox, tmp_path: Path) -> None:
    (known,) = org.insert("Account", [{"Name": "old"}])
    rows = [{"Id": known, "Name": "changed"}, {"Name": "new"}]
    report = run(client, org, write_parts(tmp_path / "in", [rows]), tmp_path / "out", matchKey="Id")
    assert counted(report) == {"written": 1, "failed": 1}
    assert results(tmp_path / "out")[1]["code"] == "create_without_key"
    assert [one["Name"] for one in org.records("Account")] == ["changed"]


def test_csv_is_validated_and_its_texts_become_numbers(client: Client, org: Sandbox, tmp_path: Path) -> None:
    for number, rows in enumerate(["a,12\nb,oops\n", "c,\n"]):
        (tmp_path / f"{number}.csv").write_text("Ext__c,NumberOfEmployees\n" + rows)
    org.insert("Account", [{"Name": one, "Ext__c": one} for one in "abc"])
    report = run(client, org, str(tmp_path / "*.csv"), tmp_path / "out")
    assert counted(report) == {"written": 2, "invalid": 1}
    assert {one["Ext__c"]: one.get("NumberOfEmployees") for one in org.records("Account")} == {
        "a": 12, "b": None, "c": None,
    }  # fmt: skip


def _parquet(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
    return path


# Dask's own reader, which is not ours to change, still says `inplace` to a pandas that will do without.
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index:DeprecationWarning")
def test_parquet_keeps_its_types_and_its_results_are_parquet(client: Client, org: Sandbox, tmp_path: Path) -> None:
    org.insert("Account", [{"Name": "old", "Ext__c": "a", "Phone": "1"}])
    schema = pa.schema(
        [("Ext__c", pa.string()), ("Name", pa.string()), ("AnnualRevenue", pa.decimal128(18, 2)),
         ("NumberOfEmployees", pa.int64()), ("Phone", pa.string())]
    )  # fmt: skip
    row = {"Ext__c": "a", "Name": "Acme", "AnnualRevenue": Decimal("9007199254740993.25"), "NumberOfEmployees": 7}
    path = _parquet(tmp_path / "one.parquet", [row, {"Ext__c": "b", "Name": "Two"}], schema)
    options = ClusterOptions(results=ResultFormat.PARQUET)
    report = run(client, org, path, tmp_path / "out", options=options)
    assert counted(report) == {"written": 2}
    first, second = org.records("Account")
    assert (first["Name"], first["NumberOfEmployees"], first["Phone"]) == ("Acme", 7, "1")
    assert second.get("NumberOfEmployees") is None
    table = pq.read_table(tmp_path / "out" / "results")
    assert table["outcome"].to_pylist() == ["written", "written"]
    assert '"9007199254740993.25"' in table["data"].to_pylist()[0]


@pytest.mark.parametrize(("missing", "phone"), [(Missing.UNTOUCHED, "1"), (Missing.CLEAR, None)])
def test_an_empty_cell_of_a_dataframe_leaves_or_clears_its_field(
    client: Client, org: Sandbox, tmp_path: Path, missing: Missing, phone: str | None
) -> None:
    org.insert("Account", [{"Name": "old", "Ext__c": "a", "Phone": "1"}])
    frame = pd.DataFrame({"Ext__c": ["a", "b"], "Name": ["A", "B"], "Phone": [None, "2"]})
    options = ClusterOptions(missing=missing)
    report = run(client, org, dd.from_pandas(frame, npartitions=2), tmp_path / "out", options=options)
    assert counted(report) == {"written": 2}
    assert [one.get("Phone") for one in org.records("Account")] == [phone, "2"]


def test_the_number_of_partitions_can_be_chosen(client: Client, org: Sandbox, tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "in", rows_with_repeats(2, 50))
    report = run(client, org, parts, tmp_path / "out", options=ClusterOptions(partitions=7))
    assert counted(report) == {"written": 100}
    assert len(list((tmp_path / "out" / "results").iterdir())) == len(report.partitions) == 7


@pytest.mark.parametrize(("partitions", "is_shuffled"), [(1, False), (2, True)])
def test_one_part_in_one_partition_keeps_its_order_without_a_shuffle(
    client: Client, org: Sandbox, tmp_path: Path, partitions: int, *, is_shuffled: bool
) -> None:
    parts = rows_with_repeats(1, 500)
    options = ClusterOptions(partitions=partitions)
    with get_task_stream(client) as stream:
        report = run(client, org, write_parts(tmp_path / "in", parts), tmp_path / "out", options=options)
    assert counted(report) == {"written": 500}
    assert held(org) == last_of_each_key(parts)
    assert any("shuffle" in str(task["key"]) for task in stream.data) is is_shuffled


def test_parts_without_rows_are_fine(client: Client, org: Sandbox, tmp_path: Path) -> None:
    report = run(client, org, write_parts(tmp_path / "in", [[], []]), tmp_path / "out")
    assert (counted(report), report.is_whole) == ({}, True)


@pytest.mark.slow
def test_many_rows_go_through_bulk_jobs_whatever_the_size_of_a_partition(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    parts = rows_with_repeats(4, 100)
    folder = write_parts(tmp_path / "in", parts)
    report = run(client, org, folder, tmp_path / "out", advanced={"bulkThreshold": 400})
    assert (counted(report), report.total["api"]["name"]) == ({"written": 400}, "bulk")
    assert held(org) == last_of_each_key(parts)


def test_a_dry_run_says_what_would_happen(client: Client, org: Sandbox, tmp_path: Path) -> None:
    org.insert("Account", [{"Name": "old", "Ext__c": "k3"}])
    folder = write_parts(tmp_path / "in", rows_with_repeats(2, 50))
    report = run(client, org, folder, tmp_path / "out", advanced={"dryRun": True})
    assert counted(report) == {"wouldCreate": 99, "wouldUpdate": 1}
    assert outcomes(results(tmp_path / "out")) == {"wouldCreate": 99, "wouldUpdate": 1}
    assert len(org.records("Account")) == 1


def test_progress_goes_up_to_the_last_row(client: Client, org: Sandbox, tmp_path: Path) -> None:
    told: list[Progress] = []
    folder = write_parts(tmp_path / "in", rows_with_repeats(3, 50))
    run(client, org, folder, tmp_path / "out", on_progress=told.append)
    assert [one.done for one in told if one.phase == "read"] == [1, 2, 3]
    done = [one.done for one in told if one.phase == "write"]
    assert done == sorted(done)
    assert told[-1] == Progress(phase="write", done=150, total=150, failures=0)


def test_the_tasks_are_called_after_their_partitions(client: Client, org: Sandbox, tmp_path: Path) -> None:
    with get_task_stream(client) as stream:
        run(client, org, write_parts(tmp_path / "in", rows_with_repeats(2, 10)), tmp_path / "out")
    keys = sorted(str(task["key"]) for task in stream.data)
    assert [key[:16] for key in keys if key.startswith("write-part-")] == ["write-part-00000", "write-part-00001"]
    assert [key[:16] for key in keys if key.startswith("stage-part-")] == ["stage-part-00000", "stage-part-00001"]


def test_one_login_and_one_full_describe_serve_all_partitions_of_a_process(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    report = run(client, org, write_parts(tmp_path / "in", rows_with_repeats(6, 20)), tmp_path / "out")
    calls = org.stats().calls
    # Driver and workers are one process here.
    assert (calls["oauth_token"], calls["describe"]) == (1, 1)
    assert report.total["apiCalls"]["byKind"]["login"] == 1


def test_a_stop_before_the_first_row_sends_nothing(client: Client, org: Sandbox, tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    folder = write_parts(tmp_path / "in", rows_with_repeats(2, 50))
    report = run(client, org, folder, tmp_path / "out", cancelled=cancelled)
    assert report.stop is not None
    assert report.stop.code == "stopped"
    assert not report.is_whole
    assert org.records("Account") == []
    assert not (tmp_path / "out" / "report.json").exists()


def test_after_a_stop_no_partition_starts_and_the_rest_is_unprocessed(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    cancelled = threading.Event()

    def stop_at_the_first_row(progress: Progress) -> None:
        if progress.phase == "write" and progress.done:
            cancelled.set()

    parts = rows_with_repeats(12, 400)
    org.inject("slow_answer", seconds=0.4, kinds=("collections_upsert",))
    report = run(
        client,
        org,
        write_parts(tmp_path / "in", parts),
        tmp_path / "out",
        cancelled=cancelled,
        on_progress=stop_at_the_first_row,
        advanced={"concurrency": 2},
    )
    counts = counted(report)
    assert set(counts) == {"written", "unprocessed"}
    assert sum(counts.values()) == 4800
    assert counts["unprocessed"] > 2400
    assert report.stop is not None
    assert report.stop.code == "stopped"
    found = results(tmp_path / "out")
    assert outcomes(found) == counts
    assert {one["code"] for one in found if one["outcome"] == "unprocessed"} == {"stopped"}
    written = last_of_each_key([[one["data"] for one in found if one["outcome"] == "written"]])
    assert held(org) == written


def test_a_stop_ends_the_wait_for_an_earlier_runs_calls(client: Client, org: Sandbox, tmp_path: Path) -> None:
    cancelled = threading.Event()
    folder = RunFolder(tmp_path / "out")
    folder.open()
    folder.heartbeat(0).touch()

    def stop_in_the_wait(progress: Progress) -> None:
        if progress.phase == "wait":
            cancelled.set()

    parts = write_parts(tmp_path / "in", rows_with_repeats(2, 20))
    report = run(client, org, parts, folder.path, cancelled=cancelled, on_progress=stop_in_the_wait)
    assert report.stop is not None
    assert (report.stop.code, report.counts["received"]) == ("stopped", 0)
    assert folder.heartbeat(0).exists()
    assert org.stats().write_calls == 0


def test_two_columns_of_one_name_are_refused(client: Client, org: Sandbox, tmp_path: Path) -> None:
    frame = dd.from_pandas(pd.DataFrame([["a", "b", "c"]], columns=["Ext__c", "Name", "Name"]), npartitions=1)
    with pytest.raises(ClusterError, match="two columns of one name"):
        run(client, org, frame, tmp_path / "out")


def test_a_cluster_without_workers_is_refused(org: Sandbox, tmp_path: Path) -> None:
    parts = write_parts(tmp_path / "in", [[{"Ext__c": "a"}]])
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0", protocol="inproc://") as cluster,
        Client(cluster) as client,
        pytest.raises(ClusterError, match="has no workers"),
    ):
        run(client, org, parts, tmp_path / "out")


def test_a_scheduler_that_does_not_answer_means_stop(client: Client) -> None:
    sign = StopSign("run", client, answer_within_s=0.05)
    assert sign.look() is LOST_SIGHT
    sign.clear()
    assert sign.look() is None
    sign.give(STOPPED)
    assert sign.look() == STOPPED
    sign.remove()
    assert sign.look() is LOST_SIGHT


def test_a_fatal_error_in_one_partition_ends_the_run(client: Client, org: Sandbox, tmp_path: Path) -> None:
    org.inject("request_limit_total", kinds=("collections_upsert",))
    report = run(client, org, write_parts(tmp_path / "in", rows_with_repeats(40, 10)), tmp_path / "out")
    assert counted(report) == {"unprocessed": 400}
    assert report.error is not None
    assert "takes no more API calls" in report.error
    found = results(tmp_path / "out")
    assert {one["code"] for one in found} == {"run_stopped"}
    assert all("takes no more API calls" in one["reason"] for one in found)
    # The word travels through the scheduler, so a few partitions may begin before it is heard; most never do.
    assert org.stats().calls["collections_upsert"] <= 20


def test_the_days_reserve_is_left_untouched_by_all_workers_together(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    folder = write_parts(tmp_path / "in", rows_with_repeats(10, 100))
    report = run(
        client, org, folder, tmp_path / "out", advanced={"reserveApiCalls": 99.98, "batchSize": 10, "concurrency": 4}
    )
    counts = counted(report)
    assert set(counts) == {"written", "unprocessed"}
    assert report.stop is not None
    assert report.stop.code == "api_reserve"
    # 100,000 calls a day, of which 20 may be used.
    assert 15 <= org.stats().api_calls <= 20


def test_failures_of_all_partitions_together_stop_the_run(client: Client, org: Sandbox, tmp_path: Path) -> None:
    rows = [[{"Ext__c": f"{part} {row}", "Name": "y" * 256} for row in range(100)] for part in range(10)]
    settings = {"maxFailures": 150, "batchSize": 10, "concurrency": 2}
    report = run(client, org, write_parts(tmp_path / "in", rows), tmp_path / "out", advanced=settings)
    counts = counted(report)
    assert counts["failed"] >= 150
    assert counts["unprocessed"] >= 500
    assert report.stop is not None
    assert report.stop.code == "max_failures"


def test_what_a_cluster_cannot_do_is_said_before_anything_is_read(client: Client, org: Sandbox, tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "in", [[{"Ext__c": "a"}]])
    with pytest.raises(ConfigError, match="keeps no namespace"):
        run(client, org, folder, tmp_path / "out", errorNamespace="accountErrors")
    with pytest.raises(ConfigError, match="keeps no previous values"):
        run(client, org, folder, tmp_path / "out", advanced={"previousValues": True})
    with pytest.raises(AccessError, match="`Acount` does not exist"):
        run(client, org, folder, tmp_path / "out", object="Acount")
    with pytest.raises(ConfigError, match="`Nope__c` is not a field"):
        run(client, org, folder, tmp_path / "out", matchKey="Nope__c")
    assert org.stats().write_calls == 0


def test_a_part_that_cannot_be_read_ends_the_run_before_it_sends_anything(
    client: Client, org: Sandbox, tmp_path: Path
) -> None:
    folder = write_parts(tmp_path / "in", rows_with_repeats(3, 10))
    (folder / "part-001.jsonl").write_text('{"Ext__c": "a"}\nnonsense\n')
    with pytest.raises(ClusterError, match=r"part-001\.jsonl line 2: this is not JSON"):
        run(client, org, folder, tmp_path / "out")
    assert org.stats().write_calls == 0


def test_a_refused_login_is_said_before_anything_is_read(client: Client, org: Sandbox, tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "in", [[{"Ext__c": "a"}]])
    config = {**connection_to(org).config, "consumerSecret": "planted-Secret-1"}
    wrong = Connection(name="sfDev", type="salesforce", config=config)
    with pytest.raises(LoginError) as refused:
        run(client, org, folder, tmp_path / "out", source=wrong)
    assert_no_secret(str(refused.value))
    assert org.stats().write_calls == 0
