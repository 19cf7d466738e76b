"""SOQL: escaped by type, cut to what a URI can carry."""

import itertools
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.salesforce.client import UNESCAPED
from ziggy_sf_write.salesforce.describe import ObjectDescribe, parse_object_describe
from ziggy_sf_write.salesforce.soql import LONGEST_ENCODED_QUERY, MOST_VALUES, UnfitLiteral, literal, lookup_queries


def _describe(**types: str) -> ObjectDescribe:
    fields = [{"name": name, "type": kind} for name, kind in {"Id": "id", **types}.items()]
    return parse_object_describe({"name": "Account", "fields": fields})


ACCOUNT = _describe(Name="string", Count__c="int", Born__c="date", At__c="datetime", Is__c="boolean")


def _literal(field: str, value: object) -> str:
    found = ACCOUNT.find_field(field)
    assert found is not None
    return literal(found, value)


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("Name", "O'Brien", r"'O\'Brien'"),
        ("Name", "back\\slash", r"'back\\slash'"),
        ("Name", "two\nlines", r"'two\nlines'"),
        ("Name", "nul\0", r"'nul\u0000'"),
        ("Name", "' OR Name != '", r"'\' OR Name != \''"),
        ("Name", "%_", "'%_'"),
        ("Count__c", 12, "12"),
        ("Count__c", "12", "12"),
        ("Born__c", "2026-11-23", "2026-11-23"),
        ("At__c", "2026-11-23T10:00:00.000+01:00", "2026-11-23T10:00:00.000+01:00"),
        ("Is__c", True, "True"),
        ("Count__c", 1e22, "10000000000000000000000"),
        ("Count__c", "1.50E-3", "0.00150"),
        ("Count__c", "-0", "-0"),
        ("Id", "001gL000002rbza", "'001gL000002rbza'"),
    ],
)
def test_a_value_is_quoted_or_bare_by_the_fields_type(field: str, value: object, written: str) -> None:
    assert _literal(field, value) == written


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Count__c", "1) OR (Id != null"),
        ("Count__c", "1e400"),
        ("Born__c", "yesterday"),
        ("Born__c", "2026-02-30"),
        ("At__c", "2026-11-23"),
        ("At__c", "2026-11-23T10:00:00"),
        ("At__c", "2026-11-23T10:61:00Z"),
        ("Is__c", "yes"),
        ("Id", "invalidId"),
        ("Id", "001gL000002rbzaAAA"),
    ],
)
def test_a_bare_value_must_look_like_its_type(field: str, value: str) -> None:
    with pytest.raises(UnfitLiteral, match="cannot be searched"):
        _literal(field, value)


def test_a_text_that_is_longer_than_a_literal_is_refused() -> None:
    with pytest.raises(UnfitLiteral, match="4001 characters is too long"):
        _literal("Name", "x" * 4001)


@given(st.lists(st.text(max_size=300), min_size=1, max_size=80, unique=True))
def test_queries_fit_into_a_uri_and_lose_no_value(values: list[str]) -> None:
    field = ACCOUNT.find_field("Name")
    assert field is not None
    literals = [literal(field, value) for value in values]
    queries = list(lookup_queries(ACCOUNT, field, literals))
    assert all(len(quote_plus(query, safe=UNESCAPED)) <= LONGEST_ENCODED_QUERY for query in queries)
    assert ",".join(query.partition("IN (")[2][:-1] for query in queries) == ",".join(literals)


def test_a_query_has_at_most_so_many_values() -> None:
    field = ACCOUNT.find_field("Count__c")
    assert field is not None
    queries = lookup_queries(ACCOUNT, field, (str(number % 10) for number in range(MOST_VALUES + 1)))
    assert [query.count(",") for query in queries] == [MOST_VALUES, 1]


def test_the_id_is_selected_once() -> None:
    field = ACCOUNT.find_field("Id")
    assert field is not None
    (query,) = lookup_queries(ACCOUNT, field, ["'001gL000002rbzaQAA'"])
    assert query == "SELECT Id FROM Account WHERE Id IN ('001gL000002rbzaQAA')"


def test_a_query_is_made_when_its_values_are_there() -> None:
    field = ACCOUNT.find_field("Name")
    assert field is not None
    drawn = itertools.count()
    queries = lookup_queries(ACCOUNT, field, (f"'{next(drawn) % 10}'" for _ in range(10 * MOST_VALUES)))
    assert next(queries).count("'") == 2 * MOST_VALUES
    assert next(drawn) == MOST_VALUES + 1
