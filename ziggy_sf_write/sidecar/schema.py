"""The protocol's schema, and the check of what comes over the pipe against it."""

from functools import cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.near_miss import near_miss
from ziggy_sf_write.resources import load_schema
from ziggy_sf_write.sidecar.failures import ProtocolError

VERSION = 1
SCHEMA = "sidecar.schema.json"


def check_params(group: str, name: str, value: JsonValue, *, part: str = "params") -> None:
    """Checks the params of a request or an event, or a request's result. Values are never repeated.

    Raises:
        ProtocolError: there is no such method or event, or it is called otherwise.
    """
    known = load_schema(SCHEMA)["$defs"][group]["properties"]
    if name not in known:
        kind = "event" if group.endswith("Events") else "method"
        hint = near_miss(name, known) or f". There are {', '.join(known)}."
        raise ProtocolError(f"unknown_{kind}", f"There is no {kind} `{name[:60]}`{hint}")
    errors = sorted(_validator(group, name, part).iter_errors(value), key=lambda error: list(error.absolute_path))
    if errors:
        raise ProtocolError("bad_request", f"`{name}`: {_sentence(errors[0], part)}")


@cache
def _validator(group: str, name: str, part: str) -> Draft202012Validator:
    schema = load_schema(SCHEMA)
    defs = schema["$defs"]
    one = defs[group]["properties"][name]
    return Draft202012Validator({**one["properties"][part], "$defs": defs})


def _sentence(error: ValidationError, part: str) -> str:
    path = ".".join([part, *map(str, error.absolute_path)])
    rule: JsonValue = error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in rule if name not in error.instance]  # type: ignore[operator] # an object here
            return f"{path} lacks {', '.join(missing)}."
        case "additionalProperties":
            return f"{path} has a member that the protocol does not know."
        case "type":
            return f"{path} must be {rule}."
        case "enum":
            return f"{path} must be one of {', '.join(map(str, rule))}."
        case _:
            return f"{path} breaks the rule {error.validator}."
