"""Small describes for one test each, and the questions that most tests ask."""

import base64
from collections.abc import Mapping, Sequence

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.validation import Checker, CheckOptions, Operation, ProblemCode, compile_checker

ACCOUNT_ID = "0018a00001rBqb8AAC"
CONTACT_ID = "0038a00001rBqb8AAC"

Raw = dict[str, JsonValue]

RECORD_TYPE: Raw = {"recordTypeId": "0128a000000AbCdAAK", "developerName": "Farmer", "name": "Farmer"}


def field(name: str, kind: str, **facts: JsonValue) -> Raw:
    """A writable field that may be empty, unless told otherwise."""
    return {
        "name": name,
        "type": kind,
        "label": name,
        "nillable": True,
        "createable": True,
        "updateable": True,
        **facts,
    }


def picklist(name: str, *values: str, kind: str = "picklist", inactive: Sequence[str] = (), **facts: JsonValue) -> Raw:
    """A restricted picklist, unless told otherwise."""
    entries = [{"value": one, "label": f"{one} (label)", "active": one not in inactive} for one in (*values, *inactive)]
    return field(name, kind, **{"length": 255, "restrictedPicklist": True, "picklistValues": entries, **facts})


def valid_for(*places: int) -> str:
    """The bit field of an entry that these places of the controlling field allow."""
    bits = bytearray(2)
    for place in places:
        bits[place >> 3] |= 0x80 >> (place % 8)
    return base64.b64encode(bytes(bits)).decode()


def describe(
    *fields: Raw, name: str = "Account", prefix: str | None = "001", record_types: Sequence[Raw] = ()
) -> ObjectDescribe:
    """An object with an Id and these fields."""
    record_id = field("Id", "id", length=18, createable=False, updateable=False, nillable=False, idLookup=True)
    facts = {"name": name, "label": name, "keyPrefix": prefix, "recordTypeInfos": record_types}
    return parse_object_describe({**facts, "fields": [record_id, *fields]})


def checker(*fields: Raw, operation: Operation = Operation.CREATE, match_key: str = "Id", **rest: JsonValue) -> Checker:
    """A checker for an object of these fields; creates by default, which asks for no key."""
    options = CheckOptions(operation=operation, match_key=match_key, **rest)
    return compile_checker(describe(*fields), options)


def codes(checked: Checker, item: Mapping[str, JsonValue]) -> list[tuple[str | None, ProblemCode]]:
    """Which properties are refused, and why."""
    return [(one.field, one.code) for one in checked.check(item)[1]]


def written(one: Raw, value: JsonValue) -> JsonValue:
    """What is written for a value; the test fails if it is refused."""
    record, problems = checker(one).check({one["name"]: value})
    assert list(problems) == []
    return record[one["name"]]


def refusal(one: Raw, value: JsonValue) -> ProblemCode:
    """Why a value is refused; the test fails if it is not."""
    _, problems = checker(one).check({one["name"]: value})
    (problem,) = problems
    assert problem.message.startswith(f"`{one['name']}`: ")
    return problem.code
