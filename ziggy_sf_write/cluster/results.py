"""What became of every row of a partition: one file, in the order of the input, in place at once or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from ziggy_sf_write.cluster.folder import atomic_file
from ziggy_sf_write.cluster.json_text import to_json_text
from ziggy_sf_write.cluster.rows import RowResult
from ziggy_sf_write.contract import JsonValue

_BATCH = 10_000
# The upper bits of a position count input partitions, the lower ones the rows of each.
_ROW_BITS = 40

SCHEMA = pa.schema(
    [
        ("part", pa.int64()),
        ("row", pa.int64()),
        ("outcome", pa.string()),
        ("Id", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("data", pa.string()),
    ]
)


class ResultFormat(StrEnum):
    """How results are written; in Parquet the column `data` holds the row as JSON text."""

    JSONL = "jsonl"
    PARQUET = "parquet"


class Results(Protocol):
    """Takes one result after the other."""

    def add(self, position: int, result: RowResult) -> None:
        """The result of the row at a position."""
        ...


def position_of(part: int, row: int) -> int:
    """Where a row stands in the whole input; sorting by it restores the order of the input."""
    return (part << _ROW_BITS) | row


@contextmanager
def open_results(path: Path, results: ResultFormat) -> Iterator[Results]:
    """The file that takes a partition's results, in place once the block ends without an error."""
    with atomic_file(path) as unfinished:
        if results is ResultFormat.PARQUET:
            with pq.ParquetWriter(unfinished, SCHEMA) as writer:
                batches = _ParquetResults(writer)
                yield batches
                batches.flush()
        else:
            with unfinished.open("w", encoding="utf-8") as file:
                yield _LineResults(file)


class _LineResults:
    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, position: int, result: RowResult) -> None:
        self._file.write(to_json_text({**_columns(position, result), "data": result.row}) + "\n")


class _ParquetResults:
    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._rows: list[dict[str, JsonValue]] = []

    def add(self, position: int, result: RowResult) -> None:
        row = {**_columns(position, result), "data": to_json_text(result.row)}
        row["reason"] = row["reason"] and row["reason"].encode(errors="backslashreplace").decode()
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
        self._rows = []


def _columns(position: int, result: RowResult) -> dict[str, JsonValue]:
    return {
        "part": position >> _ROW_BITS,
        "row": position & ((1 << _ROW_BITS) - 1),
        "outcome": result.outcome,
        "Id": result.record_id,
        "code": result.code or None,
        "reason": result.reason or None,
    }
