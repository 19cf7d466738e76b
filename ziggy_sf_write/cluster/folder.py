"""The folder of a run on storage that driver and workers share: results, report, and what a worker's death leaves."""

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ziggy_sf_write.cluster.errors import ClusterError
from ziggy_sf_write.contract import JsonValue


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where each thing of a run lies; `staged` and `pulses` exist only while it is under way."""

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
    def pulses(self) -> Path:
        """Signs of life of the partitions that are being written."""
        return self.state / "pulses"

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

    def pulse(self, number: int) -> Path:
        """The sign of life of a partition."""
        return self.pulses / part_name(number)

    def open(self) -> None:
        """Makes the folder ready; what a run that did not finish has left of rows and results is taken away.

        Its Bulk jobs stay known, and so do its signs of life.

        Raises:
            ClusterError: the folder holds a finished run, or cannot be written.
        """
        if self.report.exists():
            raise ClusterError(
                f"{self.path} holds the results of a finished run. Choose another folder, or move it away."
            )
        try:
            for folder in (self.results, self.state / "staged", self.pulses):
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


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A path to write to that takes the place of `path` at once, whole, or not at all."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
