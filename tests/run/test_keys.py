"""Match keys as Salesforce compares them, on the edge and in what Bulk gives back."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from tests.support.orgs import outcomes, write
from ziggy_sf_write.run.error_namespace import common_form
from ziggy_sf_write.run.plan import key_of
from ziggy_sf_write.salesforce.describe import FieldInfo, parse_object_describe
from ziggy_sf_write.salesforce.ids import to_18

ID15, ID18 = "001gL000002rbza", "001gL000002rbzaQAA"


def _field(kind: str, **facts: Any) -> FieldInfo:
    describe = parse_object_describe({"name": "X", "fields": [{"name": "Key__c", "type": kind, **facts}]})
    return describe.fields[0]


SAME = [
    pytest.param(_field("id"), ID15, f" {ID18} ", id="Ids of 15 and 18 characters"),
    pytest.param(_field("reference"), ID15, ID18, id="lookups of 15 and 18 characters"),
    pytest.param(_field("id"), "00000000000000Z", "00000000000000ZAAQ", id="an Id that is a time of day, too"),
    pytest.param(_field("double"), "912260031", "9.12260031E8", id="a number as Java writes it"),
    pytest.param(_field("double"), 123456789012345678, "1.2345678901234568E17", id="digits beyond a double"),
    pytest.param(_field("double"), 123456789012345678, 123456789012345679, id="digits beyond the fifteenth"),
    pytest.param(_field("currency"), 0.1 + 0.2, "0.3", id="a sum of fractions as it is kept"),
    pytest.param(_field("long"), "1e3", 1000, id="a whole number with an exponent"),
    pytest.param(_field("int"), 7, "7.0", id="a whole number with a fraction of nothing"),
    pytest.param(_field("datetime"), "2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00.000Z", id="one instant"),
    pytest.param(_field("time"), "09:00:00Z", "09:00:00.000Z", id="one time of day"),
    pytest.param(_field("email", externalId=True), "Ann@X.org", "ann@x.org", id="e-mail addresses in any case"),
    pytest.param(_field("string", externalId=True, unique=True), "A", "a", id="unique, without regard to case"),
    pytest.param(_field("string", externalId=True), "a", " \t\r\n\f\va ", id="blanks of ASCII around a text"),
]
OTHER = [
    pytest.param(_field("id"), ID15, ID15.swapcase(), id="Ids of another case"),
    pytest.param(_field("double"), "many", "more", id="numbers that are none"),
    pytest.param(_field("time"), "noon", "night", id="times that are none"),
    pytest.param(_field("datetime"), "now", "then", id="instants that are none"),
    pytest.param(_field("double"), "nan", "inf", id="numbers without end"),
    pytest.param(_field("long"), "nan", "sNaN", id="whole numbers without end"),
    pytest.param(_field("long"), "1e999999999", "1e999999998", id="absurd exponents"),
    pytest.param(_field("long"), "7", "7\u00a0", id="a whole number and one with a no-break space"),
    pytest.param(_field("int"), "6", "6.5", id="a whole number and one that is none"),
    pytest.param(_field("int"), "many", "more", id="whole numbers that are none"),
    pytest.param(_field("long"), 123456789012345678, 123456789012345679, id="two whole numbers of 18 digits"),
    pytest.param(_field("double"), "12", "12\u00a0", id="a number and one with a no-break space"),
    pytest.param(_field("string", externalId=True), "A", "a", id="an external id that is not unique"),
    *(
        pytest.param(_field("string", externalId=True, **facts), "a", f"a{blank}", id=f"{blank!r} after a text")
        for blank in ("\u00a0", "\u2003", "\u0085")
        for facts in ({}, {"unique": True})
    ),
    pytest.param(
        _field("string", externalId=True, unique=True, caseSensitive=True), "A", "a", id="unique, with regard to case"
    ),
]


@pytest.mark.parametrize(("field", "one", "other"), SAME)
def test_keys_that_mean_one_record(field: FieldInfo, one: Any, other: Any) -> None:
    key = key_of(field, is_native=True)
    assert key(one) == key(other)
    assert hash(key(one)) == hash(key(other))
    # Partitions of a cluster are cut by a key's text.
    assert type(key(one)) is type(key(other))


@pytest.mark.parametrize(("field", "one", "other"), SAME)
def test_keys_that_mean_one_record_have_a_form_in_common(field: FieldInfo, one: Any, other: Any) -> None:
    """Whatever the field: kept failures are looked for by it, and compared by the field's rule afterwards."""
    assert common_form(str(one)) == common_form(str(other))


