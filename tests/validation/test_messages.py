"""The sentences that users see: one for each code and more, and what every sentence has.

A sentence names the property first, then what is wrong with which value, what would be right, and the cure.
"""

import pytest

from tests.validation.builders import ACCOUNT_ID, CONTACT_ID, RECORD_TYPE, Raw, describe, field, picklist, valid_for
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import CheckOptions, Operation, ProblemCode, compile_checker
from ziggy_sf_write.validation.picklists import RecordTypePicklists

_CODE = ProblemCode
_CITIES = [{"value": "Utrecht", "label": "Utrecht", "active": True, "validFor": valid_for(1)}]
_PARENT = field("ParentId", "reference", referenceTo=["Account"], relationshipName="Parent")
_NAME = field("Name", "string", length=9, nillable=False)
_FIXED = field("CreatedDate", "datetime", createable=False, updateable=False)
_BOTH = (picklist("Country", "Belgium"), picklist("City", controllerName="Country", picklistValues=_CITIES))
_ADDRESS = (
    field("BillingAddress", "address", createable=False, updateable=False),
    field("BillingCity", "string", length=40, compoundFieldName="BillingAddress"),
)

# The fields of the object, an item that is updated by its key K, the code, and the sentence.
SENTENCES: list[tuple[tuple[Raw, ...], dict[str, JsonValue], ProblemCode, str]] = [
    (
        (_NAME,),
        {"Nmae": "x"},
        _CODE.UNKNOWN_PROPERTY,
        "`Nmae`: Account has no such property, or the connection's user may not see it; did you mean Name?",
    ),
    (
        (_NAME,),
        {"Name": "x", "NAME": "y"},
        _CODE.DUPLICATE_PROPERTY,
        "`Name`: the item has it twice, once as 'NAME', and names know no case; keep one of the two",
    ),
    (
        (_FIXED,),
        {"CreatedDate": "2026-11-23T10:00:00Z"},
        _CODE.NOT_WRITABLE,
        (
            "`CreatedDate`: it cannot be written when a record is updated: it is read-only, or the connection's user "
            "has no edit right on it; take it out, or choose the properties to write"
        ),
    ),
    (
        _ADDRESS,
        {"BillingAddress": "Dam 1"},
        _CODE.COMPOUND_FIELD,
        "`BillingAddress`: it is made of other properties and cannot be written itself; write BillingCity",
    ),
    (
        (),
        {"K": ""},
        _CODE.KEY_MISSING,
        "`K`: '' is no value, and this is the key that finds the record; give every item a value for it",
    ),
    (
        (_NAME,),
        {"Name": None},
        _CODE.NOT_NILLABLE,
        "`Name`: null would clear it, and it must have a value; leave it out, or give it one",
    ),
    (
        (field("Active", "boolean"),),
        {"Active": "yes"},
        _CODE.WRONG_TYPE,
        "`Active`: 'yes' is neither true nor false; write true or false",
    ),
    (
        (field("Size", "int", digits=8),),
        {"Size": "a dozen"},
        _CODE.WRONG_TYPE,
        "`Size`: 'a dozen' is not a whole number; write digits such as 12, without separators or symbols",
    ),
    (
        (field("Size", "int", digits=8),),
        {"Size": 1.5},
        _CODE.WRONG_TYPE,
        "`Size`: 1.5 has decimals and the property takes whole numbers only; round it first",
    ),
    (
        (_NAME,),
        {"Name": {"first": "Ada"}},
        _CODE.WRONG_TYPE,
        "`Name`: an object is not what the property takes, which is a text; write one",
    ),
    (
        (_NAME,),
        {"Name": "Acme Holding International Incorporated of Delaware"},
        _CODE.TOO_LONG,
        "`Name`: 'Acme Holding International Incorporated… has 51 characters and the property takes 9; shorten it",
    ),
    (
        (field("Size", "currency", precision=5, scale=2),),
        {"Size": 1000},
        _CODE.OUT_OF_RANGE,
        (
            "`Size`: 1000 is out of range; the property takes at most 3 digits before the decimal point; "
            "check the value and its unit"
        ),
    ),
    (
        (field("Size", "int", digits=2),),
        {"Size": 100},
        _CODE.OUT_OF_RANGE,
        "`Size`: 100 is out of range; the property takes whole numbers from -99 to 99; check the value and its unit",
    ),
    (
        (field("Size", "double"),),
        {"Size": float("-inf")},
        _CODE.NOT_FINITE,
        "`Size`: -Infinity is not a finite number and JSON has no word for it; leave it out or write null",
    ),
    (
        (field("Any", "anyType"),),
        {"Any": {1, 2}},
        _CODE.NOT_JSON,
        "`Any`: a set is nothing that JSON can carry; write a text, a number, true, false or null",
    ),
    (
        (_NAME,),
        {"Name": "cut\ud83d"},
        _CODE.NOT_ENCODABLE,
        (
            "`Name`: 'cut\\ud83d' holds half of a character (a lone surrogate), which no request can carry; "
            "repair the text where it was cut"
        ),
    ),
    (
        (_PARENT,),
        {"ParentId": "invalidId"},
        _CODE.BAD_ID,
        (
            "`ParentId`: 'invalidId' is not a Salesforce Id: an Id has 15 or 18 letters and digits, this has 9; "
            "copy the Id from the record's address or a report"
        ),
    ),
    (
        (_PARENT,),
        {"ParentId": CONTACT_ID},
        _CODE.WRONG_ID_OBJECT,
        (
            "`ParentId`: '0038a00001rBqb8AAC' is the Id of another object; Ids here start with 001 (Account); "
            "take one of those"
        ),
    ),
    (
        (field("Mail", "email", length=80),),
        {"Mail": "ada"},
        _CODE.BAD_EMAIL,
        "`Mail`: 'ada' is not an e-mail address; write one address, such as ada@example.com",
    ),
    (
        (field("Day", "date"),),
        {"Day": "03/04/2026"},
        _CODE.BAD_DATE,
        "`Day`: '03/04/2026' is not a date; write year, month and day as 2026-11-23, without a time",
    ),
    (
        (field("At", "time"),),
        {"At": "noon"},
        _CODE.BAD_TIME,
        "`At`: 'noon' is not a time of day; write hours, minutes and seconds as 14:30:00, without a zone",
    ),
    (
        (field("At", "datetime"),),
        {"At": "2026-11-23 10:00"},
        _CODE.NO_TIME_ZONE,
        (
            "`At`: '2026-11-23 10:00' has no time zone, and guessing it could shift the moment by hours; "
            "add one, such as Z or +01:00"
        ),
    ),
    (
        (picklist("Industry", "Agriculture", "Banking"),),
        {"Industry": "Agricultre"},
        _CODE.NOT_IN_PICKLIST,
        "`Industry`: 'Agricultre' is not one of the 2 values of this restricted picklist; did you mean 'Agriculture'?",
    ),
    (
        (picklist("Industry", "Banking", inactive=["Mining"]),),
        {"Industry": "Mining"},
        _CODE.INACTIVE_PICKLIST_VALUE,
        "`Industry`: 'Mining' is an inactive value of this restricted picklist; activate it in Setup or choose another",
    ),
    (
        _BOTH,
        {"Country": "Belgium", "City": "Utrecht"},
        _CODE.DEPENDENT_PICKLIST,
        "`City`: 'Utrecht' does not go with 'Belgium' in `Country`; leave it out",
    ),
    (
        (
            picklist("Industry", "Agriculture", "Banking"),
            field("RecordTypeId", "reference", referenceTo=["RecordType"]),
        ),
        {"Industry": "Banking", "RecordTypeId": RECORD_TYPE["recordTypeId"]},
        _CODE.NOT_IN_RECORD_TYPE,
        (
            "`Industry`: 'Banking' is none of the values that record type Farmer leaves of this restricted picklist; "
            "choose one of: Agriculture"
        ),
    ),
    (
        (picklist("Skills", kind="multipicklist"),),
        {"Skills": ["x"] * 101},
        _CODE.TOO_MANY_VALUES,
        "`Skills`: 101 values are more than the 100 that the property takes; choose fewer",
    ),
    (
        (field("Logo", "base64"),),
        {"Logo": "logo.png"},
        _CODE.BAD_BASE64,
        "`Logo`: 'logo.png' is not Base64 (letters, digits, + and / in groups of four); encode the bytes",
    ),
    (
        (_PARENT,),
        {"Parent": ACCOUNT_ID},
        _CODE.BAD_RELATIONSHIP,
        (
            "`Parent`: '0018a00001rBqb8AAC' is text and a relationship takes an object; name the parent by a key, "
            'as in {"Parent": {"Id": …}}, or write the Id itself in `ParentId`'
        ),
    ),
]
KEY = field("K", "string", length=9)


