"""Which properties exist, under which spelling, and which of them are looked at."""

import pytest

from tests.validation.builders import ACCOUNT_ID, checker, codes, describe, field, picklist, valid_for
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import CheckOptions, Operation, ProblemCode, compile_checker

NAME = field("Name", "string", length=80, label="Account Name")
INDUSTRY = field("Industry", "string", length=40)
PARENT = field("ParentId", "reference", referenceTo=["Account"], relationshipName="Parent")


def test_a_record_carries_the_spelling_of_the_describe() -> None:
    assert checker(NAME, INDUSTRY).check({"name": "Acme", "INDUSTRY": "Banking"}) == (
        {"Name": "Acme", "Industry": "Banking"},
        (),
    )


def test_an_unknown_property_is_refused_and_the_others_are_still_checked() -> None:
    item = {"Nmae": "Acme", "Industry": "x" * 41}
    assert codes(checker(NAME, INDUSTRY), item) == [
        ("Nmae", ProblemCode.UNKNOWN_PROPERTY),
        ("Industry", ProblemCode.TOO_LONG),
    ]


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        pytest.param("Industri", "did you mean Industry?", id="near a name"),
        pytest.param("industrie", "did you mean Industry?", id="near in another case"),
        pytest.param("account name", "did you mean Name?", id="the label"),
        pytest.param("Parnet", "did you mean Parent?", id="near a relationship"),
        pytest.param("Zzz", "take it out, or give its API name, not its label", id="near nothing"),
        pytest.param("x" * 500, "take it out, or give its API name, not its label", id="absurdly long"),
    ],
)
def test_an_unknown_property_comes_with_a_cure(key: str, suggestion: str) -> None:
    _, (problem,) = checker(NAME, INDUSTRY, PARENT).check({key: "x"})
    assert problem.code is ProblemCode.UNKNOWN_PROPERTY
    assert problem.message.endswith(suggestion)


@pytest.mark.parametrize("value", [None, "x", 1, {}], ids=repr)
def test_an_unknown_property_is_refused_whatever_its_value(value: JsonValue) -> None:
    assert codes(checker(NAME), {"Other": value}) == [("Other", ProblemCode.UNKNOWN_PROPERTY)]


def test_an_empty_text_under_an_unknown_name_is_left_out_like_any_other() -> None:
    assert checker(NAME).check({"Other": "", "Name": "Acme"}) == ({"Name": "Acme"}, [])


def test_an_item_with_a_set_of_keys_of_its_own_is_judged_like_the_first() -> None:
    """Of so many sets of keys, and of keys, not all are remembered."""
    after_many = checker(NAME, INDUSTRY, PARENT)
    for number in range(12_000):
        after_many.check({"Name": "Acme", f"x{number}": 1})
    items: list[dict[JsonValue, JsonValue]] = [
        {"name": "Acme", "x1": 1, "Industry": "x" * 41},
        {"Name": "Acme", "x11999": 1, "NAME": "Acme"},
        {"Name": "Acme", True: 1, "ParentId": None},
        {"Name": "Acme", 1: 1},
    ]
    for item in items:
        assert after_many.check(item) == checker(NAME, INDUSTRY, PARENT).check(item)


@pytest.mark.parametrize("key", [1, None], ids=repr)
def test_a_key_that_is_no_text_is_refused_with_a_blank_too(key: object) -> None:
    one = checker(NAME, INDUSTRY)
    for _ in range(3):
        _, (problem,) = one.check({"Name": "Acme", key: "", "Industry": ""})  # type: ignore[dict-item]  # a mistake
        assert problem.code is ProblemCode.NOT_JSON


def test_what_only_looks_like_an_empty_text_is_not_left_out() -> None:
    class Array:
        def __bool__(self) -> bool:
            return False

        def __eq__(self, other: object) -> bool:
            return other == ""

        __hash__ = None  # type: ignore[assignment]  # as an array has none

    one = checker(NAME, INDUSTRY)
    for _ in range(3):
        assert codes(one, {"Name": Array(), "Industry": ""}) == [("Name", ProblemCode.WRONG_TYPE)]


@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_a_value_that_compares_with_nothing_is_refused_beside_a_blank(error: type[Exception]) -> None:
    """As an array of numbers is, or a value that pandas does not know."""

    class Array:
        def __eq__(self, _: object) -> bool:
            raise error

        __hash__ = None  # type: ignore[assignment]  # as an array has none

    one = checker(NAME, INDUSTRY)
    for _ in range(2):
        assert codes(one, {"Name": Array(), "Industry": ""}) == [("Name", ProblemCode.WRONG_TYPE)]


