"""Describes, global and by object; unchanged ones answer 304 (reference section 2)."""

from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.org import Org
from salesforce_sandbox.schema.describe import describe_global, describe_object

from .conditions import moment
from .intake import find_object


def all_objects(org: Org, call: Call) -> Answer:
    """GET /sobjects."""
    return _unless_unchanged(
        org,
        call,
        lambda: {
            "encoding": "UTF-8",
            "maxBatchSize": 200,
            "sobjects": [describe_global(each, call.version) for each in org.schema],
        },
    )


def one_object(org: Org, call: Call) -> Answer:
    """GET /sobjects/{object}/describe."""
    sobject = find_object(org, call.parameters["object"])
    record_types = [each for each in org.records("RecordType") if each["SobjectType"] == sobject.name]
    return _unless_unchanged(org, call, lambda: describe_object(org.schema, sobject, call.version, record_types))


def basics(org: Org, call: Call) -> Answer:
    """GET /sobjects/{object}."""
    sobject = find_object(org, call.parameters["object"])
    return Answer(body={"objectDescribe": describe_global(sobject, call.version), "recentItems": []})


def _unless_unchanged(org: Org, call: Call, body: Callable[[], dict[str, Any]]) -> Answer:
    """The metadata changes only when the org starts; both validators are the same for all of its objects."""
    changed = org.started.replace(microsecond=0)
    headers = {"Last-Modified": format_datetime(changed, usegmt=True), "ETag": f'"{int(changed.timestamp()):x}--gzip"'}
    since = moment(call.headers.get("if-modified-since"))
    if since is not None and since >= changed:
        return Answer(status=304, headers=headers)
    unmodified_since = moment(call.headers.get("if-unmodified-since"))
    if unmodified_since is not None and unmodified_since < changed:
        return Answer(status=412, headers=headers)
    return Answer(body=body(), headers=headers)
