"""What a run is going to do with each item: the vocabulary between matching and writing."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from ziggy_sf_write.contract import JsonValue


class Action(StrEnum):
    """What Salesforce is asked to do with a record."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"


# Both are made once for each item of an edge, and by place: by name each would cost twice as much.


@dataclass(slots=True)
class Write:
    """One item that passed the check: its place on the edge, its record, and its key as Salesforce compares it.

    `key` is None only for an item that is certain to become a new record, an upsert by Id without an Id.
    """

    index: int
    record: dict[str, JsonValue]
    key: Hashable | None


@dataclass(slots=True)
class Ready:
    """A write whose action is decided; `body` is what is sent."""

    write: Write
    action: Action
    body: dict[str, JsonValue]
