"""The configuration: one clear message for each problem, defaults from the schema, typed values."""

from typing import Any

import pytest

from ziggy_sf_write.block.config import Api, config_problems, default_config, parse_config
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.validation import EmptyValues

COMPLETE = {"connection": "sfDev", "object": "Account", "matchKey": "Id"}

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "misspelled key": ({"matchkey": "Id"}, "/matchkey", "did you mean `matchKey`? Correct or remove it."),
    "unknown key": ({"colour": 1}, "/colour", "`colour` is not a setting of this block"),
    "wrong type": ({"upsert": "yes"}, "/upsert", '`upsert` is "yes", but it must be true or false.'),
    "advanced misspelled": ({"advanced": {"batchsize": 5}}, "/advanced/batchsize", "did you mean `batchSize`"),
    "too large": ({"advanced": {"batchSize": 201}}, "/advanced/batchSize", "it must be 200 or less"),
    "too small": ({"advanced": {"concurrency": 0}}, "/advanced/concurrency", "it must be 1 or more"),
    "not a choice": ({"advanced": {"api": "soap"}}, "/advanced/api", "one of auto, collections, bulk"),
    "not a whole number": ({"advanced": {"maxFailures": 1.5}}, "/advanced/maxFailures", "a whole number"),
    "not an Id": ({"advanced": {"assignmentRuleId": "x"}}, "/advanced/assignmentRuleId", "it must look like 01Q"),
    "twice": ({"properties": ["Name", "Name"]}, "/properties", "nothing may stand in it twice"),
    "not a list": ({"properties": "Name"}, "/properties", "it must be a list"),
    "not a text in a list": ({"properties": [7]}, "/properties/0", "`properties.0` is 7, but it must be a text."),
}


@pytest.mark.parametrize(("change", "path", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_named_with_its_cure(change: dict[str, Any], path: str, sentence: str) -> None:
    (problem,) = config_problems({**COMPLETE, **change})
    assert problem.path == path
    assert sentence in problem.message


def test_all_problems_are_found_at_once() -> None:
    problems = config_problems({"matchkey": "Id", "upsert": 1})
    assert {one.path for one in problems} == {"/matchkey", "/upsert", "/connection", "/object", "/matchKey"}


@pytest.mark.parametrize("blank", ["", None])
def test_a_cleared_dropdown_counts_as_not_chosen(blank: str | None) -> None:
    (problem,) = config_problems({**COMPLETE, "matchKey": blank})
    assert problem.message == "`matchKey` is missing: set Edge key for matching."
    assert parse_config({**COMPLETE, "errorNamespace": blank}).error_namespace is None


def test_a_wrong_configuration_raises_with_every_problem() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"object": 5})
    assert len(caught.value.problems) == 3
    assert "`connection` is missing" in str(caught.value)


def test_what_is_left_out_takes_the_schemas_default() -> None:
    config = parse_config(COMPLETE)
    assert (config.upsert, config.validate, config.properties) == (True, False, ())
    advanced = config.advanced
    assert (advanced.api, advanced.batch_size, advanced.concurrency) == (Api.AUTO, 200, None)
    assert (advanced.empty_values, advanced.dry_run) == (EmptyValues.IGNORE, False)


def test_the_default_config_is_what_a_new_block_stores() -> None:
    assert default_config() == {
        "upsert": True, "validate": False, "invalidToSecondEdge": False, "properties": [], "advanced": {},
    }  # fmt: skip


def test_a_mapping_that_names_a_key_twice_or_leaves_the_match_key_out_is_refused() -> None:
    with pytest.raises(ConfigError, match="names a key twice, in different case"):
        parse_config({**COMPLETE, "advanced": {"fieldMapping": {"Firma": "Name", "FIRMA": "Phone"}}})
    with pytest.raises(ConfigError, match="The match key is left out by the field mapping"):
        parse_config({**COMPLETE, "advanced": {"fieldMapping": {"id": None}}})


def test_match_key_and_properties_take_the_names_of_the_edge_or_of_the_object() -> None:
    mapping = {"Nummer": "Ext__c", "Firma": "Name", "Notiz": None}
    config = parse_config(
        {**COMPLETE, "matchKey": "NUMMER", "properties": ["firma", "Phone"], "advanced": {"fieldMapping": mapping}}
    )
    assert (config.match_key, config.properties) == ("Ext__c", ("Name", "Phone"))
    assert [config.field_of(key) for key in ("nummer", "Phone", "Notiz")] == ["Ext__c", "Phone", None]
