"""Checks a value against one of our schemas and says every problem in a sentence that a person can act on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ziggy_sf_write.contract import JsonValue, Problem
from ziggy_sf_write.near_miss import near_miss

_SHOWN = 60


def schema_problems(schema: Mapping[str, JsonValue], value: JsonValue, *, what: str) -> list[Problem]:
    """Every problem of `value`, in the order of its paths; `what` names the thing, as in "this block"."""
    validator = Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(value), key=lambda error: [str(step) for step in error.absolute_path])
    # The validator says once for each missing key that some are missing.
    return list(dict.fromkeys(problem for error in errors for problem in _describe(error, what)))


def _describe(error: ValidationError, what: str) -> Iterator[Problem]:
    path = "".join(f"/{step}" for step in error.absolute_path)
    name = ".".join(str(step) for step in error.absolute_path) or what
    if error.validator == "additionalProperties":
        yield from _unknown_keys(error, path, what)
    elif error.validator == "required":
        yield from _missing_keys(error, path, name)
    else:
        yield Problem(path=path, message=f"`{name}` is {_shown(error)}, but {_expectation(error)}.")


def _unknown_keys(error: ValidationError, path: str, what: str) -> Iterator[Problem]:
    schema: JsonValue = error.schema
    instance: JsonValue = error.instance
    known = list(schema["properties"])
    for key in instance:
        if key not in known:
            hint = near_miss(key, known) or f". It has {', '.join(known)}."
            message = f"`{key}` is not a setting of {what}{hint} Correct or remove it."
            yield Problem(path=f"{path}/{key}", message=message)


def _missing_keys(error: ValidationError, path: str, name: str) -> Iterator[Problem]:
    schema: JsonValue = error.schema
    required: JsonValue = error.validator_value
    instance: JsonValue = error.instance
    for key in required:
        if key not in instance:
            title = schema.get("properties", {}).get(key, {}).get("title", key)
            where = "" if not path else f" in `{name}`"
            yield Problem(path=f"{path}/{key}", message=f"`{key}` is missing{where}: set {title}.")


def _expectation(error: ValidationError) -> str:
    wanted: JsonValue = error.validator_value
    schema: JsonValue = error.schema
    match error.validator:
        case "type":
            names = wanted if isinstance(wanted, list) else [wanted]
            return f"it must be {' or '.join(_TYPE_NAMES[one] for one in names)}"
        case "enum":
            return f"it must be one of {', '.join(str(one) for one in wanted)}"
        case "pattern":
            return f"it must look like {schema.get('examples', [wanted])[0]}"
        case rule:
            return _RULES.get(str(rule), f"it breaks the rule {rule}").format(wanted)


def _shown(error: ValidationError) -> str:
    """The value, as far as it may be seen: never what the schema calls `writeOnly`, nor who logs in at a URL."""
    value: JsonValue = error.instance
    schema: JsonValue = error.schema
    if isinstance(schema, Mapping) and schema.get("writeOnly"):
        return f"{_kind(value)}, not shown here"
    if error.validator == "type" and isinstance(value, (dict, list)):
        # Its kind says what is wrong; somewhere in it may stand what nobody should see.
        return _kind(value)
    open_value = _without_user(value) if isinstance(value, str) else value
    text = json.dumps(open_value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _without_user(text: str) -> str:
    """An address without the user and password in front of its host."""
    user, _, host = text.rpartition("@")
    return f"…@{host}" if ":" in user else text


def _kind(value: JsonValue) -> str:
    return next((shown for kind, _, shown in _KINDS if isinstance(value, kind)), "a date or time")


# A boolean is an integer to Python, so it is asked about first.
_KINDS: Sequence[tuple[type, str, str]] = (
    (bool, "boolean", "true or false"),
    (int, "integer", "a whole number"),
    (float, "number", "a number"),
    (str, "string", "a text"),
    (list, "array", "a list"),
    (dict, "object", "a group of settings"),
    (NoneType, "null", "null"),
)
_TYPE_NAMES = {name: shown for _, name, shown in _KINDS}
_RULES = {
    "minimum": "it must be {} or more",
    "maximum": "it must be {} or less",
    "exclusiveMinimum": "it must be more than {}",
    "minLength": "it must not be empty",
    "minItems": "it must not be empty",
    "uniqueItems": "nothing may stand in it twice",
}
