"""Files that rows are written to, one row at a time: CSV and JSON Lines."""

import csv
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.studio.cli.row_files import is_csv
from ziggy_sf_write.studio.errors import UsageProblem


def refuse_overlap(file: Path, outputs: Mapping[str, Path]) -> None:
    """Looks whether each output is a file of its own, before any is opened, which empties it.

    Args:
        file: what is read.
        outputs: the files to write, by the option that names each.

    Raises:
        UsageProblem: an output is the input, or another output.
    """
    taken = {_identity(file): "FILE, whose rows would be lost"}
    for option, path in outputs.items():
        identity = _identity(path)
        if identity in taken:
            raise UsageProblem(f"{option} names {path}, which is {taken[identity]}. Name another file.")
        taken[identity] = f"{option}, too"


def _identity(path: Path) -> object:
    """Equal for two paths of one file, whatever links lead to it. Devices such as /dev/null may be named twice."""
    if not path.exists():
        return path.resolve()
    found = path.stat()
    return (found.st_dev, found.st_ino) if path.is_file() else object()


class RowFile(AbstractContextManager["RowFile"]):
    """A file that rows are added to: CSV with the columns of its first row, JSON Lines for any other ending."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer: csv.DictWriter[str] | None = None

    def add(self, row: Mapping[str, JsonValue], **more: str) -> None:
        """Writes one row, with further columns behind its own."""
        if not is_csv(self._path.name):
            self._file.write(json.dumps({**row, **more}, ensure_ascii=False, default=str) + "\n")
            return
        if self._writer is None:
            columns = dict.fromkeys([*row, *more])
            self._writer = csv.DictWriter(self._file, list(columns), extrasaction="ignore")
            self._writer.writeheader()
        self._writer.writerow({**row, **more})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()
