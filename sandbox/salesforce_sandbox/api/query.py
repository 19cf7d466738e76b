"""SOQL over REST: /query, /queryAll and the pages that follow (reference section 6)."""

from typing import Any

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import Org
from salesforce_sandbox.soql.locators import Cursor
from salesforce_sandbox.soql.parse import parse_query
from salesforce_sandbox.soql.plan import Child, Column, Plan, plan

from .column_metadata import column_metadata
from .records import attributes, is_shown_as_stored, shown

PAGE = 2000
_SMALLEST_PAGE = 200
_MOST_DIGITS = 9
_PARENTS = 500  # whose children are fetched at once; below SQLite's limit of variables


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
        return Answer(body=column_metadata(planned))
    if planned.is_count:
        return Answer(body={"totalSize": _count(org, planned), "done": True, "records": []})
    return _groups(org, call, planned) if planned.is_aggregate else _first_page(org, call, planned)


def _count(org: Org, planned: Plan) -> int:
    sql = f"SELECT count(*) FROM {planned.source}{planned.where}"  # noqa: S608  names are the schema's
    found = int(org.store.query(sql, planned.parameters)[0][0])
    return found if planned.limit is None else min(found, planned.limit)


def _groups(org: Org, call: Call, planned: Plan) -> Answer:
    """One record for each group, all of them in one answer."""
    limit = PAGE + 1 if planned.limit is None else planned.limit
    columns = ", ".join(each.sql for each in planned.columns)
    sql = f"SELECT {columns} FROM {planned.source} {planned.tail} LIMIT {limit} OFFSET {planned.offset}"  # noqa: S608
    rows = org.store.query(sql, planned.parameters)
    if len(rows) > PAGE:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise RequestRefused(400, "EXCEEDED_ID_LIMIT", message)
    records = [
        {
            "attributes": {"type": "AggregateResult"},
            **{
                column.path[0]: shown(planned.sobject, column.field, value, "", call.version)
                for column, value in zip(planned.columns, row, strict=True)
            },
        }
        for row in rows
    ]
    return Answer(body={"totalSize": len(records), "done": True, "records": records})


def _first_page(org: Org, call: Call, planned: Plan) -> Answer:
    size = _page_size(call)
    limit = -1 if planned.limit is None else planned.limit
    if 0 <= limit <= size or limit < 0:
        probe = size + 1 if limit < 0 else limit
        rows = _select(org, planned, f"{planned.tail} LIMIT {probe} OFFSET {planned.offset}", planned.parameters)
        if len(rows) <= size:
            return _answer(org, call, planned, rows, total=len(rows), following=None)
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
    return _answer(org, call, cursor.plan, ordered, total=len(cursor.row_numbers), following=following)


def _select(
    org: Org, planned: Plan, tail: str, parameters: tuple[Any, ...], *, extra: str | None = None
) -> list[tuple[Any, ...]]:
    columns = ["t0.rowid", "t0.Id"]
    for column in planned.columns:
        columns += [column.sql, *column.parents]
    columns += [extra] if extra else []
    return org.store.query(f"SELECT {', '.join(columns)} FROM {planned.source} {tail}", parameters)  # noqa: S608


def _answer(
    org: Org, call: Call, planned: Plan, rows: list[tuple[Any, ...]], *, total: int, following: str | None
) -> Answer:
    next_url = {"nextRecordsUrl": f"/services/data/v{call.version}/query/{following}"} if following else {}
    records = _records(org, call, planned, rows)
    return Answer(body={"totalSize": total, "done": following is None, **next_url, "records": records})


def _records(org: Org, call: Call, planned: Plan, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    if any(column.parents for column in planned.columns):
        records = [_record(call, planned, row) for row in rows]
    else:
        records = _flat_records(call, planned, rows)
    for child in planned.children:
        families = _families(org, call, child, [row[1] for row in rows])
        for row, record in zip(rows, records, strict=True):
            found = families.get(row[1])
            record[child.name] = None if not found else {"totalSize": len(found), "done": True, "records": found}
    return records


def _families(org: Org, call: Call, child: Child, parents: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The children by their parent; a limit counts for each parent."""
    planned = child.plan
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(parents), _PARENTS):
        part = parents[start : start + _PARENTS]
        marks = ", ".join("?" * len(part))
        narrowed = f"{planned.where} AND {child.link} IN ({marks}) ORDER BY {planned.order}"
        rows += _select(org, planned, narrowed, (*planned.parameters, *part), extra=child.link)
    by_parent: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_parent.setdefault(row[-1], []).append(row)
    end = None if planned.limit is None else planned.offset + planned.limit
    kept = {parent: listed[planned.offset : end] for parent, listed in by_parent.items()}
    records = iter(_records(org, call, planned, [row for listed in kept.values() for row in listed]))
    return {parent: [next(records) for _ in listed] for parent, listed in kept.items()}


def _flat_records(call: Call, planned: Plan, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Records without fields of their parents: most values are shown as they are stored."""
    sobject, version = planned.sobject, call.version
    names = ["attributes", *(column.path[-1] for column in planned.columns)]
    shaped = [(column.path[-1], column.field) for column in planned.columns if not is_shown_as_stored(column.field)]
    records: list[dict[str, Any]] = []
    for _, record_id, *values in rows:
        record = dict(zip(names, (attributes(sobject, record_id, version), *values), strict=False))
        for name, field in shaped:
            record[name] = shown(sobject, field, record[name], record_id, version)
        records.append(record)
    return records


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
