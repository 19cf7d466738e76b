"""Rows in whole windows: of a window with a row that cannot be read, nothing is handed on."""

import io
from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Self

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.errors import UsageProblem


class WholeWindows:
    """An iterator over rows that reads a window ahead. At its end `problem` says whether and why there should have been
    more, and `held_back` has the readable rows of the window that could not be read to its end.

    Its length hint is how many rows are likely still to come.

    Args:
        rows: as a row source gives them.
        size: so many rows are read before the first of them is handed on.
        file: what they are read from, to tell how far that is; None where that is not known.
        total: the file's size in bytes.

    Raises:
        UsageProblem: one of the first window's rows cannot be read.
    """

    def __init__(self, rows: Iterator[JsonValue], *, size: int, file: IO[bytes] | None, total: int) -> None:
        self.problem: UsageProblem | None = None
        self.held_back: list[JsonValue] = []
        self._rows = rows
        self._size = size
        self._file = file
        self._total = total
        self._window = deque(islice(rows, size))
        self._read = len(self._window)
        self._is_stopped = False

    def __iter__(self) -> Self:
        return self

    def columns(self) -> list[str]:
        """The keys of the rows that are read but not handed on yet, in order of appearance."""
        names = chain.from_iterable(row for row in self._window if isinstance(row, dict))
        return list(dict.fromkeys(map(str, dict.fromkeys(names))))

    def stop(self) -> None:
        """Hands nothing on any more; what is left comes from `remaining`."""
        self._is_stopped = True

    def remaining(self) -> Iterator[JsonValue]:
        """The rows that were not handed on, those of a window that could not be read to its end included."""
        while self._window or self.problem is None:
            yield from self._window
            self._window.clear()
            self._fill()
            if not self._window:
                break
        yield from self.held_back

    def __next__(self) -> JsonValue:
        if self._is_stopped:
            raise StopIteration
        if not self._window:
            self._fill()
        if not self._window:
            raise StopIteration
        return self._window.popleft()

    def __length_hint__(self) -> int:
        if self._file is None:
            return len(self._window)
        place = self._file.tell()
        return len(self._window) + self._read * (self._total - place) // max(1, place)

    def _fill(self) -> None:
        if self.problem is not None:
            return
        try:
            self._window.extend(islice(self._rows, self._size))
        except UsageProblem as err:
            self.problem = err
            self.held_back = list(self._window)
            self._window.clear()
        self._read += len(self._window)


def size_of(file: IO[bytes]) -> int:
    """The bytes of a file, which stands at its beginning afterwards."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size
