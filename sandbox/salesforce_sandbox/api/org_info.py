"""Versions, limits, resources and who is calling (reference sections 2.1 and 8.1)."""

from typing import Any

from salesforce_sandbox.call import VERSIONS, Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import ORG_ID, USER_ID, Org

_RESOURCES = (
    "tooling",
    "chatter",
    "tabs",
    "appMenu",
    "quickActions",
    "queryAll",
    "analytics",
    "search",
    "composite",
    "parameterizedSearch",
    "theme",
    "actions",
    "support",
    "recent",
    "connect",
    "licensing",
    "limits",
    "process",
    "query",
    "jobs",
    "compactLayouts",
    "sobjects",
    "ui-api",
)
_SEASONS = ("Winter", "Spring", "Summer")


def versions(_org: Org, _call: Call) -> Answer:
    """GET /services/data."""
    return Answer(
        body=[{"label": _label(each), "url": f"/services/data/v{each}", "version": each} for each in VERSIONS]
    )


def resources(_org: Org, call: Call) -> Answer:
    """GET /services/data/v{version}: what a real org lists; what the sandbox lacks of it answers 404."""
    base = f"/services/data/v{call.version}"
    return Answer(
        body={
            **{each: f"{base}/{each}" for each in _RESOURCES},
            # The only whole address of them all; clients ask there who they are.
            "identity": f"{call.base_url}/id/{ORG_ID}/{USER_ID}",
        }
    )


def composites(_org: Org, call: Call) -> Answer:
    """GET /composite."""
    base = f"/services/data/v{call.version}/composite"
    return Answer(body={each: f"{base}/{each}" for each in ("tree", "batch", "sobjects", "graph")})


def recent(_org: Org, _call: Call) -> Answer:
    """GET /recent: what a person has looked at, which here is nothing."""
    return Answer(body=[])


def limits(org: Org, _call: Call) -> Answer:
    """GET /limits; key names beyond DailyApiRequests are partly UNCONFIRMED."""
    left = max(0, org.options.api_limit - org.counters.api_calls)
    bulk = {"Max": 15000, "Remaining": 15000 - min(15000, len(org.jobs.all()))}
    return Answer(
        body={
            "ConcurrentAsyncGetReportInstances": {"Max": 200, "Remaining": 200},
            "DailyApiRequests": {"Max": org.options.api_limit, "Remaining": left},
            "DailyBulkApiBatches": bulk,
            "DailyBulkV2QueryFileStorageMB": {"Max": 976562, "Remaining": 976562},
            "DailyBulkV2QueryJobs": {"Max": 10000, "Remaining": 10000},
            "DataStorageMB": {"Max": 1024, "Remaining": 1000},
            "FileStorageMB": {"Max": 1024, "Remaining": 1000},
        }
    )


def record_count(org: Org, call: Call) -> Answer:
    """GET /limits/recordCount?sObjects=A,B; objects without records are left out, as recorded."""
    asked = [each for each in (call.argument("sObjects") or "").split(",") if each]
    wanted = [found for each in asked if (found := org.schema.find(each))] if asked else list(org.schema)
    counts = [{"count": count, "name": each.name} for each in wanted if (count := org.store.count(each))]
    return Answer(body={"sObjects": counts})


def user_info(_org: Org, call: Call) -> Answer:
    """GET /services/oauth2/userinfo."""
    return Answer(body={**_identity(call), "sub": f"{call.base_url}/id/{ORG_ID}/{USER_ID}", "email_verified": True})


def identity(org: Org, call: Call) -> Answer:
    """GET /id/{org}/{user}; the token may also come in the query string."""
    if call.parameters["user"][:15] != USER_ID[:15] or call.parameters["org"][:15] != ORG_ID[:15]:
        raise RequestRefused(404, "NOT_FOUND", "The requested resource does not exist")
    urls = {
        "rest": f"{call.base_url}/services/data/v{{version}}/",
        "sobjects": f"{call.base_url}/services/data/v{{version}}/sobjects/",
        "query": f"{call.base_url}/services/data/v{{version}}/query/",
        "partner": f"{call.base_url}/services/Soap/u/{{version}}/{ORG_ID[:15]}",
    }
    return Answer(
        body={
            **_identity(call),
            "id": f"{call.base_url}/id/{ORG_ID}/{USER_ID}",
            "asserted_user": True,
            "username": org.login.username,
            "display_name": "Sandbox Admin",
            "urls": urls,
        }
    )


def _identity(call: Call) -> dict[str, Any]:
    return {
        "user_id": USER_ID,
        "organization_id": ORG_ID,
        "preferred_username": "admin@sandbox.example",
        "nickname": "admin",
        "name": "Sandbox Admin",
        "email": "admin@sandbox.example",
        "profile": f"{call.base_url}/{USER_ID}",
        "user_type": "STANDARD",
        "active": True,
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 3600000,
        "is_app_installed": True,
    }


def _label(version: str) -> str:
    """Three releases a year; 68.0 is Winter '27 (reference section 9)."""
    steps = int(float(version)) - 68
    season = _SEASONS[steps % 3]
    year = 27 + (steps // 3)
    return f"{season} '{year}"
