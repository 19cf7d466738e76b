"""What writing would change: compares with what is there, leaves that out or keeps it, and previews the rest."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq

from ziggy_sf_write.block.config import Advanced, Compare, Overwrite
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.match import Matcher
from ziggy_sf_write.run.outcomes import Ledger, Outcome
from ziggy_sf_write.run.plan import CALLS_OF_A_JOB, MatchKey, Ready, Strategy, Write, key_of
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.salesforce.metadata import describe_object
from ziggy_sf_write.validation import Operation
from ziggy_sf_write.validation.references import ATTRIBUTES
from ziggy_sf_write.validation.stored import Same, is_empty, same_value

# A report shows so many changes one by one; the others are counted.
MOST_CHANGES = 500
# Where each item has its own set of keys, the memory for them is bounded.
_MOST_SHAPES = 1_000

Row = Sequence[JsonValue]


@dataclass(slots=True)
class Preview:
    """What a run would do, filled window by window: a line for each change, and the calls that it would take."""

    changes: list[JsonValue] = field(default_factory=list)
    not_shown: int = 0
    unchanged: int = 0
    calls: int = 0

    def add(self, line: JsonValue) -> None:
        """Shows one change, or counts it."""
        if len(self.changes) < MOST_CHANGES:
            self.changes.append(line)
        else:
            self.not_shown += 1


def needs_values(advanced: Advanced) -> bool:
    """Whether a run has to know what its records hold before it writes them."""
    return (
        advanced.compare is Compare.SKIP_UNCHANGED
        or advanced.overwrite is Overwrite.IF_EMPTY
        or advanced.previous_values
    )


Body = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Column:
    """One name in the bodies of a window, such as `Phone`, or `Account` with the key that names the parent.

    `path` is read to compare by with `same`, None where nothing readable tells. `field` is what the name writes; it is
    read too.
    `is_kept`: what was read of it is saved as it is when it is sent back.
    """

    name: str
    field: FieldInfo
    path: str | None = None
    same: Same = eq
    is_kept: bool = True

    @property
    def paths(self) -> Iterator[str]:
        """What a query selects for this column."""
        yield self.field.name
        if self.path is not None and self.path != self.field.name:
            yield self.path


class Comparison:
    """Finds the columns of bodies. Each name is looked up once, a parent once for each key that names it."""

    def __init__(self, client: OrgClient, describe: ObjectDescribe) -> None:
        self._client = client
        self._describe = describe
        self._columns: dict[tuple[str, str | None], Column | None] = {}
        # Of bodies that name no parent by its key, as nearly all do, and in few shapes: others are found name by name.
        self._of_shape: dict[tuple[str, ...], list[Column]] = {}

    def columns(self, bodies: Iterable[Body]) -> list[Column]:
        """The columns that any of these bodies has, each once.

        Raises:
            LoginError, UnreachableError, CallFailed: the org does not describe a parent.
        """
        seen: dict[tuple[str, str | None], None] = {}
        shapes: set[tuple[str, ...]] = set()
        for body in bodies:
            shape = tuple(body)
            if shape in shapes:
                continue
            # Which key names a parent differs from item to item; a field is a field.
            if all(self._describe.find_field(name) for name in shape):
                shapes.add(shape)
            for name, value in body.items():
                seen[name, _key_name(value) if type(value) is dict else None] = None
        return [column for name, key in seen if (column := self._column(name, key)) is not None]

    def of(self, body: Body) -> list[Column]:
        """The columns of one body, without the record's Id."""
        shape = tuple(body)
        known = self._of_shape.get(shape)
        if known is not None:
            return known
        keys = [_key_name(value) if type(value) is dict else None for value in body.values()]
        found = [self._column(name, key) for name, key in zip(body, keys, strict=True)]
        columns = [column for column in found if column is not None]
        if not any(keys) and len(self._of_shape) < _MOST_SHAPES:
            self._of_shape[shape] = columns
        return columns

    def _column(self, name: str, key: str | None) -> Column | None:
        place = (name, key)
        if place not in self._columns:
            self._columns[place] = self._make(name, key)
        return self._columns[place]

    def _make(self, name: str, key: str | None) -> Column | None:
        field = self._describe.find_field(name)
        if field is not None:
            same = same_value(field) if key is None else None
            if field.name == ID_FIELD:
                return None
            # An address that was saved long ago may have capitals, which go when it is saved again.
            is_kept = field.type is not FieldType.EMAIL
            return Column(name, field, field.name, same, is_kept) if same is not None else Column(name, field)
        field = self._describe.find_relationship(name)
        if field is None:
            return None  # no field of the object: Salesforce will refuse it
        parent_key = None if key is None or field.is_polymorphic else self._parent_key(field, key)
        if parent_key is None:
            return Column(name, field)
        return Column(name, field, f"{field.relationship_name}.{parent_key.name}", _same_parent(parent_key))

    def _parent_key(self, field: FieldInfo, key: str) -> FieldInfo | None:
        """The field of the parent that names it; None where it may name two of them, or cannot be seen."""
        target = next(iter(field.reference_to), None)
        if target is None:
            return None
        try:
            own = self._describe
            parent = own if target == own.name else describe_object(self._client, target)
        except AccessError:
            return None
        found = parent.find_field(key)
        return found if found is not None and (found.is_unique or found.name == ID_FIELD) else None


