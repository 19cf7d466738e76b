"""Connections and secrets in the page: names and references are seen, secrets go in and never out."""

from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import yaml

from tests.studio.web.conftest import Client
from ziggy_sf_write.contract import JsonValue
from ziggy_studio.project import StoredConnection

PASSWORD_KIND = 0
LOGIN = {"username": "new@example.com", "password": "planted-Password-1", "token": "secrets.sfToken"}


def _values(config: dict[str, JsonValue] | None = None, **more: JsonValue) -> dict[str, JsonValue]:
    return {"config": LOGIN if config is None else config, "kept": [], "kind": PASSWORD_KIND, **more}


def _save(client: Client, name: str, **body: JsonValue) -> requests.Response:
    whole = {"type": "salesforce", "isNew": True, "development": _values(), "production": None, **body}
    return client.call("PUT", f"/api/connections/{quote(name)}", whole)


def _listed(client: Client, name: str) -> dict[str, JsonValue]:
    listed: list[dict[str, JsonValue]] = client.call("GET", "/api/connections").json()["connections"]
    return next(one for one in listed if one["name"] == name)


def _file(client: Client, name: str = "connections.yaml") -> JsonValue:
    return yaml.safe_load((client.folder / name).read_text())


def _secret_values(folder: Path) -> str:
    path = folder / "secrets.yaml"
    return path.read_text() if path.exists() else ""


def test_a_connection_shows_references_and_hides_what_stands_there_in_plain_text(client: Client) -> None:
    answer = client.call("GET", "/api/connections")
    shown = _listed(client, "sfDev")
    assert shown["development"] == {
        "config": {"username": "dev@example.com", "password": "secrets.sfPassword"},
        "kept": ["token"],
    }
    assert (shown["modes"], shown["isEditable"], shown["production"]) == (["DEV"], True, None)
    assert "planted" not in answer.text


def test_a_setting_that_no_schema_knows_is_named_and_not_shown(client: Client) -> None:
    (client.folder / "connections.yaml").write_text(
        "sfDev: {type: salesforce, development: {pasword: planted-Password-1}}\n"
        "other: {type: unheardOf, development: {key: planted-Password-1}}\n"
    )
    answer = client.call("GET", "/api/connections")
    assert _listed(client, "sfDev")["development"] == {"config": {}, "kept": ["pasword"]}
    assert (_listed(client, "other")["isEditable"], _listed(client, "other")["development"]["config"]) == (False, {})
    assert "planted" not in answer.text


def test_the_types_of_all_plugins_come_with_their_schemas(client: Client) -> None:
    (kind,) = client.call("GET", "/api/connections").json()["types"]
    assert (kind["type"], kind["label"]) == ("salesforce", "Salesforce")
    assert kind["schema"]["oneOf"][0]["title"] == "Username and password"


def test_a_saved_connection_is_there_at_once_and_what_was_typed_became_a_secret(client: Client) -> None:
    assert _save(client, "sfNew").json() == {"problems": []}
    stored = {"username": "new@example.com", "password": "secrets.sfNewPassword", "token": "secrets.sfToken"}
    assert _file(client)["sfNew"] == {"type": "salesforce", "development": stored}
    assert _file(client, "secrets.yaml") == {"sfNewPassword": "planted-Password-1"}
    assert client.studio.host.project.connection_names("salesforce") == ["sfDev", "sfNew"]
    assert _listed(client, "sfNew")["development"] == {"config": stored, "kept": []}


def test_production_has_values_and_secrets_of_its_own(client: Client) -> None:
    production = _values({**LOGIN, "password": "planted-Password-2"})
    _save(client, "sfNew", production=production)
    assert _file(client)["sfNew"]["production"]["password"] == "secrets.sfNewProductionPassword"
    assert _file(client, "secrets.yaml")["sfNewProductionPassword"] == "planted-Password-2"
    assert _listed(client, "sfNew")["modes"] == ["DEV", "PROD"]


