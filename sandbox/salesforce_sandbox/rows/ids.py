"""Record ids: 15 case-sensitive characters, 18 with their checksum (reference section 4)."""

import re
import threading

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # ASCII order: later ids sort later
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
# The characters after the prefix that name the instance; ids handed out here never meet a real org's.
INSTANCE = "Zg0"


def to_18(short_id: str) -> str:
    """Appends the checksum to a 15-character id."""
    groups = (short_id[0:5], short_id[5:10], short_id[10:15])
    return short_id + "".join(
        _CHECKSUM[sum(1 << bit for bit, char in enumerate(group) if "A" <= char <= "Z")] for group in groups
    )


def normalise(text: str) -> str | None:
    """The 18-character form of an id, or None where the text is no id at all."""
    if not _SHAPE.fullmatch(text):
        return None
    full = to_18(text[:15])
    return full if text in (full, text[:15]) else None


def base62(number: int, width: int) -> str:
    """A number in base 62, zero-padded to the width."""
    digits: list[str] = []
    while number:
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    return "".join(reversed(digits)).rjust(width, "0")


def from_base62(text: str) -> int:
    """The number that base62 text stands for."""
    number = 0
    for char in text:
        number = number * 62 + _BASE62.index(char)
    return number


class IdMint:
    """Hands out ids, ascending for each key prefix."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._lock = threading.Lock()

    def next_id(self, prefix: str) -> str:
        """A new 18-character id with this key prefix."""
        with self._lock:
            number = self._last.get(prefix, 0) + 1
            self._last[prefix] = number
        return to_18(f"{prefix}{INSTANCE}{base62(number, 9)}")

    def resume_after(self, last_id: str) -> None:
        """Continues behind the last id that a stored org already holds."""
        with self._lock:
            self._last[last_id[:3]] = from_base62(last_id[6:15])
