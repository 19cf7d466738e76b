"""What was last on the edges of each flow."""

from ziggy_studio.web.runs import LastItems


def test_what_was_last_on_an_edge_takes_the_place_of_what_was_there() -> None:
    kept = LastItems()
    kept.keep("f", "e", [1])
    kept.keep("f", "e", [2])
    assert (list(kept.of("f", "e")), list(kept.of("f", "other"))) == ([2], [])


def test_large_items_of_long_ago_make_room_for_others() -> None:
    kept = LastItems()
    for number in range(5):
        kept.keep("f", str(number), ["x" * 15_000_000])
    assert [bool(kept.of("f", str(number))) for number in range(5)] == [False, False, False, True, True]


def test_the_last_edge_stays_whatever_its_items_hold() -> None:
    kept = LastItems()
    kept.keep("f", "e", ["x" * 40_000_000])
    assert len(kept.of("f", "e")) == 1
