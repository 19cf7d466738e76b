"""Items that name each other: a parent goes into an earlier wave than its children, so a hierarchy takes one run."""

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.match import Matcher
from ziggy_sf_write.run.outcomes import Ledger, Outcome, Reason, Stage
from ziggy_sf_write.run.plan import MatchKey, Write, waves
from ziggy_sf_write.salesforce.describe import ObjectDescribe

_KEYS_NAMED = 5


class Hierarchy:
    """Cuts the writes of a window into waves that keep the edge's order for each key, and parents before children."""

    def __init__(self, describe: ObjectDescribe, key: MatchKey, matcher: Matcher) -> None:
        own = (one for one in describe.fields if one.reference_to == (describe.name,))
        self._names = [one.relationship_name for one in own if one.relationship_name]
        self._key = key
        self._matcher = matcher
        # Salesforce's words (section 3.3), which name the field and the object.
        field, name = re.escape(key.field.name), re.escape(describe.name)
        self._lacking = re.compile(rf" not found for field {field} in entity {name}\b", re.IGNORECASE)

    def waves(self, writes: Sequence[Write], ledger: Ledger) -> list[list[Write]]:
        """Successive waves, as few as there are levels. Items whose parents form a circle fail, by name.

        Raises:
            Stopped, CallFailed, WriteBlockError: the org does not tell whether the parents of a circle are there.
        """
        if not any(name in write.record for name in self._names for write in writes):
            return waves(writes)
        named = [list(self._parents(write.record)) for write in writes]
        if not any(named):
            return waves(writes)
        order = _Order.of(writes, named)
        depths = order.depths()
        if None in depths:
            # A circle can be written where one of its records is there already: it is the first.
            stuck = [place for place, depth in enumerate(depths) if depth is None]
            found = self._matcher.find_again([writes[place] for place in stuck])
            order.forget({place for place in stuck if writes[place].key in found})
            depths = order.depths()
        failed = self._circles(writes, order)
        for place, reason in failed.items():
            ledger.settle(writes[place].index, Outcome.FAILED, (reason,))
        depths = order.depths()
        cut: list[list[Write]] = [[] for _ in range(1 + max(depth or 0 for depth in depths))]
        for place, (write, depth) in enumerate(zip(writes, depths, strict=True)):
            if place not in failed:
                cut[depth or 0].append(write)
        return [wave for wave in cut if wave]

    def is_child_of(self, write: Write, keys: Collection[Hashable]) -> bool:
        """Whether a write names a record with one of these keys as its parent."""
        return any(key in keys for key in self._parents(write.record))

    def circular(self, writes: Sequence[Write]) -> dict[int, Reason]:
        """Which of these writes, by their place, stand in a circle, and the reason that says so."""
        return self._circles(writes, _Order.of(writes, [list(self._parents(write.record)) for write in writes]))

    def lacks_parent(self, reasons: Sequence[Reason]) -> bool:
        """Whether Salesforce refused a record because the parent that it names by the key of the items is not there."""
        return any(reason.code == "INVALID_FIELD" and self._lacking.search(reason.message) for reason in reasons)

    def _circles(self, writes: Sequence[Write], order: "_Order") -> dict[int, Reason]:
        """The same of an order, which is without circles then."""
        reasons: dict[int, Reason] = {}
        depths = order.depths()
        while None in depths:
            for circle in order.circles({place for place, depth in enumerate(depths) if depth is None}):
                reasons.update(dict.fromkeys(circle, self._reason([writes[place] for place in circle])))
            order.leave_out(reasons)
            depths = order.depths()
        return reasons

    def _parents(self, record: Mapping[str, JsonValue]) -> Iterator[Hashable]:
        """The keys of the parents that a record names by the field that items are matched by."""
        wanted = self._key.field.name.lower()
        for name in self._names:
            parent = record.get(name)
            if isinstance(parent, Mapping):
                yield from (self._key.of(value) for field, value in parent.items() if field.lower() == wanted)

    def _reason(self, circle: Sequence[Write]) -> Reason:
        name = self._key.field.name
        keys = [f"'{write.record[name]}'" for write in circle[:_KEYS_NAMED]]
        shown = " → ".join([*keys, keys[0] if len(circle) <= _KEYS_NAMED else "…"])
        message = (
            f"The items name each other as parents in a circle: {shown}. No record of them is there yet, so none can "
            "be the first. Take the parent out of one of them; it can be set when the records are there."
        )
        return Reason(stage=Stage.MATCH, code="circular_parents", message=message, fields=(name,))


@dataclass(slots=True)
class _Order:
    """What each write waits for, by its place: the one before it of the same key, and the first of each parent."""

    earlier: list[int | None]
    parents: list[set[int]]

    @classmethod
    def of(cls, writes: Sequence[Write], named: Sequence[Collection[Hashable]]) -> "_Order":
        first: dict[Hashable, int] = {}
        last: dict[Hashable, int] = {}
        earlier: list[int | None] = []
        for place, write in enumerate(writes):
            earlier.append(last.get(write.key))
            if write.key is not None:
                first.setdefault(write.key, place)
                last[write.key] = place
        return cls(earlier, [{first[key] for key in keys if key in first} for keys in named])

    def forget(self, there: Collection[int]) -> None:
        """Nobody waits for these as a parent."""
        self.parents = [parents.difference(there) for parents in self.parents]

    def leave_out(self, failed: Collection[int]) -> None:
        """These wait for nobody, and nobody waits for them as a parent: they will not be written."""
        self.forget(failed)
        for place in failed:
            self.parents[place] = set()

    def depths(self) -> list[int | None]:
        """The wave of each write, counted from 0; None for one that waits for a circle, or stands in it."""
        needs = [parents | ({before} if before is not None else set()) for before, parents in self._pairs()]
        followers: list[list[int]] = [[] for _ in needs]
        for place, needed in enumerate(needs):
            for one in needed:
                followers[one].append(place)
        depths = [0] * len(needs)
        open_needs = list(map(len, needs))
        ready = [place for place, count in enumerate(open_needs) if not count]
        for place in ready:  # which grows while it is walked
            for follower in followers[place]:
                depths[follower] = max(depths[follower], depths[place] + 1)
                open_needs[follower] -= 1
                if not open_needs[follower]:
                    ready.append(follower)
        return [None if count else depth for depth, count in zip(depths, open_needs, strict=True)]

    def circles(self, stuck: Collection[int]) -> Iterator[list[int]]:
        """Circles among the stuck, each from a child to its parent; whoever is stuck waits for somebody who is."""
        seen: set[int] = set()
        for start in stuck:
            path: dict[int, int] = {}
            at = start
            while at not in seen and at not in path:
                path[at] = len(path)
                needed = (*self.parents[at], self.earlier[at])
                at = next(one for one in needed if one is not None and one in stuck)
            if at in path:
                yield list(path)[path[at] :]
            seen.update(path)

    def _pairs(self) -> Iterator[tuple[int | None, set[int]]]:
        return zip(self.earlier, self.parents, strict=True)
