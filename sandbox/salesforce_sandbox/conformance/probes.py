"""The assumptions, each with a question that settles it; numbers are sections of the API reference."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .client import Client, Reply

Ask = Callable[[Client], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One assumption: what the sandbox does, and how to find out what an org does."""

    name: str
    section: str
    sentence: str
    expected: str
    ask: Ask


def _account(client: Client, **values: Any) -> Reply:
    return client.create("Account", {"Name": client.mark(), **values})


def _contact(client: Client, **values: Any) -> Reply:
    return client.create("Contact", {"LastName": client.mark(), **values})


def _kept(name: str, field: str, value: Any) -> Ask:
    """Creates a record with the value and reads it back."""

    def ask(client: Client) -> str:
        made = (_account if name == "Account" else _contact)(client, **{field: value})
        if made.status != 201:
            return str(made)
        return f"kept as {client.read(name, made.body['id'], field)!r}"

    return ask


def _taken(name: str, field: str, value: Any) -> Ask:
    """Creates a record with the value; how long it is matters, not what it reads."""

    def ask(client: Client) -> str:
        return str((_account if name == "Account" else _contact)(client, **{field: value}))

    return ask


def _cleared_by_null_parent(client: Client) -> str:
    parent = _account(client).body["id"]
    child = _contact(client, AccountId=parent).body["id"]
    reply = client.call("PATCH", f"sobjects/Contact/{child}", {"Account": None})
    if reply.status != 204:
        return str(reply)
    return "cleared" if client.read("Contact", child, "AccountId") is None else "left"


def _typed(kind: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, **values}


def _one_bad_type_in_a_collection(client: Client) -> str:
    records = [
        _typed("Account", Name=client.mark()),
        _typed("Account", Name=client.mark(), NumberOfEmployees="many"),
    ]
    reply = client.call("POST", "composite/sobjects", {"records": records})
    return str(reply) if reply.status != 200 else f"200, each by itself: {[one['success'] for one in reply.body]}"


def _too_many_records(client: Client) -> str:
    records = [_typed("Account", Name=client.mark()) for _ in range(201)]
    return str(client.call("POST", "composite/sobjects", {"records": records}))


def _too_many_chunks(client: Client) -> str:
    pair = (_typed("Account", Name=client.mark()), _typed("Contact", LastName=client.mark()))
    records = [pair[number % 2] for number in range(11)]
    reply = client.call("POST", "composite/sobjects", {"records": records})
    return str(reply)


def _id_in_a_create(client: Client) -> str:
    own = _account(client).body["id"]
    records = [_typed("Account", Id=own, Name=client.mark())]
    return str(client.call("POST", "composite/sobjects", {"records": records}))


def _deleted_twice(client: Client) -> str:
    own = _account(client).body["id"]
    client.call("DELETE", f"sobjects/Account/{own}")
    return str(client.call("DELETE", f"sobjects/Account/{own}"))


def _changed_after_deletion(client: Client) -> str:
    own = _account(client).body["id"]
    client.call("DELETE", f"sobjects/Account/{own}")
    return str(client.call("PATCH", f"sobjects/Account/{own}", {"Site": "x"}))


def _own_parent(client: Client) -> str:
    own = _account(client).body["id"]
    return str(client.call("PATCH", f"sobjects/Account/{own}", {"ParentId": own}))


def _update_only_without_a_match(client: Client) -> str:
    path = f"sobjects/Contact/Email/{client.mark()}@example.com?updateOnly=true"
    return str(client.call("PATCH", path, {"LastName": client.mark()}))


def _missing_key(client: Client) -> str:
    records = [_typed("Contact", LastName=client.mark())]
    reply = client.call("PATCH", "composite/sobjects/Contact/Email", {"records": records})
    if reply.status != 200 or reply.body[0]["success"]:
        return str(reply)
    return f"{reply.body[0]['errors'][0]['statusCode']}: {reply.body[0]['errors'][0]['message']}"


def _same_key_twice(client: Client) -> str:
    email = f"{client.mark()}@example.com"
    records = [_typed("Contact", LastName=client.mark(), Email=email) for _ in range(2)]
    reply = client.call("PATCH", "composite/sobjects/Contact/Email", {"records": records})
    return f"{[one['success'] for one in reply.body]} {reply.code}" if reply.status == 200 else str(reply)


