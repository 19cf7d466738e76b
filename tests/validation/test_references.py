"""Ids, references, and parents named by one of their keys."""

import pytest

from tests.validation.builders import ACCOUNT_ID, CONTACT_ID, checker, codes, describe, field, picklist
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import CheckOptions, EmptyValues, Operation, ProblemCode, compile_checker

PARENT = field("ParentId", "reference", length=18, referenceTo=["Account"], relationshipName="Parent")
OWNER = field("OwnerId", "reference", length=18, referenceTo=["Group", "User"], relationshipName="Owner")
MAIN = field("MainId", "reference", length=18, referenceTo=["Contact"], relationshipName="Main__r")
KEY = field("Key__c", "string", length=5, externalId=True)
NAME = field("Name", "string", length=80)
CONTACT = describe(
    field("Email", "email", length=80, idLookup=True),
    field("Number__c", "double", precision=5, scale=0, externalId=True),
    field("LastName", "string", length=80),
    picklist("Level__c", "Gold", externalId=True),
    name="Contact",
    prefix="003",
)
PREFIXES = {"Contact": "003", "Group": "00G", "User": "005"}


@pytest.mark.parametrize("value", [ACCOUNT_ID, ACCOUNT_ID[:15], f" {ACCOUNT_ID} "], ids=repr)
def test_a_reference_is_written_in_eighteen_characters(value: str) -> None:
    assert checker(PARENT).check({"ParentId": value})[0] == {"ParentId": ACCOUNT_ID}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("invalidId", "an Id has 15 or 18 letters and digits, this has 9"),
        (ACCOUNT_ID[:16], "this has 16"),
        (ACCOUNT_ID.lower(), "its last three characters do not match the rest"),
        (ACCOUNT_ID[:15] + "AAD", "its last three characters do not match the rest"),
        ("0018a00001rBqb!", "unaccented letters and digits only"),
        ("0018a00001rBqbé", "unaccented letters and digits only"),
        ("0018a00001rBq_8AAC", "unaccented letters and digits only"),
        (12, "an Id is a text"),
        ({}, "an Id is a text"),
        ("   ", "an Id is a text"),
    ],
    ids=repr,
)
def test_what_is_no_id_is_refused_with_the_reason(value: JsonValue, reason: str) -> None:
    _, (problem,) = checker(PARENT).check({"ParentId": value})
    assert problem.code is ProblemCode.BAD_ID
    assert reason in problem.message


@pytest.mark.parametrize("value", [CONTACT_ID, CONTACT_ID[:15]])
def test_an_id_of_another_object_is_refused(value: str) -> None:
    _, (problem,) = checker(PARENT).check({"ParentId": value})
    assert problem.code is ProblemCode.WRONG_ID_OBJECT
    assert "001 (Account)" in problem.message


def test_the_id_of_a_record_has_its_objects_prefix() -> None:
    one = checker(NAME, operation=Operation.UPDATE, match_key="Id")
    assert codes(one, {"Id": CONTACT_ID, "Name": "x"}) == [("Id", ProblemCode.WRONG_ID_OBJECT)]


def test_a_reference_to_several_objects_takes_the_ids_of_each() -> None:
    one = checker(OWNER, key_prefixes=PREFIXES)
    assert codes(one, {"OwnerId": "00G000000000001"}) == codes(one, {"OwnerId": "005000000000001"}) == []
    _, (problem,) = one.check({"OwnerId": CONTACT_ID})
    assert "00G (Group) or 005 (User)" in problem.message


@pytest.mark.parametrize("prefixes", [{}, {"User": "005"}], ids=["none known", "one of two known"])
def test_a_reference_is_not_judged_by_prefixes_that_are_not_known(prefixes: dict[str, str]) -> None:
    assert codes(checker(OWNER, key_prefixes=prefixes), {"OwnerId": CONTACT_ID}) == []


def test_a_parent_is_named_by_its_key() -> None:
    one = checker(MAIN, parents={"Contact": CONTACT})
    assert one.check({"main__R": {"email": "ada@example.com"}}) == ({"Main__r": {"Email": "ada@example.com"}}, ())
    assert one.check({"Main__r": {"Number__c": "12"}})[0] == {"Main__r": {"Number__c": 12}}
    assert one.check({"Main__r": {"Id": CONTACT_ID[:15]}})[0] == {"Main__r": {"Id": CONTACT_ID}}


