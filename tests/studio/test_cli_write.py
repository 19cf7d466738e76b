"""What `write` promises, however it ends: every row is in the org, in a file, or counted, and the words say so."""

import csv
import json
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from salesforce_sandbox import Sandbox
from tests.support.commands import Answer, run_command
from tests.support.orgs import password_config
from ziggy_studio.project import Project
from ziggy_studio.store import all_records, open_store

COMMAND = [sys.executable, "-c", "from ziggy_studio.cli import main; main()"]
_TELLS_OF_TRIES = """
import logging
logging.basicConfig(level=logging.DEBUG)
from ziggy_studio.cli import main
main()
"""
LONG = "n" * 300
RARE = (signal.SIGHUP, signal.SIGINT)


@pytest.fixture
def project(org: Sandbox, tmp_path: Path) -> Path:
    """A project whose one connection leads to an org that outlives the commands."""
    folder = tmp_path / "project"
    folder.mkdir()
    connection = {"type": "salesforce", "development": password_config(org)}
    (folder / "connections.yaml").write_text(json.dumps({"sfDev": connection}))
    return folder


def _rows(path: Path, count: int, **cells: str) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Ext__c", "Name", *cells])
        writer.writerows([f"k{number}", f"Name {number}", *cells.values()] for number in range(count))
    return path


def _arguments(path: object, *options: object) -> list[str]:
    return [*COMMAND, "write", "Account", str(path), "--match-key", "Ext__c", *map(str, options)]


Command = Callable[..., Answer]


@pytest.fixture
def command(project: Path) -> Command:
    """Runs a command line in the project."""
    return partial(run_command, cwd=project)


@pytest.fixture
def run(command: Command) -> Command:
    """Runs `write Account FILE`, matched by Ext__c."""
    return lambda path, *options: command("write", "Account", path, "--match-key", "Ext__c", *options)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def _kept(project: Path, namespace: str) -> list[str]:
    store = open_store(Project(project).store_location)
    try:
        return [one.key for one in all_records(store, namespace)]
    finally:
        store.close()


@contextmanager
def _under_way(project: Path, org: Sandbox, path: Path, *options: object) -> Iterator[subprocess.Popen[str]]:
    """A load of which some rows have been written and others have not."""
    slow = ("--api", "collections", "--batch-size", 10, "--concurrency", 1, *options)
    with subprocess.Popen(
        _arguments(path.name, *slow), cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        tick = threading.Event()
        while len(org.records("Account")) < 50:
            assert process.poll() is None
            tick.wait(0.01)
        yield process


def test_a_load_that_keeps_nothing_imports_what_it_uses(project: Path) -> None:
    heavy = ["asyncio", "salesforce_sandbox", "sqlalchemy", "starlette"]
    tells = f"""
import atexit, sys
atexit.register(lambda: print([name for name in {heavy} if name in sys.modules], file=sys.stderr))
from ziggy_studio.cli import main
main()
"""
    arguments = ["write", "Account", str(_rows(project / "rows.csv", 1)), "--match-key", "Ext__c"]
    command = [sys.executable, "-c", tells, *arguments]
    answer = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert answer.stderr.splitlines()[-1] == "[]"
    assert list(project.rglob("store.sqlite")) == []


class TestWhatWasNotWritten:
    def test_is_in_a_file_beside_the_input_that_is_named_and_can_be_loaded(
        self, run: Command, project: Path, org: Sandbox
    ) -> None:
        (project / "rows.csv").write_text(f"Ext__c,Name,Phone\na,Acme,1\nb,{LONG},#N/A\n")
        answer = run("rows.csv")
        assert answer.returncode == 1
        path = _only(project, "rows.not-written-*.csv")
        assert f"Rows that were not written: {path.name}" in answer.stdout
        (row,) = _read(path)
        assert {name: row[name] for name in ("Ext__c", "Phone", "row", "outcome", "code")} == {
            "Ext__c": "b",
            "Phone": "#N/A",
            "row": "2",
            "outcome": "invalid",
            "code": "too_long",
        }
        assert run("rows.csv").returncode == 1
        assert len(list(project.glob("rows.not-written-*.csv"))) == 2
        assert [one["Name"] for one in org.records("Account")] == ["Acme"]

    def test_makes_no_file_where_all_was_written(self, run: Command, project: Path) -> None:
        answer = run(_rows(project / "rows.csv", 3))
        assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "3 of 3 written")
        assert list(project.glob("*not-written*")) == []

    def test_goes_to_the_named_file_and_carries_the_row_of_the_input(self, run: Command, project: Path) -> None:
        (project / "rows.jsonl").write_text(f'{{"Ext__c": "a", "Name": "{LONG}"}}\n5\n')
        answer = run("rows.jsonl", "--failed", "failed.jsonl", "--json")
        report = json.loads(answer.stdout)
        assert report["files"] == {"failed": "failed.jsonl"}
        lines = [json.loads(line) for line in (project / "failed.jsonl").read_text().splitlines()]
        assert [(line["row"], line.get("item"), line["code"]) for line in lines] == [
            ("1", None, "STRING_TOO_LONG"),
            ("2", 5, "not_an_object"),
        ]

    def test_is_told_row_by_row_up_to_twenty_and_then_by_code(self, run: Command, project: Path) -> None:
        answer = run(_rows(project / "rows.csv", 30, AnnualRevenue="x"))
        lines = answer.stdout.splitlines()
        assert lines[0].startswith("row 1 (k0) invalid: `AnnualRevenue`: 'x' is not a number")
        assert sum(line.startswith("row ") for line in lines) == 20
        assert "30 invalid with wrong_type" in lines
        assert lines[-1] == "0 of 30 written: 30 invalid"

    def test_never_steers_a_terminal(self, run: Command, project: Path) -> None:
        (project / "rows.jsonl").write_text(json.dumps({"Ext__c": "\x1b[31mred\x9b", "Name": LONG}))
        answer = run("rows.jsonl")
        assert "\x1b[31m" not in answer.stdout
        assert "\\x1b[31mred\\x9b" in answer.stdout


