"""Keeps what a run overwrites, before it does, so that the run can be undone (block specification 9)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from uuid import uuid4

from ziggy_sf_write.block.namespaces import day_of, is_undo_namespace, namespace_of_run, run_of
from ziggy_sf_write.contract import DataStore, JsonValue, StoreRecord
from ziggy_sf_write.errors import ask_store
from ziggy_sf_write.run.changes import Changes
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.error_namespace import plain
from ziggy_sf_write.run.outcomes import Ledger, Outcome
from ziggy_sf_write.run.plan import Ready
from ziggy_sf_write.salesforce.ids import ID_FIELD

_UNTOUCHED: Mapping[str, JsonValue] = {"action": "update", "before": {}, "after": {}, "unreadable": []}
_BATCH = 1_000


class PreviousValues:
    """One entry for each record that a run writes: the first values before, the last after.

    Each run has a namespace of its own, `undo DAY RUN`. A record that is there has its entry before the update is sent.
    One that is made has an entry by its key before, and one by its Id after: the first is taken out by then.
    """

    def __init__(self, run: RunContext, changes: Changes) -> None:
        self._run = run
        self._changes = changes
        self._is_on = run.config.advanced.previous_values and not run.config.advanced.dry_run
        self._name = namespace_of_run(run.host.execution_id, day=_today())
        self._is_pruned = False
        self._token = uuid4().hex
        # Entries of this wave whose record the run had written before.
        self._again: dict[str, StoreRecord] = {}

    def keep(self, wave: Sequence[Ready]) -> None:
        """Keeps what these writes will overwrite; nothing of them may have been sent.

        Raises:
            StoreError: the store failed, so nothing may be sent.
        """
        cure = "Nothing of it was sent: mend the Data Store, then run the flow again."
        self._ask(self._keep, wave, failed="What would be overwritten could not be kept", cure=cure)

    def complete(self, wave: Sequence[Ready], ledger: Ledger, *, doubtful: Collection[int]) -> None:
        """Notes the Ids of the records that were made; of the doubtful places also of those that seem updated, for a
        lost try has made them.

        Raises:
            StoreError: the store failed; the records are made.
        """
        cure = "They are made all the same; an undo looks for them by their keys."
        ask = partial(self._complete, ledger, doubtful)
        self._ask(ask, wave, failed="The Ids of new records could not be kept", cure=cure)

    def _ask(self, ask: Callable[[Sequence[Ready]], None], wave: Sequence[Ready], *, failed: str, cure: str) -> None:
        if not self._is_on:
            return
        rows, failed = iter(wave), f"{failed} in namespace `{self._name}`"
        if not self._is_pruned:
            days = self._run.config.advanced.keep_previous_days
            ask_store(lambda: prune(self._run.host.store, days=days, today=_today()), failed=failed, cure=cure)
            self._is_pruned = True
        while batch := list(islice(rows, _BATCH)):
            ask_store(partial(ask, batch), failed=failed, cure=cure)

    def _keep(self, batch: Sequence[Ready]) -> None:
        changes, store = self._changes, self._run.host.store
        ids = [changes.id_of(ready) for ready in batch]
        places = [self._place(record_id) for record_id in ids if record_id is not None]
        entries = {one.key: one for one in store.find_keys(self._name, places)} if places else {}
        kept: dict[str, StoreRecord] = {}
        self._again = {}
        for ready, record_id in zip(batch, ids, strict=True):
            if record_id is None:
                entry = self._of_new(ready)
            elif (held := changes.held(ready)) is not None:
                entry = self._of_update(ready, record_id, held, entries.get(self._place(record_id)))
                if "earlier" in entry.data:
                    self._again[entry.key] = entry
            else:
                continue  # no such record: Salesforce will refuse the update
            entries[entry.key] = kept[entry.key] = entry
        store.upsert_many(kept.values())

    def _complete(self, ledger: Ledger, doubtful: Collection[int], batch: Sequence[Ready]) -> None:
        store, over = self._run.host.store, list(self._over(batch, ledger, doubtful))
        store.upsert_many(
            replace(entry, key=self._place(record_id), data={**entry.data, "id": record_id})
            for entry, record_id in over
            if record_id is not None
        )
        store.delete_keys(self._name, [entry.key for entry, _ in over])
        if self._again:
            store.upsert_many(self._settled(batch, ledger))

    def _settled(self, batch: Sequence[Ready], ledger: Ledger) -> Iterator[StoreRecord]:
        """The entries of records that were written again, once it is known whether they were."""
        for ready in batch:
            record_id, outcome = self._changes.id_of(ready), ledger.outcome(ready.write.index)
            entry = self._again.get(self._place(record_id)) if record_id is not None else None
            if entry is None or outcome is Outcome.UNKNOWN:
                continue
            data = {name: value for name, value in entry.data.items() if name != "earlier"}
            yield replace(entry, data=data if outcome.is_written else {**data, "after": entry.data["earlier"]})

    def _over(
        self, wave: Sequence[Ready], ledger: Ledger, doubtful: Collection[int]
    ) -> Iterator[tuple[StoreRecord, str | None]]:
        """The entries by a key that are over: of records that were made, with their Ids, and of what was not made."""
        for ready in wave:
            index = ready.write.index
            outcome = ledger.outcome(index)
            if self._changes.id_of(ready) is not None or outcome is Outcome.UNKNOWN:
                continue
            is_made = outcome is Outcome.CREATED or (outcome is Outcome.UPDATED and index in doubtful)
            yield self._of_new(ready), ledger.record_id(index) if is_made else None

    def _of_update(
        self, ready: Ready, record_id: str, held: Mapping[str, JsonValue], kept: StoreRecord | None
    ) -> StoreRecord:
        before: Mapping[str, JsonValue] = kept.data if kept is not None else _UNTOUCHED
        is_created = before["action"] == "create"
        data = {
            **before,
            # Of a record that the run itself has made nothing was there before.
            "before": {} if is_created else {**held, **before["before"]},
            "after": {**before["after"], **_sent(ready)},
            **({"earlier": before["after"]} if kept is not None else {}),
            "unreadable": sorted({*before["unreadable"], *self._changes.unreadable(ready)}),
        }
        return self._record(self._place(record_id), record_id, data)

    def _of_new(self, ready: Ready) -> StoreRecord:
        data = {"action": "create", "before": {}, "after": _sent(ready), "unreadable": self._changes.unreadable(ready)}
        return self._record(self._place_of_new(ready), None, data)

    def _record(self, place: str, record_id: str | None, data: Mapping[str, JsonValue]) -> StoreRecord:
        config, host = self._run.config, self._run.host
        about = {
            "runId": host.execution_id,
            "flow": host.flow_name,
            "connection": config.connection,
            "object": config.object,
            "matchKey": config.match_key,
            "id": record_id,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        return StoreRecord(name=self._name, key=place, data={**data, **about})

    def _place(self, record_id: str) -> str:
        return f"{self._run.config.object}:{record_id}"

    def _place_of_new(self, ready: Ready) -> str:
        """An entry's key by the key of its item; one without a key is told by its place, which no other has."""
        config, key = self._run.config, ready.write.key
        if key is None:
            about = [self._token, str(self._changes.first + ready.write.index)]
        else:
            about = [self._run.host.block_id, config.match_key, type(key).__name__, str(key)]
        digest = sha256("\0".join(about).encode(errors="surrogatepass")).hexdigest()[:32]
        return f"{config.object}:new:{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A run that can be undone: its id, its flow, its day, and when its first entry was kept, in UTC."""

    run_id: str
    flow: str
    day: date
    at: str


