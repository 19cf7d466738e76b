"""picklist, multipicklist and the values that depend on another field."""

import pytest

from tests.validation.builders import Raw, checker, codes, field, picklist, refusal, valid_for, written
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.validation import ProblemCode

INDUSTRY = picklist("Industry", "Agriculture", "Banking", "Électricité", inactive=["Mining"])
SKILLS = picklist("Skills", "Python", "SQL", kind="multipicklist", length=4099, inactive=["Fax"])
OPEN_SKILLS = picklist("Skills", "Python", kind="multipicklist", length=4099, restrictedPicklist=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Banking", "Banking"),
        ("banking", "Banking"),
        (" BANKING ", "Banking"),
        ("électricité", "Électricité"),
        ("  ", "  "),
    ],
    ids=repr,
)
def test_a_listed_value_is_written_as_it_is_spelled(value: str, expected: str) -> None:
    assert written(INDUSTRY, value) == expected


@pytest.mark.parametrize(
    ("value", "ending"),
    [
        ("Agricultre", "is not one of the 3 values of this restricted picklist; did you mean 'Agriculture'?"),
        ("Banking (label)", "is not one of the 3 values of this restricted picklist; did you mean 'Banking'?"),
        ("Zzz", "choose one of: Agriculture, Banking, Électricité"),
        (12, "choose one of: Agriculture, Banking, Électricité"),
    ],
    ids=repr,
)
def test_an_unlisted_value_is_refused_with_a_cure(value: JsonValue, ending: str) -> None:
    _, (problem,) = checker(INDUSTRY).check({"Industry": value})
    assert problem.code is ProblemCode.NOT_IN_PICKLIST
    assert problem.message.endswith(ending)


def test_an_inactive_value_is_refused_as_such() -> None:
    assert refusal(INDUSTRY, "Mining") is ProblemCode.INACTIVE_PICKLIST_VALUE


def test_two_values_that_differ_in_case_only_are_kept_apart() -> None:
    sizes = picklist("Size", "m", "M")
    assert [written(sizes, "m"), written(sizes, "M")] == ["m", "M"]


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(picklist("Industry", "Banking", restrictedPicklist=False), id="not restricted"),
        pytest.param(picklist("Industry"), id="without any value in the describe"),
    ],
)
def test_an_open_picklist_takes_any_text(one: Raw) -> None:
    assert written(one, "Space travel") == "Space travel"
    assert refusal(one, "x" * 256) is ProblemCode.TOO_LONG


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Python", "Python"),
        ("python;SQL", "Python;SQL"),
        ("Python;;SQL;", "Python;SQL"),
        (["Python", "SQL"], "Python;SQL"),
        (("SQL",), "SQL"),
        ([], None),
        (";", None),
    ],
    ids=repr,
)
def test_several_values_stand_in_one_text(value: JsonValue, expected: JsonValue) -> None:
    assert written(SKILLS, value) == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Python;Cobol", ProblemCode.NOT_IN_PICKLIST),
        (["Python", "Fax"], ProblemCode.INACTIVE_PICKLIST_VALUE),
        (["Python;SQL"], ProblemCode.WRONG_TYPE),
        (["Python", {}], ProblemCode.WRONG_TYPE),
        ({"Python": True}, ProblemCode.WRONG_TYPE),
        ([f"{number}" for number in range(101)], ProblemCode.TOO_MANY_VALUES),
    ],
    ids=["unlisted", "inactive", "semicolon", "nested", "object", "many"],
)
def test_several_values_are_judged_one_by_one(value: JsonValue, code: ProblemCode) -> None:
    assert refusal(SKILLS, value) is code


@pytest.mark.parametrize(
    ("value", "expected"), [("a;b;", "a;b"), (";", ";"), ([], None), ([""], None), (["a"], "a"), (0, "0")], ids=repr
)
def test_an_open_multi_select_keeps_what_it_cannot_judge(value: JsonValue, expected: JsonValue) -> None:
    assert written(OPEN_SKILLS, value) == expected