@pytest.mark.slow
class TestAStop:
    @pytest.mark.parametrize("number", [*RARE, signal.SIGTERM])
    def test_by_a_signal_accounts_for_every_row(self, project: Path, org: Sandbox, number: signal.Signals) -> None:
        path = _rows(project / "rows.csv", 55_000)
        with _under_way(project, org, path, "--out", "out.csv", "--namespace", "kept") as process:
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in err) == (128 + number, False)
        assert out.splitlines()[-1].startswith(f"stopped by {number.name}: ")
        assert "5,000 rows were not sent at all" in out
        written = {row["Ext__c"] for row in _read(project / "out.csv")}
        left = {row["Ext__c"] for row in _read(_only(project, "rows.not-written-*.csv"))}
        assert written == {one["Ext__c"] for one in org.records("Account")}
        assert len(written) + len(left) == 55_000
        assert not written & left
        # What was read is kept, what was not read is in the file only.
        assert len(_kept(project, "kept")) == 50_000 - len(written)

    @pytest.mark.parametrize("verb", [["write", "Account", "rows.csv"], ["check", "Account", "rows.csv"], ["objects"]])
    def test_while_the_org_cannot_be_reached_ends_with_a_sentence(self, project: Path, verb: list[str]) -> None:
        """The first call is tried again after a pause, in which the signal comes."""
        _rows(project / "rows.csv", 1)
        nowhere = {"accessToken": "planted-Token", "instanceUrl": "https://127.0.0.1:1"}
        connections = {"sfDev": {"type": "salesforce", "development": nowhere}}
        (project / "connections.yaml").write_text(json.dumps(connections))
        options = [] if verb == ["objects"] else ["--match-key", "Ext__c"]
        command = [sys.executable, "-c", _TELLS_OF_TRIES, *verb, *options, "--json"]
        with subprocess.Popen(
            command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            while "failed on try" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in err) == (143, False)
        message = "Stopped by SIGTERM before the end. Nothing was written."
        assert f"Error: {message}" in err
        assert json.loads(out) == {"error": {"message": message}}

    def test_tells_the_command_that_goes_on_with_what_is_left(self, project: Path, org: Sandbox) -> None:
        path = _rows(project / "rows.csv", 2_000)
        with _under_way(project, org, path) as process:
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=60)
        (line,) = [one for one in out.splitlines() if one.startswith("To go on with what is left: ")]
        assert _only(project, "rows.not-written-*.csv").name in line
        _, *arguments = shlex.split(line.removeprefix("To go on with what is left: "))
        again = subprocess.run([*COMMAND, *arguments], cwd=project, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        assert "Left out: row, outcome, reason, code" in again.stderr
        assert len(org.records("Account")) == 2_000

    def test_by_kill_leaves_what_it_knew(self, project: Path, org: Sandbox) -> None:
        path = _rows(project / "rows.csv", 2_000)
        with _under_way(project, org, path, "--out", "out.csv") as process:
            process.kill()
            process.wait(timeout=30)
        known, there = len(_read(project / "out.csv")), len(org.records("Account"))
        assert known > 0
        assert there - known <= 20  # of the call under way, and of the one that was just answered


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


class TestWhatFailsOnThisSide:
    @pytest.mark.slow
    def test_a_full_disk_ends_with_the_counts_and_what_is_missing_where(self, project: Path, org: Sandbox) -> None:
        path = _rows(project / "rows.csv", 4_000, Description="d" * 200)
        one_by_one = ("--api", "collections", "--concurrency", "1")
        answer = subprocess.run(
            _arguments(path, "--out", "out.csv", *one_by_one), cwd=project, capture_output=True, text=True, timeout=120,
            check=False, preexec_fn=_small_files,
        )  # fmt: skip
        assert "Traceback" not in answer.stderr
        assert answer.returncode == 1
        assert "Error: out.csv is incomplete: File too large" in answer.stdout
        written = len(org.records("Account"))
        assert 0 < written < 4_000
        assert f"{written:,} created, 0 updated" in answer.stdout

    def test_one_full_disk_takes_nothing_from_the_other_files(self, run: Command, project: Path) -> None:
        (project / "rows.csv").write_text(f"Ext__c,Name\na,Acme\nb,{LONG}\n")
        answer = run("rows.csv", "--out", "/dev/full")
        assert answer.returncode == 1
        assert "Error: /dev/full is incomplete: No space left on device" in answer.stdout
        assert [row["Ext__c"] for row in _read(_only(project, "rows.not-written-*.csv"))] == ["b"]
        assert answer.stdout.splitlines()[-1] == "1 of 2 written: 1 invalid"

    @pytest.mark.slow
    def test_a_closed_pipe_ends_without_a_traceback(self, project: Path) -> None:
        path = _rows(project / "rows.csv", 3)
        read, write = os.pipe()
        os.close(read)
        answer = subprocess.run(
            _arguments(path, "--json"), cwd=project, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        os.close(write)
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr
        assert "nobody reads the output" in answer.stderr
        assert answer.stderr.splitlines()[-1] == "3 of 3 written"

    def test_a_namespace_that_cannot_be_kept_is_told(self, run: Command, project: Path, org: Sandbox) -> None:
        (project / "rows.csv").write_text("Ext__c,Name\na,Acme\nb,\n")
        assert run("rows.csv", "--namespace", "kept").returncode == 1
        state = _only(project / ".state", "*.sqlite*")
        shutil.copy(state, project / "copy")
        state.write_bytes(b"no database" * 500)
        answer = run("rows.csv", "--namespace", "kept")
        assert answer.returncode in (1, 2)
        assert "Data Store" in answer.stdout + answer.stderr


def test_what_is_refused_before_anything_is_sent_keeps_nothing(run: Command, project: Path, org: Sandbox) -> None:
    path = _rows(project / "rows.csv", 3)
    for options in (["--properties", "Nonsense"], ["--match-key", "Nope__c"], ["--connection", "gone"]):
        answer = run(path, "--namespace", "kept", *options)
        assert answer.returncode == 2
    assert _kept(project, "kept") == []
    assert list(project.glob("*not-written*")) == []
    assert org.stats().write_calls == 0


def test_labels_are_understood_where_they_are_unambiguous(command: Command, project: Path, org: Sandbox) -> None:
    (project / "rows.csv").write_text("Ext__c,Name,Phone\na,Acme,1\n")
    answer = command("write", "account", "rows.csv", "--match-key", "ext__c", "--properties", "account name")
    assert answer.returncode == 0, answer.stderr
    (record,) = org.records("Account")
    assert (record["Name"], record.get("Phone")) == ("Acme", None)


def test_a_share_of_failures_that_is_too_large_is_an_error(run: Command, project: Path) -> None:
    (project / "rows.csv").write_text(f"Ext__c,Name\na,Acme\nb,{LONG}\n")
    assert "more than the 5 %" in run("rows.csv", "--fail-above", "5%").stdout
    assert "more than" not in run("rows.csv", "--fail-above", "50").stdout


OPTIONS: Sequence[tuple[str, str]] = [("--batch-size", "201"), ("--api", "soap"), ("--concurrency", "x")]


@pytest.mark.parametrize(("option", "value"), OPTIONS)
def test_settings_are_checked_as_the_schema_has_them(run: Command, project: Path, option: str, value: str) -> None:
    answer = run(_rows(project / "rows.csv", 1), option, value, "--json")
    assert answer.returncode == 2
    assert option in json.loads(answer.stdout)["error"]["message"]


class TestMapping:
    """Column to field: by pairs, files and labels; what no field takes is refused, or left out where that is said."""

    ROWS = "Account Name,Ext__c,Telefon,Eltern,Notiz\nAcme,a,1,p,x\n"

    @pytest.fixture(autouse=True)
    def rows(self, project: Path, org: Sandbox) -> None:
        org.insert("Account", [{"Name": "Parent", "Ext__c": "p"}])
        (project / "rows.csv").write_text(self.ROWS)

    def _record(self, org: Sandbox) -> dict[str, Any]:
        return next(one for one in org.records("Account") if one["Name"] == "Acme")

    FILES: Sequence[tuple[str, str]] = [
        ("map.yaml", "Account Name: Name\nTelefon: Phone\nEltern: Parent.Ext__c\nNotiz: null\n"),
        ("map.json", '{"Account Name": "Name", "Telefon": "Phone", "Eltern": "Parent.Ext__c", "Notiz": null}'),
        ("map.sdl", "#Mapping values\nAccount\\ Name=Name\nTelefon=Phone\nEltern=Parent\\:Account-Ext__c\nNotiz=\n"),
    ]

    @pytest.mark.parametrize(("name", "text"), FILES)
    def test_from_a_file(self, run: Command, project: Path, org: Sandbox, name: str, text: str) -> None:
        (project / name).write_text(text)
        answer = run("rows.csv", "--map", name, "--out", "out.csv")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        record = self._record(org)
        assert record["Phone"] == "1"
        assert record["ParentId"] == next(one["Id"] for one in org.records("Account") if one["Name"] == "Parent")
        # Files carry the caller's own row.
        (row,) = _read(project / "out.csv")
        assert (row["Account Name"], row["Notiz"], row["Id"]) == ("Acme", "x", record["Id"])

    def test_from_pairs_with_labels_and_the_rest_left_out(self, run: Command, project: Path, org: Sandbox) -> None:
        pairs = ("--map", "account name=Account Name", "--map", "Telefon=Phone")
        answer = run("rows.csv", *pairs, "--ignore-unknown")
        assert answer.returncode == 0, answer.stdout
        assert "Left out: Eltern, Notiz" in answer.stderr
        assert self._record(org)["Phone"] == "1"

    def test_a_misspelt_field_is_refused_before_anything_is_sent(
        self, run: Command, project: Path, org: Sandbox
    ) -> None:
        answer = run("rows.csv", "--map", "Telefon=Phnoe")
        assert answer.returncode == 2
        assert "`Phnoe` is not a field of Account" in answer.stderr
        assert "did you mean `Phone`?" in answer.stderr
        assert org.stats().write_calls == 0

    @pytest.mark.parametrize(
        ("column", "missed"), [("Telefn", "; did you mean `Telefon`?"), ("Fax", ". It has `Ext__c`, ")], ids=str
    )
    @pytest.mark.parametrize("verb", ["write", "check"])
    def test_a_misspelt_column_is_too(
        self, command: Command, project: Path, org: Sandbox, verb: str, column: str, missed: str
    ) -> None:
        (project / "rows.csv").write_text("Ext__c,Firma,Telefon\na,Acme,\n")
        pairs = ["--map", "Firma=Name", "--map", f"{column}=Phone"]
        answer = command(verb, "Account", "rows.csv", "--match-key", "Ext__c", *pairs)
        assert answer.returncode == 2
        assert f"--map names the column `{column}`, which the file does not have{missed}" in answer.stderr
        assert org.stats().write_calls == 0

    def test_match_key_and_properties_take_the_columns_name(
        self, command: Command, project: Path, org: Sandbox
    ) -> None:
        (project / "rows.csv").write_text("Nummer,Firma,Telefon\na,Acme,1\n")
        pairs = ["--map", "Nummer=Ext__c", "--map", "Firma=Name"]
        wanted = ["--match-key", "Nummer", "--properties", "Firma"]
        answer = command("write", "Account", "rows.csv", *wanted, *pairs)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert (self._record(org)["Ext__c"], self._record(org).get("Phone")) == ("a", None)

    def test_two_columns_for_one_field_are_a_problem_of_the_row(self, run: Command, project: Path) -> None:
        (project / "rows.csv").write_text("Ext__c,Name,Firma\na,Acme,Werft\n")
        answer = run("rows.csv", "--map", "Firma=Name")
        assert "duplicate_property" in answer.stdout
        assert "`Name`, from `Firma`" in answer.stdout

    def test_is_proposed_with_reasons_and_takes_its_own_file(
        self, run: Command, command: Command, project: Path, org: Sandbox
    ) -> None:
        (project / "rows.csv").write_text("account name,EXT__C,phone number,Foo\nAcme,a,1,x\n")
        proposing = ("map", "Account", "rows.csv", "--out", "made.yaml")
        answer = command(*proposing)
        assert answer.returncode == 0, answer.stderr
        assert (project / "made.yaml").read_text().splitlines()[1:3] == [
            '"account name": Name  # its label',
            '"EXT__C": Ext__c  # its API name',
        ]
        assert run("rows.csv", "--map", "made.yaml").returncode == 0
        assert self._record(org)["Ext__c"] == "a"
        again = command(*proposing)
        assert again.returncode == 2
        assert "made.yaml cannot be made: File exists" in again.stderr

    WRONG: Sequence[tuple[str, str, str]] = [
        ("nonsense", "", "--map is `nonsense`, but it must be COLUMN=FIELD"),
        ("gone.yaml", "", "gone.yaml cannot be read: No such file"),
        ("list.yaml", "- a", "list.yaml holds no mapping"),
        ("odd.yaml", "a: 5", "`a` is mapped to 5, but it must be the name of a field"),
        ("odd.sdl", "a=b\nnonsense", "odd.sdl line 2: `nonsense` maps nothing"),
    ]

    @pytest.mark.parametrize(("told", "text", "sentence"), WRONG)
    def test_what_is_none_is_refused(self, run: Command, project: Path, told: str, text: str, sentence: str) -> None:
        if text:
            (project / told).write_text(text)
        answer = run("rows.csv", "--map", told)
        assert answer.returncode == 2
        assert sentence in answer.stderr


class TestLookingAtTheOrg:
    def test_objects_and_fields_are_found_by_a_part_of_name_or_label(self, command: Command, project: Path) -> None:
        found = json.loads(command("objects", "ACC", "--json").stdout)
        assert [one["name"] for one in found] == ["Account"]
        (field,) = json.loads(command("fields", "account", "external key", "--json").stdout)
        assert field["name"] == "Ext__c"
        assert field["marks"] == ["unique", "external id"]
        shown = command("fields", "Account").stdout
        assert "External Key" in shown
        assert "NumberOfEmployees" in shown
        assert "…" not in shown

    def test_a_query_comes_page_by_page_into_a_file(self, command: Command, project: Path, org: Sandbox) -> None:
        org.insert("Account", [{"Name": f"n{number:04}", "Ext__c": str(number)} for number in range(2_300)])
        soql = "SELECT Name, Owner.Name FROM Account ORDER BY Name"
        answer = command("query", soql, "--out", "rows.csv")
        assert answer.stdout == "2,300 rows written to rows.csv\n"
        rows = _read(project / "rows.csv")
        assert (len(rows), rows[-1]) == (2_300, {"Name": "n2299", "Owner.Name": "Sandbox Admin"})
        assert "more than these 100" in command("query", soql).stdout

    def test_what_is_wrong_is_said_with_exit_code_2(self, command: Command, project: Path) -> None:
        for arguments in (
            ["query", "SELECT Nope FROM Account"],
            ["fields", "Acount"],
            ["objects", "--connection", "x"],
        ):
            answer = command(*arguments, "--json")
            assert answer.returncode == 2
            assert json.loads(answer.stdout)["error"]["message"]
