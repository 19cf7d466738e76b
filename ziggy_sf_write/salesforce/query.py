"""Runs a query and follows its pages (Salesforce API 6)."""

from collections.abc import Iterator

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.client import Call, OrgClient


def run_query(client: OrgClient, soql: str) -> Iterator[dict[str, JsonValue]]:
    """Every row of a query, page by page."""
    page = client.call(Call(kind="query", method="GET", path="query", params={"q": soql})).payload
    yield from page["records"]
    while not page["done"]:
        page = client.call(Call(kind="query", method="GET", path=page["nextRecordsUrl"])).payload
        yield from page["records"]
