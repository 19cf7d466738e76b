"""What a run has on storage that driver and workers share: its folder, results, report, and a small Data Store."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from ziggy_sf_write.atomic_file import atomic_file
from ziggy_sf_write.contract import HostError, JsonValue, StoreRecord
from ziggy_sf_write.errors import InternalError, UserFixable
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.run.executor import RowResult
from ziggy_sf_write.run.outcomes import NOT_WRITTEN, Reason
from ziggy_sf_write.run.report import add_reports


class ClusterError(UserFixable):
    """The input, the folder of results, the connection or the cluster is not fit for a run."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where each thing of a run lies; `staged` and `heartbeats` exist only while it is under way."""

    path: Path

    @property
    def results(self) -> Path:
        """The parts with the outcome of every row."""
        return self.path / "results"

    @property
    def report(self) -> Path:
        """The report, written last: a folder that has one is finished."""
        return self.path / "report.json"

    @property
    def state(self) -> Path:
        """What the workers need while the run is under way."""
        return self.path / ".state"

    @property
    def heartbeats(self) -> Path:
        """Heartbeats of the partitions that are being written."""
        return self.state / "heartbeats"

    @property
    def jobs(self) -> Path:
        """Bulk jobs under way, a folder for each partition, so that whoever writes it again knows them."""
        return self.state / "jobs"

    def jobs_of(self, number: int) -> Path:
        """The Bulk jobs of a partition."""
        return self.jobs / part_name(number)

    def results_of(self, number: int, suffix: str) -> Path:
        """The results of a partition."""
        return self.results / f"{part_name(number)}.{suffix}"

    def staged(self, number: int) -> Path:
        """A partition's rows after the shuffle."""
        return self.state / "staged" / f"{part_name(number)}.parquet"

    def heartbeat(self, number: int) -> Path:
        """The heartbeat of a partition."""
        return self.heartbeats / part_name(number)

    def open(self) -> None:
        """Makes the folder ready; what a run that did not finish has left of rows and results is taken away.

        Its Bulk jobs stay known, and so do its heartbeats.

        Raises:
            ClusterError: the folder holds a finished run, or cannot be written.
        """
        if self.report.exists():
            raise ClusterError(
                f"{self.path} holds the results of a finished run. Choose another folder, or move it away."
            )
        try:
            for folder in (self.results, self.state / "staged", self.heartbeats):
                folder.mkdir(parents=True, exist_ok=True)
            for left in (*self.results.glob("*part-*"), *(self.state / "staged").glob("*part-*")):
                left.unlink()
        except OSError as err:
            raise ClusterError(
                f"{self.path} cannot be used for the results: {err.strerror}. It must be a folder that this machine "
                "and every worker can write to."
            ) from err

    def close(self, report: JsonValue) -> None:
        """Writes the report, and takes away what only the run under way has needed."""
        shutil.rmtree(self.state)
        with atomic_file(self.report) as path:
            path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def part_name(number: int) -> str:
    """How a partition is called in files, in tasks and on the dashboard."""
    return f"part-{number:05d}"


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
        self._file.write(to_json({**_columns(position, result), "data": result.item}) + "\n")


class _ParquetResults:
    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._rows: list[dict[str, JsonValue]] = []

    def add(self, position: int, result: RowResult) -> None:
        row = {**_columns(position, result), "data": to_json(result.item)}
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