_SPELLED = st.text("aAbBeE019.+-: \tTZ", min_size=1, max_size=20) | st.from_regex(r"[a-cA-C0-2]{15}", fullmatch=True)
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str.lower,
    str.upper,
    str.strip,
    " {}\n".format,
    "{}0".format,
    "0{}".format,
    "+{}".format,
    lambda key: to_18(key[:15]),
)


@pytest.mark.parametrize("kind", ["id", "double", "long", "datetime", "time", "string", "email"])
@given(key=_SPELLED | st.decimals(allow_nan=False).map(str) | st.floats().map(repr), spell=st.sampled_from(_SPELLINGS))
def test_equal_keys_of_every_type_have_a_form_in_common(kind: str, key: str, spell: Callable[[str], str]) -> None:
    of, other = key_of(_field(kind), is_native=False), spell(key)
    if of(key) == of(other):
        assert common_form(key) == common_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-30 09:00:00+00:00", "2026-11-30t09:00:00z"),
        ("2026-11-30", "2026-11-30T00:00:00.000Z"),
        ("10:00:00.000Z", "10:00"),
        ("0001-01-01T00:00:00+05:00", "0001-01-01t00:00:00+05:00"),
    ],
)
def test_moments_in_other_spellings_have_a_form_in_common(one: str, other: str) -> None:
    assert common_form(one) == common_form(other)


@pytest.mark.parametrize(("field", "one", "other"), OTHER)
def test_keys_that_mean_two_records(field: FieldInfo, one: Any, other: Any) -> None:
    key = key_of(field, is_native=True)
    assert key(one) != key(other)


def test_a_query_folds_case_where_an_upsert_does_not() -> None:
    field = _field("string", externalId=True)
    assert key_of(field, is_native=False)("A") == key_of(field, is_native=False)("a")
    strict = _field("string", externalId=True, unique=True, caseSensitive=True)
    assert key_of(strict, is_native=False)("A") != key_of(strict, is_native=False)("a")


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_number_is_the_same_key_in_every_spelling(number: int) -> None:
    key = key_of(_field("double"), is_native=True)
    assert key(number) == key(str(number)) == key(float(number)) == key(f"{number}e0")


BULK_KEYS = {
    "a number of 18 digits": ("Account", "ErpNumber__c", [123456789012345678, 7]),
    "a large number": ("Project__c", "Number__c", [912260031, 12345678, 7]),
    "an e-mail": ("Project__c", "ContactEmail__c", ["Ann@X.org", "bob@x.org"]),
    "a text whose case matters": ("Project__c", "StrictKey__c", ["a", "A", "b"]),
    "a text with blanks and quotes": ("Project__c", "Key__c", ['say "hi"', "a,b", "x y"]),
}


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize(("name", "key", "values"), BULK_KEYS.values(), ids=BULK_KEYS.keys())
def test_each_result_finds_its_item_by_a_key_that_came_back_rewritten(
    org: Sandbox, api: str, name: str, key: str, values: list[Any]
) -> None:
    config = {"object": name, "matchKey": key, "advanced": {"api": api}}
    items = [{key: value, "Name": f"n{place}"} for place, value in enumerate(values)]
    for _ in range(2):
        result = write(org, items, config)
        assert outcomes(result) == {"written": len(values)}
        held = {one["Id"]: one["Name"] for one in org.records(name)}
        assert [held[item["Id"]] for item in result.outputs[0]] == [item["Name"] for item in items]
    assert len(org.records(name)) == len(values)


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_numbers_written_in_two_ways_are_one_key_in_edge_order(org: Sandbox, api: str) -> None:
    config = {"object": "Project__c", "matchKey": "Number__c", "validate": True, "advanced": {"api": api}}
    items = [{"Number__c": 12, "Name": "first"}, {"Number__c": "12.0", "Name": "second"}]
    assert outcomes(write(org, items, config)) == {"written": 2}
    assert [one["Name"] for one in org.records("Project__c")] == ["second"]


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("is_validating", [True, False])
@pytest.mark.parametrize("empty_values", ["ignore", "clear"])
@pytest.mark.parametrize("key", ["Ext__c", "Name", "Phone"])
@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_id_beside_another_key_counts_as_absent(
    org: Sandbox,
    api: str,
    is_validating: bool,  # noqa: FBT001 (a case)
    empty_values: str,
    key: str,
    empty: str | None,
) -> None:
    config = {"matchKey": key, "validate": is_validating, "advanced": {"api": api, "emptyValues": empty_values}}
    for website in ("one.org", "two.org"):
        items = [
            {"Id": empty, "Ext__c": f"A-{n}", "Name": f"A{n}", "Phone": f"{n}", "Website": website} for n in (1, 2)
        ]
        result = write(org, items, config)
        assert outcomes(result) == {"written": 2}
        assert [one["Id"] for one in result.outputs[0]] == [one["Id"] for one in org.records("Account")]
    assert [one["Website"] for one in org.records("Account")] == ["two.org"] * 2


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_numbers_that_salesforce_would_make_one_are_refused_as_keys(org: Sandbox, api: str) -> None:
    """Both would be 123456789012346000 (Salesforce's help article 000394530)."""
    config = {"matchKey": "ErpNumber__c", "validate": True, "advanced": {"api": api}}
    items = [{"ErpNumber__c": number, "Name": "n"} for number in (123456789012345678, "123456789012345679", 7)]
    assert outcomes(write(org, items, config)) == {"invalid": 2, "written": 1}
    assert [one["ErpNumber__c"] for one in org.records("Account")] == [7]


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("key", ["ErpNumber__c", "AnnualRevenue"])
def test_without_validation_they_are_the_one_record_that_the_org_makes_of_them(
    org: Sandbox, api: str, key: str
) -> None:
    config = {"matchKey": key, "advanced": {"api": api}}
    items = [{key: number, "Name": f"{number}"} for number in (123456789012345678, 123456789012345679)]
    for _ in range(2):
        assert outcomes(write(org, items, config)) == {"written": 2}
    held = [(one[key], one["Name"]) for one in org.records("Account")]
    assert held == [(123456789012346e3, "123456789012345679")]


