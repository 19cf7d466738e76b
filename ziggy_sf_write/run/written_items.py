"""Edge 0 without a second copy of the edge: a list whose items are made when they are looked at."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, SupportsIndex

from ziggy_sf_write.contract import JsonValue


class _Unmade:
    """Stands in the list for an item that nobody has looked at yet. C code that reads past `list` must not take it."""

    def __repr__(self) -> str:
        return "<an item that is made when it is read: use list(edge)>"


_UNMADE = _Unmade()


class WrittenItems(list[JsonValue]):
    """A list of so many items, each made by `make(place)` when it is first read, and kept from then on.

    An edge of a million items that were written would otherwise be two such edges: each item in it is the caller's
    with an `Id` added. To its readers it is a list in every respect.
    """

    def __init__(self, count: int, make: Callable[[int], JsonValue]) -> None:
        super().__init__([_UNMADE]) if count else super().__init__()
        if count > 1:
            list.__imul__(self, count)
        self._make: Callable[[int], JsonValue] | None = make

    def __iter__(self) -> Iterator[JsonValue]:
        if self._make is None:
            return super().__iter__()
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        item = super().__getitem__(place)
        if item is _UNMADE and self._make is not None:
            at = range(len(self))[place]
            item = self._make(at)
            super().__setitem__(at, item)
        return item

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return list, (list(self),)

    def make_all(self) -> None:
        """Makes what is not made yet; from then on it is a plain list."""
        if self._make is not None:
            for _ in self:
                pass  # reading it makes it
            self._make = None


def _on_a_whole_list(name: str) -> Callable[..., Any]:
    """The method of `list`, on all items: it reads or moves them where Python code cannot see it."""
    method = getattr(list, name)

    @wraps(method)
    def made(self: WrittenItems, *args: Any, **kwargs: Any) -> Any:
        self.make_all()
        return method(self, *args, **kwargs)

    return made


for _name in (
    *("__add__", "__contains__", "__delitem__", "__eq__", "__ge__", "__gt__", "__iadd__", "__imul__", "__le__"),
    *("__lt__", "__mul__", "__ne__", "__repr__", "__reversed__", "__rmul__", "__setitem__"),
    *("append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"),
):
    setattr(WrittenItems, _name, _on_a_whole_list(_name))


def _radd(self: WrittenItems, other: list[JsonValue]) -> list[JsonValue]:
    return [*other, *self]


WrittenItems.__radd__ = _radd  # type: ignore[attr-defined] # list has none: its own + reads the right side in C
