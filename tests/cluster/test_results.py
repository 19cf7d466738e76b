"""The files of results: one line or one row for each row of the input, whatever it holds."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.cluster import ResultFormat, RowResult
from ziggy_sf_write.cluster.storage import SCHEMA, ClusterReport, open_results, position_of
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.run.outcomes import Counts, Outcome, write_reason
from ziggy_sf_write.run.report import make_report

WRITTEN = RowResult(17, {"Name": "Zoë", "Id": "001"}, "written", "001", ())
FAILED = RowResult(18, {"Name": "\ud83d"}, "failed", None, (write_reason("BAD", "half: \ud83d"),))
CONFIG = parse_config({"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"})


def test_lines_hold_the_row_and_what_became_of_it(tmp_path: Path) -> None:
    with open_results(tmp_path / "part.jsonl", ResultFormat.JSONL) as file:
        file.add(position_of(3, 17), WRITTEN)
        file.add(position_of(3, 18), FAILED)
    first, second = map(json.loads, (tmp_path / "part.jsonl").read_text(encoding="utf-8").splitlines())
    assert first == {
        "part": 3, "row": 17, "outcome": "written", "Id": "001", "code": None, "reason": None, "data": WRITTEN.item,
    }  # fmt: skip
    assert (second["row"], second["code"], second["data"]) == (18, "BAD", FAILED.item)
    assert "Zoë" in (tmp_path / "part.jsonl").read_text(encoding="utf-8")


def test_parquet_holds_the_same_under_one_schema_for_all_parts(tmp_path: Path) -> None:
    with open_results(tmp_path / "part.parquet", ResultFormat.PARQUET) as file:
        file.add(position_of(3, 17), WRITTEN)
        file.add(position_of(3, 18), FAILED)
    table = pq.read_table(tmp_path / "part.parquet")
    assert table.schema.equals(SCHEMA)
    first, second = table.to_pylist()
    assert (first["part"], first["row"], first["Id"], json.loads(first["data"])) == (3, 17, "001", WRITTEN.item)
    assert (second["reason"], json.loads(second["data"])) == ("half: \\ud83d", FAILED.item)


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
    assert to_json(value) == text


def _report(*outcomes: Outcome) -> dict[str, JsonValue]:
    counts = Counts()
    counts.add(bytes(outcomes))
    return make_report(CONFIG, counts)


def _begun() -> ClusterReport:
    return ClusterReport(total=_report(), staged={0: 3, 1: 2})


def test_a_report_adds_up_over_partitions() -> None:
    report = _begun()
    report.add(0, _report(Outcome.CREATED, Outcome.FAILED, Outcome.FAILED), worker="w", elapsed_ms=1)
    report.add(1, _report(Outcome.UPDATED, Outcome.UNKNOWN), worker="w", elapsed_ms=1)
    report.check()
    counts = {name: count for name, count in report.counts.items() if count}
    assert counts == {"received": 5, "written": 2, "failed": 2, "unknown": 1}
    told = report.to_json()
    assert (told["created"], told["updated"], told["api"], told["partitions"][1]["ms"]) == (1, 1, "none", 1)
    assert not report.is_whole


WRITTEN_3, WRITTEN_4 = [Outcome.CREATED] * 3, [Outcome.CREATED] * 4


@pytest.mark.parametrize(
    "partitions",
    [
        [(0, [Outcome.CREATED] * 2)],
        [(0, WRITTEN_4)],
        [(0, WRITTEN_3), (0, WRITTEN_3)],
        [(0, WRITTEN_3)],
    ],
    ids=["a row without an outcome", "a row too many", "a partition twice", "a partition missing"],
)
def test_what_does_not_add_up_is_a_defect(partitions: list[tuple[int, list[Outcome]]]) -> None:
    report = _begun()

    def add_up() -> None:
        for number, outcomes in partitions:
            report.add(number, _report(*outcomes), worker="w", elapsed_ms=1)
        report.check()

    with pytest.raises(InternalError):
        add_up()
