"""Bulk API 2.0 queries: a job whose result is read as CSV, part by part (reference section 7)."""

from typing import Any

from salesforce_sandbox.bulk.csv_file import DELIMITERS, LINE_ENDINGS
from salesforce_sandbox.bulk.query_jobs import QueryJob
from salesforce_sandbox.bulk.results import cell
from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused, not_found
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.temporal import stamp
from salesforce_sandbox.schema.model import COMPOUND_TYPES, FieldType
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.plan import Plan, plan

_PART = 50_000  # records in an answer that asks for no number; Salesforce's own is not in the reference
_CHUNK = 900  # below SQLite's limit of variables
_MOST_DIGITS = 9
_END = "null"  # what the header says where nothing follows


def create(org: Org, call: Call) -> Answer:
    """POST /jobs/query."""
    asked = call.json_object()
    operation = str(asked.get("operation", "query"))
    if operation not in ("query", "queryAll"):
        raise RequestRefused(400, "INVALIDJOB", f"Invalid operation: {operation}")
    if asked.get("contentType", "CSV") != "CSV":
        raise RequestRefused(400, "INVALIDJOB", "Only the content type CSV is supported")
    parsed = parse_query(str(asked.get("query") or ""), now=org.now())
    planned = plan(org.schema, parsed, include_deleted=operation == "queryAll")
    _check(planned)
    now = stamp(org.now())
    info: dict[str, Any] = {
        "id": org.mint.next_id("750"),
        "operation": operation,
        "object": planned.sobject.name,
        "createdById": call.user_id,
        "createdDate": now,
        "systemModstamp": now,
        "state": "UploadComplete",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version),
        "lineEnding": _one_of(LINE_ENDINGS, asked, "lineEnding", "LF"),
        "columnDelimiter": _one_of(DELIMITERS, asked, "columnDelimiter", "COMMA"),
    }
    limit = -1 if planned.limit is None else planned.limit
    numbers = org.store.query(
        f"SELECT t0.rowid FROM {planned.source} {planned.tail} LIMIT {limit}",  # noqa: S608  names are the schema's
        planned.parameters,
    )
    job = QueryJob(info=info, plan=planned, row_numbers=tuple(number for (number,) in numbers))
    with org.query_jobs.lock:
        org.query_jobs.by_id[info["id"]] = job
    return Answer(body=info)


def poll(org: Org, call: Call) -> Answer:
    """GET /jobs/query/{id}: the first look finds it done."""
    return Answer(body=_full(_find(org, call)))


def listing(org: Org, _call: Call) -> Answer:
    """GET /jobs/query."""
    with org.query_jobs.lock:
        records = [{**each.info, "jobType": "V2Query"} for each in org.query_jobs.by_id.values()]
    return Answer(body={"done": True, "records": records, "nextRecordsUrl": None})


def patch(org: Org, call: Call) -> Answer:
    """PATCH /jobs/query/{id}: abort, which comes too late for a job that is done."""
    job = _find(org, call)
    if call.json_object().get("state") != "Aborted" or job.info["state"] != "UploadComplete":
        raise RequestRefused(400, "INVALIDJOBSTATE", "Aborting already Completed Job not allowed")
    job.info["state"] = "Aborted"
    return Answer(body=job.info)


def delete(org: Org, call: Call) -> Answer:
    """DELETE /jobs/query/{id}."""
    job = _find(org, call)
    with org.query_jobs.lock:
        del org.query_jobs.by_id[job.info["id"]]
    return Answer(status=204)


def results(org: Org, call: Call) -> Answer:
    """GET /jobs/query/{id}/results?locator=…&maxRecords=…"""
    job = _find(org, call)
    if _full(job)["state"] != "JobComplete":
        raise not_found()
    start = _number(call, "locator", 0)
    most = max(1, _number(call, "maxRecords", _PART))
    part = job.row_numbers[start : start + most]
    delimiter = DELIMITERS[job.info["columnDelimiter"]]
    ending = LINE_ENDINGS[job.info["lineEnding"]]
    lines = [delimiter.join(cell(".".join(each.path)) for each in job.plan.columns)]
    lines += [delimiter.join(map(cell, row)) for row in _rows(org, job.plan, part)]
    following = str(start + most) if start + most < len(job.row_numbers) else _END
    headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(len(part))}
    return Answer(body=ending.join(lines) + ending, media_type="text/csv", headers=headers, records=len(part))


def _rows(org: Org, planned: Plan, numbers: tuple[int, ...]) -> list[list[Any]]:
    columns = ", ".join(["t0.rowid", *(each.sql for each in planned.columns)])
    found: list[list[Any]] = []
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT {columns} FROM {planned.source} WHERE t0.rowid IN ({marks})"  # noqa: S608  names are the schema's
        by_number = {row[0]: row[1:] for row in org.store.query(sql, part)}
        found += [_shown(planned, by_number[number]) for number in part if number in by_number]
    return found


def _shown(planned: Plan, values: tuple[Any, ...]) -> list[Any]:
    return [_value(column.field.type, value) for column, value in zip(planned.columns, values, strict=True)]


def _value(kind: FieldType, value: Any) -> Any:
    if value is None:
        return None
    if kind is FieldType.BOOLEAN:
        return bool(value)
    if kind is FieldType.DATETIME:
        return str(value).replace("+0000", "Z")
    return "*" * len(value) if kind is FieldType.ENCRYPTED else value


def _check(planned: Plan) -> None:
    """What a bulk query cannot do (Bulk API guide, "Considerations for Query Jobs"); the wording is not in there."""
    unable = [
        (planned.is_aggregate or planned.is_count or bool(planned.group), "Aggregate queries"),
        (bool(planned.children), "Nested queries"),
        (planned.offset > 0, "OFFSET clauses"),
        (any(each.field.type in COMPOUND_TYPES for each in planned.columns), "Compound fields"),
        (any(each.field.type is FieldType.BASE64 for each in planned.columns), "Base64 fields"),
    ]
    named = next((name for is_asked, name in unable if is_asked), None)
    if named is not None:
        raise RequestRefused(400, "API_ERROR", f"{named} are not supported in Bulk Query")


def _find(org: Org, call: Call) -> QueryJob:
    asked = call.parameters["job"]
    with org.query_jobs.lock:
        found = next((each for key, each in org.query_jobs.by_id.items() if asked in (key, key[:15])), None)
    if found is None:
        raise not_found()
    return found


def _full(job: QueryJob) -> dict[str, Any]:
    if job.info["state"] == "UploadComplete":
        job.info["state"] = "JobComplete"
    return {
        **job.info,
        "jobType": "V2Query",
        "numberRecordsProcessed": len(job.row_numbers),
        "retries": 0,
        "totalProcessingTime": 1,
        "isPkChunkingSupported": True,
    }


def _number(call: Call, name: str, default: int) -> int:
    text = call.argument(name)
    if text is None or text == "":
        return default
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise RequestRefused(400, "INVALID_QUERY_LOCATOR", f"invalid {name}: {text[:40]}")
    return int(text)


def _one_of(known: dict[str, str], asked: dict[str, Any], name: str, default: str) -> str:
    value = str(asked.get(name) or default)
    if value not in known:
        raise RequestRefused(400, "INVALIDJOB", f"{name} must be one of {', '.join(known)}")
    return value
