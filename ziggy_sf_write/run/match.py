"""Decides for each item whether it becomes a new record or changes one: the five rows of the spec's table."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.brake import Brake
from ziggy_sf_write.run.find import Finder, Found
from ziggy_sf_write.run.ledger import Ledger, Outcome, Reason, Stage
from ziggy_sf_write.run.plan import Action, Ready, Write
from ziggy_sf_write.run.stream import Stream
from ziggy_sf_write.salesforce.describe import FieldInfo, ObjectDescribe
from ziggy_sf_write.salesforce.ids import ID_FIELD, to_18
from ziggy_sf_write.salesforce.soql import UnfitLiteral, beyond_storage, literal
from ziggy_sf_write.validation import Checker, ItemProblem, Operation

_IDS_NAMED = 5


class Strategy(StrEnum):
    """How items find their records."""

    BY_ID = "by Id"
    NATIVE = "native upsert"
    LOOK_UP = "look-up"


def choose_strategy(field: FieldInfo, *, is_upsert: bool, is_dry_run: bool) -> Strategy:
    """The cheapest way that fits. A dry run always looks up: only then it can say what would happen."""
    if is_dry_run:
        return Strategy.LOOK_UP
    if field.name == ID_FIELD:
        return Strategy.BY_ID
    return Strategy.NATIVE if is_upsert and field.is_native_key else Strategy.LOOK_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A write that the match has ended."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


class Matcher:
    """Matches the writes of one window at a time; `look_up` is called first, then `decide` for each wave."""

    def __init__(
        self,
        describe: ObjectDescribe,
        field: FieldInfo,
        *,
        strategy: Strategy,
        is_upsert: bool,
        checker: Checker,
        finder: Finder,
        stream: Stream,
        brake: Brake,
    ) -> None:
        self._describe = describe
        self._field = field
        # An Id that leads nowhere is a mistake, never the wish for a new record.
        self._may_create = is_upsert and field.name != ID_FIELD
        self.checker = checker
        self._finder = finder
        self._brake = brake
        self._is_native = choose_strategy(field, is_upsert=is_upsert, is_dry_run=False) is Strategy.NATIVE
        self._found: Found = {}
        self._in_doubt = stream.in_doubt
        self._previewed = stream.previewed
        self.strategy = strategy
        self._decide: Callable[[Write], Ready | Rejected] = {
            Strategy.BY_ID: self._decide_by_id,
            Strategy.NATIVE: self._decide_native,
            Strategy.LOOK_UP: self._decide_looked_up,
        }[strategy]

    def look_up(self, writes: Sequence[Write]) -> None:
        """Finds the records of a window's keys, each once."""
        self._found = {}
        if self.strategy is Strategy.LOOK_UP:
            self._found = self._finder.find(self._searched(writes), brake=self._brake)

    def find_again(self, writes: Sequence[Write]) -> Found:
        """The Ids behind the keys of these writes, which may have been saved, also when the run is to end."""
        return self._finder.find(self._searched(writes))

    def _searched(self, writes: Sequence[Write]) -> dict[Hashable, JsonValue]:
        """The values to search for; keys that cannot be searched are left out."""
        values: dict[Hashable, JsonValue] = {}
        for write in writes:
            if write.key is not None and write.key not in values and self._unfit(write) is None:
                values[write.key] = _stored(write.record[self._field.name])
        return values

    def decide(self, wave: Iterable[Write]) -> Iterator[Ready | Rejected]:
        """What to do with each write of the wave that comes next, in its order."""
        if not self._in_doubt:
            return map(self._decide, wave)
        doubtful = _unprocessed(self._field)
        return (doubtful if write.key in self._in_doubt else self._decide(write) for write in wave)

    def remember(self, written: Iterable[Ready], ledger: Ledger) -> None:
        """What a wave means for the next item of each key: after a create an update; while it is in doubt nothing."""
        if self.strategy is not Strategy.LOOK_UP and not ledger.count(Outcome.UNKNOWN):
            return  # a native key finds what was created by itself
        for ready in written:
            write, outcome = ready.write, ledger.outcome(ready.write.index)
            if write.key is None:
                continue
            if outcome is Outcome.UNKNOWN:
                # A create of it might be a second one, and an update might be overtaken by the earlier write that is
                # still under way: the key is left alone from now on.
                self._in_doubt.add(write.key)
            elif outcome is Outcome.WOULD_CREATE:
                # The record has no Id yet, but the next item of its key would update it all the same.
                self._previewed.add(write.key)
            elif ready.action is Action.CREATE and outcome.is_written:
                self._found[write.key] = [ledger.record_id(write.index) or ""]

    def _decide_by_id(self, write: Write) -> Ready | Rejected:
        return Ready(write, Action.CREATE if write.key is None else Action.UPDATE, write.record)

    def _decide_native(self, write: Write) -> Ready | Rejected:
        return Ready(write, Action.UPSERT, write.record)

    def _decide_looked_up(self, write: Write) -> Ready | Rejected:
        if write.key is None:
            return Ready(write, Action.CREATE, write.record)
        unfit = self._unfit(write)
        if unfit is not None:
            return _failed("key_not_searchable", unfit, self._field)
        ids = self._found.get(write.key) or ([""] if write.key in self._previewed else [])
        if len(ids) > 1:
            return _failed("ambiguous", self._ambiguous(write, ids), self._field)
        if not ids and not self._may_create:
            return _failed("not_found", self._not_found(write), self._field)
        own_id = write.record.get(ID_FIELD)
        if ids and own_id is not None and to_18(str(own_id)) != ids[0]:
            return _failed("ambiguous", self._contradicted(write, ids[0]), self._field)
        return self._decide_branch(write, ids)

    def _decide_branch(self, write: Write, ids: Sequence[str]) -> Ready | Rejected:
        problems = self.checker.branch_problems(write.record, Operation.UPDATE if ids else Operation.CREATE)
        if problems:
            return Rejected(outcome=Outcome.INVALID, reasons=tuple(reason_of(problem) for problem in problems))
        if ids:
            return Ready(write, Action.UPDATE, self._update_body(write, ids[0]))
        return Ready(write, Action.CREATE, write.record)

    def _update_body(self, write: Write, record_id: str) -> dict[str, JsonValue]:
        body = {**write.record, ID_FIELD: record_id}
        if not self._field.can_update and self._field.name != ID_FIELD:
            del body[self._field.name]
        return body

    def _unfit(self, write: Write) -> str | None:
        try:
            literal(self._field, write.record[self._field.name])
        except UnfitLiteral as err:
            return str(err)
        # A preview only looks up what the run would leave to Salesforce's own upsert.
        return None if self._is_native else beyond_storage(self._field, write.record[self._field.name])

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
        return f"No record of {self._describe.name} has `{self._field.name}` {self._shown(write)}. {cure}"

    def _shown(self, write: Write) -> str:
        text = str(write.record[self._field.name])
        return f"'{text[:80]}…'" if len(text) > 80 else f"'{text}'"


def reason_of(problem: ItemProblem) -> Reason:
    """A problem of the check as a reason of the ledger."""
    return Reason(
        stage=Stage.CHECK,
        code=problem.code.value,
        message=problem.message,
        fields=(problem.field,) if problem.field else (),
    )


def _stored(value: JsonValue) -> JsonValue:
    """A key as its record holds it: Salesforce trims texts when it saves them, never when it searches (section 3.2)."""
    return value.strip() if isinstance(value, str) else value


def _unprocessed(field: FieldInfo) -> Rejected:
    message = (
        "Not sent, because an earlier item of this run has the same key and it is not known whether it was saved: "
        "sent now, it might be overtaken by that one, or become a second record. Run the flow again to send it."
    )
    reason = Reason(stage=Stage.MATCH, code="key_in_doubt", message=message, fields=(field.name,), is_retryable=True)
    return Rejected(outcome=Outcome.UNPROCESSED, reasons=(reason,))


def _failed(code: str, message: str, field: FieldInfo) -> Rejected:
    reason = Reason(stage=Stage.MATCH, code=code, message=message, fields=(field.name,))
    return Rejected(outcome=Outcome.FAILED, reasons=(reason,))
