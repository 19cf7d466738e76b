"""`connections.yaml` when the page changes it: one connection, and not a letter of the rest."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ziggy_studio.connection_files import ConnectionFile
from ziggy_studio.project import StoredConnection

TEXT = """\
# Who may log in where

# The one for every day
sfDev:
  type: salesforce # ours
  development: {username: dev@example.com, password: secrets.sfPassword, token: ''}

# Ask Ada before you change this
sfProd:
  type: salesforce
  development:
    username: prod@example.com
"""


@pytest.fixture
def file(tmp_path: Path) -> ConnectionFile:
    (tmp_path / "connections.yaml").write_text(TEXT)
    return ConnectionFile(tmp_path)


def _connection(name: str, **production: str) -> StoredConnection:
    return StoredConnection(
        name=name, type="salesforce", development={"username": "new@example.com"}, production=production or None
    )


def test_a_new_connection_is_written_at_the_end(file: ConnectionFile) -> None:
    file.put(_connection("sfNew", username="p@example.com"))
    added = (
        "sfNew:\n  type: salesforce\n  development:\n    username: new@example.com\n"
        "  production:\n    username: p@example.com\n"
    )
    assert file.path.read_text() == TEXT + added


def test_a_changed_connection_keeps_its_place_and_all_comments_around_it(file: ConnectionFile) -> None:
    file.put(_connection("sfDev"))
    new = "sfDev:\n  type: salesforce\n  development:\n    username: new@example.com\n"
    before, after = TEXT.index("sfDev:"), TEXT.index("\n# Ask Ada")
    assert file.path.read_text() == TEXT[:before] + new + TEXT[after:]


def test_a_removed_connection_takes_nothing_else_along(file: ConnectionFile) -> None:
    file.remove("sfDev")
    assert file.path.read_text() == TEXT[: TEXT.index("sfDev:")] + TEXT[TEXT.index("\n# Ask Ada") :]
    assert file.names() == {"sfProd"}


def test_the_last_connection_can_be_removed_and_one_that_is_not_there_changes_nothing(file: ConnectionFile) -> None:
    file.remove("sfDve")
    assert file.path.read_text() == TEXT
    file.remove("sfDev")
    file.remove("sfProd")
    assert file.names() == set()
    assert file.path.read_text().startswith("# Who may log in where")


def test_without_a_file_one_is_made(tmp_path: Path) -> None:
    file = ConnectionFile(tmp_path)
    assert file.names() == set()
    file.put(_connection("sfNew"))
    assert file.names() == {"sfNew"}


@pytest.mark.parametrize(
    "text",
    [
        "{sfDev: {type: salesforce, development: {username: a@example.com}}, other: {type: x, development: {}}}\n",
        "sfDev: &all {type: salesforce, development: {username: a@example.com}}\nother: *all\n",
    ],
    ids=["on one line", "shared anchor"],
)
def test_a_file_that_cannot_be_changed_piece_by_piece_is_written_anew_and_means_the_same(
    tmp_path: Path, text: str
) -> None:
    file = ConnectionFile(tmp_path)
    file.path.write_text(text)
    expected = {**yaml.safe_load(text), "sfDev": {"type": "salesforce", "development": {"username": "new@example.com"}}}
    file.put(_connection("sfDev"))
    assert yaml.safe_load(file.path.read_text()) == expected


def test_a_file_that_does_not_end_with_a_line_end_stays_readable(tmp_path: Path) -> None:
    file = ConnectionFile(tmp_path)
    file.path.write_text("sfDev:\n  type: salesforce\n  development: {}")
    file.put(_connection("sfNew"))
    assert file.names() == {"sfDev", "sfNew"}


def test_of_connections_that_are_written_at_once_none_is_lost(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ziggy_studio.connection_files import ConnectionFile;"
        "from ziggy_studio.project import StoredConnection; file = ConnectionFile(Path(sys.argv[1]));"
        "[file.put(StoredConnection(name=f'{sys.argv[2]}{n}', type='x', development={})) for n in range(10)]"
    )
    commands = [[sys.executable, "-c", script, str(tmp_path), letter] for letter in "ab"]
    processes = [subprocess.Popen(command) for command in commands]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert ConnectionFile(tmp_path).names() == {f"{letter}{number}" for letter in "ab" for number in range(10)}
