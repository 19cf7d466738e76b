"""What every writer is: a way to get ready items into the org that settles each of them in the ledger."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ziggy_sf_write.run.brake import Brake
from ziggy_sf_write.run.find import Found
from ziggy_sf_write.run.keys import KeyOf
from ziggy_sf_write.run.ledger import Ledger
from ziggy_sf_write.run.meter import Meter
from ziggy_sf_write.run.plan import Ready, Write
from ziggy_sf_write.run.verdicts import Verdicts
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.collections import SaveOptions
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.retry import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a writer can do. `window` is how many items of an edge it wants to see at once."""

    api: str
    window: int
    is_atomic_per_call: bool
    takes_headers: bool


class Writer(Protocol):
    """Writes one wave at a time."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; callers never ask for its class."""
        ...

    def write(self, wave: Sequence[Ready]) -> None:
        """Settles every item of the wave in the ledger; no two of them may have the same key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What every call of a run has in common; `batch_size` counts records, `key_field` is the match key's."""

    describe: ObjectDescribe
    key_field: str
    key_of: KeyOf
    batch_size: int
    concurrency: int
    save: SaveOptions
    assignment_rule_id: str | None
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a writer works with: the client to the org, the books, the brake, the meter, and a look-up by key.

    `in_doubt` takes the keys of which an earlier write may still be under way.
    """

    client: OrgClient
    ledger: Ledger
    verdicts: Verdicts
    brake: Brake
    meter: Meter
    find: Callable[[Sequence[Write]], Found]
    in_doubt: set[Hashable]
