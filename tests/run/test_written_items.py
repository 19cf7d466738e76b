"""Edge 0 makes its items when they are read, and is a list all the same, whatever one does with it."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_sandbox import Sandbox
from tests.support.orgs import write
from ziggy_sf_write.run.written_items import WrittenItems

PLAIN = [{"n": number} for number in range(5)]


def _lazy(made: list[int] | None = None) -> Any:
    def make(place: int) -> dict[str, int]:
        if made is not None:
            made.append(place)
        return {"n": place}

    return WrittenItems(5, make)


READS: dict[str, Callable[[Any], Any]] = {
    "len": len,
    "list": list,
    "first": lambda items: items[0],
    "last": lambda items: items[-1],
    "slice": lambda items: items[1:4:2],
    "reversed": lambda items: list(reversed(items)),
    "json": json.dumps,
    "indented json": lambda items: json.dumps({"data": items}, indent=1),
    "repr": repr,
    "equal": lambda items: items == PLAIN and PLAIN == items,  # noqa: SIM300 # from both sides
    "not equal": lambda items: items != PLAIN[:4],
    "in": lambda items: {"n": 3} in items,
    "index": lambda items: items.index({"n": 3}),
    "count": lambda items: items.count({"n": 3}),
    "plus": lambda items: items + [1],  # noqa: RUF005 # the operator itself
    "plus, on the right": lambda items: [1] + items,  # noqa: RUF005 # the operator itself
    "unpacked": lambda items: [1, *items],
    "times": lambda items: items * 2,
    "extends": lambda items: _extended([1], items),
    "augments": lambda items: _augmented([1], items),
    "sorted": lambda items: sorted(items, key=lambda item: -item["n"]),
    "copy": lambda items: items.copy(),
    "shallow copy": copy.copy,
    "deep copy": copy.deepcopy,
    "pickle": lambda items: pickle.loads(pickle.dumps(items)),  # noqa: S301 # our own
    "max": lambda items: max(items, key=lambda item: item["n"]),
    "is a list": lambda items: isinstance(items, list),
    "truth": bool,
    "zip": lambda items: list(zip(items, items, strict=True)),
}
CHANGES: dict[str, Callable[[Any], Any]] = {
    "append": lambda items: items.append(1),
    "extend": lambda items: items.extend([1, 2]),
    "insert": lambda items: items.insert(0, 1),
    "pop": lambda items: items.pop(),
    "remove": lambda items: items.remove({"n": 2}),
    "reverse": lambda items: items.reverse(),
    "sort": lambda items: items.sort(key=lambda item: -item["n"]),
    "set": lambda items: items.__setitem__(1, "x"),
    "set a slice": lambda items: items.__setitem__(slice(0, 2), []),
    "delete": lambda items: items.__delitem__(1),
    "clear": lambda items: items.clear(),
    "plus equals": lambda items: items.__iadd__([1]),
    "times equals": lambda items: items.__imul__(2),
}


def _extended(out: list[Any], items: Any) -> list[Any]:
    out.extend(items)
    return out


def _augmented(out: list[Any], items: Any) -> list[Any]:
    out += items
    return out


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_it_reads_as_a_list_does(read: Callable[[Any], Any]) -> None:
    assert read(_lazy()) == read([*PLAIN])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_changes_as_a_list_does(change: Callable[[Any], Any]) -> None:
    plain: Any = [*PLAIN]
    lazy = _lazy()
    assert change(lazy) == change(plain)
    assert list(lazy) == plain


def test_every_method_of_list_is_one_of_ours() -> None:
    """A method that Python adds one day must not read past the items that are not made yet."""
    inherited = {
        name
        for name in vars(list)
        if getattr(WrittenItems, name) == getattr(list, name) and name not in {"__len__", "__new__", "__sizeof__"}
    }
    assert inherited <= {"__getattribute__", "__hash__", "__class_getitem__", "__doc__"}


def test_an_item_is_made_when_it_is_read_and_only_once() -> None:
    made: list[int] = []
    items = _lazy(made)
    assert (len(items), bool(items), made) == (5, True, [])
    items[1]["seen"] = True
    assert (items[1], made) == ({"n": 1, "seen": True}, [1])
    assert list(items)[1] is items[1]
    assert sorted(made) == [0, 1, 2, 3, 4]


def test_what_reads_past_the_list_gets_something_that_it_cannot_take_for_an_item() -> None:
    assert "use list(edge)" in repr(list.__getitem__(_lazy(), 0))


@given(st.lists(st.integers()), st.integers(0, 20))
def test_places_are_those_of_a_list(numbers: list[int], place: int) -> None:
    lazy = WrittenItems(len(numbers), numbers.__getitem__)
    assert lazy[place:] == numbers[place:]
    if place < len(numbers):
        assert (lazy[place], lazy[~place]) == (numbers[place], numbers[~place])
    else:
        with pytest.raises(IndexError):
            lazy[place]


def test_a_run_in_which_some_were_not_written_leaves_the_others_in_order(org: Sandbox) -> None:
    items = [{"Ext__c": str(number), "Name": "x" * 256 if number % 3 else "fine"} for number in range(9)]
    written = write(org, items, {"matchKey": "Ext__c"}).outputs[0]
    assert [item["Ext__c"] for item in written] == ["0", "3", "6"]
    held = {one["Ext__c"]: one["Id"] for one in org.records("Account")}
    assert [item["Id"] for item in written] == [held[item["Ext__c"]] for item in written]
