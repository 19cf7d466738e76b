"""Fetches the org's description of its objects, and asks again only whether it has changed (Salesforce API 2.5)."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.describe import Kept, ObjectDescribe, ObjectInfo, parse_object_describe, parse_objects
from ziggy_sf_write.salesforce.failures import Refused, readable

T = TypeVar("T")


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
