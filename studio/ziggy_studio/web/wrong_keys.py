"""Slows down whoever tries execution keys."""

import asyncio

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0
_FORGOTTEN_AFTER_S = 60.0


class WrongKeys:
    """Answers wrong keys one after the other, each a little later than the one before; right keys never wait."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._pause_s = 0.0
        self._last_s = 0.0

    async def slow_down(self) -> None:
        """Waits for the turn of a wrong key, and its pause; after a quiet minute pauses begin anew."""
        async with self._one_at_a_time:
            now_s = asyncio.get_running_loop().time()
            is_first = not self._pause_s or now_s - self._last_s > _FORGOTTEN_AFTER_S
            self._pause_s = _FIRST_PAUSE_S if is_first else min(2 * self._pause_s, _LONGEST_PAUSE_S)
            await asyncio.sleep(self._pause_s)
            self._last_s = now_s + self._pause_s
