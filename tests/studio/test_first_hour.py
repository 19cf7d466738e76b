"""The first hour of a Data Loader user, command by command as `docs/command-line.md` has it."""

import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Answer, run_command
from tests.support.signals import STUDIO
from ziggy_sf_write.salesforce.org import ORGS

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
_SECTION = re.compile(r"^## The first hour\n(.*?)^## ", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"`(\w+\.csv)` has [^`]*?```csv\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def hour() -> str:
    """What the page says of it."""
    found = _SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


@pytest.fixture
def folder(tmp_path: Path, hour: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's files, while its first command serves the org."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    here = tmp_path / "loads"
    here.mkdir()
    for name, text in _FILE.findall(hour):
        (here / name).write_text(text, encoding="utf-8")
    served = [*STUDIO, *_commands(hour)[0]]
    with subprocess.Popen(served, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "leads to this org" not in process.stderr.readline():
            assert process.poll() is None
        yield here
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    ORGS.clear()


def _commands(hour: str) -> list[list[str]]:
    lines = [line for kind, text in _BLOCK.findall(hour) if not kind for line in text.splitlines()]
    return [shlex.split(line)[1:] for line in lines]


def _mend(path: Path, wrong: str, right: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert wrong in text
    path.write_text(text.replace(wrong, right), encoding="utf-8")


def test_every_command_does_what_the_page_says(folder: Path, hour: str) -> None:
    told: list[tuple[list[str], Answer]] = []
    for command in _commands(hour)[1:]:
        if "failed.csv" in command[1:3]:
            _mend(folder / "failed.csv", "9 or so,", "9,")
        if "contacts.csv" in command[1:3]:
            _mend(folder / "contacts.csv", "Okafor", "Okafor-Lind")
        told.append((command, run_command(*command, cwd=folder)))
    codes = [answer.returncode for _, answer in told]
    # The check, the preview and the first load find the row that is wrong.
    assert codes == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0], told
    said = [answer.stdout for _, answer in told]
    assert "Connected to" in said[0]
    assert "AnnualRevenue" in said[1]
    assert "9 or so" in said[3]
    assert said[4].splitlines()[-1] == "2 of 3 would be written: 1 invalid"
    assert said[5].splitlines()[-1] == "2 of 3 written: 1 invalid"
    assert said[6].splitlines()[-1] == "1 of 1 written"
    accounts = (folder / "accounts.csv").read_text(encoding="utf-8").splitlines()
    assert accounts == ["Ext__c,Name,AnnualRevenue", "K-1,Werft,12.5", "K-2,Hafen,8", "K-3,Lotsen,9"]
    assert "2 created, 0 updated" in said[8]
    assert "0 created, 2 updated" in said[10]
    query = ("query", "SELECT LastName, Account.Name FROM Contact", "--out", "held.csv")
    assert run_command(*query, cwd=folder).returncode == 0
    held = (folder / "held.csv").read_text(encoding="utf-8").splitlines()
    assert held == ["LastName,Account.Name", "Okafor-Lind,Werft", "Nuñez,Hafen"]
