"""Record Ids, with the pairs of the reference (Salesforce API 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.salesforce.ids import checksum, is_well_formed, to_18

PAIRS = [
    ("0015500001QdQWa", "AAN"),
    ("001D000000IqhSL", "IAZ"),
    ("0018a00001rBqb8", "AAC"),
    ("012000000000000", "AAA"),
    ("ABCDEFGHIJKLMNO", "555"),
]
fifteen = st.text(alphabet="abcXYZ019", min_size=15, max_size=15)


@pytest.mark.parametrize(("id15", "suffix"), PAIRS)
def test_the_checksum_of_known_ids(id15: str, suffix: str) -> None:
    assert checksum(id15) == suffix


@pytest.mark.parametrize(("id15", "suffix"), PAIRS)
def test_both_forms_of_an_id_are_well_formed_and_come_to_one(id15: str, suffix: str) -> None:
    assert is_well_formed(id15)
    assert is_well_formed(id15 + suffix)
    assert to_18(id15) == to_18(id15 + suffix) == id15 + suffix


@given(fifteen)
def test_a_completed_id_stays_complete(id15: str) -> None:
    assert is_well_formed(to_18(id15))
    assert to_18(to_18(id15)) == to_18(id15)


@given(fifteen)
def test_an_id_whose_case_was_changed_is_noticed(id15: str) -> None:
    complete = to_18(id15)
    turned = complete[:15].swapcase() + complete[15:]
    assert is_well_formed(turned) == (turned == complete)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "invalidId",
        "0018a00001rBqb",
        "0018a00001rBqb8A",
        "0018a00001rBqb8AAD",
        "0018a00001rBqb8aac",
        "0018a00001rBqb-",
        "0018a00001rBqbé",
        "0018a00001rBqb８",  # noqa: RUF001 (a full-width digit, which looks like one)
        " 0018a00001rBqb",
        "0018a00001rBqb8AAC\n",
    ],
)
def test_what_salesforce_would_not_read_as_an_id(text: str) -> None:
    assert not is_well_formed(text)


def test_the_checksum_of_odd_text_is_still_a_checksum() -> None:
    """Keys of items are compared as Ids before anybody knows whether they are."""
    assert to_18("é" * 15) == "é" * 15 + "AAA"
