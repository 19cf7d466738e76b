"""Parts of the input as files on shared storage: which there are, and their rows exactly as they stand there."""

import json
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.csv_files import CsvProblem, csv_rows

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
