"""What the dropdowns of the form offer: one small function for each, sharing the cached describes."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ziggy_sf_write.block.namespaces import is_own_namespace
from ziggy_sf_write.contract import Choice, Config, FormContext, HostError
from ziggy_sf_write.errors import UserFixable
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.fatal import fatal_for
from ziggy_sf_write.salesforce.metadata import describe_object, list_objects
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds

_ON_EDGE = "On the edge"
# A person waits: give up early and let the form offer a retry.
_FORM_BOUNDS = Bounds(call_timeout_s=20, max_tries=2, max_retry_time_s=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    config: Config
    context: FormContext
    is_all: bool


def choices(source: str, config: Config, context: FormContext) -> list[Choice]:
    """The choices of one source of the UI schema, in the order to show.

    Raises:
        HostError: what the form shows in place of a list; it names the cure.
    """
    name, _, flag = source.partition("?")
    if name not in _SOURCES:
        raise HostError(f"`{source}` is no dropdown of this block. It has {', '.join(_SOURCES)}.")
    with fatal_for(config.get("object"), doing="describe", cure="Try again."):
        return _SOURCES[name](_Question(config=config, context=context, is_all=flag == "all"))


def _objects(ask: _Question) -> list[Choice]:
    found = [
        Choice(value=one.name, label=one.label, hint=one.name, group="Custom" if one.is_custom else "Standard")
        for one in list_objects(_client(ask))
        if ask.is_all or one.can_create or one.can_update
    ]
    return sorted(found, key=lambda choice: (choice.group != "Standard", choice.label.lower(), choice.value))


def _match_keys(ask: _Question) -> list[Choice]:
    if not (ask.config.get("connection") and ask.config.get("object")):
        return _names(ask.context.edge_keys, group=_ON_EDGE)
    named = {one.name.lower(): one for one in _describe(ask).fields}
    on_edge = [_edge_key(key, named.get(key.lower())) for key in ask.context.edge_keys]
    known = {key.lower() for key in ask.context.edge_keys}
    keys = (one for one in _describe(ask).fields if one.name == "Id" or one.is_native_key or one.is_unique)
    fields = [one for one in keys if one.name.lower() not in known]
    fields.sort(key=lambda one: (one.name != "Id", not one.is_external_id, one.label.lower()))
    return on_edge + [
        # An edge key is an API name, so that is what stands in the form; the label explains it.
        Choice(value=one.name, label=one.name, hint=f"{one.label} · {_facts(one)}", group="Keys of the object")
        for one in fields
    ]


def _edge_key(key: str, field: FieldInfo | None) -> Choice:
    """An edge key as it is spelt there, with what it means to the object."""
    hint = "" if field is None else f"{field.label} · {_facts(field)}"
    return Choice(value=key, label=key, hint=hint, group=_ON_EDGE)


def _properties(ask: _Question) -> list[Choice]:
    is_upsert = ask.config.get("upsert", True)
    fields = [one for one in _describe(ask).fields if ask.is_all or one.can_update or (is_upsert and one.can_create)]
    known = {key.lower() for key in ask.context.edge_keys}
    fields.sort(key=lambda one: (one.name.lower() not in known, one.label.lower(), one.name))
    is_marked = any(one.name.lower() in known for one in fields)
    return [
        Choice(
            value=one.name,
            label=one.label,
            hint=f"{one.name} · {_facts(one)}",
            group=(_ON_EDGE if one.name.lower() in known else "Other fields") if is_marked else "",
            required=is_upsert and one.is_required_on_create,
        )
        for one in fields
    ]


def _mapping_targets(ask: _Question) -> list[Choice]:
    """What a key of the edge can become: the Id, and whatever can be written."""
    own = next(one for one in _describe(ask).fields if one.name == "Id")
    return [Choice(value=own.name, label=own.label, hint=f"{own.name} · {_facts(own)}"), *_properties(ask)]


_SOURCES: dict[str, Callable[[_Question], list[Choice]]] = {
    "connection": lambda ask: _names(ask.context.connection_names("salesforce")),
    "object": _objects,
    "matchKey": _match_keys,
    "properties": _properties,
    "fieldMapping": _mapping_targets,
    "errorNamespace": lambda ask: _names(_for_failures(ask.context.store.namespaces())),
}


def _for_failures(namespaces: Iterable[str]) -> Iterable[str]:
    """What runs have kept to be undone is no place for failures."""
    return (name for name in namespaces if not is_own_namespace(name))


def _names(names: Iterable[str], *, group: str = "") -> list[Choice]:
    return [Choice(value=name, label=name, group=group) for name in names]


def _facts(field: FieldInfo) -> str:
    facts = [field.type.value]
    facts += ["external id"] if field.is_external_id else []
    facts += ["unique"] if field.is_unique else []
    facts += ["required"] if field.is_required_on_create else []
    facts += ["read-only"] if not (field.can_create or field.can_update) else []
    return " · ".join(facts)


def _describe(ask: _Question) -> ObjectDescribe:
    if not ask.config.get("object"):
        raise UserFixable("Choose an object first.")
    return describe_object(_client(ask), ask.config["object"])


def _client(ask: _Question) -> OrgClient:
    if not ask.config.get("connection"):
        raise UserFixable("Choose a connection first.")
    org = ORGS.org(require_salesforce(ask.context.connection(ask.config["connection"])))
    return OrgClient(org, bounds=_FORM_BOUNDS, cancelled=threading.Event())
