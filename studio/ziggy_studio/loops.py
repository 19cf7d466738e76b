"""Batch loops: which blocks run again for each batch of a reading block, and where the loop ends."""

from dataclasses import dataclass

from ziggy_sf_write.contract import HostError, JsonValue
from ziggy_studio.flow import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop that has more batches to come: `body` runs again for each, `ends` are its Batch Ends, all block ids."""

    reader: str
    body: frozenset[str]
    ends: frozenset[str]
    cursor: JsonValue


def begin_loop(flow: Flow, reader: str, cursor: JsonValue) -> Loop:
    """The loop of a reading block that has more to give.

    Raises:
        HostError: nothing says where the loop ends.
    """
    body, ends = flow.loop_behind(reader)
    if not ends:
        raise HostError(
            f"Block `{reader}` gives its items batch by batch, but nothing says where a batch ends. "
            "Wire a Batch End behind the blocks that work on them."
        )
    return Loop(reader=reader, body=body, ends=ends, cursor=cursor)
