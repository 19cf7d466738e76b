"""A project folder: connections for two modes, secrets from file and environment, clear errors."""

from pathlib import Path

import pytest

from ziggy_sf_write.contract import HostError, Mode
from ziggy_sf_write.studio.errors import UsageProblem
from ziggy_sf_write.studio.project import Project

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
