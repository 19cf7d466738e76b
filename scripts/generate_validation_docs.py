"""Writes `docs/validation.md`: every problem code with its meaning and an example that the checker itself answers.

`python scripts/generate_validation_docs.py` writes the page; a test runs the same examples and compares the page.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.validation import CheckOptions, ItemProblem, Operation, ProblemCode, compile_checker
from ziggy_sf_write.validation.picklists import RecordTypePicklists

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What a code means, and an item that earns it; `shown` replaces a value that no JSON text can show."""

    meaning: str
    item: Mapping[str, JsonValue]
    operation: Operation = Operation.CREATE
    match_key: str = "Id"
    shown: str = ""


def _field(name: str, kind: str, **facts: JsonValue) -> dict[str, JsonValue]:
    writable = {"nillable": True, "createable": True, "updateable": True, "label": name}
    return {"name": name, "type": kind, **writable, **facts}


def _picklist(name: str, *values: str, **facts: JsonValue) -> dict[str, JsonValue]:
    entries = [{"value": one, "label": one, "active": one != "Mining"} for one in values]
    return _field(name, "picklist", length=255, picklistValues=entries, **facts)


_CITIES = [
    {"value": "Utrecht", "label": "Utrecht", "active": True, "validFor": "gAAA"},
    {"value": "Ghent", "label": "Ghent", "active": True, "validFor": "QAAA"},
]

# A small object that has something of everything.
DESCRIBE = {
    "name": "Account",
    "label": "Account",
    "keyPrefix": "001",
    "fields": [
        _field("Id", "id", length=18, createable=False, updateable=False, nillable=False, idLookup=True),
        _field("Name", "string", length=12, nillable=False, label="Account Name"),
        _field("Key__c", "string", length=20, externalId=True, unique=True),
        _field("Email__c", "email", length=80),
        _field("Active__c", "boolean", nillable=False, defaultedOnCreate=True),
        _field("NumberOfEmployees", "int", digits=8),
        _field("AnnualRevenue", "currency", precision=18, scale=2),
        _field("Founded__c", "date"),
        _field("Opened__c", "datetime"),
        _field("OpensAt__c", "time"),
        _picklist("Industry", "Agriculture", "Banking", "Mining", restrictedPicklist=True),
        _field("Skills__c", "multipicklist", length=4099),
        _picklist("Country__c", "Netherlands", "Belgium"),
        _field("City__c", "picklist", length=255, controllerName="Country__c", picklistValues=_CITIES),
        _field("Logo__c", "base64"),
        _field("ParentId", "reference", length=18, referenceTo=["Account"], relationshipName="Parent"),
        _field("RecordTypeId", "reference", length=18, referenceTo=["RecordType"], relationshipName="RecordType"),
        _field("BillingAddress", "address", createable=False, updateable=False),
        _field("BillingStreet", "textarea", length=255, compoundFieldName="BillingAddress"),
        _field("BillingCity", "string", length=40, compoundFieldName="BillingAddress"),
        _field("CreatedDate", "datetime", createable=False, updateable=False, nillable=False),
    ],
    "recordTypeInfos": [{"recordTypeId": "0128a000000AbCdAAK", "developerName": "Farmer", "name": "Farmer"}],
}

_CODE = ProblemCode
_UPDATE = Operation.UPDATE
_NEW = {"Name": "Acme"}

