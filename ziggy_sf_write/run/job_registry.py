"""Remembers Bulk jobs in the Data Store, so that a run that was killed takes its jobs up instead of uploading again.

A job may stand for its rows only while nothing newer has been written to them. So a job is noted until its whole run
has ended, and whoever is about to write rows anew first marks the jobs of later waves, and of other runs, as
superseded: their rows are uploaded again, however far they had come. The same goes for jobs that a run beside this one
has noted since then.
"""

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from weakref import WeakKeyDictionary

from ziggy_sf_write.block.namespaces import BULK_JOBS, PACES
from ziggy_sf_write.contract import DataStore, JsonValue, StoreRecord
from ziggy_sf_write.errors import StoreError, ask_store
from ziggy_sf_write.salesforce.pace import Pace

log = logging.getLogger(__name__)

# Salesforce keeps a finished job for seven days; after one, the same rows are more likely a new run than the old one.
_REMEMBERED_FOR = timedelta(days=1)
_PAGE = 1_000
_CURE = "Mend the Data Store, then run the flow again."
_GOES_ON = "The run goes on without it."
# For so long a process goes by what it has seen: that no job of a target is noted. Its own ones it knows of at once.
_SEEN_FOR_S = 10.0
_seen_none: WeakKeyDictionary[DataStore, dict[str, float]] = WeakKeyDictionary()
_NOTED = {"jobId", "target", "runner", "wave", "isSuperseded", "at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedJob:
    """A job that an earlier run has left behind; a superseded one must end before its rows are written again."""

    id: str
    is_superseded: bool


class JobRegistry:
    """The jobs of one run of one block, by a fingerprint of what they write and where to.

    A run may have several edges after one another, as a file that is written window by window: `close` ends it.
    """

    def __init__(self, store: DataStore, *, run: str, flow: str, block: str) -> None:
        self._store = store
        self._run = run
        self._runner = [flow, block]
        self._wave = 0
        self._has_superseded = False
        self._has_written = False
        self._wrote_in_earlier_wave = False
        self._under_way: set[str] = set()
        self._own: set[str] = set()
        # Notes of the waves of this run, as far as anybody knew when its rows were about to be written.
        self._spared: set[str] = set()

    def begin_wave(self) -> None:
        """From here on keys may come back that earlier waves have written."""
        self._wave += 1
        self._has_superseded = False
        self._wrote_in_earlier_wave = self._has_written

    def fingerprint(self, data: bytes, *about: str) -> str:
        """One text for one upload: the same rows for the same object of the same org, in the same wave."""
        digest = hashlib.sha256(data)
        digest.update("\0".join([*about, str(self._wave)]).encode())
        return digest.hexdigest()

    def find(self, fingerprint: str) -> NotedJob | None:
        """The job that holds this upload already, if one was left behind. Raises `StoreError` where the store fails.

        One that is found after this run wrote rows in an earlier wave is of a run beside it. It may have written its
        rows before those, which would be newer then, so it does not stand for them.
        """
        failed = "No Bulk job was started, because it could not be looked up whether one is under way"
        kept = ask_store(lambda: self._store.find_key(BULK_JOBS, fingerprint), failed=failed, cure=_CURE)
        if kept is None or not _is_note(kept) or _is_old(kept.data):
            return None
        self._own.add(fingerprint)
        return NotedJob(id=kept.data["jobId"], is_superseded=kept.data["isSuperseded"] or self._wrote_in_earlier_wave)

    def remember(self, fingerprint: str, job_id: str, *, target: str) -> None:
        """Notes an uploaded job. Raises `StoreError` where the store fails: nothing runs in the job yet."""
        data = {
            "jobId": job_id,
            "target": target,
            "run": self._run,
            "runner": self._runner,
            "wave": self._wave,
            "isSuperseded": False,
            "at": datetime.now(UTC).isoformat(),
        }
        self._own.add(fingerprint)
        self._seen().clear()
        note = StoreRecord(name=BULK_JOBS, key=fingerprint, data=data)
        failed = f"The Bulk job {job_id} could not be noted, so it was not started"
        ask_store(lambda: self._store.upsert_many([note]), failed=failed, cure=_CURE)

    def left_by(self, run: str, *, target: str) -> list[str]:
        """The ids of the jobs that this run has noted and never struck. Raises `StoreError` where the store fails."""
        failed = "Nothing was undone, because Bulk jobs that the run has left behind could not be looked up"
        notes = ask_store(lambda: list(self._notes()), failed=failed, cure="Mend the Data Store, then undo once more.")
        return [note.data["jobId"] for note in notes if note.data.get("run") == run and note.data["target"] == target]

    def has_left_behind(self, target: str) -> bool:
        """Whether another run has left a job of this target, or is at work on one: what comes by calls may be
        overtaken by it, what comes in a job takes it up or comes after it.

        Raises:
            StoreError: the store fails.
        """
        if self._has_just_seen_none(target):
            return False
        failed = "Bulk jobs of earlier runs could not be looked up"
        notes = ask_store(lambda: list(self._notes()), failed=failed, cure=_CURE)
        return any(note.data["target"] == target and note.key not in self._own for note in notes)

    def supersede(self, target: str) -> None:
        """Rows of this target (org and object) are about to be written anew.

        Jobs that this run has used keep their standing, and so do those of this very wave: they have no row in common
        with the new ones. Raises `StoreError` where the store fails.
        """
        self._has_written = True
        if self._has_superseded or self._has_just_seen_none(target):
            return
        supersede = partial(self._mark_superseded, target)
        if not ask_store(supersede, failed="Bulk jobs of earlier runs could not be looked up", cure=_CURE):
            self._seen()[target] = time.monotonic()
        self._has_superseded = True

    def _mark_superseded(self, target: str) -> int:
        """How many jobs of this target are noted."""
        notes = [note for note in list(self._notes()) if note.data["target"] == target]
        spared = {note.key for note in notes if self._keeps_standing(note)}
        self._spared |= spared
        self._mark(note for note in notes if note.key not in spared)
        return len(notes)

    def _mark(self, notes: Iterable[StoreRecord]) -> None:
        superseded = [
            StoreRecord(name=BULK_JOBS, key=note.key, data={**note.data, "isSuperseded": True})
            for note in notes
            if not note.data["isSuperseded"]
        ]
        if superseded:
            self._store.upsert_many(superseded)

    def _has_just_seen_none(self, target: str) -> bool:
        seen_at_s = self._seen().get(target)
        return seen_at_s is not None and time.monotonic() - seen_at_s < _SEEN_FOR_S

    def _seen(self) -> dict[str, float]:
        """When this process saw that a target has no job, by target; of a store that cannot be told apart, nothing."""
        try:
            return _seen_none.setdefault(self._store, {})
        except TypeError:
            return {}

    def begin(self, fingerprint: str) -> None:
        """From here on a job may run that must stay noted should the run lose sight of it."""
        self._under_way.add(fingerprint)

    def settle(self, fingerprint: str) -> None:
        """Every row of the job has its outcome: it is struck when the run ends."""
        self._under_way.discard(fingerprint)

    def close(self) -> None:
        """The run has ended: strikes its jobs, except those whose end it has not seen, and what is too old to matter.

        Jobs of other runs stay: they may be under way, and what is left behind of them will be superseded. One that was
        spared as a job of this run's wave, and turned out to be none, has been overtaken by what this run has written.

        Raises:
            StoreError: the store fails. A job that stays noted would be taken for the next run of the same items.
        """
        if self._own or self._spared:
            failed = f"A finished Bulk job could not be struck from namespace {BULK_JOBS}"
            ask_store(self._strike, failed=failed, cure="Delete it there.")

    def recall_pace(self, target: str, pace: Pace) -> None:
        """Completes what this process knows of a target by what others have kept; a store that fails knows nothing."""
        if pace.jobs:
            return
        failed = "How long Bulk jobs take could not be looked up"
        try:
            kept = ask_store(lambda: self._store.find_key(PACES, target), failed=failed, cure=_GOES_ON)
            if kept is not None:
                pace.recall(kept.data)
        except (StoreError, KeyError, TypeError, ValueError) as err:
            log.warning("the API is chosen without what was kept: %s", err)

    def keep_pace(self, target: str, pace: Pace) -> None:
        """Keeps what is new for other processes, if the store takes it."""
        note, pace.is_new = StoreRecord(name=PACES, key=target, data=asdict(pace)), False
        failed = "How long Bulk jobs take could not be kept"
        try:
            ask_store(lambda: self._store.upsert_many([note]), failed=failed, cure=_GOES_ON)
        except StoreError as err:
            log.warning("%s", err)

    def _strike(self) -> None:
        notes = list(self._notes())
        self._mark(note for note in notes if note.key in self._spared - self._own)
        for note in notes:
            if _is_old(note.data) or note.key in self._own - self._under_way:
                self._store.delete_key(BULK_JOBS, note.key)

    def _keeps_standing(self, note: StoreRecord) -> bool:
        is_of_wave = note.data["runner"] == self._runner and note.data["wave"] == self._wave
        return note.key in self._own or is_of_wave

    def _notes(self) -> Iterator[StoreRecord]:
        offset = 0
        while page := self._store.find(BULK_JOBS, limit=_PAGE, offset=offset):
            # Whatever else someone keeps in this namespace is none of the registry's business.
            yield from filter(_is_note, page)
            offset += len(page)


def target_of(org_identity: str, object_name: str) -> str:
    """The org and the object, as a text that says neither."""
    return hashlib.sha256(f"{org_identity} {object_name}".encode()).hexdigest()[:32]


def _is_note(record: StoreRecord) -> bool:
    return isinstance(record.data, dict) and record.data.keys() >= _NOTED


def _is_old(data: JsonValue) -> bool:
    return datetime.now(UTC) - datetime.fromisoformat(data["at"]) > _REMEMBERED_FOR
