"""Which records of an object were changed or deleted in a span of time: GET /sobjects/X/updated and /deleted."""

from salesforce_sandbox.call import Answer, Call
from salesforce_sandbox.errors import RequestRefused
from salesforce_sandbox.org import Org
from salesforce_sandbox.rows.temporal import read_datetime, stamp

from .intake import find_object


def updated(org: Org, call: Call) -> Answer:
    """Ids of live records that were created or changed."""
    found = _found(org, call, is_deleted=False)
    return Answer(body={"ids": [record_id for record_id, _ in found], "latestDateCovered": stamp(org.now())})


def deleted(org: Org, call: Call) -> Answer:
    """Ids of records in the recycle bin, with the time at which they went there."""
    found = _found(org, call, is_deleted=True)
    return Answer(
        body={
            "deletedRecords": [{"deletedDate": when, "id": record_id} for record_id, when in found],
            "earliestDateAvailable": stamp(org.started),
            "latestDateCovered": stamp(org.now()),
        }
    )


def _found(org: Org, call: Call, *, is_deleted: bool) -> list[tuple[str, str]]:
    sobject = find_object(org, call.parameters["object"])
    start, end = (_moment(call, name) for name in ("start", "end"))
    if end < start:
        raise RequestRefused(400, "INVALID_REPLICATION_DATE", "startDate cannot be after endDate")
    sql = (
        f'SELECT Id, SystemModstamp FROM "{sobject.name}" '  # noqa: S608  the name is the schema's
        "WHERE IsDeleted = ? AND SystemModstamp >= ? AND SystemModstamp <= ? ORDER BY rowid"
    )
    return [(str(row[0]), str(row[1])) for row in org.store.query(sql, [int(is_deleted), start, end])]


def _moment(call: Call, name: str) -> str:
    text = call.argument(name)
    found = read_datetime(text.replace(" ", "+")) if text else None
    if found is None:
        # A missing or unreadable date; the wording is not in the reference.
        raise RequestRefused(400, "MISSING_ARGUMENT", f"{name} must be a date and time such as 2026-11-28T00:00:00Z")
    return found