def test_a_hidden_value_stays_while_the_rest_is_changed(client: Client) -> None:
    changed = _values({"username": "other@example.com", "password": "secrets.sfPassword"}, kept=["token"])
    _save(client, "sfDev", isNew=False, development=changed)
    assert _file(client)["sfDev"]["development"] == {
        "username": "other@example.com",
        "password": "secrets.sfPassword",
        "token": "planted-Token-77",
    }


def test_a_second_typed_value_replaces_the_connections_own_secret_and_never_anothers(client: Client) -> None:
    client.call("PUT", "/api/secrets/sfNewPassword", {"value": "planted-Other-9"})
    _save(client, "sfNew")
    _save(client, "sfNew", isNew=False, development=_values({**LOGIN, "password": "planted-Password-3"}))
    assert _file(client)["sfNew"]["development"]["password"] == "secrets.sfNewPassword2"
    assert _file(client, "secrets.yaml") == {
        "sfNewPassword": "planted-Other-9",
        "sfNewPassword2": "planted-Password-3",
    }


def test_what_is_missing_is_said_at_its_field_and_nothing_is_written(client: Client) -> None:
    answer = _save(client, "sfNew", development=_values({"password": "planted-Password-1"}), production=_values({}))
    assert [one["path"] for one in answer.json()["problems"]] == [
        "/development/username",
        "/production/username",
        "/production/password",
    ]
    assert "sfNew" not in _file(client)
    assert _secret_values(client.folder) == ""
    assert "planted" not in answer.text


def test_a_wrong_value_is_said_with_the_cure_and_a_reference_is_no_wrong_value(client: Client) -> None:
    token = {"accessToken": "secrets.a", "instanceUrl": "http://acme.example"}
    (problem,) = _save(client, "sfNew", development=_values(token, kind=3)).json()["problems"]
    assert "must look like https://acme.my.salesforce.com" in problem["message"]
    referring = _values({**token, "instanceUrl": "secrets.url"}, kind=3)
    assert _save(client, "sfNew", development=referring).json() == {"problems": []}


def test_a_field_of_another_kind_is_refused(client: Client) -> None:
    (problem,) = _save(client, "sfNew", development=_values({**LOGIN, "consumerKey": "k"})).json()["problems"]
    assert problem["message"] == "`consumerKey` is not part of Username and password. Remove it."


@pytest.mark.parametrize(
    ("name", "is_new", "message"),
    [
        ("sfDev", True, "There is a connection `sfDev` already."),
        ("sfSandbox", False, "`sfSandbox` comes with the sandbox org and cannot be changed here."),
        ("1st", True, "`1st` cannot be the name of a connection."),
        ("a: b", True, "`a: b` cannot be the name of a connection."),
    ],
)
def test_a_name_that_cannot_be_written_is_refused(client: Client, name: str, *, is_new: bool, message: str) -> None:
    brought = StoredConnection(name="sfSandbox", type="salesforce", development={"token": "planted-Token-77"})
    client.studio.brought = (brought,)
    answer = _save(client, name, isNew=is_new)
    assert answer.json()["error"]["message"] == message
    assert "secrets.yaml" not in [path.name for path in client.folder.iterdir()]


def test_what_comes_with_the_sandbox_stays_and_shows_nothing(client: Client) -> None:
    client.studio.brought = (
        StoredConnection(name="sfSandbox", type="salesforce", development={"consumerKey": "planted-Key-1"}),
    )
    _save(client, "sfNew")
    shown = _listed(client, "sfSandbox")
    assert (shown["isEditable"], shown["development"]) == (False, {"config": {}, "kept": []})
    assert client.call("DELETE", "/api/connections/sfSandbox").status_code == 403


