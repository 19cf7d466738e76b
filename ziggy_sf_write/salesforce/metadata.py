"""Fetches the org's description of its objects, and asks again only whether it has changed (Salesforce API 2.5)."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import AccessError, UserFixable
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.describe import (
    Kept,
    Narrowed,
    ObjectDescribe,
    ObjectInfo,
    parse_object_describe,
    parse_objects,
)
from ziggy_sf_write.salesforce.failures import CallFailed, Refused, Stopped, readable

log = logging.getLogger(__name__)

T = TypeVar("T")

# In place of a record type: all of the object's.
_ALL = ""


def describe_object(client: OrgClient, name: str) -> ObjectDescribe:
    """An object's description, from memory while it is fresh.

    Raises:
        AccessError: the org has no such object for this user.
    """
    catalog = client.org.catalog
    kept = catalog.object(name)
    if kept and catalog.is_fresh(kept):
        return kept.value
    try:
        path = f"sobjects/{name}/describe"
        fresh = _confirmed(client, kept, kind="describe", path=path, parse=parse_object_describe)
    except Refused as err:
        if err.status != 404:
            raise
        raise AccessError(
            f"The object `{name}` does not exist in this org, or the connected user may not see it. "
            "Choose another object, or give the user's profile access to it."
        ) from err
    catalog.keep_object(name, fresh)
    return fresh.value


def list_objects(client: OrgClient) -> tuple[ObjectInfo, ...]:
    """Every object of the org that the user may see, from memory while the list is fresh."""
    catalog = client.org.catalog
    kept = catalog.all_objects()
    if kept and catalog.is_fresh(kept):
        return kept.value
    fresh = _confirmed(client, kept, kind="describe_global", path="sobjects", parse=parse_objects)
    catalog.keep_all(fresh)
    return fresh.value


def picklists_of_record_type(client: OrgClient, name: str, record_type: str) -> Narrowed | None:
    """What a record type leaves of an object's picklists, from memory while it is fresh (Salesforce API 5.8).

    None where the org does not tell, for whatever reason: the object is not asked about again while that is fresh.
    """
    catalog = client.org.catalog
    for known in (record_type, _ALL):
        kept = catalog.narrowed(name, known)
        if kept and catalog.is_fresh(kept):
            return kept.value
    path = f"ui-api/object-info/{name}/picklist-values/{record_type}"
    try:
        answer = client.call(Call(kind="picklist_values", method="GET", path=path))
        with readable("a question about picklists"):
            fields = answer.payload["picklistFieldValues"].items()
            value = {field: tuple(one["value"] for one in told["values"]) for field, told in fields}
    except Stopped:
        return None
    except (CallFailed, UserFixable) as err:
        # Nobody needs it: what else the org does not take is said by the call that does.
        log.info("%s: picklists are not checked by record type, because the org does not tell them: %s", name, err)
        catalog.keep_narrowed(name, _ALL, _kept_now(client, None))
        return None
    catalog.keep_narrowed(name, record_type, _kept_now(client, value))
    return value


def _kept_now(client: OrgClient, value: Narrowed | None) -> Kept[Narrowed | None]:
    return Kept(value=value, confirmed_at_s=client.org.catalog.clock(), last_modified=None)


def _confirmed(
    client: OrgClient, kept: Kept[T] | None, *, kind: str, path: str, parse: Callable[[JsonValue], T]
) -> Kept[T]:
    """What is kept, where the org says that it still holds; else what the org says now."""
    since = kept.last_modified if kept else None
    headers = {"If-Modified-Since": since} if since else None
    answer = client.call(Call(kind=kind, method="GET", path=path, headers=headers))
    now_s = client.org.catalog.clock()
    if kept and answer.is_unchanged:
        return replace(kept, confirmed_at_s=now_s)
    with readable("a question about its objects"):
        value = parse(answer.payload)
    return Kept(value=value, confirmed_at_s=now_s, last_modified=answer.headers.get("Last-Modified"))
