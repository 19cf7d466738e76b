"""Ingest jobs: what a client declares, uploads and reads back (reference section 7)."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from salesforce_sandbox.rows.draft import Operation
from salesforce_sandbox.schema.model import Field, SObject

from .csv_file import read_leniently


class JobState(StrEnum):
    """Where a job stands."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


@dataclass(slots=True, kw_only=True)
class Results:
    """A job's rows by what became of them, each with its cells in the order of the columns."""

    columns: list[str] = field(default_factory=list)
    successful: list[tuple[str, bool, list[Any]]] = field(default_factory=list)
    failed: list[tuple[str, str, list[Any]]] = field(default_factory=list)
    unprocessed: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Job:
    """One job; the worker and the calls that steer it share it under the registry's lock."""

    id: str
    sobject: SObject
    operation: Operation
    key: Field | None
    column_delimiter: str
    line_ending: str
    api_version: str
    created_by: str
    created: str
    modified: str
    state: JobState = JobState.OPEN
    data: bytes | None = None
    results: Results = field(default_factory=Results)
    processed: int = 0
    failed: int = 0
    error_message: str | None = None
    processing_ms: int = 0
    hard: bool = False
    is_at_work: bool = False

    def give_back(self) -> None:
        """Puts the rows that no chunk has got to with the unprocessed ones, whatever they look like."""
        rows = read_leniently(self.data or b"", delimiter=self.column_delimiter)
        header = next(rows, [])
        self.results.columns = self.results.columns or header
        self.results.unprocessed += list(islice(rows, self.processed, None))


class Jobs:
    """The jobs of one org."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def add(self, job: Job) -> None:
        """Registers a new job."""
        with self.lock:
            self._jobs[job.id] = job

    def find(self, job_id: str) -> Job | None:
        """The job of this id, 15 or 18 characters."""
        with self.lock:
            return self._jobs.get(job_id) or next(
                (each for key, each in self._jobs.items() if key[:15] == job_id), None
            )

    def remove(self, job_id: str) -> None:
        """Forgets a job and its data."""
        with self.lock:
            self._jobs.pop(job_id, None)

    def all(self) -> list[Job]:
        """Every job, oldest first."""
        with self.lock:
            return list(self._jobs.values())