def test_one_property_in_two_spellings_is_refused_once() -> None:
    assert codes(checker(NAME), {"Name": "Acme", "name": "Acme"}) == [("Name", ProblemCode.DUPLICATE_PROPERTY)]


def test_two_spellings_are_refused_even_where_one_is_empty() -> None:
    assert codes(checker(NAME), {"Name": "Acme", "name": ""}) == [("Name", ProblemCode.DUPLICATE_PROPERTY)]


@pytest.mark.parametrize("key", [1, None, 2.5, ("a",), True], ids=repr)
def test_a_key_that_is_no_text_is_a_problem_not_a_crash(key: object) -> None:
    _, (problem,) = checker(NAME).check({"Name": "Acme", key: "x"})  # type: ignore[dict-item]  # a caller's mistake
    assert problem.code is ProblemCode.NOT_JSON


def test_the_metadata_of_a_queried_record_is_no_property() -> None:
    item = {"attributes": {"type": "Account", "url": "/services"}, "Name": "Acme"}
    assert checker(NAME).check(item) == ({"Name": "Acme"}, ())


def test_a_field_that_is_named_attributes_is_a_property() -> None:
    assert checker(field("attributes", "string", length=3)).check({"attributes": "abc"})[0] == {"attributes": "abc"}


def test_only_the_chosen_properties_and_the_match_key_are_looked_at() -> None:
    options = CheckOptions(operation=Operation.UPDATE, match_key="key__c", properties=("NAME", "Phone"))
    chosen = compile_checker(describe(NAME, INDUSTRY, field("Key__c", "string", length=9)), options)
    item = {"Name": "Acme", "Industry": {}, "Nonsense": 1, "Key__c": "a", 7: "seven"}
    assert chosen.check(item) == ({"Name": "Acme", "Key__c": "a"}, ())  # type: ignore[arg-type]  # a key that is no text


def test_a_chosen_relationship_is_looked_at() -> None:
    chosen = checker(PARENT, properties=("parent",))
    assert chosen.check({"Parent": {"Id": "0018a00001rBqb8"}})[0] == {"Parent": {"Id": "0018a00001rBqb8AAC"}}


def test_a_field_goes_before_a_relationship_of_the_same_name() -> None:
    both = checker(field("Parent", "string", length=9), PARENT)
    assert both.check({"Parent": "plain"}) == ({"Parent": "plain"}, ())


@pytest.mark.parametrize("key", ["x" * 5_000, "a\nb"], ids=["long", "two lines"])
def test_a_key_that_looks_like_data_is_shortened_in_the_sentence(key: str) -> None:
    _, (problem,) = checker(NAME).check({key: "x"})
    assert problem.field == key
    assert len(problem.message) < 300
    assert "\n" not in problem.message


def test_items_of_a_thousand_shapes_are_checked_without_keeping_them_all() -> None:
    one = checker(NAME)
    for number in range(1_100):
        for _ in range(3):
            assert codes(one, {f"X{number}": 1}) == [(f"X{number}", ProblemCode.UNKNOWN_PROPERTY)]
    assert codes(one, {"X0": 1}) == [("X0", ProblemCode.UNKNOWN_PROPERTY)]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"Id": ACCOUNT_ID, "name": "Acme"}, {"Id": ACCOUNT_ID, "Name": "Acme"}),
        ({"id": ACCOUNT_ID, "ID": ACCOUNT_ID, "Name": "Acme"}, ProblemCode.DUPLICATE_PROPERTY),
        ({"Id": None, "Name": "Acme"}, {"Name": "Acme"}),
        ({"Name": "Acme"}, {"Name": "Acme"}),
        ({"Id": ACCOUNT_ID, "Name": "Acme", "NAME": "Acme"}, ProblemCode.DUPLICATE_PROPERTY),
        ({"Id": ACCOUNT_ID, "City": "b", "Country": "a"}, ProblemCode.DEPENDENT_PICKLIST),
        ({"Id": ACCOUNT_ID, "City": "a", "Country": "a"}, {"Id": ACCOUNT_ID, "City": "a", "Country": "a"}),
        ({}, {}),
    ],
    ids=["an Id", "two Ids", "no Id", "without", "two names", "a rule broken", "a rule held", "nothing"],
)
def test_the_first_item_with_a_set_of_keys_is_judged_like_those_that_follow(
    item: dict[str, JsonValue], expected: dict[str, JsonValue] | ProblemCode
) -> None:
    cities = [{"value": one, "label": one, "active": True, "validFor": valid_for(n)} for n, one in enumerate("ab")]
    city = picklist("City", controllerName="Country", picklistValues=cities)
    one = checker(NAME, picklist("Country", "a", "b"), city, operation=Operation.UPSERT)
    for _ in range(3):
        record, problems = one.check(item)
        assert (problems[0].code if problems else record) == expected
