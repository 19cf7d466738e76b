"""Pandas frames through the block, for engines that hand them over one by one: Spark's `mapInPandas`, Ray Data."""

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa

from ziggy_sf_write.cluster.json_text import to_json_text
from ziggy_sf_write.cluster.rows import write_rows
from ziggy_sf_write.contract import Config, ExecutionContext

# The columns of every frame that comes back, in the words of Spark's DDL.
RESULT_DDL = "outcome string, Id string, code string, reason string, data string"


def write_frames(frames: Iterable[pd.DataFrame], config: Config, context: ExecutionContext) -> Iterator[pd.DataFrame]:
    """Writes each frame and yields a frame of what became of its rows; `data` is the row as JSON text.

    An empty cell leaves its field untouched. The caller's engine must have brought rows of one key into one partition
    and into order, as `repartition(key)` and `sortWithinPartitions` do.
    """
    for frame in frames:
        rows = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
        items = [{name: value for name, value in row.items() if value is not None} for row in rows]
        results = [
            (one.outcome, one.record_id, one.code or None, one.reason or None, to_json_text(one.row))
            for one in write_rows(items, config, context)
        ]
        yield pd.DataFrame(results, columns=["outcome", "Id", "code", "reason", "data"], dtype="object")
