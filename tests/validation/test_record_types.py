"""Record types by the names in `recordTypeInfos`; REST refuses `RecordType.DeveloperName` (Salesforce API 5.5)."""

import pytest

from tests.validation.builders import ACCOUNT_ID, describe, field
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.validation import (
    Checker,
    CheckOptions,
    Operation,
    ProblemCode,
    compile_checker,
    compile_converter,
)

KIND = field("RecordTypeId", "reference", length=18, referenceTo=["RecordType"], relationshipName="RecordType")
NAME = field("Name", "string", length=80)
PARTNER, BUSINESS, OLD, CLOSED = (f"0125500000{tail}" for tail in ("00001AAA", "00002AAA", "00003AAA", "00004AAA"))
MASTER = "012000000000000AAA"


def _info(record_id: str, developer_name: str, label: str, **facts: JsonValue) -> dict[str, JsonValue]:
    return {"recordTypeId": record_id, "developerName": developer_name, "name": label, "active": True, **facts}


LISTED = (
    _info(PARTNER, "Partner_Account", "Partner Account"),
    _info(BUSINESS, "BusinessAccount", "Same"),
    _info(OLD, "Old", "Same", active=False),
    _info(CLOSED, "Closed", "Not For You", available=False),
    _info(MASTER, "Master", "Master", master=True),
)


def _account(*listed: dict[str, JsonValue]) -> ObjectDescribe:
    record_id = field("Id", "id", length=18, createable=False, updateable=False, nillable=False)
    raw = {"name": "Account", "keyPrefix": "001", "fields": [record_id, KIND, NAME], "recordTypeInfos": list(listed)}
    return parse_object_describe(raw)


def _checker(*listed: dict[str, JsonValue], is_validating: bool = True) -> Checker:
    build = compile_checker if is_validating else compile_converter
    options = CheckOptions(operation=Operation.CREATE, match_key="Id", key_prefixes={"RecordType": "012"})
    return build(_account(*(listed or LISTED)), options)


NAMED = [
    {"RecordTypeId": "Partner_Account"},
    {"RecordTypeId": " partner account "},
    {"recordtypeid": PARTNER},
    {"RecordTypeId": PARTNER[:15]},
    {"RecordType": {"DeveloperName": "Partner_Account"}},
    {"RecordType": {"attributes": {"type": "RecordType"}, "Name": "Partner Account"}},
    {"RecordType": {"Id": PARTNER[:15]}},
    {"RecordType.DeveloperName": "partner_account"},
    {"RecordType.Name": "Partner Account"},
]


@pytest.mark.parametrize("item", NAMED, ids=str)
def test_a_record_type_is_written_by_its_id(item: dict[str, JsonValue]) -> None:
    assert _checker().check({**item, "Name": "x"}) == ({"RecordTypeId": PARTNER, "Name": "x"}, ())


@pytest.mark.parametrize("item", NAMED[4:6] + NAMED[7:], ids=str)
def test_a_nested_one_without_validation_too(item: dict[str, JsonValue]) -> None:
    assert _checker(is_validating=False).check({**item, "Name": "x"})[0] == {"RecordTypeId": PARTNER, "Name": "x"}


def test_a_developer_name_of_fifteen_letters_is_no_id() -> None:
    assert _checker().check({"RecordTypeId": "BusinessAccount"})[0] == {"RecordTypeId": BUSINESS}


@pytest.mark.parametrize("empty", [None, {"RecordType.Name": None}, {"RecordType": None}], ids=str)
def test_it_is_cleared_like_every_other_field(empty: dict[str, JsonValue] | None) -> None:
    assert _checker().check(empty or {"RecordTypeId": None})[0] == {"RecordTypeId": None}


REFUSED = [
    ("Old", "'Old' is inactive, or not open to this user; use one of: Partner_Account, BusinessAccount"),
    ("Not For You", "'Not For You' is inactive, or not open to this user"),
    ("Same", "'Same' is no record type of Account; use one of: Partner_Account, BusinessAccount"),
    ("Master", "'Master' is no record type of Account"),
    ("Nothing", "'Nothing' is no record type of Account"),
    (7, "7 is no record type of Account"),
]


@pytest.mark.parametrize(("value", "sentence"), REFUSED)
@pytest.mark.parametrize("key", ["RecordTypeId", "RecordType.DeveloperName"])
def test_what_cannot_be_used_is_refused_with_the_list(key: str, value: JsonValue, sentence: str) -> None:
    _, (problem,) = _checker().check({key: value})
    assert (problem.field, problem.code) == ("RecordTypeId", ProblemCode.BAD_RELATIONSHIP)
    assert sentence in problem.message


def test_where_no_record_type_may_be_used_the_cure_is_another() -> None:
    closed = _info(PARTNER, "Partner_Account", "Partner Account", available=False)
    _, (problem,) = _checker(closed).check({"RecordTypeId": "Partner_Account"})
    assert problem.message.endswith("not open to this user; ask an administrator to open one to this user")


@pytest.mark.parametrize("value", ["Partner", {}, {"Name": "a", "Id": "b"}, {"Zzz": "a"}, 7], ids=str)
def test_an_object_must_name_one(value: JsonValue) -> None:
    _, (problem,) = _checker().check({"RecordType": value})
    assert 'write {"RecordType": {"DeveloperName": …}}, or Name, or Id' in problem.message


def test_an_id_of_another_object_is_refused() -> None:
    _, (problem,) = _checker().check({"RecordTypeId": ACCOUNT_ID})
    assert problem.code is ProblemCode.WRONG_ID_OBJECT


def test_an_object_without_record_types_takes_ids() -> None:
    master = _info(MASTER, "Master", "Master", master=True)
    _, (problem,) = _checker(master).check({"RecordTypeId": "Partner"})
    assert problem.code is ProblemCode.BAD_ID


def test_two_ways_to_say_it_are_a_problem() -> None:
    _, problems = _checker().check({"RecordTypeId": PARTNER, "RecordType.Name": "Partner Account"})
    assert [one.code for one in problems] == [ProblemCode.DUPLICATE_PROPERTY]


def test_a_describe_that_lists_none_leaves_the_name_to_the_org() -> None:
    one = compile_checker(describe(KIND), CheckOptions(operation=Operation.CREATE, match_key="Id"))
    assert one.check({"RecordType": {"Name": "x"}})[0] == {"RecordType": {"Name": "x"}}


@pytest.mark.parametrize("more", [{}, {"Odd": object()}], ids=["alone", "beside what is refused"])
def test_without_validation_an_empty_name_is_left_out_like_any_other(more: dict[str, JsonValue]) -> None:
    account = _account(*LISTED)
    one = compile_converter(account, CheckOptions(operation=Operation.UPDATE, match_key="Name"))
    for _ in range(2):
        record, problems = one.check({"RecordType": "", "Name": "x", **more})
        assert (record, len(problems)) == ({"Name": "x"}, len(more))
