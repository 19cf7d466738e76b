"""`sandbox serve` as a project's first org: it tells, or writes, the connection that leads to it."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.support.commands import run_command
from tests.support.signals import STUDIO

COMMENT = "# Mine."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "project.yaml").write_text("mode: DEV\n")
    (folder / "connections.yaml").write_text(f"{COMMENT}\nother:\n  type: salesforce\n  development: {{}}\n")
    return folder


@contextmanager
def _served(*options: object, until: str) -> Iterator[str]:
    """An org in a process of its own, and what it has told up to the line that matches."""
    command = [*STUDIO, "sandbox", "serve", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = ""
        while not re.search(until, told):
            line = process.stderr.readline()
            assert line, told
            told += line
        yield told
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_the_connection_is_written_and_works(project: Path) -> None:
    with _served("--into", project, until=r"The connection `sandbox` in .*connections\.yaml leads to this org"):
        answer = run_command("connections", "test", "sandbox", "--project", project, cwd=project)
        assert answer.returncode == 0, answer.stderr
    text = (project / "connections.yaml").read_text()
    assert text.startswith(COMMENT)
    assert list(yaml.safe_load(text)) == ["other", "sandbox"]


def test_the_entry_is_printed_ready_to_be_copied(project: Path) -> None:
    with _served(until="caBundle") as told:
        (project / "connections.yaml").write_text(told)
        answer = run_command("connections", "test", "sandbox", "--project", project, cwd=project)
        assert answer.returncode == 0, answer.stderr


def test_what_is_no_project_is_refused_before_an_org_is_started(project: Path) -> None:
    answer = run_command("sandbox", "serve", "--into", project / "nowhere", cwd=project)
    assert answer.returncode == 2
    assert "is not a project folder" in answer.stderr
