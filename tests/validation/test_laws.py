"""What holds for every item, however odd: found by generated items over a describe of every type."""

import copy
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.validation.builders import ACCOUNT_ID, describe, field, picklist, valid_for
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.describe import FieldType
from ziggy_sf_write.validation import (
    CheckOptions,
    EmptyValues,
    Operation,
    compile_checker,
    compile_converter,
    to_json_bytes,
)

_CITIES = [{"value": one, "label": one, "active": True, "validFor": valid_for(place)} for place, one in enumerate("ab")]
OBJECT = describe(
    *(field(f"{kind.value}X", kind.value, length=9, digits=8, precision=9, scale=2) for kind in FieldType),
    field("Name", "string", length=9, nillable=False),
    field("Key__c", "string", length=9, externalId=True),
    field("Frozen", "string", createable=False, updateable=False),
    picklist("Country", "a", "b"),
    picklist("City", controllerName="Country", picklistValues=_CITIES),
    picklist("Skills", "a", "b", kind="multipicklist"),
    field("ParentId", "reference", referenceTo=["Account"], relationshipName="Parent"),
    field("OwnerId", "reference", referenceTo=["Group", "User"], relationshipName="Owner"),
)
NAMES = sorted({one.name for one in OBJECT.fields} | {"Parent", "Owner", "attributes"})

texts = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=st.characters(), max_size=4),
    st.sampled_from(
        ["", " ", "a", "b", "a;b", "12", "1e3", "TRUE", ACCOUNT_ID, ACCOUNT_ID[:15], "2026-11-23", "10:00", "a@b.cd"]
    ),
    st.sampled_from(["2026-11-23 10:00+01:00", "2026-11-23T10:00:00Z", "1e99999999", "\ud800", "9" * 5_000, "aGVs"]),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, 2**31, 2**63, 10**18, 10**4_000]),
    st.floats(),
    texts,
    st.decimals(),
    st.dates(),
    st.datetimes(timezones=st.one_of(st.none(), st.just(UTC))),
    st.times(),
    st.uuids(),
    st.binary(max_size=9),
)
parents = st.dictionaries(
    st.one_of(st.sampled_from(["Key__c", "Id", "attributes", "Ext__c"]), texts), scalars, max_size=2
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2))
names = st.one_of(st.sampled_from(NAMES), st.sampled_from([one.upper() for one in NAMES]), texts)
items = st.dictionaries(names, st.one_of(values, parents), max_size=6)
every_options = st.builds(
    CheckOptions,
    operation=st.sampled_from(Operation),
    match_key=st.sampled_from(["Id", "Key__c", "intX", "Nonsense"]),
    empty_values=st.sampled_from(EmptyValues),
    properties=st.sampled_from([(), ("Name", "city", "Country"), ("PARENT",)]),
    key_prefixes=st.sampled_from([{}, {"Group": "00G", "User": "005"}]),
)
COMPILE = pytest.mark.parametrize("compile_one", [compile_checker, compile_converter], ids=["checker", "converter"])


@COMPILE
@settings(deadline=None)
@given(options=every_options, item=items)
def test_no_item_makes_it_raise_and_none_is_changed(
    compile_one: type[JsonValue], options: CheckOptions, item: Mapping[str, JsonValue]
) -> None:
    before = copy.deepcopy(item)
    record, problems = compile_one(OBJECT, options).check(item)
    assert repr(item) == repr(before)
    assert all(one.message and len(one.message) < 2_000 for one in problems)
    if not problems:
        # Neither NaN nor an infinity is ever passed: JSON would carry null, which clears a field.
        json.dumps(record, default=str, allow_nan=False)
        json.loads(to_json_bytes(record))


@COMPILE
@settings(deadline=None)
@given(options=every_options, item=items)
def test_an_item_is_judged_alike_whether_its_set_of_keys_is_new_or_known(
    compile_one: type[JsonValue], options: CheckOptions, item: Mapping[str, JsonValue]
) -> None:
    one = compile_one(OBJECT, options)
    record, problems = one.check(item)
    for _ in range(2):
        again, same = one.check(item)
        assert (repr(again), list(same)) == (repr(record), list(problems))


@COMPILE
@settings(deadline=None)
@given(options=every_options, item=items)
def test_an_empty_text_that_is_left_alone_is_as_good_as_no_property(
    compile_one: type[JsonValue], options: CheckOptions, item: Mapping[str, JsonValue]
) -> None:
    options = replace(options, empty_values=EmptyValues.IGNORE)
    if len({key.lower() for key in item}) < len(item):
        return
    with_blanks, without = compile_one(OBJECT, options), compile_one(OBJECT, options)
    for _ in range(2):
        record, problems = with_blanks.check(item)
        filled, same = without.check({key: value for key, value in item.items() if value != ""})
        assert repr(record) == repr(filled)
        assert [one.code for one in problems] == [one.code for one in same]


@settings(deadline=None)
@given(options=every_options, item=items)
def test_its_own_output_is_right_and_stays_as_it_is(options: CheckOptions, item: Mapping[str, JsonValue]) -> None:
    one = compile_checker(OBJECT, options)
    record, problems = one.check(item)
    if not problems:
        again, no_problems = one.check(record)
        assert list(no_problems) == []
        assert repr(again) == repr(record)


@settings(deadline=None)
@given(options=every_options, item=items)
def test_every_property_is_written_refused_or_left_out_for_a_reason(
    options: CheckOptions, item: Mapping[str, JsonValue]
) -> None:
    record, problems = compile_checker(OBJECT, options).check(item)
    told = {name.lower() for name in (*record, *(one.field or "" for one in problems))}
    chosen = {one.lower() for one in (*options.properties, options.match_key)} if options.properties else None
    for key, value in item.items():
        is_chosen = chosen is None or key.lower() in chosen
        is_empty = value == "" or (key.lower() in ("id", "parent", "owner") and value in (None, "", " "))
        if is_chosen and not is_empty and key != "attributes" and not (key.lower() == "id" and not str(value).strip()):
            assert key.lower() in told


@settings(deadline=None)
@given(value=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**6), max_value=10**6))
def test_a_decimal_loses_no_digit(value: Decimal) -> None:
    record, _ = compile_checker(OBJECT, CheckOptions(operation=Operation.CREATE, match_key="Id")).check(
        {"Name": "x", "currencyX": value}
    )
    assert Decimal(json.loads(to_json_bytes(record), parse_float=str, parse_int=str)["currencyX"]) == value


@settings(deadline=None)
@given(item=items, options=every_options)
def test_the_order_of_the_keys_changes_no_verdict(item: dict[str, JsonValue], options: CheckOptions) -> None:
    one = compile_checker(OBJECT, options)
    lowered = {key.lower() for key in item}
    if len(lowered) < len(item):
        return
    record, problems = one.check(item)
    turned, other_problems = one.check(dict(reversed(item.items())))
    assert {found.message for found in problems} == {found.message for found in other_problems}
    assert repr(sorted(record.items())) == repr(sorted(turned.items()))
