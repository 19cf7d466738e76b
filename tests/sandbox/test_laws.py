"""Laws that hold for any value."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from salesforce_sandbox.rows.ids import IdMint, base62, from_base62, normalise, to_18
from salesforce_sandbox.rows.patterns import matches
from tests.sandbox.bulk import run
from tests.sandbox.client import Api

IDS = st.text(string.ascii_letters + string.digits, min_size=15, max_size=15)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
    lambda each: bool(each.strip(string.whitespace))
)
SLOW_FIXTURE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize(
    ("short_id", "checksum"),
    [("0015500001QdQWa", "AAN"), ("001D000000IqhSL", "IAZ"), ("0018a00001rBqb8", "AAC"), ("012000000000000", "AAA")],
)
def test_checksums_of_real_ids(short_id: str, checksum: str) -> None:
    assert to_18(short_id) == short_id + checksum


@given(IDS)
def test_an_id_and_its_long_form_mean_the_same(short_id: str) -> None:
    assert normalise(short_id) == normalise(to_18(short_id)) == to_18(short_id)


@given(IDS)
def test_a_long_id_in_another_case_is_no_id(short_id: str) -> None:
    swapped = to_18(short_id).swapcase()

    assert swapped == to_18(short_id) or normalise(swapped) is None


@given(st.integers(min_value=0, max_value=62**9 - 1), st.integers(min_value=0, max_value=62**9 - 1))
def test_later_numbers_sort_later(one: int, other: int) -> None:
    assert (base62(one, 9) < base62(other, 9)) == (one < other)
    assert from_base62(base62(one, 9)) == one


def test_ids_are_never_handed_out_twice() -> None:
    mint = IdMint()
    first = [mint.next_id("001") for _ in range(100)]
    resumed = IdMint()
    resumed.resume_after(first[-1])

    assert len({*first, resumed.next_id("001")}) == 101


@given(st.text(max_size=20))
def test_a_pattern_without_wildcards_matches_itself(text: str) -> None:
    pattern = text.replace("\\", "").replace("%", "\\%").replace("_", "\\_")

    assert matches(text.replace("\\", ""), pattern, case_sensitive=True)


@SLOW_FIXTURE
@given(text=TEXT)
def test_an_escaped_literal_finds_what_was_stored(api: Api, sandbox: Sandbox, text: str) -> None:
    (record_id,) = sandbox.insert("Account", [{"Name": text}])
    escaped = text.strip(string.whitespace).replace("\\", "\\\\").replace("'", "\\'")

    found = api.rows(f"SELECT Id FROM Account WHERE Name = '{escaped}'")  # noqa: S608  escaped above

    assert {"Id": record_id} in found


@SLOW_FIXTURE
@given(text=TEXT)
def test_csv_and_json_leave_the_same_record(api: Api, sandbox: Sandbox, text: str) -> None:
    quoted = text.replace('"', '""')
    before = len(sandbox.records("Account"))

    api.create_many("Account", [{"Name": text, "Description": text}])
    run(api, f'Name,Description\n"{quoted}","{quoted}"\n', object="Account", operation="insert")

    by_json, by_csv = sandbox.records("Account")[before:]
    assert (by_json["Name"], by_json["Description"]) == (by_csv["Name"], by_csv["Description"])