def kept_runs(store: DataStore) -> list[KeptRun]:
    """The runs of which previous values are kept. Raises `HostError`."""
    found = []
    for name in store.namespaces():
        day = day_of(name)
        entries = store.find(name, limit=1) if day is not None else ()
        if day is not None and entries:
            about = entries[0].data
            found.append(KeptRun(run_id=run_of(name), flow=about.get("flow", ""), day=day, at=about.get("at", "")))
    return found


def find_namespaces(store: DataStore, run_id: str) -> list[str]:
    """Where a run has kept what it has overwritten; two where it went on past midnight. Raises `HostError`."""
    return [name for name in store.namespaces() if is_undo_namespace(name) and run_of(name) == run_id]


def prune(store: DataStore, *, days: int, today: date) -> None:
    """Takes out what runs of more than so many days ago have kept. Raises `HostError`."""
    for name in store.namespaces():
        day = day_of(name)
        if day is None or day >= today - timedelta(days=days):
            continue
        while page := store.find(name, limit=_BATCH):
            store.delete_keys(name, [record.key for record in page])


def _today() -> date:
    return datetime.now(UTC).date()


def _sent(ready: Ready) -> dict[str, JsonValue]:
    return {name: plain(value) for name, value in ready.body.items() if name != ID_FIELD}