def _key_in_the_recycle_bin(client: Client) -> str:
    email = f"{client.mark()}@example.com"
    own = _contact(client, Email=email).body["id"]
    client.call("DELETE", f"sobjects/Contact/{own}")
    records = [_typed("Contact", LastName=client.mark(), Email=email)]
    reply = client.call("PATCH", "composite/sobjects/Contact/Email", {"records": records})
    return "a new record" if reply.status == 200 and reply.body[0].get("created") else str(reply)


def _restricted_in_another_case(client: Client) -> str:
    return str(client.create("Task", {"Subject": client.mark(), "CallType": "inbound"}))


def _job_status(client: Client) -> str:
    reply = client.call("POST", "jobs/ingest", {"object": "Account", "operation": "insert", "lineEnding": "LF"})
    if isinstance(reply.body, dict) and "id" in reply.body:
        client.call("PATCH", f"jobs/ingest/{reply.body['id']}", {"state": "Aborted"})
    return str(reply)


def _second_upload(client: Client) -> str:
    job = client.call("POST", "jobs/ingest", {"object": "Account", "operation": "insert", "lineEnding": "LF"}).body[
        "id"
    ]
    path = f"jobs/ingest/{job}/batches"
    first = client.call("PUT", path, f"Name\n{client.mark()}\n")
    second = client.call("PUT", path, f"Name\n{client.mark()}\n")
    client.call("PATCH", f"jobs/ingest/{job}", {"state": "Aborted"})  # never closed, so no row of it is written
    return f"{first.status}, then {second.status}"


def _scheme(client: Client) -> str:
    return str(client.call("GET", "limits", headers={"Authorization": f"OAuth {client.token}"}))


def _prefix(name: str) -> Ask:
    def ask(client: Client) -> str:
        found = [each for each in client.call("GET", "sobjects").body["sobjects"] if each["name"] == name]
        return str(found[0]["keyPrefix"]) if found else "the org has no such object"

    return ask


def _basics(client: Client) -> str:
    return ", ".join(sorted(client.call("GET", "sobjects/Account").body))


def _limits(client: Client) -> str:
    found = client.call("GET", "limits").body
    asked = ("DailyApiRequests", "DailyBulkApiBatches", "DailyBulkV2QueryJobs")
    return ", ".join(each for each in asked if set(found.get(each, ())) >= {"Max", "Remaining"})


def _probe(name: str, section: str, sentence: str, expected: str, ask: Ask) -> Probe:
    return Probe(name=name, section=section, sentence=sentence, expected=expected, ask=ask)


