"""Pandas frames through the block, for engines that hand them over one by one: Spark's `mapInPandas`, Ray Data."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pandas as pd
import pyarrow as pa

from ziggy_sf_write.cluster.json_text import to_json_text
from ziggy_sf_write.cluster.rows import RowResult, write_rows
from ziggy_sf_write.contract import Config, ExecutionContext, JsonValue

# The columns of every frame that comes back, in the words of Spark's DDL.
RESULT_DDL = "outcome string, Id string, code string, reason string, data string"


def write_frames(frames: Iterable[pd.DataFrame], config: Config, context: ExecutionContext) -> Iterator[pd.DataFrame]:
    """Writes all frames as one stream and yields, for each that is not empty, a frame of what became of its rows.

    `data` is the row as JSON text. An empty cell leaves its field untouched. The caller's engine must have brought rows
    of one key into one partition and into order, as `repartition(key)` and `sortWithinPartitions` do.
    """
    sizes: deque[int] = deque()
    results = write_rows(_items(frames, sizes), config, context)
    for first in results:
        # A result comes after its row was read, and so after its frame was.
        yield _frame([first, *islice(results, sizes.popleft() - 1)])


def _items(frames: Iterable[pd.DataFrame], sizes: deque[int]) -> Iterator[JsonValue]:
    for frame in frames:
        rows = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
        if rows:
            sizes.append(len(rows))
        yield from ({name: value for name, value in row.items() if value is not None} for row in rows)


def _frame(results: Sequence[RowResult]) -> pd.DataFrame:
    lines = [
        (one.outcome, one.record_id, one.code or None, one.reason or None, to_json_text(one.row)) for one in results
    ]
    return pd.DataFrame(lines, columns=["outcome", "Id", "code", "reason", "data"], dtype="object")
