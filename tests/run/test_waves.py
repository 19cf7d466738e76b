"""Waves: every key at most once in each, in the edge's order."""

from hypothesis import given
from hypothesis import strategies as st

from ziggy_sf_write.run.plan import Write, waves


def _writes(keys: list[str | None]) -> list[Write]:
    return [Write(index, {}, key) for index, key in enumerate(keys)]


def test_the_second_of_a_key_goes_into_the_second_wave() -> None:
    cut = waves(_writes(["a", "b", "a", "a"]))
    assert [[write.index for write in wave] for wave in cut] == [[0, 1], [2], [3]]


def test_writes_without_a_key_all_go_into_the_first() -> None:
    assert len(waves(_writes([None, None, "a"]))) == 1


@given(st.lists(st.one_of(st.none(), st.sampled_from("abc"))))
def test_no_key_is_twice_in_a_wave_and_each_keys_order_is_kept(keys: list[str | None]) -> None:
    cut = waves(_writes(keys))
    for wave in cut:
        keyed = [write.key for write in wave if write.key is not None]
        assert len(keyed) == len(set(keyed))
    flat = [write for wave in cut for write in wave]
    assert sorted(write.index for write in flat) == list(range(len(keys)))
    for key in {key for key in keys if key is not None}:
        of_key = [write.index for write in flat if write.key == key]
        assert of_key == sorted(of_key)