def test_a_deleted_connection_is_gone_and_its_secrets_stay(client: Client) -> None:
    _save(client, "sfNew")
    assert client.call("DELETE", "/api/connections/sfNew").status_code == 200
    assert list(_file(client)) == ["sfDev"]
    assert client.studio.host.project.connection_names("salesforce") == ["sfDev"]
    assert "sfNewPassword" in _secret_values(client.folder)
    assert client.call("DELETE", "/api/connections/sfNew").status_code == 404


def test_a_connection_says_which_flows_use_it(client: Client) -> None:
    (client.folder / "flows").mkdir()
    block = "{id: w, type: SALESFORCE_WRITE_V1, config: {connection: sfDev}}"
    (client.folder / "flows" / "orders.yaml").write_text(f"name: O\nblocks: [{block}]\nedges: []\n")
    (client.folder / "flows" / "broken.yaml").write_text("name: [")
    assert _listed(client, "sfDev")["usedBy"] == ["orders"]


def test_a_file_changed_by_hand_counts_at_once(client: Client) -> None:
    (client.folder / "connections.yaml").write_text(
        "mine: {type: salesforce, development: {username: a@example.com}}\n"
    )
    assert [one["name"] for one in client.call("GET", "/api/connections").json()["connections"]] == ["mine"]


def test_a_file_that_cannot_be_read_is_said_with_its_line_and_left_alone(client: Client) -> None:
    text = "sfDev: {type: salesforce, development: {}}\nsfDev2:\n  typ: salesforce\n"
    (client.folder / "connections.yaml").write_text(text)
    answer = client.call("GET", "/api/connections")
    assert (answer.status_code, "connections.yaml line 3" in answer.json()["error"]["message"]) == (400, True)
    assert _save(client, "sfNew").status_code == 400
    assert (client.folder / "connections.yaml").read_text() == text


def test_a_missing_secret_is_named_by_the_test(client: Client) -> None:
    report = client.call("POST", "/api/connections/sfDev/test", {"mode": "DEV"}).json()
    assert report["ok"] is False
    assert "sfPassword" in report["message"]
    assert "planted" not in str(report)


def test_production_without_values_is_named_by_the_test(client: Client) -> None:
    report = client.call("POST", "/api/connections/sfDev/test", {"mode": "PROD"}).json()
    assert "no production values" in report["message"]


def test_values_can_be_tried_before_they_are_saved_and_are_forgotten(client: Client) -> None:
    body = {"type": "salesforce", "development": _values(), "mode": "DEV"}
    report = client.call("POST", "/api/connections/sfNew/test", body).json()
    assert report["ok"] is False
    assert "wants the secret `sfToken`, which is not set" in report["message"]
    assert "sfNew" not in _file(client)
    assert _secret_values(client.folder) == ""
    incomplete = {**body, "development": _values({})}
    assert "set Username" in client.call("POST", "/api/connections/sfNew/test", incomplete).json()["message"]


def test_secrets_are_listed_by_name_and_origin(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIGGY_SECRET_fromOutside", "planted-Env-1")
    client.call("PUT", "/api/secrets/sfPassword", {"value": "planted-Password-1"})
    client.call("PUT", "/api/secrets/sfPassword", {"value": "planted-Password-2", "production": True})
    answer = client.call("GET", "/api/secrets")
    assert answer.json()["secrets"] == [
        {"name": "fromOutside", "source": "environment", "hasProduction": False},
        {"name": "sfPassword", "source": "secrets.yaml", "hasProduction": True},
    ]
    assert "planted" not in answer.text


@pytest.mark.parametrize(
    ("name", "body"), [("sf-x", {"value": "v"}), ("sfX", {"value": ""}), ("sfX", {}), ("sfX", {"value": 1})]
)
def test_a_secret_without_a_value_or_a_proper_name_is_refused(client: Client, name: str, body: JsonValue) -> None:
    assert client.call("PUT", f"/api/secrets/{name}", body).status_code == 400
    assert _secret_values(client.folder) == ""
