"""Brings rows of one key together, in the order of the input, by the engine's own shuffle; then lays them down.

What is written to Salesforce is read from these files, not from the workers' memory: a worker that dies takes no other
partition's rows with it, a partition that is written again has the very same rows, and memory does not grow with the
number of parts.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from dask.dataframe.dispatch import make_meta
from dask.delayed import Delayed, delayed

from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.cluster.folder import atomic_file
from ziggy_sf_write.cluster.match_keys import KeyTexts
from ziggy_sf_write.cluster.parts import is_parquet, read_rows
from ziggy_sf_write.cluster.results import position_of
from ziggy_sf_write.contract import Item, JsonValue

KEY, POSITION, ROW = "ziggy.key", "ziggy.position", "ziggy.row"
_BATCH = 10_000
_TEXT = pd.ArrowDtype(pa.large_string())
_TEXT_ROWS = pd.DataFrame(
    {KEY: pd.Series(dtype=_TEXT), POSITION: pd.Series(dtype="int64"), ROW: pd.Series(dtype=_TEXT)}
)


class Missing(StrEnum):
    """What an empty cell of a dataframe or of Parquet, which cannot be absent, does to its field."""

    UNTOUCHED = "untouched"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class TextParts:
    """CSV or JSON Lines parts: their rows travel as JSON text, so that each keeps its own keys and types."""

    paths: Sequence[Path]

    @property
    def count(self) -> int:
        """How many partitions the input has."""
        return len(self.paths)

    def keyed(self, make_keys: Callable[[], KeyTexts]) -> dd.DataFrame:
        """The rows with their key and their position."""
        keyed: dd.DataFrame = dd.from_map(
            _read_part, list(self.paths), range(self.count), make_keys=make_keys, meta=_TEXT_ROWS, label="read-part"
        )
        return keyed

    @property
    def names(self) -> list[str]:
        """The parts as a report names them."""
        return [str(path) for path in self.paths]

    def sample(self) -> list[str]:
        """The keys of the first row."""
        row: JsonValue = next(read_rows(self.paths[0]), {})
        return list(row) if isinstance(row, dict) else []


@dataclass(frozen=True, slots=True)
class FrameParts:
    """A Dask dataframe, from wherever: its cells travel with their types."""

    frame: dd.DataFrame

    @property
    def count(self) -> int:
        """How many partitions the input has."""
        return int(self.frame.npartitions)

    def keyed(self, make_keys: Callable[[], KeyTexts]) -> dd.DataFrame:
        """The rows with their key and their position."""
        meta = make_meta(self.frame).assign(**{KEY: pd.Series(dtype=_TEXT), POSITION: pd.Series(dtype="int64")})
        keyed: dd.DataFrame = self.frame.map_partitions(_add_key, make_keys=make_keys, meta=meta)
        return keyed

    @property
    def names(self) -> list[str]:
        """None: a dataframe's partitions have no names."""
        return []

    def sample(self) -> list[str]:
        """The names of the columns."""
        return [str(name) for name in self.frame.columns]


def input_of(data: dd.DataFrame | Sequence[Path]) -> TextParts | FrameParts:
    """How these rows travel. Parquet is read by the engine, row group by row group, with its exact types."""
    if isinstance(data, dd.DataFrame):
        frame = data
    elif is_parquet(data[0]):
        frame = dd.read_parquet([str(path) for path in data], dtype_backend="pyarrow")
    else:
        return TextParts(data)
    names = [str(name) for name in frame.columns]
    if len(names) != len(set(names)):
        raise ClusterError("The dataframe has two columns of one name. Rename one of them.")
    return FrameParts(frame)


def stage_tasks(
    rows: TextParts | FrameParts, make_keys: Callable[[], KeyTexts], paths: Sequence[Path], run: str
) -> list[Delayed]:
    """One task a partition, which lays its rows down at its path."""
    keyed = rows.keyed(make_keys)
    shuffled = keyed.shuffle(on=KEY, npartitions=len(paths), shuffle_method="p2p")
    return [
        delayed(stage)(frame, path, dask_key_name=f"stage-{path.stem}-{run}")
        for frame, path in zip(shuffled.to_delayed(), paths, strict=True)
    ]


def stage(frame: pd.DataFrame, path: Path) -> int:
    """Lays down one partition in the order of the input, and says how many rows it has."""
    table = pa.Table.from_pandas(frame.drop(columns=KEY), preserve_index=False).sort_by(POSITION)
    with atomic_file(path) as unfinished:
        pq.write_table(table, unfinished)
    return len(table)


def staged_rows(path: Path, missing: Missing) -> Iterator[tuple[int, JsonValue]]:
    """The rows of a partition with their positions; a few thousand are in memory."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH):
            for row in batch.to_pylist():
                position = row.pop(POSITION)
                yield position, json.loads(row[ROW]) if ROW in row else _item(row, missing)


def _item(row: Item, missing: Missing) -> Item:
    if missing is Missing.CLEAR:
        return row
    return {name: value for name, value in row.items() if value is not None}


def _read_part(path: Path, part: int, *, make_keys: Callable[[], KeyTexts]) -> pd.DataFrame:
    keys = make_keys()
    found: list[str] = []
    texts: list[str] = []
    for number, row in enumerate(read_rows(path)):
        found.append(keys.of_row(row) or _alone(position_of(part, number)))
        # Pure ASCII: half a surrogate pair, legal in JSON, is not in the columns of a dataframe.
        texts.append(json.dumps(row))
    positions = [position_of(part, number) for number in range(len(texts))]
    return pd.DataFrame({KEY: _ascii(found), POSITION: positions, ROW: texts}).astype(_TEXT_ROWS.dtypes.to_dict())


def _add_key(
    frame: pd.DataFrame, *, make_keys: Callable[[], KeyTexts], partition_info: dict[str, int] | None = None
) -> pd.DataFrame:
    keys, part = make_keys(), partition_info["number"] if partition_info else 0
    positions = [position_of(part, number) for number in range(len(frame))]
    column = keys.column(frame.columns)
    values = pa.Array.from_pandas(frame[column]).to_pylist() if column is not None else [None] * len(frame)
    found = [keys.of_value(value) or _alone(position) for value, position in zip(values, positions, strict=True)]
    return frame.assign(**{KEY: pd.Series(_ascii(found), index=frame.index, dtype=_TEXT), POSITION: positions})


def _alone(position: int) -> str:
    """In place of a key for a row without one: such rows meet nobody, and go to all partitions alike."""
    return f"none {position}"


def _ascii(texts: Sequence[str]) -> list[str]:
    return [text if text.isascii() else ascii(text) for text in texts]
