"""The files of results: one line or one row for each row of the input, whatever it holds."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ziggy_sf_write.cluster import ResultFormat, RowResult, Tally
from ziggy_sf_write.cluster.json_text import to_json_text
from ziggy_sf_write.cluster.partition import PartSummary
from ziggy_sf_write.cluster.report import ClusterReport
from ziggy_sf_write.cluster.results import SCHEMA, open_results, position_of
from ziggy_sf_write.errors import InternalError

WRITTEN = RowResult(row={"Name": "Zoë", "Id": "001"}, outcome="written", record_id="001")
FAILED = RowResult(row={"Name": "\ud83d"}, outcome="failed", reason="half: \ud83d", code="BAD")


def test_lines_hold_the_row_and_what_became_of_it(tmp_path: Path) -> None:
    with open_results(tmp_path / "part.jsonl", ResultFormat.JSONL) as file:
        file.add(position_of(3, 17), WRITTEN)
        file.add(position_of(3, 18), FAILED)
    first, second = map(json.loads, (tmp_path / "part.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {
        "part": 3, "row": 17, "outcome": "written", "Id": "001", "code": None, "reason": None, "data": WRITTEN.row,
    }  # fmt: skip
    assert (second["row"], second["code"], second["data"]) == (18, "BAD", FAILED.row)
    assert "Zoë" in (tmp_path / "part.jsonl").read_text(encoding="utf-8")


def test_parquet_holds_the_same_under_one_schema_for_all_parts(tmp_path: Path) -> None:
    with open_results(tmp_path / "part.parquet", ResultFormat.PARQUET) as file:
        file.add(position_of(3, 17), WRITTEN)
        file.add(position_of(3, 18), FAILED)
    table = pq.read_table(tmp_path / "part.parquet")
    assert table.schema.equals(SCHEMA)
    first, second = table.to_pylist()
    assert (first["part"], first["row"], first["Id"], json.loads(first["data"])) == (3, 17, "001", WRITTEN.row)
    assert (second["reason"], json.loads(second["data"])) == ("half: \\ud83d", FAILED.row)


@pytest.mark.parametrize("results", ResultFormat)
def test_results_without_rows_are_a_file_too(tmp_path: Path, results: ResultFormat) -> None:
    with open_results(tmp_path / "part", results):
        pass
    assert (tmp_path / "part").exists()


@pytest.mark.parametrize("results", ResultFormat)
def test_results_that_did_not_come_to_an_end_are_not_there(tmp_path: Path, results: ResultFormat) -> None:
    def break_off() -> None:
        with open_results(tmp_path / "part", results) as file:
            file.add(0, WRITTEN)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2)], '["2026-01-02 00:00:00+00:00", "2026-01-02"]'),
        ([Decimal("1.50"), b"\x00\xff"], '["1.50", "AP8="]'),
        ({"a": float("nan"), "b": float("-inf")}, '{"a": "NaN", "b": "-Infinity"}'),
        ("ü", '"ü"'),
        ("\ud83d", '"\\ud83d"'),
    ],
)  # fmt: skip
def test_any_row_becomes_json_that_every_reader_takes(value: object, text: str) -> None:
    assert to_json_text(value) == text


def _summary(number: int, **counts: int) -> PartSummary:
    tally = Tally()
    tally.counts.update(counts)
    return PartSummary(number=number, tally=tally, worker="w", elapsed_ms=1, stop=None, usage=None)


def test_a_report_adds_up_over_partitions() -> None:
    report = ClusterReport(config={}, staged={0: 3, 1: 2})
    report.add(_summary(0, received=3, written=1, failed=2))
    report.add(_summary(1, received=2, written=1, unknown=1))
    report.check()
    assert report.counts["received"] == report.counts["written"] + report.counts["failed"] + report.counts["unknown"]
    assert not report.is_whole


@pytest.mark.parametrize(
    "summaries",
    [
        [_summary(0, received=3, written=2)],
        [_summary(0, received=4, written=4)],
        [_summary(0, received=3, written=3), _summary(0, received=3, written=3)],
        [_summary(0, received=3, written=3)],
    ],
    ids=["a row without an outcome", "a row too many", "a partition twice", "a partition missing"],
)
def test_what_does_not_add_up_is_a_defect(summaries: list[PartSummary]) -> None:
    report = ClusterReport(config={}, staged={0: 3, 1: 2})

    def add_up() -> None:
        for summary in summaries:
            report.add(summary)
        report.check()

    with pytest.raises(InternalError):
        add_up()
