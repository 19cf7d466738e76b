"""Children whose parents come later in the stream: set aside, sent again after it, and all results in input order."""

import logging
import os
import pickle
import tempfile
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from ziggy_sf_write.run.edges import Window
from ziggy_sf_write.run.hierarchy import Hierarchy
from ziggy_sf_write.run.outcomes import Reason
from ziggy_sf_write.run.plan import Write

log = logging.getLogger(__name__)

# Two megabytes; by chance a key of one in twenty is taken for another one where a million keys are marked.
_BITS = 1 << 24
# Circles are looked for among so many children without a parent; more would not fit the memory of a window.
_MOST_IN_CIRCLES = 100_000


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