class FileStore:
    """One file a record, replaced as a whole, so that any shared file system will do.

    SQLite's locks do not hold on network file systems, and the records here are few: the Bulk jobs under way.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def namespaces(self) -> Sequence[str]:
        """The namespaces that hold at least one record, in alphabetical order."""
        return sorted({one.name for one in self._records()})

    def find(self, name: str, *, limit: int, offset: int = 0) -> Sequence[StoreRecord]:
        """At most `limit` records of a namespace in key order, after leaving out the first `offset`."""
        found = sorted((one for one in self._records() if one.name == name), key=lambda one: one.key)
        return found[offset : offset + limit]

    def find_key(self, name: str, key: str) -> StoreRecord | None:
        """One record, or None where there is none."""
        with _errors(self._folder):
            path = self._path(name, key)
            return _read(path) if path.exists() else None

    def find_keys(self, name: str, keys: Iterable[str]) -> Sequence[StoreRecord]:
        """The records of a namespace that have one of these keys."""
        return [record for key in dict.fromkeys(keys) if (record := self.find_key(name, key)) is not None]

    def insert_many(self, records: Iterable[StoreRecord]) -> Sequence[StoreRecord]:
        """Writes the records that are new, each at once. Those of which the key was there already."""
        with _errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            return [record for record in records if not self._insert(record)]

    def upsert_many(self, records: Iterable[StoreRecord]) -> None:
        """Writes records, each at once; one that exists is replaced."""
        with _errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for record in records:
                with atomic_file(self._path(record.name, record.key)) as path:
                    path.write_text(_text(record))

    def delete_key(self, name: str, key: str) -> bool:
        """Removes one record; False where there was none."""
        with _errors(self._folder):
            path = self._path(name, key)
            exists = path.exists()
            path.unlink(missing_ok=True)
            return exists

    def delete_keys(self, name: str, keys: Iterable[str]) -> int:
        """Removes records; how many there were."""
        return sum(self.delete_key(name, key) for key in keys)

    def _insert(self, record: StoreRecord) -> bool:
        """Writes a record that is new, so that nobody ever reads a part of it; False where it is there."""
        path = self._path(record.name, record.key)
        whole = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            whole.write_text(_text(record))
            os.link(whole, path)
        except FileExistsError:
            return False
        finally:
            whole.unlink(missing_ok=True)
        return True

    def _records(self) -> Iterator[StoreRecord]:
        with _errors(self._folder):
            paths = sorted(self._folder.glob("*.json"))
            yield from map(_read, paths)

    def _path(self, name: str, key: str) -> Path:
        # Names and keys may hold anything, a file's name may not.
        digest = hashlib.sha256(json.dumps([name, key]).encode()).hexdigest()
        return self._folder / f"{digest}.json"


def _text(record: StoreRecord) -> str:
    return json.dumps({"name": record.name, "key": record.key, "data": record.data})


def _read(path: Path) -> StoreRecord:
    raw = json.loads(path.read_text())
    return StoreRecord(name=raw["name"], key=raw["key"], data=raw["data"])


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as err:
        raise HostError(f"The run's own store at {folder} failed: {err}.") from err


@dataclass(slots=True, kw_only=True)
class ClusterReport:
    """What became of all rows. `error` ended the run; `stop` is why rows were not sent; `staged` counts the input.

    `total` is the sum of the partitions' own reports, without their lines; `parts` names the files of the input, in the
    order by which results count them; a dataframe has none.
    """

    total: Mapping[str, JsonValue]
    parts: Sequence[str] = ()
    staged: Mapping[int, int] = field(default_factory=dict)
    partitions: dict[int, Mapping[str, JsonValue]] = field(default_factory=dict)
    error: str | None = None
    stop: Reason | None = None
    elapsed_ms: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, report: Mapping[str, JsonValue], *, worker: str, elapsed_ms: int) -> None:
        """Adds a partition.

        Raises:
            InternalError: not every row of it has an outcome, or it is there twice.
        """
        counts = report["counts"]
        if number in self.partitions or counts["received"] != self.staged[number]:
            raise InternalError(f"partition {number} had {self.staged[number]} rows, and {counts} came of them")
        self.partitions[number] = {"counts": counts, "worker": worker, "ms": elapsed_ms}
        self.total = add_reports(self.total, report)

    def check(self) -> None:
        """Raises `InternalError` where a partition or a row of the input has no outcome."""
        if set(self.partitions) != set(self.staged) or self.counts["received"] != sum(self.staged.values()):
            missing = sorted(set(self.staged) - set(self.partitions))
            raise InternalError(f"{sum(self.staged.values())} rows came in; partitions without an outcome: {missing}")

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, `received` included."""
        counts: dict[str, int] = self.total["counts"]
        return counts

    @property
    def is_whole(self) -> bool:
        """Whether every row made it."""
        return self.error is None and self.stop is None and not any(self.counts[name] for name in NOT_WRITTEN)

    def to_json(self) -> dict[str, JsonValue]:
        """The report as `report.json` and `write --cluster --json` have it."""
        told = {name: one for name, one in self.total.items() if name not in ("phases", "notWritten")}
        return {
            **told,
            "api": self.total["api"]["name"],
            "error": self.error,
            "stopped": {"code": self.stop.code, "message": self.stop.message} if self.stop else None,
            "elapsedMs": self.elapsed_ms,
            "parts": list(self.parts),
            "partitions": [{"number": number, **self.partitions[number]} for number in sorted(self.partitions)],
        }
