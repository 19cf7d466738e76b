"""How much memory items hold, told from a few of them: a run of a million must not be walked through to be counted."""

import sys
from collections.abc import Mapping, Sequence

from ziggy_sf_write.contract import JsonValue

_LOOKED_AT = 100


def weight_of(payloads: Mapping[str, Sequence[JsonValue]]) -> int:
    """The bytes that the items of edges hold, about; a list that is on several edges counts once."""
    lists = {id(items): items for items in payloads.values()}
    return sum(_weight_of_list(items) for items in lists.values())


def _weight_of_list(items: Sequence[JsonValue]) -> int:
    step = max(1, len(items) // _LOOKED_AT)
    sample = items[::step]
    return len(items) * sum(map(_bytes_of, sample)) // len(sample) if sample else 0


def _bytes_of(value: JsonValue) -> int:
    """The bytes of a value with all that is in it; the keys of an object are mostly those of the others, too."""
    size = sys.getsizeof(value)
    if isinstance(value, Mapping):
        return size + sum(map(_bytes_of, value.values()))
    if isinstance(value, list | tuple):
        return size + sum(map(_bytes_of, value))
    return size
