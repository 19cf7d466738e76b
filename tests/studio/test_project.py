"""A project folder: connections for two modes, secrets from file and environment, clear errors."""

import re
import traceback
from pathlib import Path

import pytest

from ziggy_sf_write.contract import HostError, Mode
from ziggy_studio.embedded import embedded_sandbox
from ziggy_studio.errors import UsageProblem
from ziggy_studio.project import Project

CONNECTIONS = """
sfDev:
  type: salesforce
  development: {username: dev@example.com, password: secrets.sfPassword, token: ""}
  production: {username: prod@example.com, password: secrets.sfPassword, token: ""}
other:
  type: sftp
  development: {host: example.com}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "connections.yaml").write_text(CONNECTIONS)
    (tmp_path / "secrets.yaml").write_text("sfPassword: planted-Secret-1\n")
    (tmp_path / "secrets.yaml").chmod(0o600)
    return tmp_path


def test_connections_are_listed_by_type(folder: Path) -> None:
    assert Project(folder).connection_names("salesforce") == ["sfDev"]


@pytest.mark.parametrize(("mode", "user"), [(Mode.DEV, "dev@example.com"), (Mode.PROD, "prod@example.com")])
def test_each_mode_has_its_values_and_secrets_are_put_in(folder: Path, mode: Mode, user: str) -> None:
    connection = Project(folder).connection("sfDev", mode)
    assert (connection.config["username"], connection.config["password"]) == (user, "planted-Secret-1")


def test_the_environment_goes_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIGGY_SECRET_sfPassword", "from-environment")
    assert Project(folder).connection("sfDev", Mode.DEV).config["password"] == "from-environment"


def test_no_secret_stands_in_a_connections_repr(folder: Path) -> None:
    assert "planted" not in repr(Project(folder).connection("sfDev", Mode.DEV))


def test_a_secrets_file_that_others_may_read_is_refused_with_the_cure(folder: Path) -> None:
    (folder / "secrets.yaml").chmod(0o644)
    with pytest.raises(UsageProblem, match="chmod 600"):
        Project(folder).connection("sfDev", Mode.DEV)


def test_a_missing_secret_is_named(folder: Path) -> None:
    (folder / "secrets.yaml").unlink()
    with pytest.raises(HostError, match=r"wants the secret `sfPassword`.*ZIGGY_SECRET_sfPassword"):
        Project(folder).connection("sfDev", Mode.DEV)


def test_a_missing_connection_is_named_with_those_that_are_there(folder: Path) -> None:
    with pytest.raises(HostError, match="Known: other, sfDev"):
        Project(folder).connection("sfdev2", Mode.DEV)


def test_production_values_are_never_guessed(folder: Path) -> None:
    with pytest.raises(HostError, match="no production values"):
        Project(folder).connection("other", Mode.PROD)


def test_a_misspelled_setting_is_an_error(folder: Path) -> None:
    (folder / "project.yaml").write_text("sandbx: embedded")
    with pytest.raises(UsageProblem, match="did you mean `sandbox`"):
        Project(folder)


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="does not exist"):
        Project(tmp_path / "gone")


ODD = {
    "an alias": ("sfPassword: *planted-Hunter-2", "line 1: this is not YAML"),
    "a list": ("sfPassword: [planted-Hunter-2]", "line 1: `sfPassword`"),
    "a date": ("a: x\nsfPassword: 2026-99-99", "line 2: this is not YAML"),
    "a number as key": ("1: planted-Hunter-2\nb: x", "line 1: a key is no text"),
    "a text alone": ("planted-Hunter-2", "must be a group of settings"),
}


@pytest.mark.parametrize("name", ["secrets.yaml", "connections.yaml"])
@pytest.mark.parametrize(("text", "sentence"), ODD.values(), ids=ODD.keys())
def test_what_is_wrong_with_a_file_of_secrets_is_said_without_them(
    folder: Path, name: str, text: str, sentence: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(UsageProblem, match=name) as caught:
        Project(folder).secrets.names()
    assert sentence in str(caught.value)
    told = "".join(traceback.format_exception(caught.value))
    assert "Hunter" not in told
    assert "99-99" not in told


@pytest.mark.parametrize("name", ["project.yaml", "sandbox.yaml"])
def test_a_key_that_is_no_text_is_told_how_to_become_one(folder: Path, name: str) -> None:
    (folder / name).write_text("on: x")
    sentence = rf"{name} line 1: a key is no text. Write it in quotes"
    with pytest.raises(UsageProblem, match=sentence), embedded_sandbox(Project(folder)):
        pass


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ("Acount: [{Name: A}]", "Acount: the sandbox has no such object"),
        ("Account: [{Nmae: A}]", "Account has no stored field Nmae"),
        ("Account: [{Id: x, Name: A}]", "'x' is no record id"),
    ],
    ids=["object", "field", "id"],
)
def test_records_that_the_sandbox_cannot_hold_are_said_with_their_line(
    folder: Path, records: str, sentence: str
) -> None:
    (folder / "sandbox.yaml").write_text(f"records:\n  {records}\n")
    with pytest.raises(UsageProblem, match=re.escape(sentence)) as caught, embedded_sandbox(Project(folder)):
        pass
    assert "sandbox.yaml line 2" in str(caught.value)
