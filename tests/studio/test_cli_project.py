"""`connections`, `secrets` and `store`: the project from the command line."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.planted import assert_no_secret
from ziggy_sf_write.contract import Mode, StoreRecord
from ziggy_sf_write.salesforce.org import ORGS
from ziggy_studio.cli import cli
from ziggy_studio.errors import UsageProblem
from ziggy_studio.project import Project
from ziggy_studio.resources import quickstart_path
from ziggy_studio.secrets import Secrets
from ziggy_studio.store import open_store


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(quickstart_path(), folder, ignore=shutil.ignore_patterns(".state"))
    return folder


def _run(project: Path, *arguments: str, typed: str | bytes | None = None) -> Result:
    answer = CliRunner().invoke(cli, [*arguments, "--project", str(project)], input=typed)
    assert_no_secret(answer.output)
    return answer


def test_connections_are_listed(project: Path) -> None:
    assert _run(project, "connections", "list").output == "sfDev\n"


def test_a_connection_that_works_names_org_and_user(project: Path) -> None:
    answer = _run(project, "connections", "test", "sfDev", "--json")
    ORGS.clear()
    report = json.loads(answer.output)
    assert (answer.exit_code, report["ok"]) == (0, True)
    assert report["facts"]["user"] == "admin@sandbox.example"


def test_a_connection_that_fails_says_why_and_ends_with_exit_code_2(project: Path) -> None:
    (project / "connections.yaml").write_text(
        "far: {type: salesforce, development: {accessToken: x, instanceUrl: 'https://127.0.0.1:1'}}"
    )
    answer = _run(project, "connections", "test", "far")
    assert answer.exit_code == 2
    assert "127.0.0.1:1" in answer.output


def test_a_connection_that_no_plugin_tests_says_so(project: Path) -> None:
    (project / "connections.yaml").write_text("far: {type: sftp, development: {host: example.com}}")
    answer = _run(project, "connections", "test", "far")
    assert (answer.exit_code, answer.output) == (2, "No plugin can test connections of type sftp.\n")


def test_a_secret_is_asked_for_and_stored_for_its_owner_alone(project: Path) -> None:
    for name, value in (("sfPassword", "planted-Secret-1"), ("sfToken", "second")):
        assert _run(project, "secrets", "set", name, typed=f"{value}\n").exit_code == 0
    path = project / "secrets.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (project / "connections.yaml").write_text(
        "c: {type: salesforce, development: {username: u, password: secrets.sfPassword, token: secrets.sfToken}}"
    )
    project_now = Project(project)
    assert project_now.connection("c", project_now.mode).config["password"] == "planted-Secret-1"


def test_a_key_of_many_lines_is_stored_as_it_was_sent(project: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nbGluZQ==\n\n-----END PRIVATE KEY-----\n"
    answer = _run(project, "secrets", "set", "sfKey", typed=f"{key}\n")
    assert answer.output == "sfKey is stored. Refer to it as secrets.sfKey.\n"
    assert Secrets(project).value("sfKey", Mode.DEV) == key


@pytest.mark.parametrize(("sent", "sentence"), [(b"", "no value for `sfKey`"), (b"\n", "no value"), (b"\xff", "UTF-8")])
def test_stdin_without_a_value_is_wrong_usage(project: Path, sent: bytes, sentence: str) -> None:
    answer = _run(project, "secrets", "set", "sfKey", typed=sent)
    assert isinstance(answer.exception, UsageProblem)
    assert sentence in str(answer.exception)
    assert not (project / "secrets.yaml").exists()


def test_a_secrets_name_is_an_identifier(project: Path) -> None:
    answer = _run(project, "secrets", "set", "no-name", typed="x\n")
    assert "cannot name a secret" in str(answer.exception)
    assert not (project / "secrets.yaml").exists()


def test_the_store_lists_shows_and_exports(project: Path) -> None:
    store = open_store(Project(project).store_location)
    data = {"data": {"Name": "Two"}, "reason": "2 records have it."}
    store.upsert_many([StoreRecord(name="bad", key="Two", data=data), StoreRecord(name="other", key="k", data=7)])
    store.close()
    assert _run(project, "store", "list").output == "bad\nother\n"
    assert _run(project, "store", "show", "bad").output == "Two: 2 records have it.\n"
    assert json.loads(_run(project, "store", "show", "bad", "--json").output) == [{"key": "Two", "data": data}]
    assert json.loads(_run(project, "store", "export", "bad").output) == {"Name": "Two"}
    assert _run(project, "store", "export", "other").output == "7\n"


def test_records_and_namespaces_are_deleted(project: Path) -> None:
    store = open_store(Project(project).store_location)
    store.upsert_many([StoreRecord(name="bad", key=str(number), data=number) for number in range(3)])
    store.close()
    assert _run(project, "store", "delete", "bad", "1").output == "1 record deleted.\n"
    assert json.loads(_run(project, "store", "show", "bad", "--json").output) == [
        {"key": "0", "data": 0},
        {"key": "2", "data": 2},
    ]
    refused = _run(project, "store", "delete", "bad", "1")
    assert (type(refused.exception), str(refused.exception)) == (
        UsageProblem,
        "The namespace `bad` has no record with the key `1`. `store show bad` lists its keys.",
    )
    assert json.loads(_run(project, "store", "delete", "bad", "--json").output) == {"deleted": 2}
    assert _run(project, "store", "list").output == "The Data Store is empty.\n"


def test_a_namespace_that_is_not_there_is_named_with_one_like_it(project: Path) -> None:
    store = open_store(Project(project).store_location)
    store.upsert_many([StoreRecord(name="accountErrors", key="1", data=1)])
    store.close()
    for command in ("show", "delete"):
        refused = _run(project, "store", command, "accountErors")
        assert str(refused.exception) == (
            "There is no namespace `accountErors` in the Data Store. Did you mean `accountErrors`?"
        )
    exported = _run(project, "store", "export", "nothing")
    assert (exported.exit_code, exported.stdout) == (0, "")
    assert "`store list` names those that are there." in exported.stderr


def test_an_empty_store_says_so(project: Path) -> None:
    assert _run(project, "store", "list").output == "The Data Store is empty.\n"
