"""Files as other programs make them: whichever a person brings, the same rows leave the same records and report."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from salesforce_sandbox import Sandbox, SandboxOptions
from tests.support.commands import Answer, run_command
from tests.support.orgs import password_config
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows import read_all

OBJECT = """
name: Visit__c
prefix: aV0
fields:
  Name: {type: string, length: 80, name_field: true}
  Ext__c: {type: string, length: 40, external_id: true, unique: true}
  Fee__c: {type: currency, length: 18, scale: 2}
  Day__c: date
  At__c: datetime
  Guests__c: {type: double, length: 18, scale: 0}
  Paid__c: boolean
  Note__c: {type: string, length: 255}
"""
ROWS = 5_000
BEGIN = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
Row = dict[str, Any]
Make = Callable[[Path], Path]


def _row(number: int) -> Row:
    """One in a hundred has a name that is too long, one in three no note."""
    at = BEGIN + timedelta(minutes=number)
    return {
        "Ext__c": f"v{number:05}",
        "Name": "n" * 81 if number % 100 == 0 else f"Süd, “{number}”",
        "Fee__c": Decimal(number * 25) / 100,
        "Day__c": at.date(),
        "At__c": at,
        "Guests__c": number % 90,
        "Paid__c": number % 2 == 0,
        "Note__c": None if number % 3 == 0 else f"Note; of {number}",
    }


def _rows() -> list[Row]:
    return [_row(number) for number in range(ROWS)]


def _plain(row: Row) -> Row:
    """The row as JSON has it."""
    plain = {name: one.isoformat() if isinstance(one, date) else one for name, one in row.items()}
    return plain | {"Fee__c": float(row["Fee__c"])}


def _frame() -> pd.DataFrame:
    """The row as texts and numbers, for the files that know no moment with its zone."""
    return pd.DataFrame([_plain(row) | {"Paid__c": "true" if row["Paid__c"] else "false"} for row in _rows()])


def _csv(path: Path, **how: Any) -> Path:
    _frame().to_csv(path, index=False, **how)
    return path


def _by_libre_office(folder: Path, kind: str) -> Path:
    """What LibreOffice saves after it has opened the CSV file, numbers and days taken for such."""
    return _converted(folder, _csv(folder / "visits.csv"), kind)


def _converted(folder: Path, source: Path, kind: str) -> Path:
    utf_8_with_commas = "CSV:44,34,76,1,,0,false,true"
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += [f"--infilter={utf_8_with_commas}", "--convert-to", kind, "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{source.stem}.{kind}"


def _jsonl(folder: Path) -> Path:
    (folder / "visits.jsonl").write_text("".join(f"{json.dumps(_plain(row))}\n" for row in _rows()))
    return folder / "visits.jsonl"


def _json(folder: Path) -> Path:
    (folder / "visits.json").write_text(json.dumps([_plain(row) for row in _rows()]))
    return folder / "visits.json"


def _exported_tree(folder: Path) -> Path:
    """The layout of `sf data export tree --plan`: a file for each object, and the plan."""
    tree = folder / "tree"
    tree.mkdir()
    about = ({"type": "Visit__c", "referenceId": f"Visit__cRef{number}"} for number in range(1, ROWS + 1))
    records = [{"attributes": one, **_plain(row)} for one, row in zip(about, _rows(), strict=True)]
    (tree / "Visit__c.json").write_text(json.dumps({"records": records}, indent=4))
    other = {"attributes": {"type": "Account", "referenceId": "AccountRef1"}, "Name": "Werft"}
    (tree / "Account.json").write_text(json.dumps({"records": [other]}))
    plan = [{"sobject": name, "files": [f"{name}.json"]} for name in ("Account", "Visit__c")]
    (tree / "Account-Visit__c-plan.json").write_text(json.dumps(plan))
    return tree


def _xlsx(folder: Path) -> Path:
    frame = _frame()
    frame["Day__c"] = [row["Day__c"] for row in _rows()]
    frame.to_excel(folder / "visits.xlsx", index=False)
    return folder / "visits.xlsx"


def _pandas_parquet(folder: Path) -> Path:
    pd.DataFrame(_rows()).to_parquet(folder / "visits.parquet")
    return folder / "visits.parquet"


def _polars() -> pl.DataFrame:
    return pl.DataFrame(_rows(), schema_overrides={"Fee__c": pl.Decimal(16, 2), "At__c": pl.Datetime("ns", "UTC")})


def _polars_parquet(folder: Path) -> Path:
    _polars().write_parquet(folder / "visits.parquet")
    return folder / "visits.parquet"


def _polars_arrow(folder: Path) -> Path:
    _polars().write_ipc(folder / "visits.arrow")
    return folder / "visits.arrow"


MADE: Mapping[str, Make] = {
    "CSV": lambda folder: _csv(folder / "visits.csv"),
    "CSV of Excel in Germany": lambda folder: _csv(folder / "visits.csv", sep=";", encoding="cp1252", decimal="."),
    "Unicode text of Excel": lambda folder: _csv(folder / "visits.txt", sep="\t", encoding="utf-16"),
    "CSV in gzip": lambda folder: _csv(folder / "visits.csv.gz"),
    "JSON": _json,
    "JSON Lines": _jsonl,
    "the tree of an export": _exported_tree,
    "XLSX of openpyxl": _xlsx,
    "Parquet of pandas": _pandas_parquet,
    "Parquet of polars": _polars_parquet,
    "Arrow of polars": _polars_arrow,
}
CALC: Mapping[str, Make] = {
    "XLSX of LibreOffice": lambda folder: _by_libre_office(folder, "xlsx"),
    "ODS of LibreOffice": lambda folder: _by_libre_office(folder, "ods"),
}


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Sandbox]:
    """An org that keeps visits, and a project that leads there."""
    (tmp_path / "visit.yaml").write_text(OBJECT)
    with Sandbox(SandboxOptions(objects=(tmp_path / "visit.yaml",))) as org:
        _connect(tmp_path, org)
        yield org
    ORGS.clear()


def _connect(folder: Path, org: Sandbox) -> None:
    connection = {"type": "salesforce", "development": password_config(org)}
    (folder / "connections.yaml").write_text(json.dumps({"sfDev": connection}))


def _load(folder: Path, name: str, file: Path, *options: str) -> Answer:
    return run_command("write", name, file, "--match-key", "Ext__c", *options, cwd=folder)


def _must_hold(row: Row) -> Row:
    moment = row["At__c"].strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return _plain(row) | {"At__c": moment}


def _assert_same(org: Sandbox, folder: Path, make: Make) -> None:
    answer = _load(folder, "Visit__c", make(folder), "--validate", "--failed", "failed.jsonl", "--json")
    report = json.loads(answer.stdout)
    assert answer.returncode == 1, answer.stderr
    assert (report["created"], report["updated"], report["error"]) == (ROWS * 99 // 100, 0, None)
    told = {name: count for name, count in report["counts"].items() if count}
    assert told == {"received": ROWS, "written": ROWS * 99 // 100, "invalid": ROWS // 100}
    left = [json.loads(line) for line in (folder / "failed.jsonl").read_text().splitlines()]
    assert {(one["row"], one["code"]) for one in left} == {
        (str(number + 1), "too_long") for number in range(0, ROWS, 100)
    }
    right = [_must_hold(row) for number, row in enumerate(_rows()) if number % 100]
    held = sorted(org.records("Visit__c"), key=lambda one: one["Ext__c"])
    assert [{name: one.get(name) for name in right[0]} for one in held] == right


@pytest.mark.slow
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_the_same_rows_leave_the_same_records_and_report(visits: Sandbox, tmp_path: Path, make: Make) -> None:
    _assert_same(visits, tmp_path, make)


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
class TestLibreOffice:
    """`make test-slow` installs it, or names what it leaves out; with REQUIRE_ALL=1 it has to be there."""

    @pytest.mark.parametrize("make", CALC.values(), ids=CALC)
    def test_its_workbooks_leave_the_same(self, visits: Sandbox, tmp_path: Path, make: Make) -> None:
        _assert_same(visits, tmp_path, make)

    def test_a_formula_that_failed_refuses_the_workbook(self, tmp_path: Path) -> None:
        (tmp_path / "visits.csv").write_text("Name,Fee__c\na,=1/0\n")
        path = _converted(tmp_path, tmp_path / "visits.csv", "ods")
        with pytest.raises(UsageProblem, match="cell B2: the cell shows the error #DIV/0!"):
            read_all(path)


def test_an_error_file_of_data_loader_is_loaded_again_without_its_last_column(org: Sandbox, tmp_path: Path) -> None:
    """Data Loader puts all cells in quotation marks, and what went wrong into a last column, ERROR."""
    _connect(tmp_path, org)
    path = tmp_path / "error032926101500123.csv"
    path.write_text('"EXT__C","NAME","ERROR"\n"A-1","Werft","Required fields are missing: [Name]"\n')
    refused = _load(tmp_path, "Account", path)
    assert refused.returncode == 1
    assert "`ERROR`: Account has no such property" in refused.stdout
    assert org.records("Account") == []
    loaded = _load(tmp_path, "Account", path, "--ignore-unknown")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert "Left out: ERROR" in loaded.stderr
    assert [(one["Ext__c"], one["Name"]) for one in org.records("Account")] == [("A-1", "Werft")]