@pytest.mark.parametrize(
    ("fields", "item", "code", "sentence"),
    SENTENCES,
    ids=[f"{code} {place}" for place, (*_, code, _) in enumerate(SENTENCES)],
)
def test_a_problem_is_told_in_a_sentence(
    fields: tuple[Raw, ...], item: dict[str, JsonValue], code: ProblemCode, sentence: str
) -> None:
    options = CheckOptions(
        operation=Operation.UPDATE,
        match_key="K",
        record_type_picklists=RecordTypePicklists({RECORD_TYPE["recordTypeId"]: {"Industry": ("Agriculture",)}}),
    )
    known = describe(KEY, *fields, record_types=[RECORD_TYPE])
    (problem,) = compile_checker(known, options).check({"K": "a", **item})[1]
    assert (problem.code, problem.message) == (code, sentence)


def test_what_a_new_record_lacks_is_told_in_a_sentence() -> None:
    options = CheckOptions(operation=Operation.CREATE, match_key="Id")
    (problem,) = compile_checker(describe(_NAME), options).check({})[1]
    assert problem.code is ProblemCode.REQUIRED_MISSING
    assert problem.message == "`Name`: a new record must have this string and the item has none; give it a value"


def test_every_code_has_a_sentence_here() -> None:
    assert {code for *_, code, _ in SENTENCES} | {ProblemCode.REQUIRED_MISSING} == set(ProblemCode)
