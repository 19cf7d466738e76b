"""Conditional requests on rows: by time on all of them, by entity tag on accounts (reference section 2.5)."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import Org
from salesforce_sandbox.schema.model import SObject

_WITH_ETAG = frozenset({"Account"})  # the only object whose rows have one
_ETAG = re.compile(r'(?:W/)?"[^"]*"|\*')


def moment(text: str | None) -> datetime | None:
    """A date as HTTP writes it; one that nobody can read sets no condition."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def unchanged(org: Org, call: Call, sobject: SObject, record_id: str) -> Answer | None:
    """The 304 for a reader who has the row already."""
    headers = validators(org, sobject, record_id)
    since, changed = moment(call.headers.get("if-modified-since")), moment(headers.get("Last-Modified"))
    is_known = "ETag" in headers and headers["ETag"] in _listed(call, "if-none-match")
    if is_known or (since is not None and changed is not None and changed <= since):
        return Answer(status=304, headers=headers)
    return None


def validators(org: Org, sobject: SObject, record_id: str) -> Mapping[str, str]:
    """The headers by which a reader recognises the row as it is now."""
    # Not the whole row: it may hold a file.
    sql = f'SELECT SystemModstamp FROM "{sobject.name}" WHERE Id = ?'  # noqa: S608  the name is the schema's
    found = org.store.query(sql, [record_id])
    if not found:
        return {}
    changed = datetime.strptime(str(found[0][0]), "%Y-%m-%dT%H:%M:%S.%f%z")
    headers = {"Last-Modified": format_datetime(changed, usegmt=True)}
    if sobject.name in _WITH_ETAG:
        row = org.store.rows_by_id(sobject, [record_id])[record_id]
        digest = hashlib.sha256(json.dumps(row, sort_keys=True).encode("utf-8")).hexdigest()
        headers["ETag"] = f'"{digest[:32]}"'
    return headers


def check(org: Org, call: Call, sobject: SObject, record_id: str) -> None:
    """Refuses a call on a row that has been changed since the caller read it."""
    tags = _listed(call, "if-match") if sobject.name in _WITH_ETAG else []
    since = moment(call.headers.get("if-unmodified-since"))
    if not tags and since is None:
        return
    headers = validators(org, sobject, record_id)
    changed = moment(headers.get("Last-Modified"))
    is_newer = since is not None and changed is not None and changed > since
    if is_newer or (tags and "*" not in tags and headers.get("ETag") not in tags):
        raise RequestRefused(412, "PRECONDITION_FAILED", "The record has been changed since it was read")


def _listed(call: Call, header: str) -> list[str]:
    """The entity tags of a header; anything else in it refuses the call."""
    text = call.headers.get(header)
    if text is None:
        return []
    tags = [each.strip() for each in text.split(",")]
    if not all(_ETAG.fullmatch(each) for each in tags):
        raise RequestRefused(400, "INVALID_FIELD", f"The header {header} is not a list of entity tags")
    return tags