EXAMPLES: Mapping[ProblemCode, Example] = {
    _CODE.UNKNOWN_PROPERTY: Example(
        meaning="The object has no such property, or the connection's user may not see it. Both look the same.",
        item={**_NEW, "AnualRevenue": 1_000_000},
    ),
    _CODE.DUPLICATE_PROPERTY: Example(
        meaning="The item has one property twice, in different spellings.", item={"Name": "Acme", "name": "Acme"}
    ),
    _CODE.NOT_WRITABLE: Example(
        meaning="The property is read-only in this operation.", item={**_NEW, "CreatedDate": "2026-11-23T10:00:00Z"}
    ),
    _CODE.COMPOUND_FIELD: Example(
        meaning="The property is an address, a place or a name that is put together from other properties.",
        item={**_NEW, "BillingAddress": {"city": "Utrecht"}},
    ),
    _CODE.KEY_MISSING: Example(
        meaning="The item has no value for the match key. An upsert by `Id` is the exception: no `Id` means create.",
        item={"Key__c": "", "Name": "Acme"},
        operation=_UPDATE,
        match_key="Key__c",
    ),
    _CODE.REQUIRED_MISSING: Example(
        meaning="The item will be created and lacks a property that a new record must have.",
        item={"BillingCity": "Utrecht"},
    ),
    _CODE.NOT_NILLABLE: Example(
        meaning="The property cannot be empty and the item would clear it.",
        item={"Id": "0018a00001rBqb8AAC", "Name": None},
        operation=_UPDATE,
    ),
    _CODE.WRONG_TYPE: Example(
        meaning="The value is of another type and cannot be converted without doubt or loss.",
        item={**_NEW, "NumberOfEmployees": "about 12", "Active__c": "yes"},
    ),
    _CODE.TOO_LONG: Example(
        meaning="The text has more characters than the property takes; spaces at both ends do not count.",
        item={"Name": "Acme Holding International"},
    ),
    _CODE.OUT_OF_RANGE: Example(
        meaning="The number has more digits than the property takes or Salesforce keeps. Decimals are no problem.",
        item={**_NEW, "NumberOfEmployees": 123_456_789},
    ),
    _CODE.NOT_FINITE: Example(
        meaning="The number is NaN or infinite.",
        item={**_NEW, "AnnualRevenue": float("nan")},
        shown='{"Name": "Acme", "AnnualRevenue": NaN}',
    ),
    _CODE.NOT_JSON: Example(
        meaning="The value, or a key, is nothing that JSON can carry.",
        item={**_NEW, 12: "twelve"},  # type: ignore[dict-item]  # the mistake that the example shows
        shown='{"Name": "Acme", 12: "twelve"}',
    ),
    _CODE.NOT_ENCODABLE: Example(
        meaning="The text holds half of a character, as happens when a text is cut at a byte or code unit.",
        item={"Name": "Acme \ud83d"},
    ),
    _CODE.BAD_ID: Example(
        meaning="The value is no Salesforce Id: 15 letters and digits, or 18 with a matching checksum.",
        item={"Id": "invalidId", "Name": "Acme"},
        operation=_UPDATE,
    ),
    _CODE.WRONG_ID_OBJECT: Example(
        meaning="The Id is well formed and belongs to another object.", item={**_NEW, "ParentId": "0038a00001rBqb8AAC"}
    ),
    _CODE.BAD_EMAIL: Example(meaning="The text is no e-mail address.", item={**_NEW, "Email__c": "ada at example.com"}),
    _CODE.BAD_DATE: Example(
        meaning="The value is no date, or no date and time, in an unambiguous form.",
        item={**_NEW, "Founded__c": "03/04/2026"},
    ),
    _CODE.BAD_TIME: Example(meaning="The value is no time of day.", item={**_NEW, "OpensAt__c": "9 o'clock"}),
    _CODE.NO_TIME_ZONE: Example(
        meaning="The date and time has no zone. This is stricter than Salesforce may be, on purpose.",
        item={**_NEW, "Opened__c": "2026-11-23T10:00:00"},
    ),
    _CODE.NOT_IN_PICKLIST: Example(
        meaning="The picklist is restricted and does not list the value. Case does not matter.",
        item={**_NEW, "Industry": "Agricultre"},
    ),
    _CODE.INACTIVE_PICKLIST_VALUE: Example(
        meaning="The picklist is restricted and the value was deactivated.", item={**_NEW, "Industry": "Mining"}
    ),
    _CODE.DEPENDENT_PICKLIST: Example(
        meaning="The value does not go with the controlling property's value. Judged where the item carries both.",
        item={**_NEW, "Country__c": "Belgium", "City__c": "Utrecht"},
    ),
    _CODE.NOT_IN_RECORD_TYPE: Example(
        meaning=(
            "The picklist is restricted, and the record type leaves this value out. Judged where the item names its "
            "record type, or is certain to become a new record and gets the user's default one. The org is asked once "
            "for each record type; where it does not tell, Salesforce is left to judge."
        ),
        item={**_NEW, "RecordTypeId": "Farmer", "Industry": "Banking"},
    ),
    _CODE.TOO_MANY_VALUES: Example(
        meaning="A multi-select picklist takes at most 100 values.",
        item={**_NEW, "Skills__c": [f"skill {number}" for number in range(101)]},
        shown='{"Name": "Acme", "Skills__c": ["skill 0", "skill 1", …, "skill 100"]}',
    ),
    _CODE.BAD_BASE64: Example(meaning="The file's content is not Base64.", item={**_NEW, "Logo__c": "logo.png"}),
    _CODE.BAD_RELATIONSHIP: Example(
        meaning="The object under a relationship's name does not name one parent by one of its keys.",
        item={**_NEW, "Parent": {"Name": "Acme Holding"}},
    ),
}

