"""What a problem's sentence shows of the value, and what it must not show."""

from typing import Any

import pytest

from tests.support.schemas import load_any
from ziggy_sf_write.schema_check import schema_problems

HIDDEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "number": ("connection", {"password": 73519284}, "`password` is a whole number, not shown here, but it must be a"),
    "fraction": ("connection", {"password": 7351.9284}, "`password` is a number, not shown here, but"),
    "list": ("connection", {"password": ["planted-Secret-1"]}, "`password` is a list, not shown here, but"),
    "yes or no": ("connection", {"token": True}, "`token` is true or false, not shown here, but it must be a text."),
    "secret of the file": ("secrets", {"sfPassword": ["planted-Secret-1"]}, "`sfPassword` is a list, not shown here"),
    "execution key": ("project", {"executionKey": "planted-Secret-1"}, "it must look like secrets.executionKey."),
    "user of a URL": (
        "connection",
        {"instanceUrl": "https://me:planted-Secret-1@acme.my.salesforce.com"},
        '`instanceUrl` is "…@acme.my.salesforce.com", but it must look like https://acme.my.salesforce.com.',
    ),
    "user of a host": ("connection", {"domain": "me:planted-Secret-1@acme.example"}, '`domain` is "…@acme.example", b'),
    "inside of a list": (
        "connections",
        {"sfDev": [{"password": "planted-Secret-1"}]},
        "`sfDev` is a list, but it must",
    ),
    "inside of a group": (
        "connections",
        {"sfDev": {"type": {"password": "planted-Secret-1"}, "development": {}}},
        "`sfDev.type` is a group of settings, but it must be a text.",
    ),
}


@pytest.mark.parametrize(("schema", "value", "sentence"), HIDDEN.values(), ids=HIDDEN)
def test_a_secret_of_the_wrong_kind_is_named_and_not_shown(schema: str, value: dict[str, Any], sentence: str) -> None:
    rules = {name: one for name, one in load_any(f"{schema}.schema.json").items() if name != "oneOf"}
    (problem,) = schema_problems(rules, value, what="this")
    assert sentence in problem.message
    assert "planted" not in problem.message
    assert "7351" not in problem.message


def test_an_address_without_a_password_is_shown() -> None:
    (problem,) = schema_problems({"pattern": "^x", "examples": ["x"]}, "me@example.com", what="this")
    assert problem.message == '`this` is "me@example.com", but it must look like x.'
