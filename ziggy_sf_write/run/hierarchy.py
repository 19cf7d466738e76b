"""Items that name each other: parents go into earlier waves, and children wait for parents that come later."""

import logging
import os
import pickle
import re
import tempfile
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.match import Matcher
from ziggy_sf_write.run.outcomes import Ledger, MissingParent, Outcome, Reason, Stage, Window
from ziggy_sf_write.run.plan import MatchKey, Write, waves
from ziggy_sf_write.salesforce.describe import ObjectDescribe

log = logging.getLogger(__name__)

_KEYS_NAMED = 5
# Two megabytes; by chance a key of one in twenty is taken for another one where a million keys are marked.
_BITS = 1 << 24
# Circles are looked for among so many children without a parent; more would not fit the memory of a window.
_MOST_IN_CIRCLES = 100_000


class Hierarchy:
    """Cuts the writes of a window into waves that keep the edge's order for each key, and parents before children."""

    def __init__(self, describe: ObjectDescribe, key: MatchKey, matcher: Matcher) -> None:
        own = (one for one in describe.fields if one.reference_to == (describe.name,))
        self._names = [one.relationship_name for one in own if one.relationship_name]
        self._key = key
        self._matcher = matcher
        field, name = re.escape(key.field.name), re.escape(describe.name)
        words = re.compile(rf" not found for field {field} in entity {name}\b", re.IGNORECASE)
        self.missing_parent = MissingParent(words)

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
        pairs = zip(self.earlier, self.parents, strict=True)
        needs = [parents | ({before} if before is not None else set()) for before, parents in pairs]
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


class Marks:
    """Keys that were marked, in memory that does not grow: of another key it may say by chance that it was."""

    def __init__(self) -> None:
        self._bits: bytearray | None = None

    def add(self, key: Hashable) -> None:
        """Marks a key."""
        if self._bits is None:
            self._bits = bytearray(_BITS >> 3)
        place = hash(key) % _BITS
        self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: Hashable) -> bool:
        place = hash(key) % _BITS
        is_marked = self._bits is not None and self._bits[place >> 3] & 1 << (place & 7)
        return key is not None and bool(is_marked)

    def __bool__(self) -> bool:
        return self._bits is not None


@dataclass(slots=True)
class Held:
    """A window whose results wait: `children` were refused for a missing parent, `behind` are items of keys of which an
    earlier one waits, and which were not sent. `late` are the places of all of them.
    """

    window: Window
    children: list[Write]
    behind: list[Write]
    late: Sequence[int]


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """Where the two parts of a window begin; the second is laid down anew whenever it changes."""

    first: int
    items: int
    state: int


class HeldWindows:
    """From the first window with a child that waits, all windows wait, so that results leave in input order.

    They lie on disk, and only one of them is in memory at a time.
    """

    def __init__(self, resume: Callable[[Window], None]) -> None:
        """`resume` gives a window that lay on disk what belongs to the run."""
        self._resume = resume
        self._file: IO[bytes] | None = None
        self._held: list[Held | _OnDisk] = []
        self._children: list[int] = []

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: Held) -> None:
        """Holds the window that comes next in the stream."""
        self._held.append(self._laid_down(held))
        self._children.append(len(held.children))

    def send_again(self, send: Callable[[Held], None], hierarchy: Hierarchy) -> None:
        """Sends the children that wait, round after round, for as long as a round writes any. Then circles are named.

        The first round goes back through the stream, for files often have children first; the next one forward, and so
        on. So each child is sent as often as there are rounds at most, and there are no more of these than levels.
        """
        is_backward, has_written = True, len(self) > 1
        while has_written and (places := self._open_places()):
            has_written = False
            for place in reversed(places) if is_backward else places:
                has_written |= self._send(place, send)
            is_backward = not is_backward
        self._name_circles(hierarchy)

    def take_all(self) -> Iterator[Held]:
        """All windows, in input order; none is held from then on."""
        held, self._held, self._children = self._held, [], []
        for one in held:
            yield self._taken_up(one)
        if self._file is not None:
            self._file.close()
            self._file = None

    def _send(self, place: int, send: Callable[[Held], None]) -> bool:
        """Sends the children of one window; whether any was written."""
        held = self._taken_up(self._held[place])
        ledger, tried = held.window.ledger, held.children
        try:
            send(held)
        finally:
            held.children = [one for one in tried if one.index in ledger.aside]
            self._children[place] = len(held.children)
            self._held[place] = self._laid_down(held, self._held[place])
        return any(ledger.outcome(one.index).is_written for one in tried)

    def _name_circles(self, hierarchy: Hierarchy) -> None:
        """Children whose parents wait for them fail by name, not only as Salesforce says it."""
        found = ((place, one) for place in self._open_places() for one in self._taken_up(self._held[place]).children)
        rest = list(islice(found, _MOST_IN_CIRCLES))
        by_place: dict[int, list[tuple[int, Reason]]] = {}
        for at, reason in hierarchy.circular([one for _, one in rest]).items():
            place, one = rest[at]
            by_place.setdefault(place, []).append((one.index, reason))
        for place, reasons in by_place.items():
            held = self._taken_up(self._held[place])
            for index, reason in reasons:
                held.window.ledger.set_aside(index, (reason,))
            self._held[place] = self._laid_down(held, self._held[place])

    def _open_places(self) -> list[int]:
        """The windows that have children yet, by their place among those that are held."""
        return [place for place, count in enumerate(self._children) if count]

    def _laid_down(self, held: Held, before: Held | _OnDisk | None = None) -> Held | _OnDisk:
        """What is kept of a window: the window itself, or where it lies. The items of one that lay there stay there."""
        try:
            items = before.items if isinstance(before, _OnDisk) else self._put(held.window.items)
            state = self._put((held.window.ledger, held.children, held.behind, held.late))
            return _OnDisk(held.window.first, items, state)
        except (OSError, pickle.PicklingError, TypeError, AttributeError, RecursionError) as err:
            # A full disk, or a value that no file holds, costs memory and no result.
            log.warning("a window of items that wait stays in memory: %s", err)
            return held

    def _taken_up(self, held: Held | _OnDisk) -> Held:
        if isinstance(held, Held):
            return held
        ledger, children, behind, late = self._get(held.state)
        window = Window(held.first, self._get(held.items), ledger)
        self._resume(window)
        return Held(window, children, behind, late)

    def _put(self, value: object) -> int:
        """Lays a value down at the end of the file; where it begins."""
        file = self._opened()
        at = file.seek(0, os.SEEK_END)
        pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
        return at

    def _get(self, at: int) -> Any:
        file = self._opened()
        file.seek(at)
        return pickle.load(file)  # noqa: S301 # what this very run has put there

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            # Nobody else can open it, and it is gone when the run is, however that ends.
            self._file = tempfile.TemporaryFile(prefix="ziggy-sf-write-")  # noqa: SIM115 # `take_all` closes it
        return self._file
