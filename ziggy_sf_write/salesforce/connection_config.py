"""A Salesforce connection's configuration: what is wrong with it before anyone is asked to log in."""

from ziggy_sf_write.contract import Config, JsonValue, Problem
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.schema_check import schema_problems


def connection_problems(config: Config) -> list[Problem]:
    """Everything that is wrong with a configuration before anyone is asked to log in."""
    schema = load_schema("connection.schema.json")
    plain = {name: one for name, one in schema.items() if name != "oneOf"}
    problems = schema_problems(plain, dict(config), what="a Salesforce connection")
    if problems:
        return problems
    kinds = schema["oneOf"]
    fitting = max(kinds, key=lambda kind: _fit(kind, config))
    missing = [name for name in fitting["required"] if name not in config]
    excluded = [name for name, rule in fitting["properties"].items() if rule is False and name in config]
    title = fitting["title"].lower()
    return [
        *(Problem(path=f"/{one}", message=f"`{one}` is missing: a login by {title} needs it.") for one in missing),
        *(
            Problem(path=f"/{one}", message=f"`{one}` is not part of a login by {title}. Remove it.")
            for one in excluded
        ),
    ]


def _fit(kind: JsonValue, config: Config) -> int:
    present = sum(name in config for name in kind["required"])
    excluded = sum(rule is False and name in config for name, rule in kind["properties"].items())
    return 2 * present - len(kind["required"]) - 2 * excluded
