"""What may be written in which branch, and what a new record must have."""

import pytest

from tests.validation.builders import ACCOUNT_ID, Raw, checker, codes, field
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import Operation, ProblemCode

BOTH = field("Both", "string", length=9)
ONLY_CREATE = field("OnlyCreate", "string", length=9, updateable=False)
ONLY_UPDATE = field("OnlyUpdate", "string", length=9, createable=False)
NEITHER = field("Neither", "string", length=9, createable=False, updateable=False)
KEY = field("Key__c", "string", length=9, externalId=True)
FIELDS = (BOTH, ONLY_CREATE, ONLY_UPDATE, NEITHER, KEY)
ITEM = {"Both": "x", "OnlyCreate": "x", "OnlyUpdate": "x", "Neither": "x"}
REQUIRED = field("Name", "string", length=9, nillable=False)


@pytest.mark.parametrize(
    ("operation", "match_key", "key", "refused"),
    [
        pytest.param("create", "Id", {}, ["OnlyUpdate", "Neither"], id="create"),
        pytest.param("update", "Id", {"Id": ACCOUNT_ID}, ["OnlyCreate", "Neither"], id="update by Id"),
        pytest.param("update", "Key__c", {"Key__c": "a"}, ["OnlyCreate", "Neither"], id="update by a key"),
        pytest.param("upsert", "Key__c", {"Key__c": "a"}, ["Neither"], id="upsert whose branch is not known"),
        pytest.param("upsert", "Id", {"Id": ACCOUNT_ID}, ["OnlyCreate", "Neither"], id="upsert with an Id"),
        pytest.param("upsert", "Id", {}, ["OnlyUpdate", "Neither"], id="upsert without an Id"),
        pytest.param("upsert", "id", {"ID": None}, ["OnlyUpdate", "Neither"], id="upsert with a null Id"),
        pytest.param("upsert", "Id", {"Id": ""}, ["OnlyUpdate", "Neither"], id="upsert with an empty Id"),
    ],
)
def test_a_property_is_written_where_its_branch_allows_it(
    operation: str, match_key: str, key: dict[str, JsonValue], refused: list[str]
) -> None:
    one = checker(*FIELDS, operation=Operation(operation), match_key=match_key)
    assert codes(one, {**key, **ITEM}) == [(name, ProblemCode.NOT_WRITABLE) for name in refused]


@pytest.mark.parametrize(
    ("operation", "refused"),
    [(Operation.CREATE, ["OnlyUpdate"]), (Operation.UPDATE, ["OnlyCreate"])],
    ids=str,
)
def test_a_look_up_that_tells_the_branch_settles_what_is_writable(operation: Operation, refused: list[str]) -> None:
    one = checker(*FIELDS, operation=Operation.UPSERT, match_key="Key__c")
    record, problems = one.check({"Key__c": "a", "Both": "x", "OnlyCreate": "x", "OnlyUpdate": "x"})
    assert list(problems) == []
    for _ in range(2):  # the second answer comes from memory
        assert [found.field for found in one.branch_problems(record, operation)] == refused


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        pytest.param({"calculated": True}, "it is a formula", id="formula"),
        pytest.param({"autoNumber": True}, "Salesforce numbers it by itself", id="auto-number"),
        pytest.param({}, "the connection's user has no edit right", id="no right"),
    ],
)
def test_a_read_only_property_says_why_it_is_so(facts: Raw, reason: str) -> None:
    _, (problem,) = checker(field("X", "string", createable=False, updateable=False, **facts)).check({"X": "x"})
    assert reason in problem.message


def test_a_read_only_property_without_a_value_is_as_good_as_absent() -> None:
    assert checker(NEITHER, BOTH).check({"Neither": "", "Both": "x"}) == ({"Both": "x"}, [])


@pytest.mark.parametrize("kind", ["address", "location", "string"])
def test_a_compound_names_the_parts_to_write(kind: str) -> None:
    compound = field("Place", kind, createable=False, updateable=False)
    parts = [field(name, "string", length=9, compoundFieldName="Place") for name in ("PlaceStreet", "PlaceCity")]
    _, (problem,) = checker(compound, *parts).check({"Place": {"city": "Utrecht"}})
    assert problem.code is ProblemCode.COMPOUND_FIELD
    assert problem.message.endswith("write PlaceStreet, PlaceCity")


