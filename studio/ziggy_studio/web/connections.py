"""The project's connections as the page sees and changes them: references to secrets travel, secrets come in only."""

import re
from collections.abc import Mapping

from ziggy_sf_write.contract import Connection, ConnectionReport, ConnectionType, HostError, JsonValue, Mode
from ziggy_studio.answers import connection_report
from ziggy_studio.connection_files import ConnectionFile
from ziggy_studio.errors import UsageProblem
from ziggy_studio.files import one_writer
from ziggy_studio.project import StoredConnection
from ziggy_studio.secrets import SecretName
from ziggy_studio.web.connection_form import (
    fill,
    form_problems,
    parse_form,
    referenced_secret,
    secret_fields,
    secret_name,
    shown,
)
from ziggy_studio.web.errors import ApiError, ErrorCode
from ziggy_studio.web.forms import form_context
from ziggy_studio.web.studio import Studio

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,79}")
_MODES = {"development": Mode.DEV, "production": Mode.PROD}


def list_connections(studio: Studio) -> dict[str, JsonValue]:
    """The connections, the types that plugins bring, and nothing that is secret."""
    studio.reload_project()
    types, used = _types(studio), _uses(studio)
    own = ConnectionFile(studio.host.project.folder).names()
    return {
        "types": [{"type": one.type, "label": one.label, "schema": dict(one.config_schema)} for one in types.values()],
        "connections": [
            {
                "name": one.name,
                "type": one.type,
                "modes": [Mode.DEV.value] if one.production is None else [Mode.DEV.value, Mode.PROD.value],
                "isEditable": one.name in own and one.type in types,
                "usedBy": sorted(used.get(one.name, ())),
                "development": shown(one.development, types.get(one.type), is_own=one.name in own),
                "production": None
                if one.production is None
                else shown(one.production, types.get(one.type), is_own=one.name in own),
            }
            for one in studio.host.project.connections()
        ],
    }


def save_connection(studio: Studio, name: str, body: Mapping[str, JsonValue]) -> list[dict[str, str]]:
    """Writes a connection into the project, or says at which field it is not complete yet and writes nothing.

    A value that its schema calls secret and that was typed in becomes a secret of the project.
    """
    connection_type = _type(studio, str(body.get("type", "")))
    forms = {part: parse_form(body[part]) for part in _MODES if body.get(part) is not None}
    if "development" not in forms:
        raise ApiError(ErrorCode.BAD_REQUEST, "The development values of the connection are missing.")
    with one_writer(studio.host.project.folder):
        before = _changeable(studio, name, is_new=body.get("isNew") is True)
        filled = {part: fill(form, connection_type, _stored(before, part)) for part, form in forms.items()}
        problems = [
            {**one, "path": f"/{part}{one['path']}"}
            for part, form in forms.items()
            for one in form_problems(connection_type, filled[part], form.kind)
        ]
        if problems:
            return problems
        safe = {part: _put_away(studio, name, part, connection_type, config) for part, config in filled.items()}
        ConnectionFile(studio.host.project.folder).put(
            StoredConnection(
                name=name,
                type=connection_type.type,
                development=safe["development"],
                production=safe.get("production"),
            )
        )
        studio.reload_project()
    return []


def delete_connection(studio: Studio, name: str) -> None:
    """Takes a connection out of the project; its secrets stay."""
    with one_writer(studio.host.project.folder):
        if _changeable(studio, name, is_new=False) is None:
            raise ApiError(
                ErrorCode.NOT_FOUND, f"There is no connection `{name}`.", "It may have been deleted already."
            )
        ConnectionFile(studio.host.project.folder).remove(name)
        studio.reload_project()


def try_connection(studio: Studio, name: str, mode: Mode) -> ConnectionReport:
    """Logs in through a connection of the project and says what was found, or exactly what is wrong."""
    try:
        studio.reload_project()
        return _try(studio, studio.host.project.connection(name, mode))
    except HostError as err:
        return ConnectionReport(is_ok=False, message=str(err))


def try_form(studio: Studio, name: str, body: Mapping[str, JsonValue]) -> ConnectionReport:
    """The same for values that are not saved yet; what was typed in is used once and forgotten."""
    connection_type = _type(studio, str(body.get("type", "")))
    part = "production" if body.get("mode") == Mode.PROD.value else "development"
    form, mode = parse_form(body.get(part)), _MODES[part]
    stored = next((one for one in studio.host.project.connections() if one.name == name), None)
    config = fill(form, connection_type, _stored(stored, part))
    problems = form_problems(connection_type, config, form.kind)
    if problems:
        return ConnectionReport(is_ok=False, message=" ".join(one["message"] for one in problems))
    try:
        secrets = studio.host.project.secrets
        wanted_by = f"The connection `{name}`"
        resolved = {key: secrets.resolve(value, mode, wanted_by=wanted_by) for key, value in config.items()}
        return _try(studio, Connection(name=name, type=connection_type.type, mode=mode, config=resolved))
    except HostError as err:
        return ConnectionReport(is_ok=False, message=str(err))


