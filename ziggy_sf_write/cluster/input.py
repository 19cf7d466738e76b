"""The input: parts and their rows, the key's normal form, the shuffle by it, and each partition's rows laid down.

What is written to Salesforce is read from these files, not from the workers' memory: a worker that dies takes no other
partition's rows with it, a partition that is written again has the very same rows, and memory does not grow with the
number of parts.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from glob import glob
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from dask.dataframe.dispatch import make_meta
from dask.delayed import Delayed, delayed

from ziggy_sf_write.atomic_file import atomic_file
from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.cluster.storage import ClusterError, position_of
from ziggy_sf_write.contract import Item, JsonValue
from ziggy_sf_write.csv_files import CsvProblem, csv_rows
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.run.plan import match_key
from ziggy_sf_write.salesforce.describe import ObjectDescribe, Operation
from ziggy_sf_write.validation import CheckOptions, compile_checker, compile_converter

CSV_SUFFIXES = (".csv", ".tsv")
LINE_SUFFIXES = (".jsonl", ".ndjson")
PARQUET_SUFFIXES = (".parquet",)
_KINDS = (CSV_SUFFIXES, LINE_SUFFIXES, PARQUET_SUFFIXES)


def find_parts(where: str | Path | Sequence[str | Path]) -> list[Path]:
    """The parts that a folder, a pattern, a file or a list of files names, in the order of their names.

    Raises:
        ClusterError: there are none, or they are not all of one kind.
    """
    # A worker's current folder is its own.
    paths = [path.absolute() for path in _listed(where)]
    unknown = [path for path in paths if not path.name.endswith(tuple(one for kind in _KINDS for one in kind))]
    if unknown:
        raise ClusterError(
            f"{unknown[0]} is not a part that can be read. Parts end in .csv, .tsv, .jsonl, .ndjson or .parquet; "
            "name the wanted ones with a pattern such as 'folder/*.csv'."
        )
    kinds = {kind for kind in _KINDS for path in paths if path.name.endswith(kind)}
    if not paths:
        raise ClusterError(f"There is no part in {where}. Check the path; a folder's own files are its parts.")
    if len(kinds) > 1:
        raise ClusterError(f"The parts in {where} are of several kinds. Name those of one kind with a pattern.")
    return paths


def _listed(where: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(where, str | Path):
        return [Path(one) for one in where]
    path = Path(where)
    if path.is_dir():
        # Engines leave `_SUCCESS`, `.crc` and the like beside their parts.
        return sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith(("_", ".")))
    return [path] if path.is_file() else sorted(Path(one) for one in glob(str(where)))  # noqa: PTH207 # the pattern may be absolute


def is_csv(path: Path) -> bool:
    """Whether a part's cells are text whatever they say."""
    return path.name.endswith(CSV_SUFFIXES)


def is_parquet(path: Path) -> bool:
    """Whether a part's cells have types of their own."""
    return path.name.endswith(PARQUET_SUFFIXES)


def read_rows(path: Path) -> Iterator[JsonValue]:
    """The rows of a CSV or JSON Lines part; an absent key stays absent, and `null` stays `null`.

    Raises:
        ClusterError: the part is not what its name says, or cannot be read; the message names the line.
    """
    try:
        yield from _csv_rows(path) if is_csv(path) else _json_lines(path)
    except OSError as err:
        raise ClusterError(
            f"{path} cannot be read: {err.strerror}. It must lie on storage that every worker reaches by this path."
        ) from err


def _csv_rows(path: Path) -> Iterator[JsonValue]:
    # utf-8-sig: a byte-order mark, as spreadsheets write it, is not part of the first column's name.
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield from csv_rows(file, delimiter="\t" if path.name.endswith(".tsv") else ",")
        except CsvProblem as err:
            raise ClusterError(f"{path} {err}") from err


def _json_lines(path: Path) -> Iterator[JsonValue]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as err:
                    raise ClusterError(f"{path} line {number}: this is not JSON ({err}).") from err


class KeyTexts:
    """Keys as text, equal wherever Salesforce would see one key. Compiled once per partition; as in `run/`, the key is
    checked, then mapped by `run.plan.match_key`.
    """

    def __init__(self, describe: ObjectDescribe, config: WriteConfig) -> None:
        field = describe.find_field(config.match_key)
        if field is None:
            raise InternalError(f"{config.match_key} is no field of {describe.name}, and nobody has said so before")
        self._key_of = match_key(field, upsert=config.upsert, dry_run=config.advanced.dry_run).of
        self._config = config
        self._field_name = field.name
        options = CheckOptions(
            operation=Operation.UPSERT if config.upsert else Operation.UPDATE,
            match_key=config.match_key,
            properties=(config.match_key,),
            empty_values=config.advanced.empty_values,
        )
        compiled = compile_checker if config.validate else compile_converter
        self._checker = compiled(describe, options)

    def of_row(self, row: JsonValue) -> str | None:
        """The key of a row, or None where it has none that could be written."""
        if not isinstance(row, dict):
            return None
        spelled = self.column(row)
        return None if spelled is None else self.of_value(row[spelled])

    def column(self, names: Iterable[object]) -> object | None:
        """The one of these column names that is the match key's, in whatever case."""
        return next((name for name in names if self._config.is_match_key(str(name))), None)

    def of_value(self, value: JsonValue) -> str | None:
        """The key of a row whose match key has this value."""
        record, _ = self._checker.check({self._field_name: value})
        checked = record.get(self._field_name)
        return None if checked is None else _text(self._key_of(checked))


def _text(key: Hashable) -> str:
    """Equal texts for equal keys, different ones for a number and the text that looks like it."""
    match key:
        case float():
            return f"number {key + 0.0!r}"  # 0.0 and -0.0 are equal, their texts are not
        case datetime():
            return f"instant {(key.astimezone(UTC) if key.tzinfo else key).isoformat()}"
        case _:
            return f"text {key}"


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
    shuffled = keyed = rows.keyed(make_keys)
    if keyed.npartitions > 1 or len(paths) > 1:  # else all rows are where they belong
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
