"""Lines in and lines out: one JSON object each. Whoever writes never waits for the other side to read."""

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from math import isfinite
from typing import BinaryIO

import orjson

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.sidecar.failures import ProtocolError

LONGEST_LINE = 64 * 1024 * 1024
# So long a host that does not read is waited for at the end.
_LAST_WORDS_S = 5.0


@dataclass(frozen=True, slots=True)
class Pipes:
    """The two ends that a host holds the other ends of."""

    lines_in: BinaryIO
    lines_out: BinaryIO | FileIO


@contextmanager
def protocol_pipes() -> Iterator[Pipes]:
    """This process's stdin and stdout, for the protocol alone: whatever else prints goes to stderr meanwhile."""
    sys.stdout.flush()
    own_out, own_in = os.dup(1), os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(2, 1)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Not closed by `with`: the thread that reads may still stand in a read when the process ends.
    lines_in = os.fdopen(own_in, "rb", closefd=False)
    try:
        # Without a buffer: the end of a process must not wait for a host that does not read.
        with os.fdopen(own_out, "wb", buffering=0, closefd=False) as lines_out:
            yield Pipes(lines_in, lines_out)
    finally:
        os.dup2(own_out, 1)
        os.close(own_out)


def messages(lines: BinaryIO, *, longest: int = LONGEST_LINE) -> Iterator[dict[str, JsonValue] | ProtocolError]:
    """Every line as an object, or as what is wrong with it; what stands in a broken line is never repeated."""
    number = 0
    while line := lines.readline(longest + 1):
        number += 1
        if len(line) > longest:
            while line and not line.endswith(b"\n"):
                line = lines.readline(longest)
            yield ProtocolError("line_too_long", f"Line {number} has more than {longest} bytes. Send smaller chunks.")
        elif line.strip():
            yield _parsed(line, number)


def _parsed(line: bytes, number: int) -> dict[str, JsonValue] | ProtocolError:
    try:
        # Not orjson: it would read a long integer as a float.
        message = json.loads(line, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        return ProtocolError("broken_line", f"Line {number} is no JSON. Each line is one JSON object.")
    if not isinstance(message, dict):
        return ProtocolError("broken_line", f"Line {number} is JSON, but no object.")
    return message


def _refused(name: str) -> JsonValue:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refused(text)


def encoded(message: dict[str, JsonValue], *, is_plain: bool = False) -> bytes:
    """A message as its line. `is_plain` says that it holds nothing but what has been read from JSON."""
    if is_plain:
        try:
            return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:
            pass  # a long integer, or half of a surrogate pair
    return to_json(message).encode() + b"\n"


class Outbox:
    """Lines on their way out, in the order in which they were sent, by a thread of its own."""

    def __init__(self, lines: BinaryIO | FileIO) -> None:
        self.is_broken = threading.Event()
        self._lines = lines
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="sidecar-out", daemon=True)
        self._thread.start()

    def send(self, line: bytes) -> None:
        """Returns at once; after the host has closed its end, a line is dropped."""
        self._waiting.put(line)

    def close(self) -> None:
        """Returns when everything is written, or cannot be, or is not read for too long."""
        self._waiting.put(None)
        self._thread.join(_LAST_WORDS_S)

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            self._write_line(line, is_last=self._waiting.empty())
        # The end may have been queued right behind the last line.
        self._write_line(b"", is_last=True)

    def _write_line(self, line: bytes, *, is_last: bool) -> None:
        if self.is_broken.is_set():
            return
        try:
            left = memoryview(line)
            while left:
                left = left[self._lines.write(left) or 0 :]
            if is_last:
                self._lines.flush()
        except (OSError, ValueError):
            self.is_broken.set()
