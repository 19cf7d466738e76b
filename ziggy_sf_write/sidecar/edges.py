"""The edges of a run as chunks with credits: neither side ever holds more than it has allowed the other to send."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.sidecar.failures import ProtocolError
from ziggy_sf_write.sidecar.pipes import encoded

# So many chunks of an input may be under way; each one that is taken lets another one come.
INPUT_CREDITS = 8
_ITEMS_A_CHUNK = 500
_LONGEST_CHUNK = 4 * 1024 * 1024

Send = Callable[[bytes], None]


class InputEdge:
    """The items of the primary edge as they come; whoever iterates waits for the next chunk."""

    def __init__(self, run: int, send: Send, *, expected: int = 0) -> None:
        self._run = run
        self._send = send
        self._expected = expected
        self._taken = 0
        self._credits = INPUT_CREDITS
        self._chunks: deque[list[JsonValue]] = deque()
        self._current: Iterator[JsonValue] = iter(())
        self._has_ended = False
        self._changed = threading.Condition()

    def begin(self) -> None:
        """Lets the host send."""
        self._give(INPUT_CREDITS)

    def put(self, items: list[JsonValue]) -> None:
        """A chunk has come. Raises `ProtocolError` where it was not to come yet, or no more."""
        with self._changed:
            if self._has_ended:
                raise ProtocolError("bad_request", "A chunk came behind the end of its edge.")
            if not self._credits:
                raise ProtocolError("too_many_chunks", "A chunk came without a credit for it.")
            self._credits -= 1
            self._chunks.append(items)
            self._changed.notify()

    def end(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._has_ended = True
            self._changed.notify()

    def __iter__(self) -> Iterator[JsonValue]:
        return self

    def __next__(self) -> JsonValue:
        for item in self._current:
            return item
        while True:
            chunk = self._take()
            self._current = iter(chunk)
            for item in self._current:
                return item

    def __length_hint__(self) -> int:
        """How many items are likely to come yet, if the host has said how many there are."""
        return max(0, self._expected - self._taken)

    def _take(self) -> list[JsonValue]:
        with self._changed:
            self._changed.wait_for(lambda: self._chunks or self._has_ended)
            if not self._chunks:
                raise StopIteration
            chunk = self._chunks.popleft()
            self._credits += not self._has_ended
            self._taken += len(chunk)
        self._give(1)
        return chunk

    def _give(self, chunks: int) -> None:
        self._send(encoded({"event": "credit", "params": {"run": self._run, "chunks": chunks}}, is_plain=True))


class OutputEdges:
    """The output edges and the report's lines, in chunks of which the host allows so many at a time."""

    def __init__(self, run: int, send: Send, *, credits_given: int) -> None:
        self._run = run
        self._send = send
        self._credits = credits_given
        self._is_closed = False
        self._changed = threading.Condition()

    def allow(self, chunks: int) -> None:
        """The host takes so many chunks more."""
        with self._changed:
            self._credits += chunks
            self._changed.notify()

    def close(self) -> None:
        """Nobody reads any more: what is sent from now on is dropped."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def send(self, to: int | str, items: Iterable[JsonValue], *, is_plain: bool) -> None:
        """Sends items to an output, or lines to `notWritten`; waits while the host allows no more."""
        source = iter(items)
        while chunk := list(islice(source, _ITEMS_A_CHUNK)):
            self._send_chunk(to, chunk, is_plain=is_plain)

    def _send_chunk(self, to: int | str, chunk: list[JsonValue], *, is_plain: bool) -> None:
        message = {"event": "items", "params": {"run": self._run, "to": to, "items": chunk}}
        line = encoded(message, is_plain=is_plain)
        if len(line) > _LONGEST_CHUNK and len(chunk) > 1:
            middle = len(chunk) // 2
            self._send_chunk(to, chunk[:middle], is_plain=is_plain)
            self._send_chunk(to, chunk[middle:], is_plain=is_plain)
            return
        with self._changed:
            self._changed.wait_for(lambda: self._credits or self._is_closed)
            if self._is_closed:
                return
            self._credits -= 1
        self._send(line)
