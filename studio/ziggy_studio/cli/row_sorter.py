"""Hands each row of a load to the file for its outcome, as soon as that is known, and counts what was not written."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.executor import RowResult, row_results
from ziggy_sf_write.run.outcomes import Window
from ziggy_studio.errors import UsageProblem
from ziggy_studio.rows.outputs import RowFile

_MOST_SHOWN = 20
_AT_ONCE = 1_000
NOT_READ = "notRead"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFiles:
    """The files that a person has named; `beside` is where one is made for rows that were not written and that no
    named file takes.
    """

    out: Path | None
    invalid: Path | None
    failed: Path | None
    beside: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWritten:
    """A row that was not written, as a person is told of it; `row` counts from 1."""

    row: int
    key: str
    outcome: str
    code: str
    reason: str


class RowSorter(AbstractContextManager["RowSorter"]):
    """Each row goes into one file at most, with the row number of the input, and is flushed at once.

    A file that cannot be written ends nothing here: `problem` says what is missing where, `on_problem` is called, the
    other files go on, and every row is counted.
    """

    def __init__(
        self, files: RowFiles, config: WriteConfig, *, on_problem: Callable[[], None], is_spreadsheet_safe: bool = False
    ) -> None:
        self._problems: list[str] = []
        self._is_homeless = False
        self.first: list[NotWritten] = []
        self.by_code: Counter[tuple[str, str]] = Counter()
        self.not_read = 0
        self.paths: dict[str, Path] = {}
        self._files = files
        self._config = config
        self._on_problem = on_problem
        self._is_safe = is_spreadsheet_safe
        self._open: dict[str, RowFile] = {}
        self._stack = ExitStack()
        self._lock = threading.Lock()

    @property
    def problem(self) -> str | None:
        """What is missing where, if anything is."""
        return " ".join(self._problems) or None

    def __enter__(self) -> Self:
        """Opens the named files. Raises `UsageProblem` where one cannot be."""
        for name, path in (("out", self._files.out), ("invalid", self._files.invalid), ("failed", self._files.failed)):
            if path is not None:
                self._add_file(name, path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
        except OSError as err:
            self._note(err, "a file of rows")

    def written(self, window: Window, indices: Sequence[int]) -> None:
        """Rows of a window that have just been written; called from any thread."""
        if "out" in self._open:
            results = row_results(window, indices)
            self._write("out", ((one, {}) for one in results if one.outcome == "written"))  # a preview writes none

    def settled(self, window: Window) -> None:
        """The rows of a window that is over: those that were not written leave for their file."""
        self._not_written(row_results(window, list(window.ledger.not_written())))

    def unread(self, first: int, rows: Iterable[JsonValue], reason: str) -> None:
        """Rows of the input, from this place on, that no run has taken."""
        results = (RowResult(index, row, NOT_READ, None, ()) for index, row in enumerate(rows, start=first))
        while some := list(islice(results, _AT_ONCE)):
            self.not_read += len(some)
            self._not_written(some, reason)

    def _not_written(self, results: Iterable[RowResult], reason: str = "") -> None:
        by_file: dict[str, list[tuple[RowResult, dict[str, str]]]] = {}
        for result in results:
            code = result.code or NOT_READ
            if result.outcome != NOT_READ:
                self._tell(result, code)
            name = "invalid" if result.outcome == "invalid" and "invalid" in self._open else "failed"
            more = {"outcome": result.outcome, "reason": result.reason or reason, "code": code}
            by_file.setdefault(name, []).append((result, more))
        for name, rows in by_file.items():
            if name not in self.paths:
                self._make_file(name)
            self._write(name, rows)

    def _tell(self, result: RowResult, code: str) -> None:
        self.by_code[result.outcome, code] += 1
        if len(self.first) < _MOST_SHOWN:
            item = result.item if isinstance(result.item, Mapping) else {}
            key = next((str(value) for name, value in item.items() if self._config.is_match_key(str(name))), "")
            line = NotWritten(row=result.index + 1, key=key, outcome=result.outcome, code=code, reason=result.reason)
            self.first.append(line)

    def _write(self, name: str, rows: Iterable[tuple[RowResult, Mapping[str, str]]]) -> None:
        with self._lock:
            file = self._open.get(name)
            if file is None:
                return
            try:
                for result, more in rows:
                    row = result.item if isinstance(result.item, dict) else {"item": result.item}
                    file.add(row, {"row": str(result.index + 1), **more})
                file.flush()
            except OSError as err:
                del self._open[name]
                self._note(err, str(self.paths[name]))

    def _add_file(self, name: str, path: Path, *, is_new: bool = False) -> None:
        file = RowFile(path, is_new=is_new, is_spreadsheet_safe=self._is_safe)
        self._open[name] = self._stack.enter_context(file)
        self.paths[name] = path

    def _make_file(self, name: str) -> None:
        """A file beside the input, or here where that folder takes none; it never takes the place of another."""
        if self._is_homeless:
            return
        refused: UsageProblem | None = None
        for folder in (self._files.beside.parent, Path()):
            for path in _free_paths(folder, self._files.beside.name):
                try:
                    self._add_file(name, path, is_new=True)
                except FileExistsError:
                    continue
                except UsageProblem as err:
                    refused = err
                    break
                return
        self._is_homeless = True
        self._say(f"{refused} Rows that were not written are in no file.")

    def _note(self, err: OSError, where: str) -> None:
        self._say(f"{where} is incomplete: {err.strerror or err}. Rows that are not in it are counted here.")

    def _say(self, problem: str) -> None:
        self._problems.append(problem)
        self._on_problem()


def beside(where: Path, at: datetime) -> Path:
    """The name of the file for what was not written of an input: CSV stays CSV, all else becomes JSON Lines."""
    name = where.name.removesuffix(".gz")
    stem, dot, ending = name.rpartition(".")
    suffix = f".{ending}" if ending.lower() in ("csv", "tsv") else ".jsonl"
    return where.with_name(f"{stem if dot else name}.not-written-{at:%Y%m%d-%H%M%S}{suffix}")


def _free_paths(folder: Path, name: str) -> Iterable[Path]:
    stem, _, ending = name.rpartition(".")
    names = chain([name], (f"{stem}-{number}.{ending}" for number in count(2)))
    return (folder / one for one in names)
