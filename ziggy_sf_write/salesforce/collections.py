"""sObject Collections: up to 200 records of one object in a call, answered in its order (Salesforce API 5.3)."""

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.client import Call, OrgClient
from ziggy_sf_write.salesforce.encode import to_json_bytes
from ziggy_sf_write.salesforce.failures import AnswerLost, OrgError, parse_errors, readable

MOST_RECORDS = 200
MOST_RETRIEVED = 2_000
_COLUMN = re.compile(r"\[line:1, column:(\d{1,9})\]")
# Below this a body is not worth compressing: it fits into one packet or two anyway.
_SMALLEST_COMPRESSED = 2_000


class RecordResult(NamedTuple):
    """What became of one record: its 18-character Id if it was saved, else the errors."""

    id: str | None
    is_created: bool
    errors: tuple[OrgError, ...] = ()


class CallResult(NamedTuple):
    """What became of one call, record by record in its order.

    `is_after_loss` tells that an earlier try of the call may have saved what this one did not, or be at work even now.
    """

    rows: list[RecordResult]
    is_after_loss: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveOptions:
    """What a call asks for besides its records; the headers are those of Salesforce API 5.7."""

    is_all_or_none: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


Records = Sequence[Mapping[str, JsonValue]]


def create(client: OrgClient, object_name: str, records: Records, options: SaveOptions) -> CallResult:
    """Creates records. Not made again when the answer was lost: there is no key that would find a twin."""
    body = _body(object_name, records, options)
    call = _call("collections_create", "POST", "composite/sobjects", body, options, is_idempotent=False)
    return _results(client, call, len(records), is_created=True)


def update(client: OrgClient, object_name: str, records: Records, options: SaveOptions) -> CallResult:
    """Updates records, each of which carries its `Id`."""
    body = _body(object_name, records, options)
    call = _call("collections_update", "PATCH", "composite/sobjects", body, options)
    return _results(client, call, len(records), is_created=False)


def upsert(
    client: OrgClient, object_name: str, records: Records, options: SaveOptions, *, key_field: str, is_unique: bool
) -> CallResult:
    """Upserts records by a key that each of them carries in its body; no key may stand in the call twice.

    By a key that is not unique two upserts at once make two records, so such a call is not made again when its answer
    was lost.
    """
    path = f"composite/sobjects/{object_name}/{key_field}"
    body = _body(object_name, records, options)
    call = _call("collections_upsert", "PATCH", path, body, options, is_idempotent=is_unique)
    return _results(client, call, len(records), is_created=False)


def delete(client: OrgClient, ids: Sequence[str]) -> CallResult:
    """Deletes records by Id, at most `MOST_RECORDS`, into the recycle bin. Made again, it finds none."""
    params = {"ids": ",".join(ids), "allOrNone": "false"}
    call = Call(kind="collections_delete", method="DELETE", path="composite/sobjects", params=params)
    return _results(client, call, len(ids), is_created=False)


def retrieve(
    client: OrgClient, object_name: str, ids: Sequence[str], fields: Sequence[str]
) -> Sequence[Mapping[str, JsonValue] | None]:
    """Reads records by Id, at most `MOST_RETRIEVED`, in the order of the Ids; None for one that is not there.

    A relationship's fields cannot be asked for.
    """
    body = to_json_bytes({"ids": list(ids), "fields": list(fields) or ["Id"]})
    call = _call("collections_read", "POST", f"composite/sobjects/{object_name}", body, SaveOptions())
    payload = client.call(call).payload
    with readable("a retrieve"):
        if len(payload) != len(ids):
            raise ValueError("an answer has a record, or null, for each Id")
        return [dict(record) if record is not None else None for record in payload]


def record_at(object_name: str, records: Records, message: str) -> int | None:
    """The place of the record that a JSON_PARSER_ERROR is about, by the column that its message names (Salesforce API
    3.2); None where it names none. A guess: nobody documents in what columns are counted.
    """
    named = _COLUMN.search(message)
    column = int(named[1]) if named else 0
    attributes = {"type": object_name}
    end = len(to_json_bytes({"allOrNone": False, "records": []})) - len("]}")
    for place, record in enumerate(records):
        end += len(to_json_bytes({"attributes": attributes, **record}).decode(errors="replace")) + len(",")
        if column <= end:
            return place if column else None
    return None


def _body(object_name: str, records: Records, options: SaveOptions) -> bytes:
    attributes = {"type": object_name}
    payload = {
        "allOrNone": options.is_all_or_none,
        "records": [{"attributes": attributes, **record} for record in records],
    }
    return to_json_bytes(payload)


def _call(kind: str, method: str, path: str, body: bytes, options: SaveOptions, *, is_idempotent: bool = True) -> Call:
    headers = dict(options.headers)
    if len(body) >= _SMALLEST_COMPRESSED:
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Call(kind=kind, method=method, path=path, body=body, headers=headers, is_idempotent=is_idempotent)


def _results(client: OrgClient, call: Call, expected: int, *, is_created: bool) -> CallResult:
    answer = client.call(call)
    payload = answer.payload
    # Results are matched by position alone, so an answer of another length tells nothing about any record.
    if not isinstance(payload, list) or len(payload) != expected:
        raise AnswerLost("Salesforce answered with another number of results than records")
    with readable("a write"):
        rows = [
            RecordResult(row["id"], row.get("created", is_created)) if row["success"] else _refusal(row)
            for row in payload
        ]
        if not {type(row["id"]) for row in payload if row["success"]} <= {str}:
            raise TypeError("an Id is a text")
    return CallResult(rows, answer.is_after_loss)


def _refusal(row: Mapping[str, JsonValue]) -> RecordResult:
    return RecordResult(None, is_created=False, errors=parse_errors(row.get("errors"), 200))
