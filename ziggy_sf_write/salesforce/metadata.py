"""Fetches the org's description of its objects, and asks again only whether it has changed (Salesforce API 2.5)."""

from dataclasses import replace
from typing import TypeVar

from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.salesforce.catalog import Kept, ObjectInfo, parse_object_info
from ziggy_sf_write.salesforce.client import Answer, Call, OrgClient
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.salesforce.failures import Refused

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
        answer = client.call(_conditional("describe", f"sobjects/{name}/describe", kept))
    except Refused as err:
        if err.status != 404:
            raise
        raise AccessError(
            f"The object `{name}` does not exist in this org, or the connected user may not see it. "
            "Choose another object, or give the user's profile access to it."
        ) from err
    fresh = _renewed(kept, answer, client) or _kept(parse_object_describe(answer.payload), answer, client)
    catalog.keep_object(name, fresh)
    return fresh.value


def list_objects(client: OrgClient) -> tuple[ObjectInfo, ...]:
    """Every object of the org that the user may see, from memory while the list is fresh."""
    catalog = client.org.catalog
    kept = catalog.all_objects()
    if kept and catalog.is_fresh(kept):
        return kept.value
    answer = client.call(_conditional("describe_global", "sobjects", kept))
    fresh = _renewed(kept, answer, client)
    if fresh is None:
        fresh = _kept(tuple(parse_object_info(one) for one in answer.payload["sobjects"]), answer, client)
    catalog.keep_all(fresh)
    return fresh.value


def _conditional(kind: str, path: str, kept: Kept[T] | None) -> Call:
    since = kept.last_modified if kept else None
    return Call(kind=kind, method="GET", path=path, headers={"If-Modified-Since": since} if since else None)


def _renewed(kept: Kept[T] | None, answer: Answer, client: OrgClient) -> Kept[T] | None:
    return replace(kept, confirmed_at_s=client.org.catalog.clock()) if kept and answer.is_unchanged else None


def _kept(value: T, answer: Answer, client: OrgClient) -> Kept[T]:
    return Kept(
        value=value,
        confirmed_at_s=client.org.catalog.clock(),
        last_modified=answer.headers.get("Last-Modified"),
    )
