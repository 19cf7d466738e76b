"""Which call goes where: method and path → a kind, for counting and faults, and the function that answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.routing import compile_path

from .api import (
    absent,
    changes,
    collections,
    composite,
    control,
    describe,
    ingest,
    org_info,
    passwords,
    picklists,
    query,
    query_jobs,
    rows,
    tree,
)
from .auth import oauth, soap, web_server
from .call import VERSIONS, Answer, Call
from .errors import RequestRefused, not_found
from .org import Org

Handler = Callable[[Org, Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One resource and method. Open ones need no session, uncounted ones do not use up the allowance."""

    method: str
    pattern: re.Pattern[str]
    kind: str
    handler: Handler
    is_open: bool = False
    is_counted: bool = True


def _route(method: str, path: str, kind: str, handler: Handler, *, is_open: bool = False) -> Route:
    # Fixed steps fit in any case: simple-salesforce asks for unprocessedRecords.
    pattern = re.compile(compile_path(f"/{path}")[0].pattern, re.ASCII | re.IGNORECASE)
    return Route(method=method, pattern=pattern, kind=kind, handler=handler, is_open=is_open, is_counted=not is_open)


_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{0,2})?")
_METHODS = ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")  # in the order of the reference's 405
_DATA = "services/data/v{version}"
_COLLECTIONS = f"{_DATA}/composite/sobjects"
_JOBS = f"{_DATA}/jobs/ingest"
_PICKLISTS = f"{_DATA}/ui-api/object-info/{{object}}/picklist-values"
_QUERY_JOBS = f"{_DATA}/jobs/query"
_ROUTES: tuple[Route, ...] = (
    _route("GET", "services/data", "versions", org_info.versions, is_open=True),
    _route("POST", "services/Soap/u/{version}", "soap_login", soap.endpoint, is_open=True),
    _route("POST", "services/Soap/u/{version}/{org}", "soap_login", soap.endpoint, is_open=True),
    _route("POST", "services/oauth2/token", "oauth_token", oauth.token, is_open=True),
    _route("POST", "services/oauth2/revoke", "oauth_revoke", oauth.revoke, is_open=True),
    _route("GET", "services/oauth2/revoke", "oauth_revoke", oauth.revoke, is_open=True),
    _route("POST", "services/oauth2/introspect", "oauth_introspect", oauth.introspect, is_open=True),
    _route("GET", "services/oauth2/authorize", "oauth_authorize", web_server.authorize, is_open=True),
    _route("POST", "services/oauth2/authorize", "oauth_authorize", web_server.authorize, is_open=True),
    _route("GET", "services/oauth2/userinfo", "identity", org_info.user_info),
    _route("GET", "id/{org}/{user}", "identity", org_info.identity),
    _route("GET", _DATA, "resources", org_info.resources),
    _route("GET", f"{_DATA}/recent", "resources", org_info.recent),
    _route("GET", f"{_DATA}/limits", "limits", org_info.limits),
    _route("GET", f"{_DATA}/limits/recordCount", "limits", org_info.record_count),
    _route("GET", f"{_DATA}/query", "query", query.query),
    _route("GET", f"{_DATA}/query/{{locator}}", "query_more", query.more),
    _route("GET", f"{_DATA}/queryAll", "query", query.query_all),
    _route("GET", f"{_DATA}/queryAll/{{locator}}", "query_more", query.more),
    _route("GET", f"{_DATA}/tooling/query", "query", query.query),
    _route("GET", f"{_DATA}/sobjects", "describe_global", describe.all_objects),
    _route("GET", f"{_DATA}/sobjects/{{object}}", "describe", describe.basics),
    _route("GET", f"{_DATA}/sobjects/{{object}}/describe", "describe", describe.one_object),
    _route("GET", f"{_DATA}/sobjects/{{object}}/describe/{{rest:path}}", "unknown", absent.resource),
    _route("GET", f"{_DATA}/sobjects/{{object}}/updated", "changes", changes.updated),
    _route("GET", f"{_DATA}/sobjects/{{object}}/deleted", "changes", changes.deleted),
    *(_route("GET", f"{_DATA}/sobjects/{{object}}/{each}", "unknown", absent.resource) for each in absent.OF_AN_OBJECT),
    _route("POST", f"{_DATA}/sobjects/{{object}}", "row_create", rows.create),
    _route("POST", f"{_DATA}/sobjects/{{object}}/id", "row_create", rows.insert_by_id),
    _route("GET", f"{_DATA}/sobjects/{{object}}/{{id}}", "row_read", rows.read),
    _route("PATCH", f"{_DATA}/sobjects/{{object}}/{{id}}", "row_update", rows.update),
    _route("DELETE", f"{_DATA}/sobjects/{{object}}/{{id}}", "row_delete", rows.delete),
    _route("GET", f"{_DATA}/sobjects/User/{{id}}/password", "password", passwords.status),
    _route("POST", f"{_DATA}/sobjects/User/{{id}}/password", "password", passwords.change),
    _route("DELETE", f"{_DATA}/sobjects/User/{{id}}/password", "password", passwords.reset),
    _route("GET", f"{_DATA}/sobjects/{{object}}/{{field}}/{{value}}", "row_read", rows.read_by_key),
    _route("PATCH", f"{_DATA}/sobjects/{{object}}/{{field}}/{{value}}", "row_upsert", rows.upsert),
    _route("DELETE", f"{_DATA}/sobjects/{{object}}/{{field}}/{{value}}", "row_delete", rows.delete_by_key),
    _route("POST", _COLLECTIONS, "collections_create", collections.create),
    _route("PATCH", _COLLECTIONS, "collections_update", collections.update),
    _route("DELETE", _COLLECTIONS, "collections_delete", collections.delete),
    _route("GET", f"{_COLLECTIONS}/{{object}}", "collections_read", collections.retrieve),
    _route("POST", f"{_COLLECTIONS}/{{object}}", "collections_read", collections.retrieve),
    _route("PATCH", f"{_COLLECTIONS}/{{object}}/{{field}}", "collections_upsert", collections.upsert),
    _route("GET", f"{_DATA}/composite", "resources", org_info.composites),
    _route("POST", f"{_DATA}/composite", "composite", composite.composite),
    _route("POST", f"{_DATA}/composite/batch", "batch", composite.batch),
    _route("POST", f"{_DATA}/composite/graph", "graph", composite.graph),
    _route("POST", f"{_DATA}/composite/tree/{{object}}", "tree", tree.tree),
    _route("POST", _JOBS, "bulk_create", ingest.create),
    _route("GET", _JOBS, "bulk_list", ingest.listing),
    _route("PUT", f"{_JOBS}/{{job}}/batches", "bulk_upload", ingest.upload),
    _route("PATCH", f"{_JOBS}/{{job}}", "bulk_patch", ingest.patch),
    _route("GET", f"{_JOBS}/{{job}}", "bulk_poll", ingest.poll),
    _route("DELETE", f"{_JOBS}/{{job}}", "bulk_delete", ingest.delete),
    _route("GET", f"{_JOBS}/{{job}}/successfulresults", "bulk_results", ingest.successful),
    _route("GET", f"{_JOBS}/{{job}}/failedresults", "bulk_results", ingest.failed),
    _route("GET", f"{_JOBS}/{{job}}/unprocessedrecords", "bulk_results", ingest.unprocessed),
    _route("GET", f"{_PICKLISTS}/{{record_type}}", "picklist_values", picklists.of_record_type),
    _route("GET", f"{_PICKLISTS}/{{record_type}}/{{field}}", "picklist_values", picklists.of_field),
    _route("POST", _QUERY_JOBS, "bulk_query", query_jobs.create),
    _route("GET", _QUERY_JOBS, "bulk_list", query_jobs.listing),
    _route("PATCH", f"{_QUERY_JOBS}/{{job}}", "bulk_patch", query_jobs.patch),
    _route("GET", f"{_QUERY_JOBS}/{{job}}", "bulk_poll", query_jobs.poll),
    _route("DELETE", f"{_QUERY_JOBS}/{{job}}", "bulk_delete", query_jobs.delete),
    _route("GET", f"{_QUERY_JOBS}/{{job}}/results", "bulk_results", query_jobs.results),
    *(_route(each, "services/async/{rest:path}", "unknown", absent.bulk_1, is_open=True) for each in _METHODS),
    *(_route(each, "services/apexrest/{rest:path}", "unknown", absent.apex) for each in _METHODS),
    _route("POST", "services/Soap/{rest:path}", "unknown", soap.absent, is_open=True),
    _route("GET", "__sandbox__/records/{object}", "control", control.records, is_open=True),
    _route("POST", "__sandbox__/records/{object}", "control", control.insert, is_open=True),
    _route("GET", "__sandbox__/stats", "control", control.stats, is_open=True),
    _route("DELETE", "__sandbox__/stats", "control", control.reset_stats, is_open=True),
    _route("POST", "__sandbox__/faults", "control", control.inject, is_open=True),
    _route("DELETE", "__sandbox__/faults", "control", control.clear_faults, is_open=True),
    _route("PUT", "__sandbox__/latency", "control", control.set_latency, is_open=True),
    _route("POST", "__sandbox__/expire", "control", control.expire, is_open=True),
    _route("GET", "__sandbox__/login", "control", control.login, is_open=True),
)