_PARSER = "400 JSON_PARSER_ERROR"
PROBES: tuple[Probe, ...] = (
    _probe("number-from-text", "3.2", 'A text such as "12" is no number of a currency field.', _PARSER,
           _kept("Account", "AnnualRevenue", "12")),
    _probe("integer-from-text", "3.2", 'A text such as "31" is taken for a whole number.', "kept as 31",
           _kept("Account", "NumberOfEmployees", "31")),
    _probe("boolean-from-text", "3.2", 'The text "true" is taken for a checkbox value.', "kept as True",
           _kept("Contact", "DoNotCall", "true")),
    _probe("boolean-from-capitals", "3.2", 'The text "TRUE" is no checkbox value.', _PARSER,
           _kept("Contact", "DoNotCall", "TRUE")),
    _probe("text-from-number", "3.2", "A number is no text.", _PARSER, _kept("Account", "Site", 12)),
    _probe("datetime-without-zone", "3.2", "A date-time without a zone is taken as UTC.",
           "kept as '2026-01-02T03:04:05.000+0000'", _kept("Contact", "EmailBouncedDate", "2026-01-02T03:04:05")),
    _probe("datetime-offset-without-colon", "3.2", "An offset may come without its colon.",
           "kept as '2026-01-02T02:04:05.000+0000'", _kept("Contact", "EmailBouncedDate", "2026-01-02T03:04:05+0100")),
    _probe("datetime-from-epoch", "3.2", "Milliseconds since 1970 are no date-time.", _PARSER,
           _kept("Contact", "EmailBouncedDate", 1767323045000)),
    _probe("date-from-datetime", "3.2", "A date field keeps the day in UTC of a date-time.", "kept as '2026-01-01'",
           _kept("Contact", "Birthdate", "2026-01-02T00:30:00+01:00")),
    _probe("boolean-null", "3.2", "Null for a checkbox is taken as false.", "kept as False",
           _kept("Contact", "DoNotCall", None)),
    _probe("blank-text", "3.2", "A text of nothing but blanks is null.", "kept as None",
           _kept("Account", "Site", "   ")),
    _probe("no-break-space", "3.2", "A no-break space at the end belongs to the value.", r"kept as 'x\xa0'",
           _kept("Account", "Site", "x\u00a0")),
    _probe("surrogate-pairs", "3.2", "A character beyond the first plane counts once in a length.", "201",
           _taken("Account", "Site", "\U0001f600" * 80)),
    _probe("decimals-beyond-scale", "3.2", "Decimals beyond a field's scale are kept.", "kept as 42.5",
           _kept("Account", "AnnualRevenue", 42.5)),
    _probe("significant-digits", "3.2", "Fifteen significant digits are kept.", "kept as 1.23456789012346e+17",
           _kept("Account", "AnnualRevenue", 123456789012345678)),
    _probe("latitude-out-of-range", "3.2", "A latitude beyond 90 degrees is out of the field's range.",
           "400 NUMBER_OUTSIDE_VALID_RANGE", _taken("Account", "BillingLatitude", 91)),
    _probe("email-dots-inside", "3.2", "Two dots may follow each other in an e-mail's local part.", "201",
           _taken("Contact", "Email", "a..b@example.com")),
    _probe("email-dot-first", "3.2", "An e-mail does not begin with a dot.", "400 INVALID_EMAIL_ADDRESS",
           _taken("Contact", "Email", ".a@example.com")),
    _probe("restricted-case", "3.2", "A restricted picklist takes a value only as it is spelled.",
           "400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", _restricted_in_another_case),
    _probe("null-parent", "5.5", "A null relationship clears the lookup.", "cleared", _cleared_by_null_parent),
    _probe("own-parent", "3.2", "No account is its own parent.", "400 CIRCULAR_DEPENDENCY", _own_parent),
    _probe("bad-type-in-collection", "5.3", "A value of the wrong JSON type refuses the whole call.", _PARSER,
           _one_bad_type_in_a_collection),
    _probe("too-many-records", "5.3", "201 records refuse the call.", "400 EXCEEDED_ID_LIMIT", _too_many_records),
    _probe("too-many-chunks", "5.3", "Eleven changes of type refuse the call.", "400 LIMIT_EXCEEDED",
           _too_many_chunks),
    _probe("id-in-create", "5.3", "An Id in a create refuses the record.", "200 INVALID_FIELD_FOR_INSERT_UPDATE",
           _id_in_a_create),
    _probe("update-only-no-match", "5.2", "An update-only upsert without a match is not found.", "404 NOT_FOUND",
           _update_only_without_a_match),
    _probe("missing-key", "5.3", "A record without its key is refused by that name.",
           "MISSING_ARGUMENT: Email not specified", _missing_key),
    _probe("same-key-twice", "5.3", "Two records of one key in a call are both refused.",
           "[False, False] DUPLICATE_VALUE", _same_key_twice),
    _probe("key-in-recycle-bin", "5.2", "A key of a deleted record makes a new one.", "a new record",
           _key_in_the_recycle_bin),
    _probe("deleted-twice", "3.3", "Deleting a deleted record is a 404.", "404 ENTITY_IS_DELETED", _deleted_twice),
    _probe("changed-after-deletion", "3.3", "Changing a deleted record is a 404.", "404 ENTITY_IS_DELETED",
           _changed_after_deletion),
    _probe("job-created", "7.1", "A new ingest job answers 200.", "200", _job_status),
    _probe("second-upload", "7.1", "A job takes one upload.", "201, then 400", _second_upload),
    _probe("oauth-scheme", "5.7", "A token may come under the scheme OAuth.", "200", _scheme),
    _probe("limits-keys", "8.1", "The limits tell calls, batches and query jobs.",
           "DailyApiRequests, DailyBulkApiBatches, DailyBulkV2QueryJobs", _limits),
    _probe("object-basics", "2.1", "An object's own address answers its flags and recent items.",
           "objectDescribe, recentItems", _basics),
    _probe("prefix-pricebook-entry", "4", "Price book entries begin with 01u.", "01u", _prefix("PricebookEntry")),
    _probe("prefix-content-version", "4", "Versions of files begin with 068.", "068", _prefix("ContentVersion")),
    _probe("prefix-content-link", "4", "Links of files begin with 06A.", "06A", _prefix("ContentDocumentLink")),
)  # fmt: skip
