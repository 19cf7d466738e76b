"""Decides for each item whether it becomes a new record or changes one: the five rows of the spec's table."""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from ziggy_sf_write.block.config import Overwrite
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.guard import StopCondition, run_all
from ziggy_sf_write.run.outcomes import Ledger, Outcome, Reason, Stage, reasons_of_check
from ziggy_sf_write.run.plan import MatchKey, Ready, Strategy, Write, stored
from ziggy_sf_write.salesforce.collections import MOST_RETRIEVED, retrieve
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.failures import Stopped
from ziggy_sf_write.salesforce.ids import ID_FIELD, to_18
from ziggy_sf_write.salesforce.soql import UnfitLiteral, beyond_storage, literal, lookup_queries, run_query
from ziggy_sf_write.validation import Operation

_IDS_NAMED = 5
_LONGEST_SHOWN = 80

# The 18-character Ids of the records that have each key; a key without any is left out.
Found = dict[Hashable, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A write that the match has ended."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


class Matcher:
    """Matches the writes of one window at a time; `look_up` is called first, then `decide` for each wave."""

    def __init__(self, run: RunContext, describe: ObjectDescribe, key: MatchKey, checks: Checks) -> None:
        self._client = run.client
        self._guard = run.guard
        self._concurrency = run.config.advanced.most_calls
        self._is_repeatable = run.is_repeatable
        # Whether nothing may be overwritten that was not read before.
        advanced = run.config.advanced
        self._must_know = advanced.previous_values or advanced.overwrite is Overwrite.IF_EMPTY
        self._describe = describe
        self._key = key
        self._field = key.field
        # An Id that leads nowhere is a mistake, never the wish for a new record.
        self._may_create = run.config.upsert and key.field.can_create
        self._checks = checks
        self._found: Found = {}
        self._queries = 0
        # By Id, what was read of each record: its values at the paths that were asked for, in their order.
        self.rows: dict[str, Sequence[JsonValue]] = {}
        self._in_doubt: set[Hashable] = set()
        self._previewed: set[Hashable] = set()

    def look_up(self, writes: Sequence[Write], *, paths: Sequence[str] | None = None) -> None:
        """Finds the records of a window's keys, each once.

        Args:
            writes: the items that passed the check.
            paths: what `rows` is to hold of each record, such as `Phone` or `Account.Ext__c`; None for nothing.

        Raises:
            Stopped: no further call may start.
        """
        self._found, self.rows, self._queries = {}, {}, 0
        if self._key.strategy is Strategy.BY_ID and paths is not None and not any("." in path for path in paths):
            self._retrieve(writes, paths)
        elif self._key.strategy is Strategy.LOOK_UP or paths is not None:
            self._found = self._find(self._searched(writes), guard=self._guard, paths=paths)

    def find_again(self, writes: Sequence[Write]) -> Found:
        """The Ids behind the keys of these writes, which may have been saved, also when the run is to end."""
        return self._find(self._searched(writes), guard=None)

    def found(self, write: Write) -> Sequence[str]:
        """The Ids of the records that have the key of this write, as far as they were looked up."""
        return self._found.get(write.key, ()) if write.key is not None else ()

    def note_made(self, write: Write, record_id: str) -> None:
        """A record was made by this write, which no look-up could find before."""
        self._found[write.key] = [record_id]

    def calls_of_a_run(self, writes: Sequence[Write], *, reads: bool) -> int:
        """How many calls the run that was previewed would make for what this window's look-up has asked."""
        if self._field.name == ID_FIELD:
            return -(-len({write.key for write in writes if write.key is not None}) // MOST_RETRIEVED) if reads else 0
        return self._queries if reads or not self._key.is_native else 0

    def decide(self, wave: Iterable[Write]) -> Iterator[Ready | Rejected]:
        """What to do with each write of the wave that comes next, in its order."""
        decide = {
            Strategy.BY_ID: self._decide_by_id,
            Strategy.NATIVE: self._decide_native,
            Strategy.LOOK_UP: self._decide_looked_up,
        }[self._key.strategy]
        if not self._in_doubt:
            return map(decide, wave)
        doubtful = _unprocessed(self._field.name)
        return (doubtful if write.key in self._in_doubt else decide(write) for write in wave)

    def doubt(self, writes: Iterable[Write]) -> None:
        """An earlier write of these keys may still be under way: a create of them might be a second one, and an update
        might be overtaken. They are left alone from now on.
        """
        self._in_doubt.update(write.key for write in writes if write.key is not None)

    def remember(self, written: Iterable[Ready], ledger: Ledger) -> None:
        """What a wave means for the next item of each key: after a create an update; while it is in doubt nothing."""
        if self._key.strategy is not Strategy.LOOK_UP and not ledger.has(Outcome.UNKNOWN):
            return  # a native key finds what was created by itself
        for ready in written:
            write, outcome = ready.write, ledger.outcome(ready.write.index)
            if write.key is None:
                continue
            if outcome is Outcome.UNKNOWN:
                self.doubt([write])
            elif outcome is Outcome.WOULD_CREATE:
                # The record has no Id yet, but the next item of its key would update it all the same.
                self._previewed.add(write.key)
            elif ready.operation is Operation.CREATE and outcome.is_written:
                self._found[write.key] = [ledger.record_id(write.index) or ""]

    def _searched(self, writes: Sequence[Write]) -> Iterator[str]:
        """The values to search for, as queries have them, each once by its key; keys that cannot be searched are left
        out.
        """
        known: set[Hashable] = {None}
        for write in writes:
            if write.key in known:
                continue
            try:
                text = self._literal(write)
            except UnfitLiteral:
                continue
            known.add(write.key)
            yield text

    def _find(
        self, literals: Iterable[str], *, guard: StopCondition | None, paths: Sequence[str] | None = None
    ) -> Found:
        """Asks with as few queries as fit, several at a time, the first while the last is yet to be made. A guard is
        asked before each, unless what is searched was sent already.
        """
        found: Found = {}
        lock = threading.Lock()
        key_of, name, read = self._key.of, self._field.name, _reader(paths or ())

        def run(soql: str) -> None:
            with self._admitted(guard):
                rows = [(key_of(row[name]), row["Id"], read(row)) for row in run_query(self._client, soql)]
            with lock:
                self._queries += 1
                for key, record_id, _ in rows:
                    found.setdefault(key, []).append(record_id)
                if paths is not None:
                    self.rows.update((record_id, row) for _, record_id, row in rows)

        queries = lookup_queries(self._describe, self._field, literals, also=paths or ())
        run_all((partial(run, soql) for soql in queries), concurrency=self._concurrency)
        return found

    def _retrieve(self, writes: Sequence[Write], paths: Sequence[str]) -> None:
        """Reads records by their Ids; those that are not there are left out."""
        ids = list({str(write.key): None for write in writes if write.key is not None and self._unfit(write) is None})
        lock, read = threading.Lock(), _reader(paths)

        def run(chunk: Sequence[str]) -> None:
            with self._admitted(self._guard):
                records = retrieve(self._client, self._describe.name, chunk, paths)
            with lock:
                self.rows.update((one, read(record)) for one, record in zip(chunk, records, strict=True) if record)

        chunks = [ids[start : start + MOST_RETRIEVED] for start in range(0, len(ids), MOST_RETRIEVED)]
        run_all((partial(run, chunk) for chunk in chunks), concurrency=self._concurrency)

    @contextmanager
    def _admitted(self, guard: StopCondition | None) -> Iterator[None]:
        with guard.admitted() if guard is not None else nullcontext() as reason:
            if reason is not None:
                raise Stopped
            yield

    def _decide_by_id(self, write: Write) -> Ready | Rejected:
        if write.key is not None:
            return Ready(write, Operation.UPDATE, write.record)
        if self._is_repeatable:
            return _failed("create_without_key", _WITHOUT_KEY, self._field.name)
        return Ready(write, Operation.CREATE, write.record)

    def _decide_native(self, write: Write) -> Ready | Rejected:
        unfit = self._unfit(write) if self._must_know and write.key is not None else None
        if unfit is not None:
            return _failed("key_not_searchable", unfit, self._field.name)
        return Ready(write, Operation.UPSERT, write.record)

    def _decide_looked_up(self, write: Write) -> Ready | Rejected:
        name = self._field.name
        if write.key is None:
            return Ready(write, Operation.CREATE, write.record)
        unfit = self._unfit(write)
        if unfit is not None:
            return _failed("key_not_searchable", unfit, name)
        ids = self._found.get(write.key) or ([""] if write.key in self._previewed else [])
        if len(ids) > 1:
            return _failed("ambiguous", self._ambiguous(write, ids), name)
        if not ids and not self._may_create:
            return _failed("not_found", self._not_found(write), name)
        own_id = write.record.get(ID_FIELD)
        if ids and own_id is not None and to_18(str(own_id)) != ids[0]:
            return _failed("ambiguous", self._contradicted(write, ids[0]), name)
        return self._decide_branch(write, ids)

    def _decide_branch(self, write: Write, ids: Sequence[str]) -> Ready | Rejected:
        operation = Operation.UPDATE if ids else Operation.CREATE
        problems = self._checks.branch_problems(write.record, operation)
        if problems:
            return Rejected(outcome=Outcome.INVALID, reasons=reasons_of_check(problems))
        return self.update_of(write, ids[0]) if ids else Ready(write, operation, write.record)

    def update_of(self, write: Write, record_id: str) -> Ready:
        """The update of the record that is there."""
        body = {**write.record, ID_FIELD: record_id}
        if not self._field.can_update and self._field.name != ID_FIELD:
            del body[self._field.name]
        return Ready(write, Operation.UPDATE, body)

    def _unfit(self, write: Write) -> str | None:
        try:
            self._literal(write)
        except UnfitLiteral as err:
            return str(err)
        return None

    def _literal(self, write: Write) -> str:
        """The key as a query searches for it; raises `UnfitLiteral` where no query can."""
        field, value = self._field, write.record[self._field.name]
        text, kept = literal(field, value), stored(field, value)
        # A preview only looks up what the run would leave to Salesforce's own upsert.
        beyond = None if self._key.is_native else beyond_storage(field, value)
        if beyond is not None:
            raise UnfitLiteral(beyond)
        return text if kept is value else literal(field, kept)

    def _ambiguous(self, write: Write, ids: Sequence[str]) -> str:
        named = ", ".join(ids[:_IDS_NAMED]) + (f" and {len(ids) - _IDS_NAMED} more" if len(ids) > _IDS_NAMED else "")
        return (
            f"{len(ids)} records of {self._describe.name} have `{self._field.name}` {self._shown(write)}: {named}. "
            "Match by a unique field, or merge these records."
        )

    def _contradicted(self, write: Write, record_id: str) -> str:
        return (
            f"The item has `Id` '{write.record[ID_FIELD]}', but the record of {self._describe.name} with "
            f"`{self._field.name}` {self._shown(write)} is {record_id}. Match by Id, or take the Id out of the item."
        )

    def _not_found(self, write: Write) -> str:
        cure = "Turn on Upsert to create it, or correct the key."
        if self._field.name == ID_FIELD:
            cure = "Was it deleted? Correct the Id, or leave it out to create a record."
        elif not self._field.can_create:
            cure = "No record can be made with it, for this field cannot be written: correct the key."
        return f"No record of {self._describe.name} has `{self._field.name}` {self._shown(write)}. {cure}"

    def _shown(self, write: Write) -> str:
        text = str(write.record[self._field.name])
        return f"'{text[:_LONGEST_SHOWN]}…'" if len(text) > _LONGEST_SHOWN else f"'{text}'"


_WITHOUT_KEY = (
    "The row has no Id, so it would be created without a key. It was not sent: a partition is written again when its "
    "worker dies, and then this record would exist twice. Match by an external id, or write such rows on one machine."
)


def _unprocessed(field_name: str) -> Rejected:
    message = (
        "Not sent, because an earlier item of this run has the same key and it is not known whether it was saved: "
        "sent now, it might be overtaken by that one, or become a second record. Run the flow again to send it."
    )
    reason = Reason(stage=Stage.MATCH, code="key_in_doubt", message=message, fields=(field_name,), is_retryable=True)
    return Rejected(outcome=Outcome.UNPROCESSED, reasons=(reason,))


def _failed(code: str, message: str, field_name: str) -> Rejected:
    reason = Reason(stage=Stage.MATCH, code=code, message=message, fields=(field_name,))
    return Rejected(outcome=Outcome.FAILED, reasons=(reason,))


def _reader(paths: Sequence[str]) -> Callable[[Mapping[str, JsonValue]], tuple[JsonValue, ...]]:
    """Turns a record of a REST answer into its values at these paths, in their order."""
    if len(paths) > 1 and not any("." in path for path in paths):
        return itemgetter(*paths)
    steps = [path.split(".") for path in paths]
    return lambda record: tuple(_at(record, path) for path in steps)


def _at(record: Mapping[str, JsonValue], path: Sequence[str]) -> JsonValue:
    value: JsonValue = record
    for step in path:
        value = value[step] if value is not None else None
    return value
