"""`init`: a project that works at once."""

import json
import runpy
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.commands import run_command
from ziggy_sf_write import __version__
from ziggy_studio.cli import cli


def test_its_own_words_work_one_after_the_other(tmp_path: Path) -> None:
    made = run_command("init", "mine", cwd=tmp_path)
    change, run, write, _ = made.stdout.splitlines()
    assert change == "cd mine"
    codes = {}
    for line in (run, write):
        _, *arguments = line.split()
        answer = run_command(*arguments, "--json", cwd=tmp_path / "mine")
        codes[arguments[0]] = (answer.returncode, json.loads(answer.stdout))
    assert codes["write"][0] == 0
    assert codes["write"][1]["verdict"]["sentence"] == "2 of 2 written"
    assert [edge["count"] for edge in codes["run"][1]["edges"]] == [2, 1]


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    assert CliRunner().invoke(cli, ["init", str(tmp_path)]).exit_code == 0
    assert (tmp_path / ".gitignore").read_text() == "mine"
    (tmp_path / "project.yaml").write_text("mode: PROD")
    refused = CliRunner().invoke(cli, ["init", str(tmp_path)])
    assert "project.yaml, connections.yaml, flows/accounts.yaml, data/accounts.csv" in str(refused.exception)
    assert (tmp_path / "project.yaml").read_text() == "mode: PROD"


@pytest.mark.parametrize(("typed", "meant"), [("wirte", "write"), ("fileds", "fields"), ("obects", "objects")])
def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(typed: str, meant: str) -> None:
    answer = CliRunner().invoke(cli, [typed])
    assert answer.exit_code == 2
    assert f"There is no command `{typed}`; did you mean `{meant}`?" in answer.output


def test_h_is_help() -> None:
    assert CliRunner().invoke(cli, ["write", "-h"]).output.startswith("Usage: ")


@pytest.mark.parametrize(
    ("module", "said"), [("ziggy_studio", "ziggy-sf-write"), ("salesforce_sandbox", "salesforce-sandbox")]
)
def test_the_commands_run_without_their_scripts_too(
    module: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [module, "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(files(module) / "__main__.py"), run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{said}, version {__version__}\n"
