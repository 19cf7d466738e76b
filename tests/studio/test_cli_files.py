"""`write` and `check`: files in, files out, exit codes."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.commands import Answer, run_command
from ziggy_studio.resources import quickstart_path

COMMAND = [sys.executable, "-c", "from ziggy_studio.cli import main; main()"]
ROWS = [
    {"Ext__c": "A1", "Name": "Acme", "AnnualRevenue": "12.5"},
    {"Ext__c": "A2", "Name": "", "AnnualRevenue": "5"},
    {"Ext__c": "A1", "Name": "Acme Two", "AnnualRevenue": "7"},
    {"Ext__c": "A3", "Name": "Fine", "AnnualRevenue": "oops"},
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(quickstart_path(), folder, ignore=shutil.ignore_patterns(".state"))
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    (folder / "rows.json").write_text(json.dumps(ROWS[:1]))
    (folder / "rows.jsonl").write_text(json.dumps({"Ext__c": "A1", "Name": "Acme", "AnnualRevenue": 12.5}) + "\n")
    return folder


def _run(project: Path, *arguments: object) -> Answer:
    verb, *rest = arguments
    standard = ["--project", project, "--connection", "sfDev", "--match-key", "Ext__c"]
    return run_command(verb, *standard, *rest, cwd=Path())


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_ends_in_the_file_for_its_outcome(project: Path) -> None:
    files = {name: project / f"{name}.csv" for name in ("out", "invalid", "failed")}
    options = [part for name, path in files.items() for part in (f"--{name}", path)]
    answer = _run(project, "write", "Account", project / "rows.csv", *options, "--json")
    assert answer.returncode == 1
    report = json.loads(answer.stdout)
    assert {name: report["counts"][name] for name in ("received", "written", "invalid", "failed")} == {
        "received": 4, "written": 2, "invalid": 1, "failed": 1,
    }  # fmt: skip
    assert [(row["Name"], bool(row["Id"])) for row in _read(files["out"])] == [("Acme", True), ("Acme Two", True)]
    (invalid,), (failed,) = _read(files["invalid"]), _read(files["failed"])
    assert (invalid["AnnualRevenue"], invalid["code"]) == ("oops", "wrong_type")
    assert "is not a number" in invalid["reason"]
    assert (failed["Ext__c"], failed["outcome"], failed["code"]) == ("A2", "failed", "REQUIRED_FIELD_MISSING")


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_json_is_written_too(project: Path, name: str) -> None:
    answer = _run(project, "write", "Account", project / name, "--validate", "--json")
    assert (answer.returncode, json.loads(answer.stdout)["counts"]["written"]) == (0, 1)


def test_a_single_object_is_one_row(project: Path) -> None:
    (project / "one.json").write_text("\n" + json.dumps(ROWS[0], indent=2))
    answer = _run(project, "write", "Account", project / "one.json", "--validate", "--json")
    assert (answer.returncode, json.loads(answer.stdout)["counts"]["written"]) == (0, 1)


def test_rows_that_are_wrapped_into_an_object_are_refused_as_one_row(project: Path) -> None:
    (project / "wrapped.json").write_text(json.dumps({"records": ROWS[:1]}))
    answer = _run(project, "write", "Account", project / "wrapped.json", "--json")
    counts = json.loads(answer.stdout)["counts"]
    assert (answer.returncode, counts["received"], counts["written"]) == (1, 1, 0)


def test_a_dry_run_writes_nothing(project: Path) -> None:
    answer = _run(project, "write", "Account", project / "rows.csv", "--dry-run", "--json")
    counts = json.loads(answer.stdout)["counts"]
    # It is certain here that A2 would be created, so the check may say that its name is missing.
    assert {name: counts[name] for name in ("written", "wouldCreate", "wouldUpdate", "invalid")} == {
        "written": 0, "wouldCreate": 1, "wouldUpdate": 1, "invalid": 2,
    }  # fmt: skip


def test_check_names_every_problem_with_its_row(project: Path) -> None:
    answer = _run(project, "check", "Account", project / "rows.csv", "--json")
    assert answer.returncode == 1
    checked = json.loads(answer.stdout)
    assert (checked["rows"], checked["invalid"]) == (4, 1)
    assert [(one["row"], one["field"], one["code"]) for one in checked["problems"]] == [
        (4, "AnnualRevenue", "wrong_type")
    ]


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("Nope__c", "`Nope__c` is not a field of Account"),
        ("Description", "Salesforce cannot search `Description` of Account"),
    ],
)
def test_check_judges_the_match_key_as_write_does(project: Path, key: str, sentence: str) -> None:
    for command in ("check", "write"):
        answer = _run(project, command, "Account", project / "rows.csv", "--match-key", key)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert sentence in answer.stderr


def test_check_says_that_an_org_does_not_answer(project: Path) -> None:
    nobody = "gone:\n  type: salesforce\n  development: {accessToken: planted-T, instanceUrl: 'https://127.0.0.1:9'}\n"
    (project / "connections.yaml").write_text(nobody)
    answer = _run(project, "check", "Account", project / "rows.csv", "--connection", "gone", "--max-tries", 2)
    assert answer.returncode == 2
    assert "Salesforce cannot be reached: no connection to 127.0.0.1:9" in answer.stderr


def test_check_as_a_table_counts_by_code(project: Path) -> None:
    answer = _run(project, "check", "Account", project / "rows.csv")
    assert "4 rows, 1 with problems" in answer.stdout
    assert "1 times wrong_type" in answer.stdout


BAD = {
    "file that is not there": ("gone.csv", None, "cannot be read"),
    "text that is no JSON": ("bad.jsonl", b'{"a": 1}\nnonsense\n', "bad.jsonl line 2: this is not JSON"),
    "JSON that is no array": (
        "bad.json",
        b"[{",
        "bad.json: this is not a JSON array of rows, nor a single one (parse error",
    ),
    "JSON that is a text": ("bad.json", b' "hello"', "bad.json: this is not a JSON array of rows, nor a single one. A"),
    "JSON of several objects": ("bad.json", b'{"a": 1}\n{"a": 2}', "nor a single one (parse error: trailing garbage"),
    "JSON that is empty": ("bad.json", b"", "rows on lines of their own belong into a file that ends in .jsonl"),
    "CSV with a column twice": (
        "bad.csv",
        b"Name,Ext__c,Name\na,b,c\n",
        "bad.csv line 1: the header has the column `Name`",
    ),
    "CSV without names": (
        "bad.csv",
        b"Name,,,x\na,,,\n",
        "bad.csv line 1: the header has several columns without a name.",
    ),
    "CSV that may be two": (
        "bad.csv",
        b"Name\nPe\xf1a\n",
        "bad.csv is not UTF-8, and it is uncertain what it is: cp1252 or",
    ),
}


@pytest.mark.parametrize(("name", "content", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_file_that_cannot_be_read_ends_with_exit_code_2(
    project: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (project / name).write_bytes(content)
    answer = _run(project, "write", "Account", project / name)
    assert answer.returncode == 2
    assert sentence in answer.stderr


def test_rows_that_differ_lose_nothing_on_their_way_into_a_csv_file(project: Path) -> None:
    rows = [{"Ext__c": "A1"}, {"Ext__c": "A2", "Phone": "1", "reason": "mine"}]
    (project / "differing.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    _run(project, "write", "Account", project / "differing.jsonl", "--failed", project / "failed.csv")
    first, second = _read(project / "failed.csv")
    assert (first["Ext__c"], first["Phone"], first["reason"]) == ("A1", "", "")
    assert (second["Ext__c"], second["Phone"], second["reason"]) == ("A2", "1", "mine")
    assert "Required fields are missing" in first["reason (2)"]
    assert "No such column 'reason'" in second["reason (2)"]


def test_a_folder_is_no_file_of_rows(project: Path) -> None:
    answer = _run(project, "write", "Account", project / "flows")
    assert answer.returncode == 2
    assert "flows is a folder without the files of an export. Name a file of rows; --cluster takes" in answer.stderr


NOT_WRITABLE = {"missing/out.csv": "No such file or directory", "flows": "Is a directory"}


@pytest.mark.parametrize(("name", "reason"), NOT_WRITABLE.items(), ids=["missing folder", "folder"])
def test_an_output_that_cannot_be_opened_is_named_before_anything_is_written(
    project: Path, name: str, reason: str
) -> None:
    answer = _run(project, "write", "Account", project / "rows.csv", "--out", project / name)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert f"{name} cannot be written: {reason}. Name a file in a folder that is there" in answer.stderr


def test_an_output_is_left_alone_where_the_input_cannot_be_read(project: Path) -> None:
    (project / "bad.jsonl").write_text("{broken")
    (project / "failed.csv").write_text("of an earlier run")
    assert _run(project, "write", "Account", project / "bad.jsonl", "--failed", project / "failed.csv").returncode == 2
    assert (project / "failed.csv").read_text() == "of an earlier run"


def test_an_output_is_left_alone_where_the_configuration_is_wrong(project: Path) -> None:
    (project / "failed.csv").write_text("of an earlier run")
    rows = project / "rows.csv"
    answer = _run(project, "write", "Account", rows, "--match-key", "Nope__c", "--failed", project / "failed.csv")
    assert answer.returncode == 2
    assert (project / "failed.csv").read_text() == "of an earlier run"


def test_what_came_before_a_line_that_cannot_be_read_is_accounted_for(project: Path) -> None:
    """Rows that are no objects are not sent, so that no call is needed for more than one window of them."""
    (project / "long.jsonl").write_text("1\n" * 50_001 + "{broken\n")
    answer = _run(project, "write", "Account", project / "long.jsonl", "--failed", project / "failed.jsonl", "--json")
    report = json.loads(answer.stdout)
    assert (answer.returncode, report["counts"]["received"], report["counts"]["failed"]) == (1, 50_000, 50_000)
    assert report["notRead"] == 1
    assert report["error"]["message"].startswith("long.jsonl line 50002: this is not JSON (")
    assert report["error"]["message"].endswith("). Neither this row nor those that follow it were sent.")
    assert len((project / "failed.jsonl").read_text().splitlines()) == 50_001


SAME = {
    "the input itself": ("rows.csv", ["--failed", "rows.csv"], "--failed names rows.csv, which is FILE, whose rows"),
    "the input by another way": ("rows.csv", ["--out", "../project/rows.csv"], "which is FILE, whose rows would be"),
    "the input by a link": ("rows.csv", ["--invalid", "link.csv"], "which is FILE, whose rows would be lost"),
    "an output twice": (
        "rows.csv",
        ["--failed", "new.csv", "--out", "./new.csv"],
        "new.csv, which is --out, too. Name",
    ),
}


@pytest.mark.parametrize(("name", "options", "sentence"), SAME.values(), ids=SAME)
def test_an_output_that_would_overwrite_another_file_of_the_command_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: list[str], sentence: str
) -> None:
    monkeypatch.chdir(project)
    (project / "link.csv").symlink_to(project / "rows.csv")
    before = (project / "rows.csv").read_bytes()
    answer = _run(project, "write", "Account", name, *options)
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert (project / "rows.csv").read_bytes() == before
    assert not (project / "new.csv").exists()


def test_outputs_that_nobody_wants_to_see_may_go_the_same_way(project: Path) -> None:
    answer = _run(project, "write", "Account", project / "rows.jsonl", "--failed", "/dev/null", "--out", "/dev/null")
    assert answer.returncode == 0


def test_brackets_of_a_fatal_error_are_shown_as_they_are(project: Path) -> None:
    answer = _run(project, "write", "[/Account]", project / "rows.csv")
    assert answer.returncode == 2
    assert "`[/Account]` does not exist" in answer.stderr


def test_an_object_that_is_not_there_is_refused_in_json_too(project: Path) -> None:
    answer = _run(project, "write", "Acount", project / "rows.csv", "--json")
    assert answer.returncode == 2
    assert "`Acount` does not exist" in json.loads(answer.stdout)["error"]["message"]