def find_route(method: str, raw_path: str) -> tuple[Route, dict[str, str]]:
    """The route of a still percent-encoded path; refuses unknown ones with 404, unknown methods with 405."""
    path = f"/{raw_path.strip('/')}"
    method = "GET" if method == "HEAD" else method
    allowed: list[str] = []
    for route in _ROUTES:
        found = route.pattern.fullmatch(path)
        if found is None:
            continue
        if route.method == method:
            parameters = {name: unquote(value) for name, value in found.groupdict().items()}
            _check_version(parameters, raw_path)
            return route, parameters
        allowed.append(route.method)
    if allowed:
        known = {*allowed, *(["HEAD"] if "GET" in allowed else [])}
        listed = ",".join(each for each in _METHODS if each in known)
        message = f"HTTP Method '{method}' not allowed. Allowed are {listed}"
        raise RequestRefused(405, "METHOD_NOT_ALLOWED", message, headers={"Allow": listed})
    raise not_found()


def _check_version(parameters: dict[str, str], raw_path: str) -> None:
    version = parameters.get("version")
    if version is None or version in VERSIONS or "Soap" in raw_path:
        return
    if not _VERSION.fullmatch(version):
        raise not_found()
    if float(version) <= 30:
        raise RequestRefused(410, "UNSUPPORTED_API_VERSION", "The requested resource no longer exists")
    if float(version) < float(VERSIONS[0]):
        return  # 31.0 to 49.0 are still supported by Salesforce and answered alike, but for the upsert's status
    raise not_found()
