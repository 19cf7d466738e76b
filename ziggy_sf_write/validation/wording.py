"""How values and types are put into a sentence."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from types import UnionType
from uuid import UUID

from ziggy_sf_write.contract import JsonValue

_LONGEST = 40


def shorten(value: JsonValue) -> str:
    """The value as a message shows it: one line, at most forty characters of it, whatever it is."""
    return next((show(value) for kinds, show in _SHOWN if isinstance(value, kinds)), f"a {type(value).__qualname__}")


def kind(value: JsonValue) -> str:
    """What sort of value this is, in a user's words."""
    return next((name for kinds, name in _KINDS if isinstance(value, kinds)), "of a sort that JSON does not know")


def listed(names: Iterable[str], *, at_most: int = 5) -> str:
    """Names in a row, cut off where they get many."""
    every = list(names)
    shown = ", ".join(every[:at_most])
    return shown if len(every) <= at_most else f"{shown} and {len(every) - at_most} more"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST + 2 else text[:_LONGEST] + "…"


def _show_integer(value: int) -> str:
    # Python refuses to print an integer of more than 4,300 digits.
    return _cut(str(value)) if value.bit_length() < 1_000 else f"a number of {value.bit_length():,} bits"


_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "infinity": "Infinity", "-infinity": "-Infinity"}
_SHOWN: Sequence[tuple[type | UnionType, Callable[[JsonValue], str]]] = (
    (str, lambda value: _cut(repr(str.__str__(value[: _LONGEST + 1])))),
    (bool, lambda value: "true" if value else "false"),
    (int, _show_integer),
    (float | Decimal, lambda value: _cut(_NO_NUMBERS.get(str(value).lower(), str(value)))),
    (date | time | UUID, lambda value: _cut(str(value))),
    (dict, lambda value: "an object" if value else "{}"),
    (list | tuple, lambda value: f"a list of {len(value)}" if value else "[]"),
    (bytes | bytearray, lambda value: f"{len(value):,} bytes"),
    (type(None), lambda _: "null"),
)
_KINDS: Sequence[tuple[type | UnionType, str]] = (
    (str, "text"),
    (bool, "true or false"),
    (int | float | Decimal, "a number"),
    (dict, "an object"),
    (list | tuple, "a list"),
)
