"""What a person most likely meant."""

import pytest

from ziggy_sf_write.near_miss import near_miss, nearest


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ("Agricultre", ["Energy", "Agriculture"], "Agriculture"),
        ("NAME", ["Name"], "Name"),
        ("Straße", ["STRASSE"], "STRASSE"),
        ("name", ["Name", "NAME"], "Name"),
        ("Email", ["Name", "Phone"], None),
        ("x" * 81, ["x" * 81], None),
        ("Name", [], None),
    ],
    ids=["a slip", "another case", "folded", "the first of two", "another word", "a page", "nothing known"],
)
def test_the_nearest_name(wanted: str, known: list[str], found: str | None) -> None:
    assert nearest(wanted, known) == found
    assert near_miss(wanted, known) == (f"; did you mean `{found}`?" if found else "")