def _key_name(value: Mapping[str, JsonValue]) -> str | None:
    """The key by which a relationship object names its parent."""
    return next((str(name) for name in value if name != ATTRIBUTES), None)


def _same_parent(parent_key: FieldInfo) -> Same:
    of: Callable[[JsonValue], Hashable] = key_of(parent_key, is_native=True)

    def same(sent: JsonValue, read: JsonValue) -> bool:
        named = next((one for name, one in sent.items() if name != ATTRIBUTES), None) if type(sent) is dict else None
        return named is not None and read is not None and of(named) == of(read)

    return same


def paths_of(columns: Iterable[Column]) -> list[str]:
    """What is to be selected for these columns, each path once."""
    return list(dict.fromkeys(path for column in columns for path in column.paths))


class Changes:
    """Compares the writes of one window at a time with what the org holds: `read` first, then `select` each wave."""

    def __init__(
        self, run: RunContext, describe: ObjectDescribe, key: MatchKey, matcher: Matcher, preview: Preview
    ) -> None:
        advanced = run.config.advanced
        self.is_on = advanced.dry_run or needs_values(advanced)
        self._advanced = advanced
        self._comparison = Comparison(run.client, describe)
        self._key = key
        self._matcher = matcher
        self._preview = preview
        self._places: dict[str, int] = {}
        # The place of the window's first item in the whole stream.
        self.first = 0
        # What this window has written by now, by record: fields and values as they were sent.
        self._sent: dict[str, dict[str, JsonValue]] = {}

    def read(self, writes: Sequence[Write], *, first: int) -> None:
        """Reads what the records of a window hold, in the fields that are to be written.

        Args:
            writes: the items that passed the check.
            first: the place of the window's first item in the whole stream.

        Raises:
            Stopped: no further call may start.
            LoginError, UnreachableError, CallFailed: the org does not tell.
        """
        self.first, self._sent = first, {}
        if not self.is_on:
            self._matcher.look_up(writes)
            return
        paths = paths_of(self._comparison.columns(write.record for write in writes))
        self._places = {path: place for place, path in enumerate(paths)}
        self._matcher.look_up(writes, paths=paths)
        self._preview.calls += self._matcher.calls_of_a_run(writes, reads=needs_values(self._advanced))

    def select(self, wave: Sequence[Ready], ledger: Ledger) -> list[Ready]:
        """What is left to be written of a wave; what would change nothing is settled as unchanged."""
        if not self.is_on:
            return list(wave)
        selected: list[Ready] = []
        unchanged: list[tuple[int, str | None, Outcome]] = []
        for ready in wave:
            record_id = self.id_of(ready)
            row = self._matcher.rows.get(record_id) if record_id is not None else None
            if row is not None and record_id is not None:
                rest, is_left = self._without_full_fields(ready, record_id, row)
                if is_left and not (self._is_skipping and self._is_unchanged(rest, record_id, row)):
                    selected.append(rest)
                else:
                    unchanged.append((ready.write.index, record_id, Outcome.UNCHANGED))
            else:
                selected.append(ready)
        self._preview.unchanged += len(unchanged)
        ledger.settle_written(unchanged)
        if self._advanced.dry_run:
            self._tell(selected)
        return selected

    def id_of(self, ready: Ready) -> str | None:
        """The 18-character Id of the one record that a write is about, as far as it is known."""
        if ready.operation is Operation.UPDATE:
            # An item that is matched by its Id may have spelled it in fifteen characters.
            return str(ready.write.key if self._key.strategy is Strategy.BY_ID else ready.body[ID_FIELD])
        if ready.operation is Operation.UPSERT:
            ids = self._matcher.found(ready.write)
            return ids[0] if len(ids) == 1 else None
        return None

    def row(self, record_id: str) -> dict[str, JsonValue] | None:
        """What was read of a record, by path; None where it is not there."""
        row = self._matcher.rows.get(record_id)
        return None if row is None else dict(zip(self._places, row, strict=True))

    def held(self, ready: Ready) -> dict[str, JsonValue] | None:
        """What the record of a write held in the fields that it writes, by name; None where that is not known.

        Fields that cannot be read as they are have no place in it.
        """
        record_id = self.id_of(ready)
        row = self._matcher.rows.get(record_id) if record_id is not None else None
        if row is None:
            return None
        columns = (column for column in self._comparison.of(ready.body) if _is_restorable(column))
        return {column.field.name: row[self._places[column.field.name]] for column in columns}

    def unreadable(self, ready: Ready) -> list[str]:
        """The fields of a write whose values cannot be read as they are."""
        return [column.field.name for column in self._comparison.of(ready.body) if not _is_restorable(column)]

    def remember(self, written: Iterable[Ready], ledger: Ledger) -> None:
        """What a wave has written, so that the next item of the same record is compared with that."""
        if not self.is_on:
            return
        for ready in written:
            index = ready.write.index
            outcome = ledger.outcome(index)
            if not outcome.is_written:
                continue
            record_id = ledger.record_id(index) or self.id_of(ready)
            if record_id is None or ready.write.key is None:
                continue
            sent = self._sent.setdefault(record_id, {})
            for column in self._comparison.of(ready.body):
                sent[column.field.name] = ready.body[column.name]
            if record_id not in self._matcher.rows:
                # A record that was just made: what it was not given is empty, as far as anybody knows.
                self._matcher.rows[record_id] = (None,) * len(self._places)
                self._matcher.note_made(ready.write, record_id)

    @property
    def _is_skipping(self) -> bool:
        return self._advanced.compare is Compare.SKIP_UNCHANGED

    def _is_unchanged(self, ready: Ready, record_id: str, row: Row) -> bool:
        body, places = ready.body, self._places
        sent = self._sent.get(record_id)
        if sent is not None:
            # Saving it may have changed other fields too, by a rule of the org: only what was sent is known.
            return all(
                column.field.name in sent and _is_identical(body[column.name], sent[column.field.name])
                for column in self._comparison.of(body)
            )
        for column in self._comparison.of(body):
            value = body[column.name]
            if column.path is None:
                return False
            read = row[places[column.path]]
            # What is there was saved, so it is saved as it is; most values take this way.
            if value == read and type(value) is type(read) and column.is_kept:
                continue
            if not column.same(value, read):
                return False
        return True

    def _without_full_fields(self, ready: Ready, record_id: str, row: Row) -> tuple[Ready, bool]:
        """The write without fields that have a value where only empty ones are written, and whether any is left."""
        if self._advanced.overwrite is not Overwrite.IF_EMPTY:
            return ready, True
        sent = self._sent.get(record_id, {})
        full = {
            column.name
            for column in self._comparison.of(ready.body)
            if column.field.name != self._key.field.name
            and not is_empty(sent.get(column.field.name, row[self._places[column.field.name]]))
        }
        body = {name: value for name, value in ready.body.items() if name not in full}
        is_left = any(name not in (ID_FIELD, self._key.field.name) for name in body)
        return Ready(ready.write, ready.operation, body, ready.is_after_loss), is_left

    def count_calls(self, wave: Sequence[Ready], *, in_jobs: bool) -> None:
        """Counts the calls that would write a wave of a preview. No job takes a create that is no upsert."""
        counts = Counter(Operation.UPSERT if self._key.is_native else one.operation for one in wave)
        for operation, count in counts.items():
            is_in_job = in_jobs and operation is not Operation.CREATE
            self._preview.calls += CALLS_OF_A_JOB if is_in_job else -(-count // self._advanced.batch_size)

    def _tell(self, wave: Sequence[Ready]) -> None:
        """Shows old and new values of a preview."""
        for ready in wave:
            line = self._line(ready)
            if line["action"] == "unchanged":
                self._preview.unchanged += 1
            else:
                self._preview.add(line)

    def _line(self, ready: Ready) -> dict[str, JsonValue]:
        record_id = self.id_of(ready)
        row = self._matcher.rows.get(record_id) if record_id is not None else None
        if row is None:
            fields = {name: {"before": None, "after": value} for name, value in ready.body.items() if name != ID_FIELD}
        else:
            fields = dict(self._differences(ready, row, self._sent.get(record_id or "", {})))
        action = "create" if ready.operation is Operation.CREATE else "update" if fields or row is None else "unchanged"
        return {"index": self.first + ready.write.index, "id": record_id or None, "action": action, "fields": fields}

    def _differences(self, ready: Ready, row: Row, sent: Body) -> Iterator[tuple[str, dict[str, JsonValue]]]:
        for column in self._comparison.of(ready.body):
            after = ready.body[column.name]
            if column.field.name in sent:
                before = sent[column.field.name]
                if not _is_identical(after, before):
                    yield column.name, {"before": before, "after": after}
            elif column.path is None:
                yield column.name, {"before": row[self._places[column.field.name]], "after": after}
            elif not column.same(after, before := row[self._places[column.path]]):
                yield column.name, {"before": before, "after": after}


def _is_restorable(column: Column) -> bool:
    """Whether what was read of its field could be written back: a masked text or a file's address could not."""
    return column.path is not None or column.name != column.field.name


def _is_identical(one: JsonValue, other: JsonValue) -> bool:
    return type(one) is type(other) and one == other