def test_an_object_that_refers_to_itself_knows_its_own_keys() -> None:
    one = checker(PARENT, KEY, NAME)
    assert one.check({"Parent": {"key__C": "a"}})[0] == {"Parent": {"Key__c": "a"}}
    assert codes(one, {"Parent": {"Name": "a"}}) == [("Parent", ProblemCode.BAD_RELATIONSHIP)]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (CONTACT_ID, "is text and a relationship takes an object"),
        ([{}], "is a list and a relationship takes an object"),
        (7, "is a number and a relationship takes an object"),
        ({}, "it has 0 keys (none) and takes exactly one"),
        ({"attributes": {"type": "Contact"}}, "it has 0 keys (none)"),
        ({"Email": "a@b.cd", "Number__c": 1}, "it has 2 keys ('Email', 'Number__c')"),
        ({1: "a"}, "it has 1 keys (1)"),
        ({"LastName": "x"}, "LastName is not an external id of Contact; use one of: Id, Email, Number__c, Level__c"),
        ({"Emial": "x"}, "Contact has no property 'Emial'; did you mean Email?"),
        ({"Zzz": "x"}, "Contact has no property 'Zzz'; use one of: Id, Email, Number__c, Level__c"),
        ({"Email": None}, "its key 'Email' is empty, so it names no parent"),
        ({"Email": " "}, "its key 'Email' is empty, so it names no parent"),
        ({"attributes": {"type": "Account"}, "Email": "a@b.cd"}, "'Account' is no object that it points at"),
    ],
    ids=repr,
)
def test_what_names_no_parent_is_refused(value: JsonValue, sentence: str) -> None:
    _, (problem,) = checker(MAIN, parents={"Contact": CONTACT}).check({"Main__r": value})
    assert problem.code is ProblemCode.BAD_RELATIONSHIP
    assert sentence in problem.message


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"Email": "ada"}, ProblemCode.BAD_EMAIL),
        ({"Number__c": 123_456}, ProblemCode.OUT_OF_RANGE),
        ({"Level__c": "Silver"}, ProblemCode.NOT_IN_PICKLIST),
        ({"Id": ACCOUNT_ID}, ProblemCode.WRONG_ID_OBJECT),
    ],
    ids=repr,
)
def test_a_parents_key_obeys_its_own_type(value: JsonValue, code: ProblemCode) -> None:
    assert codes(checker(MAIN, parents={"Contact": CONTACT}), {"Main__r": value}) == [("Main__r", code)]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(("value", "key"), [(42.0, "42"), ("42.0", "42.0"), (1.5, "1.5")])
def test_a_float_that_holds_a_whole_number_is_a_parents_key_without_a_fraction(
    value: JsonValue,
    key: str,
    is_known: bool,  # noqa: FBT001 (a case)
) -> None:
    parents = {"Contact": describe(KEY, name="Contact", prefix="003")} if is_known else {}
    record, problems = checker(MAIN, parents=parents).check({"Main__r": {"Key__c": value}})
    assert list(problems) == []
    assert str(record["Main__r"]["Key__c"]) == key


@pytest.mark.parametrize("value", ["x", 12, 1.5, True], ids=repr)
def test_the_key_of_a_parent_that_we_do_not_know_is_left_to_salesforce(value: JsonValue) -> None:
    assert checker(MAIN).check({"Main__r": {"Anything": value}}) == ({"Main__r": {"Anything": value}}, ())


@pytest.mark.parametrize("value", [{}, ["x"], {"a": 1}], ids=repr)
def test_the_key_of_a_parent_that_we_do_not_know_is_no_structure(value: JsonValue) -> None:
    assert codes(checker(MAIN), {"Main__r": {"Anything": value}}) == [("Main__r", ProblemCode.BAD_RELATIONSHIP)]


def test_a_polymorphic_parent_says_what_it_is() -> None:
    one = checker(OWNER)
    value = {"attributes": {"type": "user", "url": "/x"}, "Username": "ada@example.com"}
    expected = {"Owner": {"attributes": {"type": "User"}, "Username": "ada@example.com"}}
    assert one.check({"Owner": value}) == (expected, ())
    assert one.check(expected) == (expected, ())


@pytest.mark.parametrize("attributes", [{}, {"attributes": None}, {"attributes": {"type": 7}}], ids=repr)
def test_a_polymorphic_parent_without_a_type_is_refused(attributes: dict[str, JsonValue]) -> None:
    _, (problem,) = checker(OWNER).check({"Owner": {**attributes, "Username": "ada@example.com"}})
    assert problem.message.endswith("with one of: Group, User")


def test_a_single_parents_type_is_taken_out_for_it_needs_none() -> None:
    value = {"attributes": {"type": "Contact"}, "Email": "ada@example.com"}
    assert checker(MAIN).check({"Main__r": value})[0] == {"Main__r": {"Email": "ada@example.com"}}


def test_a_relationship_whose_target_is_not_told_takes_any_key() -> None:
    loose = field("LooseId", "reference", referenceTo=[], relationshipName="Loose")
    assert checker(loose).check({"Loose": {"Key__c": "a"}})[0] == {"Loose": {"Key__c": "a"}}
    typed = {"attributes": {"type": "Anything"}, "Key__c": "a"}
    assert checker(loose).check({"Loose": typed})[0] == {"Loose": {"Key__c": "a"}}


def test_a_relationship_is_as_writable_as_its_reference() -> None:
    fixed = {**PARENT, "updateable": False}
    one = checker(fixed, operation=Operation.UPDATE)
    item = {"Id": ACCOUNT_ID, "Parent": {"Id": ACCOUNT_ID}}
    assert codes(one, item) == [("Parent", ProblemCode.NOT_WRITABLE)]


@pytest.mark.parametrize("empty_values", EmptyValues)
def test_an_empty_relationship_follows_the_rules_of_emptiness(empty_values: EmptyValues) -> None:
    options = CheckOptions(operation=Operation.CREATE, match_key="Id", empty_values=empty_values)
    one = compile_checker(describe(PARENT), options)
    assert one.check({"Parent": None})[0] == {"ParentId": None}
    assert one.check({"Parent": ""})[0] == ({} if empty_values is EmptyValues.IGNORE else {"ParentId": None})


def test_a_cleared_relationship_yields_to_an_id_beside_it() -> None:
    assert checker(PARENT).check({"ParentId": ACCOUNT_ID, "Parent": None}) == ({"ParentId": ACCOUNT_ID}, [])


def test_a_relationship_that_must_be_there_is_not_cleared() -> None:
    one = checker({**PARENT, "nillable": False})
    assert codes(one, {"Parent": None}) == [("Parent", ProblemCode.NOT_NILLABLE)]