def _try(studio: Studio, connection: Connection) -> ConnectionReport:
    return connection_report(studio.host.plugins, connection, form_context(studio.host, connection.mode))


def _types(studio: Studio) -> dict[str, ConnectionType]:
    """Every connection type by its name; the first plugin that brings one keeps it."""
    found: dict[str, ConnectionType] = {}
    for types in reversed(studio.host.plugins.hook.ziggy_connection_types()):
        for one in types:
            found.setdefault(one.type, one)
    return found


def _type(studio: Studio, name: str) -> ConnectionType:
    types = _types(studio)
    if name not in types:
        known = ", ".join(sorted(types)) or "none"
        raise ApiError(ErrorCode.BAD_REQUEST, f"No plugin brings connections of type `{name}`.", f"Known: {known}.")
    return types[name]


def _uses(studio: Studio) -> dict[str, set[str]]:
    """The flows in which a block that takes connections names one, by the connection's name."""
    found: dict[str, set[str]] = {}
    for flow in studio.flows.names():
        try:
            document = studio.flows.open(flow).document
        except (HostError, ApiError):
            continue  # a flow that cannot be read is told of when it is opened
        for block in document["blocks"]:
            descriptor = studio.known.get(block["type"])
            if descriptor is not None and descriptor.connection_types:
                for value in block.get("config", {}).values():
                    if isinstance(value, str):
                        found.setdefault(value, set()).add(flow)
    return found


def _changeable(studio: Studio, name: str, *, is_new: bool) -> StoredConnection | None:
    """The connection as it stands, None for a new one. Raises `ApiError` where it may not be written."""
    if not _NAME.fullmatch(name):
        hint = "Begin with a letter; use letters, digits, spaces, dots, dashes and underscores."
        raise ApiError(ErrorCode.BAD_REQUEST, f"`{name}` cannot be the name of a connection.", hint)
    studio.reload_project()
    stored = next((one for one in studio.host.project.connections() if one.name == name), None)
    if stored is not None and is_new:
        raise ApiError(ErrorCode.NOT_ALLOWED, f"There is a connection `{name}` already.", "Choose another name.")
    if stored is not None and name not in ConnectionFile(studio.host.project.folder).names():
        message = f"`{name}` comes with the sandbox org and cannot be changed here."
        raise ApiError(ErrorCode.NOT_ALLOWED, message, "Add a connection of your own under another name.")
    return stored


def _stored(connection: StoredConnection | None, part: str) -> Mapping[str, JsonValue]:
    if connection is None:
        return {}
    return connection.development if part == "development" else connection.production or {}


def _put_away(
    studio: Studio, name: str, part: str, connection_type: ConnectionType, config: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """The configuration in which each secret that was typed in has become a reference to a secret of the project."""
    stored = _stored(next((one for one in studio.host.project.connections() if one.name == name), None), part)
    safe = dict(config)
    for key in secret_fields(connection_type):
        value = config.get(key)
        is_typed = value not in (None, "") and referenced_secret(value) is None and value != stored.get(key)
        if is_typed:
            safe[key] = f"secrets.{_store_secret(studio, secret_name(name, part, key), str(value), stored.get(key))}"
    return safe


def _store_secret(studio: Studio, wanted: str, value: str, before: JsonValue) -> str:
    """Stores a secret under a name that no other value has."""
    secrets = studio.host.project.secrets
    taken, name, number = {one.name for one in secrets.names()}, wanted, 1
    while name in taken and before != f"secrets.{name}":
        number += 1
        name = f"{wanted}{number}"
    secrets.set(name, value)
    return name


def list_secrets(studio: Studio) -> list[dict[str, JsonValue]]:
    """The names of the secrets, where each comes from, and whether production has a value of its own."""
    secrets = studio.host.project.secrets
    found = {one.name: one for one in secrets.names()}
    # A keyring does not say what it holds; whether it has what a connection refers to, it does.
    for name in _referenced(studio) - set(found):
        if secrets.value(name, Mode.DEV) is not None:
            has_production = secrets.value(name, Mode.PROD) != secrets.value(name, Mode.DEV)
            found[name] = SecretName(name=name, source="the keyring", has_production=has_production)
    return [
        {"name": one.name, "source": one.source, "hasProduction": one.has_production}
        for _, one in sorted(found.items())
    ]


def _referenced(studio: Studio) -> set[str]:
    """The secrets that the project's connections refer to."""
    values = [
        value
        for one in studio.host.project.connections()
        for config in (one.development, one.production or {})
        for value in config.values()
    ]
    return {name for value in values if (name := referenced_secret(value)) is not None}


def set_secret(studio: Studio, name: str, body: Mapping[str, JsonValue]) -> None:
    """Stores a secret's value; it can be used, and never be read again."""
    value = body.get("value")
    if not isinstance(value, str) or value == "":
        raise ApiError(ErrorCode.BAD_REQUEST, f"The secret `{name}` needs a value.", "Type one.")
    try:
        studio.host.project.secrets.set(name, value, is_production=body.get("production") is True)
    except UsageProblem as err:
        raise ApiError(ErrorCode.BAD_REQUEST, str(err)) from err
