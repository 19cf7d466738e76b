"""What was last on the edges of each flow, by which the editor knows their keys."""

import sys
from collections.abc import Sequence

from ziggy_sf_write.contract import JsonValue
from ziggy_studio.web.weight import weight_of

_MOST_BYTES = 32_000_000


class LastItems:
    """The first items of each edge, as its flow's last run left them; those of long ago make room for others."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Sequence[JsonValue], int]] = {}
        self._bytes = 0

    def of(self, file_name: str, edge_id: str) -> Sequence[JsonValue]:
        """The items of an edge; none before its first run."""
        return self._kept.get((file_name, edge_id), ((), 0))[0]

    def keep(self, file_name: str, edge_id: str, items: Sequence[JsonValue]) -> None:
        """Keeps these in place of what was there."""
        self._forget(file_name, edge_id)
        weight = sys.getsizeof(file_name) + sys.getsizeof(edge_id) + weight_of({edge_id: items})
        self._kept[file_name, edge_id] = (items, weight)
        self._bytes += weight
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            self._forget(*next(iter(self._kept)))

    def _forget(self, file_name: str, edge_id: str) -> None:
        self._bytes -= self._kept.pop((file_name, edge_id), ((), 0))[1]