_INTRODUCTION = """\
# Validation: what can be wrong with an item

This page is generated by `scripts/generate_validation_docs.py`.
Every example on it is answered by the checker itself.

With `Perform data property validation` on, each item is judged by the org's own description of the object.
An item that is right is written in Salesforce's own form.
An item that is not comes back with **all** its problems.
Each problem has the property, a code that never changes, and a sentence that says what to do.

## On its own
The checker is a pure function of a describe and an item.
It needs no connection and no block.

```python
>>> from ziggy_sf_write.salesforce.describe import parse_object_describe
>>> from ziggy_sf_write.validation import CheckOptions, Operation, compile_checker
>>> size = {{"name": "NumberOfEmployees", "type": "int", "digits": 8, "createable": True, "updateable": True}}
>>> describe = parse_object_describe({{"name": "Account", "fields": [size]}})
>>> checker = compile_checker(describe, CheckOptions(operation=Operation.CREATE, match_key="Id"))
>>> checker.check({{"numberofemployees": "12"}})
({{'NumberOfEmployees': 12}}, ())
>>> [problem.code.value for problem in checker.check({{"NumberOfEmployes": 12}})[1]]
['unknown_property']

```

## What is left to Salesforce
A valid item that is rejected never reaches the org, so the checker is lenient where nobody knows the rule for certain.
{left}

## What is stricter than Salesforce may be
{strict}

## What is converted
| the item has | what is written |
|---|---|
"""

_LEFT_TO_SALESFORCE = (
    "Null for a checkbox.",
    "A text of spaces only.",
    "Years before 1700 and after 4000.",
    "The case of a picklist value: it is written as the picklist spells it.",
    "A restricted picklist for which the describe lists no value.",
    "A dependent picklist value whose controlling property is not on the item.",
    "What a record type leaves of a picklist, where an update does not name the record type or the org does not tell.",
    "A checkbox that a new record lacks: it is unchecked.",
    "The key of a parent object that the checker has no describe of.",
    "Ids of objects whose key prefix is not known, and whether a record of that Id exists.",
    "Whether a value is unique, and every rule that an administrator wrote.",
    "Types without rules here, such as `anyType`.",
)
_STRICTER = (
    "A date and time needs a zone: a silent shift of hours is damage.",
    "A date takes midnight, and no other time or zone: Salesforce would keep the day in UTC, a day off at worst.",
    "A time of day takes no zone but UTC.",
    "A number is no date and time: seconds and milliseconds look alike.",
    "A text of spaces only is no number, date or truth value.",
    "A whole number has at most 15 significant digits in a double, currency or percent: Salesforce rounds others.",
)
_CONVERSIONS: tuple[tuple[str, JsonValue], ...] = (
    ("NumberOfEmployees", "12"),
    ("Active__c", "TRUE"),
    ("Opened__c", "2026-11-23 10:00+01:00"),
    ("Opened__c", "2026-11-23T10:00:00+01"),
    ("Founded__c", "2026-11-23T00:00:00"),
    ("OpensAt__c", "09:30"),
    ("ParentId", "0018a00001rBqb8"),
    ("Industry", "banking"),
    ("Skills__c", ["Python", "SQL"]),
    ("Key__c", 42),
    ("Key__c", 42.0),
)


def answer(example: Example) -> tuple[ItemProblem, ...]:
    """What the checker says of an example."""
    return tuple(_check(example.item, example.operation, example.match_key)[1])


def page() -> str:
    """The whole page."""
    rows = [_conversion(name, value) for name, value in _CONVERSIONS]
    introduction = _INTRODUCTION.format(left=_listed(_LEFT_TO_SALESFORCE), strict=_listed(_STRICTER))
    return "\n".join([introduction + "\n".join(rows), "", "## The codes", *map(_section, ProblemCode)])


def _listed(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {one}" for one in sentences)


def _describe() -> ObjectDescribe:
    return parse_object_describe(DESCRIBE)


def _check(
    item: Mapping[str, JsonValue], operation: Operation, match_key: str
) -> tuple[Mapping[str, JsonValue], tuple[ItemProblem, ...]]:
    describe = _describe()
    left = {one.id: {"Industry": ("Agriculture", "Mining")} for one in describe.record_types}
    options = CheckOptions(operation=operation, match_key=match_key, record_type_picklists=RecordTypePicklists(left))
    record, problems = compile_checker(describe, options).check(item)
    return record, tuple(problems)


def _conversion(name: str, value: JsonValue) -> str:
    record, _ = _check({**_NEW, name: value}, Operation.CREATE, "Id")
    return f"| `{json.dumps({name: value})}` | `{json.dumps({name: record[name]})}` |"


def _section(code: ProblemCode) -> str:
    example = EXAMPLES[code]
    action = example.operation if example.operation is Operation.CREATE else f"update by `{example.match_key}`"
    sentences = "\n".join(f"- {one.message}" for one in answer(example))
    shown = example.shown or json.dumps(example.item)
    return f"### {code}\n{example.meaning}\n\nExample, {action}: `{shown}`\n\n{sentences}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name} written")
