"""SOQL over REST: /query, /queryAll and the pages that follow (reference section 6)."""

from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import Org
from salesforce_sandbox.soql.locators import Cursor
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.plan import Column, Plan, plan

from .records import attributes, shown

PAGE = 2000
_SMALLEST_PAGE = 200
_MOST_DIGITS = 9


def query(org: Org, call: Call) -> Answer:
    """GET /query?q=…"""
    return _run(org, call, include_deleted=False)


def query_all(org: Org, call: Call) -> Answer:
    """GET /queryAll?q=…, the recycle bin included."""
    return _run(org, call, include_deleted=True)


def more(org: Org, call: Call) -> Answer:
    """GET /query/{locator}-{offset}."""
    locator, _, offset = call.parameters["locator"].partition("-")
    cursor = org.locators.find(locator)
    if cursor is None or not offset.isdecimal() or len(offset) > _MOST_DIGITS:
        raise RequestRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(org, call, cursor, locator, int(offset))


def _run(org: Org, call: Call, *, include_deleted: bool) -> Answer:
    text = call.argument("q")
    if text is None:
        raise RequestRefused(400, "MALFORMED_QUERY", "A query string has to be specified")
    planned = plan(org.schema, parse_query(text, now=org.now()), include_deleted=include_deleted)
    if call.flag("columns"):
        return Answer(body={"columnMetadata": [_metadata(each) for each in planned.columns], "entityName":
                            planned.sobject.name, "groupBy": False, "idSelected": _has_id(planned),
                            "keyPrefix": planned.sobject.prefix})  # fmt: skip
    if planned.is_count:
        return Answer(body={"totalSize": _count(org, planned), "done": True, "records": []})
    return _first_page(org, call, planned)


def _count(org: Org, planned: Plan) -> int:
    tail = planned.tail.partition(" ORDER BY ")[0]
    found = int(org.store.query(f"SELECT count(*) FROM {planned.source} {tail}", planned.parameters)[0][0])  # noqa: S608
    return found if planned.limit is None else min(found, planned.limit)


def _first_page(org: Org, call: Call, planned: Plan) -> Answer:
    size = _page_size(call)
    limit = -1 if planned.limit is None else planned.limit
    if 0 <= limit <= size or limit < 0:
        probe = size + 1 if limit < 0 else limit
        rows = _select(org, planned, f"{planned.tail} LIMIT {probe} OFFSET {planned.offset}", planned.parameters)
        if len(rows) <= size:
            return _answer(call, planned, rows, total=len(rows), following=None)
    numbers = org.store.query(
        f"SELECT t0.rowid FROM {planned.source} {planned.tail} LIMIT {limit} OFFSET {planned.offset}",  # noqa: S608
        planned.parameters,
    )
    cursor = Cursor(plan=planned, row_numbers=tuple(number for (number,) in numbers), page_size=size)
    return _page(org, call, cursor, org.locators.keep(cursor), 0)


def _page(org: Org, call: Call, cursor: Cursor, locator: str, offset: int) -> Answer:
    part = cursor.row_numbers[offset : offset + cursor.page_size]
    marks = ", ".join("?" * len(part))
    rows = _select(org, cursor.plan, f"WHERE t0.rowid IN ({marks})", part)
    by_number = {row[0]: row for row in rows}
    ordered = [by_number[each] for each in part if each in by_number]
    end = offset + cursor.page_size
    following = f"{locator}-{end}" if end < len(cursor.row_numbers) else None
    return _answer(call, cursor.plan, ordered, total=len(cursor.row_numbers), following=following)


def _select(org: Org, planned: Plan, tail: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    columns = ["t0.rowid", "t0.Id"]
    for column in planned.columns:
        columns += [column.sql, *column.parents]
    return org.store.query(f"SELECT {', '.join(columns)} FROM {planned.source} {tail}", parameters)  # noqa: S608


def _answer(call: Call, planned: Plan, rows: list[tuple[Any, ...]], *, total: int, following: str | None) -> Answer:
    next_url = {"nextRecordsUrl": f"/services/data/v{call.version}/query/{following}"} if following else {}
    records = [_record(call, planned, row) for row in rows]
    return Answer(body={"totalSize": total, "done": following is None, **next_url, "records": records})


def _record(call: Call, planned: Plan, row: tuple[Any, ...]) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": attributes(planned.sobject, row[1], call.version)}
    position = 2
    for column in planned.columns:
        value = row[position]
        parents = row[position + 1 : position + 1 + len(column.parents)]
        position += 1 + len(column.parents)
        _place(record, column, value, parents, call=call, planned=planned, record_id=row[1])
    return record


def _place(
    record: dict[str, Any],
    column: Column,
    value: Any,
    parents: tuple[Any, ...],
    *,
    call: Call,
    planned: Plan,
    record_id: str,
) -> None:
    """Puts a value under its path; a parent that is not there is null as a whole."""
    target = record
    for step, parent_id in zip(column.path[:-1], parents, strict=True):
        if parent_id is None:
            target[step] = None
            return
        sobject = _object_of(planned, column, parent_id)
        if not isinstance(target.get(step), dict):
            target[step] = {
                "attributes": {"type": sobject, "url": f"/services/data/v{call.version}/sobjects/{sobject}/{parent_id}"}
            }
        target = target[step]
    target[column.path[-1]] = shown(planned.sobject, column.field, value, record_id, call.version)


def _object_of(planned: Plan, column: Column, parent_id: str) -> str:
    return planned.object_names.get(parent_id[:3], column.path[-2])


def _page_size(call: Call) -> int:
    asked = call.option("sforce-query-options", "batchSize")
    if asked is None or not asked.isdecimal() or len(asked) > _MOST_DIGITS:
        return PAGE
    return min(max(int(asked), _SMALLEST_PAGE), PAGE)


def _has_id(planned: Plan) -> bool:
    return any(each.path == ("Id",) for each in planned.columns)


def _metadata(column: Column) -> dict[str, Any]:
    """What the Salesforce CLI asks for with columns=true."""
    name = column.path[-1]
    return {
        "aggregate": False,
        "apexType": column.field.type.value.capitalize(),
        "booleanType": column.field.type.value == "boolean",
        "columnName": name,
        "custom": column.field.custom,
        "displayName": name,
        "foreignKeyName": column.path[-2] if len(column.path) > 1 else None,
        "insertable": column.field.createable,
        "joinColumns": [],
        "numberType": column.field.type.value in ("int", "double", "currency", "percent", "long"),
        "textType": column.field.type.value in ("string", "id", "reference", "email", "phone", "url", "picklist"),
        "updatable": column.field.updateable,
    }
