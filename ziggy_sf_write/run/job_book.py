"""Remembers Bulk jobs in the Data Store, so that a run that was killed takes its job up instead of uploading again."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from ziggy_sf_write.contract import DataStore, HostError, StoreRecord
from ziggy_sf_write.errors import StoreError

NAMESPACE = "ziggy.bulkJobs"
# Salesforce keeps a finished job for seven days; after one, the same rows are more likely a new run than the old one.
_REMEMBERED_FOR = timedelta(days=1)


class JobBook:
    """Jobs by a fingerprint of what they write and where to."""

    def __init__(self, store: DataStore) -> None:
        self._store = store

    def fingerprint(self, data: bytes, *about: str) -> str:
        """One text for one upload: the same rows for the same object of the same org."""
        digest = hashlib.sha256(data)
        digest.update("\0".join(about).encode())
        return digest.hexdigest()

    def find(self, fingerprint: str) -> str | None:
        """The job that holds this upload already, if one was left behind. Raises `StoreError` where the store fails."""
        with _store_errors("No Bulk job was started, because it could not be looked up whether one is under way"):
            kept = self._store.find_key(NAMESPACE, fingerprint)
        if kept is None or datetime.now(UTC) - datetime.fromisoformat(kept.data["at"]) > _REMEMBERED_FOR:
            return None
        job_id: str = kept.data["jobId"]
        return job_id

    def remember(self, fingerprint: str, job_id: str) -> None:
        """Notes an uploaded job. Raises `StoreError` where the store fails: nothing runs in the job yet."""
        data = {"jobId": job_id, "at": datetime.now(UTC).isoformat()}
        with _store_errors(f"The Bulk job {job_id} could not be noted, so it was not started"):
            self._store.upsert_many([StoreRecord(name=NAMESPACE, key=fingerprint, data=data)])

    def forget(self, fingerprint: str) -> None:
        """Strikes a job whose rows are all settled.

        Raises:
            StoreError: the store fails. A job that stays noted would be taken for the next run of the same items.
        """
        with _store_errors(f"A finished Bulk job could not be struck from namespace {NAMESPACE}; delete it there"):
            self._store.delete_key(NAMESPACE, fingerprint)


@contextmanager
def _store_errors(what: str) -> Iterator[None]:
    try:
        yield
    except HostError as err:
        raise StoreError(f"{what}: {err}") from err
