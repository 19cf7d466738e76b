"""The contracts as JSON Schema: every one is valid, explained, and agrees with what is made from it."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.schemas import NAMES, load_any
from ziggy_sf_write.resources import load_schema


def _properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in schema.get("properties", {}).items():
        if isinstance(one, dict):
            yield f"{path}/{name}", one
            yield from _properties(one, f"{path}/{name}")
            yield from _properties(one.get("items", {}), f"{path}/{name}")
    # A map from names to things of one kind, such as the file of connections.
    if isinstance(each := schema.get("additionalProperties"), dict):
        yield f"{path}/*", each
        yield from _properties(each, f"{path}/*")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_says_what_it_is(name: str) -> None:
    schema = load_any(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert all(schema[name] for name in ("$id", "title", "description"))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_explained_in_a_sentence(name: str) -> None:
    unexplained = [
        path for path, one in _properties(load_any(name)) if not str(one.get("description", "")).endswith(".")
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", NAMES)
def test_every_default_and_every_example_is_valid(name: str) -> None:
    for path, one in _properties(load_any(name)):
        given = [*one.get("examples", []), *([one["default"]] if "default" in one else [])]
        wrong = [value for value in given if not Draft202012Validator(one).is_valid(value)]
        assert wrong == [], path


@pytest.mark.parametrize("name", NAMES)
def test_no_object_takes_unknown_keys_in_silence(name: str) -> None:
    schema = load_any(name)
    nested = [one for _, one in _properties(schema) if "properties" in one]
    assert all(one.get("additionalProperties") is False or _is_map(one) for one in [schema, *nested])


def _is_map(schema: dict[str, Any]) -> bool:
    return not schema.get("properties") and isinstance(schema.get("additionalProperties"), dict)


def _ui_keys(ui: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, one in ui.items():
        if not name.startswith("ui:"):
            yield f"{path}/{name}"
            yield from _ui_keys(one, f"{path}/{name}")


def test_the_form_shows_every_setting_once_and_none_that_is_not_there() -> None:
    settings = [path for path, _ in _properties(load_schema("config.schema.json")) if not path.endswith("/*")]
    assert sorted(_ui_keys(load_schema("config.ui.json"))) == sorted(settings)


def test_the_forms_order_and_sections_name_every_setting_in_the_same_order() -> None:
    ui, schema = load_schema("config.ui.json"), load_schema("config.schema.json")
    in_sections = [name for section in ui["ui:sections"] for name in section["properties"]]
    assert ui["ui:order"] == list(schema["properties"]) == in_sections
    assert ui["advanced"]["ui:order"] == list(schema["properties"]["advanced"]["properties"])


def test_every_choice_of_a_setting_has_a_name_in_the_form() -> None:
    ui, schema = load_schema("config.ui.json"), load_schema("config.schema.json")
    inner = schema["properties"]["advanced"]["properties"]
    named = {name: len(one["enum"]) for name, one in inner.items() if "enum" in one}
    assert {name: len(ui["advanced"][name].get("ui:enumNames", [])) for name in named} == named


def test_the_form_has_the_labels_of_the_screenshot() -> None:
    titles = {name: one["title"] for name, one in load_schema("config.schema.json")["properties"].items()}
    assert titles == {
        "connection": "Connection",
        "object": "Object",
        "upsert": "Upsert",
        "validate": "Perform data property validation",
        "invalidToSecondEdge": "Invalid to second output edge",
        "matchKey": "Edge key for matching",
        "properties": "SF properties to write",
        "errorNamespace": "Namespace for errors",
        "advanced": "Advanced",
    }