def test_an_open_multi_select_takes_any_hundred_values() -> None:
    values = [f"skill {number}" for number in range(100)]
    assert written(OPEN_SKILLS, values) == ";".join(values)
    assert refusal(OPEN_SKILLS, ";".join([*values, "x"])) is ProblemCode.TOO_MANY_VALUES
    assert refusal(OPEN_SKILLS, "x" * 4100) is ProblemCode.TOO_LONG


def test_a_required_multi_select_is_not_cleared_by_an_empty_list() -> None:
    assert refusal({**SKILLS, "nillable": False}, []) is ProblemCode.NOT_NILLABLE


def dependent(kind: str = "picklist") -> Raw:
    """Cities of countries 0 and 1, and one that goes with every country."""
    entries = [
        {"value": "Utrecht", "label": "Utrecht", "active": True, "validFor": valid_for(0)},
        {"value": "Ghent", "label": "Ghent", "active": True, "validFor": valid_for(1)},
        {"value": "Baarle", "label": "Baarle", "active": True, "validFor": valid_for(0, 1)},
        {"value": "Atlantis", "label": "Atlantis", "active": True, "validFor": None},
    ]
    return picklist("City", kind=kind, controllerName="Country", picklistValues=entries, restrictedPicklist=False)


COUNTRY = picklist("Country", "Netherlands", "Belgium", "Luxembourg")


@pytest.mark.parametrize(
    ("country", "city", "fits"),
    [
        ("Netherlands", "Utrecht", True),
        ("netherlands", "Utrecht", True),
        ("Belgium", "Utrecht", False),
        ("Belgium", "Baarle", True),
        ("Luxembourg", "Baarle", False),
        ("Luxembourg", "Atlantis", True),
        ("Belgium", "A new city", True),
        (None, "Utrecht", True),
        ("Belgium", None, True),
    ],
)
def test_a_dependent_value_goes_with_its_controlling_value(country: str | None, city: str | None, fits: bool) -> None:  # noqa: FBT001
    expected = [] if fits else [("City", ProblemCode.DEPENDENT_PICKLIST)]
    assert codes(checker(COUNTRY, dependent()), {"Country": country, "City": city}) == expected


def test_a_dependent_value_alone_is_left_to_salesforce() -> None:
    assert codes(checker(COUNTRY, dependent()), {"City": "Ghent"}) == []


def test_a_checkbox_may_control_too() -> None:
    one = checker(field("Country", "boolean"), dependent())
    assert codes(one, {"Country": False, "City": "Utrecht"}) == []
    assert codes(one, {"Country": "true", "City": "Utrecht"}) == [("City", ProblemCode.DEPENDENT_PICKLIST)]


def test_each_value_of_a_dependent_multi_select_is_judged() -> None:
    one = checker(COUNTRY, dependent("multipicklist"))
    assert codes(one, {"Country": "Belgium", "City": ["Ghent", "Utrecht"]}) == [
        ("City", ProblemCode.DEPENDENT_PICKLIST)
    ]


def test_a_broken_dependency_is_found_beside_other_problems() -> None:
    item = {"Country": "Luxembourg", "City": "Ghent", "Other": 1}
    assert codes(checker(COUNTRY, dependent()), item) == [
        ("Other", ProblemCode.UNKNOWN_PROPERTY),
        ("City", ProblemCode.DEPENDENT_PICKLIST),
    ]


def test_a_dependency_without_any_fitting_value_says_to_leave_it_out() -> None:
    entries = [{"value": "Ghent", "label": "Ghent", "active": True, "validFor": valid_for(1)}]
    city = picklist("City", controllerName="Country", picklistValues=entries)
    _, (problem,) = checker(COUNTRY, city).check({"Country": "Luxembourg", "City": "Ghent"})
    assert problem.message.endswith("leave it out")


@pytest.mark.parametrize("controller", ["Country", "Hidden"])
def test_a_dependency_that_the_describe_does_not_spell_out_is_no_rule(controller: str) -> None:
    city = picklist("City", "Ghent", controllerName=controller)
    assert codes(checker(COUNTRY, city), {"Country": "Luxembourg", "City": "Ghent"}) == []