def test_a_compound_without_any_part_to_write_is_just_read_only() -> None:
    """`Opportunity.Fiscal` is one: its quarter and its year are read-only themselves."""
    compound = field("Fiscal", "string", createable=False, updateable=False)
    quarter = field("FiscalQuarter", "int", createable=False, updateable=False, compoundFieldName="Fiscal")
    assert codes(checker(compound, quarter), {"Fiscal": "2026 4"}) == [("Fiscal", ProblemCode.NOT_WRITABLE)]


def test_a_create_without_a_required_property_is_refused() -> None:
    assert codes(checker(REQUIRED, BOTH), {"Both": "x"}) == [("Name", ProblemCode.REQUIRED_MISSING)]


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.UPSERT])
def test_a_partial_write_that_may_be_an_update_passes(operation: Operation) -> None:
    one = checker(REQUIRED, BOTH, KEY, operation=operation, match_key="Key__c")
    assert one.check({"Key__c": "a", "Both": "x"}) == ({"Key__c": "a", "Both": "x"}, ())


def test_a_look_up_that_found_nothing_makes_a_missing_property_a_problem() -> None:
    one = checker(REQUIRED, KEY, operation=Operation.UPSERT, match_key="Key__c")
    record, _ = one.check({"Key__c": "a"})
    assert [found.code for found in one.branch_problems(record, Operation.CREATE)] == [ProblemCode.REQUIRED_MISSING]
    assert list(one.branch_problems(record, Operation.UPDATE)) == []


def test_an_upsert_by_id_without_an_id_is_a_create_at_once() -> None:
    one = checker(REQUIRED, BOTH, operation=Operation.UPSERT)
    assert one.check({"Id": None, "Name": "Acme"}) == ({"Name": "Acme"}, ())
    assert codes(one, {"Id": "", "Both": "x"}) == [("Name", ProblemCode.REQUIRED_MISSING)]
    assert codes(one, {"Both": "x"}) == [("Name", ProblemCode.REQUIRED_MISSING)]
    assert codes(one, {"Id": ACCOUNT_ID, "Both": "x"}) == []


def test_a_blank_id_in_an_upsert_is_no_wish_to_create() -> None:
    one = checker(BOTH, operation=Operation.UPSERT)
    assert codes(one, {"Id": "  ", "Both": "x"}) == [("Id", ProblemCode.KEY_MISSING)]


@pytest.mark.parametrize(
    "facts",
    [{"nillable": True}, {"defaultedOnCreate": True}, {"createable": False}],
    ids=["may be empty", "has a default", "not createable"],
)
def test_what_salesforce_fills_by_itself_is_not_required(facts: Raw) -> None:
    assert codes(checker(field("X", "string", **{"nillable": False, **facts}), BOTH), {"Both": "x"}) == []


def test_a_checkbox_is_never_required() -> None:
    """Older describes print checkboxes as neither nillable nor defaulted; one that is left out is unchecked."""
    assert codes(checker(field("Flag", "boolean", nillable=False), BOTH), {"Both": "x"}) == []


def test_a_required_parent_may_be_given_through_its_relationship() -> None:
    parent = field("ParentId", "reference", nillable=False, referenceTo=["Account"], relationshipName="Parent")
    assert codes(checker(parent), {"Parent": {"Id": ACCOUNT_ID}}) == []


def test_a_person_account_needs_no_name_besides_its_last_name() -> None:
    last_name = field("LastName", "string", length=80, compoundFieldName="Name")
    assert codes(checker(REQUIRED, last_name), {"LastName": "Lovelace"}) == []
    assert codes(checker(REQUIRED, last_name), {}) == [("Name", ProblemCode.REQUIRED_MISSING)]


def test_a_refused_property_is_not_missing_as_well() -> None:
    assert codes(checker(REQUIRED), {"Name": "x" * 10}) == [("Name", ProblemCode.TOO_LONG)]


def test_branches_of_many_shapes_are_judged_without_keeping_them_all() -> None:
    one = checker(BOTH, operation=Operation.UPSERT, match_key="Both")
    for number in range(1_100):
        assert list(one.branch_problems({f"Unknown{number}": 1}, Operation.UPDATE)) == []