@pytest.mark.parametrize("is_validating", [True, False])
def test_a_sum_of_fractions_is_found_again_by_a_look_up(org: Sandbox, is_validating: bool) -> None:  # noqa: FBT001 (a case)
    config = {"object": "Project__c", "matchKey": "Budget__c", "validate": is_validating}
    for name in ("first", "second"):
        assert outcomes(write(org, [{"Budget__c": 0.1 + 0.2, "Name": name}], config)) == {"written": 1}
    assert [one["Name"] for one in org.records("Project__c")] == ["second"]


@pytest.mark.parametrize("api", ["collections", "bulk"])
@pytest.mark.parametrize("key", ["Ext__c", "Phone"])
def test_a_whole_number_held_by_a_float_is_the_text_key_without_a_fraction(org: Sandbox, api: str, key: str) -> None:
    """Tables hold the whole numbers of a column as floats where one is missing: 42 comes as 42.0."""
    org.insert("Account", [{"Ext__c": "42", "Phone": "42", "Name": "old"}])
    config = {"matchKey": key, "validate": True, "advanced": {"api": api}}
    items = [{key: 42.0, "Name": "new", "Description": 7.0}, {key: "42.0", "Name": "a text", "Description": "7.0"}]
    assert outcomes(write(org, items, config)) == {"written": 2}
    held = [(one[key], one["Name"], one["Description"]) for one in org.records("Account")]
    assert held == [("42", "new", "7"), ("42.0", "a text", "7.0")]


@pytest.mark.parametrize("api", ["collections", "bulk"])
def test_a_parent_is_found_by_a_float_that_holds_its_number(org: Sandbox, api: str) -> None:
    (parent,) = org.insert("Account", [{"Ext__c": "42", "Name": "parent"}])
    item = {"Ext__c": "C-1", "LastName": "x", "Account": {"Ext__c": 42.0}}
    config = {"object": "Contact", "matchKey": "Ext__c", "validate": True, "advanced": {"api": api}}
    assert outcomes(write(org, [item], config)) == {"written": 1}
    assert [one["AccountId"] for one in org.records("Contact")] == [parent]


def test_instants_in_two_zones_are_one_key_of_a_look_up(org: Sandbox) -> None:
    config = {"object": "Project__c", "matchKey": "KickOff__c"}
    items = [
        {"KickOff__c": "2026-11-23T10:00:00.000+01:00", "Name": "first"},
        {"KickOff__c": "2026-11-23T09:00:00.000Z", "Name": "second"},
    ]
    assert outcomes(write(org, items, config)) == {"written": 2}
    assert [one["Name"] for one in org.records("Project__c")] == ["second"]


def test_a_number_is_looked_up_as_one(org: Sandbox) -> None:
    org.insert("Project__c", [{"Name": "old", "Headcount__c": 5}])
    config = {"object": "Project__c", "matchKey": "Headcount__c", "upsert": False}
    assert outcomes(write(org, [{"Headcount__c": 5, "Name": "new"}], config)) == {"written": 1}
    assert [one["Name"] for one in org.records("Project__c")] == ["new"]
