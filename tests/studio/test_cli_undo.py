"""`undo`, and what `write` shows of changes: before, and so that they can be taken back (spec/cli.md)."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from salesforce_sandbox import Sandbox
from tests.support.commands import Answer, run_command
from tests.support.orgs import password_config

Command = Callable[..., Answer]


@pytest.fixture
def command(org: Sandbox, tmp_path: Path) -> Command:
    """Runs a command line in a project whose one connection leads to the org."""
    connection = {"type": "salesforce", "development": password_config(org)}
    (tmp_path / "connections.yaml").write_text(json.dumps({"sfDev": connection}))
    (tmp_path / "accounts.csv").write_text("Ext__c,Name,Phone\na,New,\nb,Made,2\n")
    return partial(run_command, cwd=tmp_path)


@pytest.fixture
def write(org: Sandbox, command: Command) -> Command:
    org.insert("Account", [{"Ext__c": "a", "Name": "Old", "Phone": "1"}])
    return partial(command, "write", "Account", "accounts.csv", "--match-key", "Ext__c")


def test_a_load_names_the_command_that_takes_it_back(org: Sandbox, write: Command, command: Command) -> None:
    before = org.records("Account")[0]["Name"]
    done = write("--previous-values")
    assert done.returncode == 0
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("To take this back: ")]
    run_id = line.split()[-1]
    shown = command("undo", run_id, "--dry-run", "--delete-created")
    assert shown.returncode == 0
    assert "row 1: update" in shown.stdout
    assert "Name: New → Old" in shown.stdout
    assert "The run itself would take 3 API calls of the" in shown.stdout
    assert len(org.records("Account")) == 2
    undone = command("undo", run_id[:8])
    assert undone.returncode == 0
    assert undone.stdout.splitlines()[-3:] == [
        "Made by the run and kept: 1; --delete-created deletes them",
        f"1 restored, 0 deleted, {_calls(undone)} API calls",
        "1 of 1 written",
    ]
    assert [one["Name"] for one in org.records("Account")] == [before, "Made"]
    assert command("undo", run_id, "--delete-created").returncode == 0
    assert [one["Name"] for one in org.records("Account")] == [before]


def _calls(answer: Answer) -> str:
    (line,) = [one for one in answer.stdout.splitlines() if one.endswith("API calls")]
    return line.split()[-3]


def test_the_last_run_has_a_name(org: Sandbox, write: Command, command: Command) -> None:
    assert write("--previous-values").returncode == 0
    told = json.loads(command("undo", "last", "--json").stdout)
    assert (told["updated"], told["createdKept"], told["error"]) == (1, 1, None)
    assert org.records("Account")[0]["Name"] == "Old"


def test_what_was_changed_since_is_listed_and_the_exit_code_says_so(
    org: Sandbox, write: Command, command: Command, tmp_path: Path
) -> None:
    write("--previous-values")
    (tmp_path / "other.csv").write_text("Ext__c,Name\na,Mine\n")
    command("write", "Account", "other.csv", "--match-key", "Ext__c")
    left = command("undo", "last")
    assert left.returncode == 1
    assert "was changed since the run, in `Name`" in left.stdout
    assert command("undo", "last", "--force", "Name").returncode == 0
    assert org.records("Account")[0]["Name"] == "Old"


def test_a_run_that_is_not_kept_is_refused(command: Command, write: Command) -> None:
    empty = command("undo", "last")
    assert (empty.returncode, empty.stdout) == (2, "")
    assert "No previous values are kept of a run `last`." in empty.stderr
    run_id = json.loads(write("--previous-values", "--json").stdout)["undoRun"]
    other = command("undo", "zzz")
    assert other.returncode == 2
    assert f"Kept are those of: {run_id}." in other.stderr


def test_a_preview_shows_each_change(org: Sandbox, write: Command) -> None:
    (record_id,) = [one["Id"] for one in org.records("Account")]
    shown = write("--dry-run", "--empty", "clear")
    update, create, cost = shown.stdout.splitlines()[:3]
    assert update == f"row 1: update {record_id} Name: Old → New, Phone: 1 → (empty)"
    assert create == "row 2: create Ext__c: b, Name: Made, Phone: 2"
    assert re.fullmatch(r"The run itself would take 1 API call of the [0-9,]+ left today", cost)
    told = json.loads(write("--dry-run", "--json").stdout)
    assert [one["action"] for one in told["changes"]] == ["update", "create"]
    assert told["callEstimate"]["calls"] == 1


def test_unchanged_rows_are_not_sent(org: Sandbox, write: Command) -> None:
    write()
    again = write("--compare", "skipUnchanged")
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == "0 of 2 written, 2 unchanged"
    assert len(org.records("Account")) == 2


def test_only_empty_fields_are_filled(org: Sandbox, write: Command) -> None:
    assert write("--overwrite", "ifEmpty").returncode == 0
    assert org.records("Account")[0]["Name"] == "Old"
