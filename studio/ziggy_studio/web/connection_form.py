"""What the page knows of a connection's configuration, and what it sends back: its schema alone says what is secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ziggy_sf_write.contract import ConnectionType, JsonValue
from ziggy_sf_write.schema_check import schema_problems
from ziggy_studio.web.errors import ApiError, ErrorCode

_REFERENCE = re.compile(r"secrets\.([A-Za-z_$][A-Za-z0-9_$]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the page sends for one mode: the values that were filled in, and the names of those that stay."""

    config: Mapping[str, JsonValue]
    kept: tuple[str, ...] = ()
    kind: int | None = None


def parse_form(raw: JsonValue) -> Form:
    """A form out of a request's body. Raises `ApiError` where it is none."""
    if not isinstance(raw, dict) or not isinstance(raw.get("config"), dict):
        raise ApiError(ErrorCode.BAD_REQUEST, "The values of the connection are missing.")
    kind, kept = raw.get("kind"), raw.get("kept", [])
    if not isinstance(kept, list):
        raise ApiError(ErrorCode.BAD_REQUEST, "`kept` has to be an array of the names whose values stay.")
    return Form(
        config={name: one for name, one in raw["config"].items() if one not in (None, "")},
        kept=tuple(str(name) for name in kept),
        kind=kind if isinstance(kind, int) else None,
    )


def secret_fields(connection_type: ConnectionType) -> set[str]:
    """The fields whose values go in and never out: the schema calls them `writeOnly`."""
    properties: Mapping[str, JsonValue] = connection_type.config_schema.get("properties", {})
    return {name for name, one in properties.items() if one.get("writeOnly") is True}


def shown(
    config: Mapping[str, JsonValue], connection_type: ConnectionType | None, *, is_own: bool
) -> dict[str, JsonValue]:
    """Values that may be seen, and the names of those that may not: secrets, and whatever no schema describes."""
    if connection_type is None or not is_own:
        return {"config": {}, "kept": []}
    known = set(connection_type.config_schema.get("properties", {}))
    hidden = [
        name
        for name, value in config.items()
        if name not in known
        or (name in secret_fields(connection_type) and referenced_secret(value) is None and value != "")
    ]
    return {"config": {name: one for name, one in config.items() if name not in hidden}, "kept": hidden}


def referenced_secret(value: JsonValue) -> str | None:
    """The name behind `secrets.`, None where a value is no such reference."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def fill(form: Form, connection_type: ConnectionType, stored: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The whole configuration in the schema's order: what was sent, what stays, and texts that may be empty."""
    properties: Mapping[str, JsonValue] = connection_type.config_schema.get("properties", {})
    found = {**{name: stored[name] for name in form.kept if name in stored}, **form.config}
    for name in _required(connection_type, form.kind):
        rule = properties.get(name, {})
        if name not in found and rule.get("type") == "string" and "minLength" not in rule:
            found[name] = ""
    return {name: found[name] for name in [*properties, *found] if name in found}


def _kind(connection_type: ConnectionType, kind: int | None) -> Mapping[str, JsonValue]:
    kinds: list[Mapping[str, JsonValue]] = connection_type.config_schema.get("oneOf", [])
    return kinds[kind] if kind is not None and 0 <= kind < len(kinds) else {}


def _required(connection_type: ConnectionType, kind: int | None) -> list[str]:
    return [*connection_type.config_schema.get("required", []), *_kind(connection_type, kind).get("required", [])]


def form_problems(
    connection_type: ConnectionType, config: Mapping[str, JsonValue], kind: int | None
) -> list[dict[str, str]]:
    """What is wrong with a configuration, before anyone is asked to log in."""
    schema, chosen = connection_type.config_schema, _kind(connection_type, kind)
    hidden = secret_fields(connection_type)
    # A reference is filled in later, and a secret must not stand in a message: neither is looked at here.
    properties = {
        name: {"title": one.get("title", name)}
        if name in hidden or referenced_secret(config.get(name)) is not None
        else one
        for name, one in schema.get("properties", {}).items()
    }
    rules = {
        **{key: one for key, one in schema.items() if key not in {"oneOf", "$id"}},
        "properties": properties,
        "required": _required(connection_type, kind),
    }
    problems = [
        one.to_json() for one in schema_problems(rules, dict(config), what=f"a {connection_type.label} connection")
    ]
    for name, rule in chosen.get("properties", {}).items():
        if rule is False and name in config:
            message = f"`{name}` is not part of {chosen.get('title', 'this kind')}. Remove it."
            problems.append({"path": f"/{name}", "message": message, "severity": "error"})
    return problems


def secret_name(connection: str, part: str, key: str) -> str:
    """`sfDev` and `password` make `sfDevPassword`."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", connection) if word]
    words += [part] if part == "production" else []
    first, *rest = [*words, key]
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
