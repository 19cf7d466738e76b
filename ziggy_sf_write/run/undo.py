"""Takes a run back: restores what its updates have overwritten, and deletes what it has made where that is wanted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from ziggy_sf_write.block.config import Api, parse_config
from ziggy_sf_write.contract import DataStore, ExecutionContext, JsonValue, Problem, StoreRecord
from ziggy_sf_write.errors import ConfigError
from ziggy_sf_write.run.changes import Changes, Column, Comparison, Preview
from ziggy_sf_write.run.checks import Checks
from ziggy_sf_write.run.claims import Claims
from ziggy_sf_write.run.collections_writer import CollectionsWriter
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.executor import report_lines
from ziggy_sf_write.run.guard import run_all
from ziggy_sf_write.run.job_registry import target_of
from ziggy_sf_write.run.match import Matcher
from ziggy_sf_write.run.outcomes import Ledger, Outcome, Reason, Stage, Window, lost_reason, reasons_of
from ziggy_sf_write.run.pipeline import describe_target, what_ends_the_run
from ziggy_sf_write.run.plan import ApiChoice, MatchKey, Ready, Write, match_key
from ziggy_sf_write.run.previous_values import PreviousValues, find_namespaces
from ziggy_sf_write.run.report import add_reports, make_report
from ziggy_sf_write.salesforce import bulk, collections
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.salesforce.failures import AnswerLost, Refused
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.validation import Operation

# As many records as one call reads by their Ids.
_WINDOW = collections.MOST_RETRIEVED
_PAGE = 1_000
_GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOptions:
    """How a run is taken back.

    `force` names fields whose earlier value is restored although somebody has changed them since.
    """

    dry_run: bool = False
    deletes_created: bool = False
    force: frozenset[str] = frozenset()


def undo_run(
    run_id: str,
    context: ExecutionContext,
    options: UndoOptions,
    *,
    on_window: Callable[[Window], None] = lambda _window: None,
) -> dict[str, JsonValue]:
    """Takes back what a run has written, as far as its previous values were kept. The report of the undo.

    Args:
        run_id: the execution id of that run.
        context: the host; its execution id is that of the undo, whose own previous values are kept under it.
        options: how.
        on_window: told the windows of the undo as they are settled; their items are the entries that were kept.

    Raises:
        ConfigError: nothing was kept of such a run.
        WriteBlockError: the undo could not be begun or continued; its `report` accounts for every entry.
    """
    store = context.store
    names = find_namespaces(store, run_id)
    targets = list(dict.fromkeys((one.data["connection"], one.data["object"]) for one in _entries(store, names)))
    if not targets:
        message = (
            f"No previous values are kept of a run `{run_id}`: it was made without `previousValues`, has written "
            "nothing, or is too long ago."
        )
        raise ConfigError([Problem(path="", message=message)])
    total: dict[str, JsonValue] | None = None
    for connection, object_name in targets:
        run = RunContext.start(parse_config(_config(connection, object_name, options)), context)
        undo = Undo(run, run_id, options)
        not_written: list[JsonValue] = []
        for window in undo.write(store, names):
            not_written += report_lines(window)
            on_window(window)
        report = undo.report(not_written)
        total = report if total is None else _added(total, report)
        if run.guard.fatal is not None:
            run.guard.fatal.report = total
            raise run.guard.fatal
    return total or {}


def _entries(store: DataStore, names: Iterable[str]) -> Iterator[StoreRecord]:
    """Every entry of these namespaces, page by page."""
    for name in names:
        offset = 0
        while page := store.find(name, limit=_PAGE, offset=offset):
            yield from page
            offset += len(page)


def _config(connection: str, object_name: str, options: UndoOptions) -> dict[str, JsonValue]:
    """An undo is an update by Id that keeps what it overwrites itself, and leaves out what is there already."""
    advanced = {"compare": "skipUnchanged", "previousValues": True, "dryRun": options.dry_run}
    return {
        "connection": connection,
        "object": object_name,
        "matchKey": ID_FIELD,
        "upsert": False,
        "validate": False,
        "advanced": advanced,
    }


def _added(total: Mapping[str, JsonValue], report: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    sums = {name: total[name] + report[name] for name in ("deleted", "createdKept")}
    not_restored = sorted({*total["notRestored"], *report["notRestored"]})
    return {**add_reports(total, report), **sums, "notRestored": not_restored}


class Undo:
    """The undo of what one run has written into one object of one connection."""

    def __init__(self, run: RunContext, run_id: str, options: UndoOptions) -> None:
        self._run = run
        self._run_id = run_id
        self._options = options
        self._force = frozenset(name.lower() for name in options.force)
        self._preview = Preview()
        self._created_kept = 0
        self._not_restored: set[str] = set()

    def write(self, store: DataStore, names: Sequence[str]) -> Iterator[Window]:
        """Settles every entry of the run, window by window; what ends the undo leaves the rest unprocessed."""
        run, config, first = self._run, self._run.config, 0
        own = (
            one.data
            for one in _entries(store, names)
            if (one.data["connection"], one.data["object"]) == (config.connection, config.object)
        )
        entries = (one for one in own if self._is_to_undo(one))
        stage = None
        with what_ends_the_run(run), run.progress.phase("connect"):
            describe, field = describe_target(config, run.client)
            key = match_key(field, upsert=False, dry_run=False)
            self._end_jobs(describe)
            stage = _Stage(run, describe, key, self._preview, force=self._force)
        while held := list(islice(entries, _WINDOW)):
            window = Window(first, held, Ledger(len(held), run.counts))
            first += len(held)
            run.progress.expect(first)
            with what_ends_the_run(run):
                if stage is not None and run.guard.reason() is None:
                    stage.undo(window)
            window.ledger.close(run.guard.reason())
            yield window
        with what_ends_the_run(run):
            run.jobs.close()

    def _end_jobs(self, describe: ObjectDescribe) -> None:
        """A Bulk job of the run that goes on would overwrite what is restored before it."""
        run = self._run
        if run.config.advanced.dry_run:
            return
        for job_id in run.jobs.left_by(self._run_id, target=target_of(run.client.org.identity, describe.name)):
            job = bulk.find_job(run.client.patient(), job_id)
            if job is not None and not job.state.is_final:
                bulk.end(run.client, job_id)

    def report(self, not_written: Sequence[JsonValue]) -> dict[str, JsonValue]:
        """What was done; see `schemas/report.schema.json`."""
        run = self._run
        report = make_report(
            run.config,
            run.counts,
            client=run.client,
            progress=run.progress,
            choice=ApiChoice(api=Api.COLLECTIONS, reason="An undo writes in sObject Collections."),
            preview=self._preview,
            not_written=not_written,
        )
        return {
            **report,
            "deleted": run.counts.of(Outcome.DELETED),
            "createdKept": self._created_kept,
            "notRestored": sorted(self._not_restored),
        }

    def _is_to_undo(self, entry: Mapping[str, JsonValue]) -> bool:
        is_kept = entry["action"] == "create" and not self._options.deletes_created
        self._created_kept += is_kept
        if entry["action"] == "update":
            self._not_restored.update(entry["unreadable"])
        return not is_kept


class _Stage:
    """What a window of entries passes through: read, judge, keep what is there, write."""

    def __init__(
        self, run: RunContext, describe: ObjectDescribe, key: MatchKey, preview: Preview, *, force: frozenset[str]
    ) -> None:
        self._run = run
        self._describe = describe
        self._key = key
        self._preview = preview
        self._force = force
        self._checks = Checks(run.config, run.client, describe)
        self._matcher = Matcher(run, describe, key, self._checks)
        self._changes = Changes(run, describe, key, self._matcher, preview)
        self._comparison = Comparison(run.client, describe)
        self._previous = PreviousValues(run, self._changes)

    def undo(self, window: Window) -> None:
        """Settles what can be settled of a window; what raises leaves the rest open."""
        run = self._run
        with run.progress.phase("match"):
            ids = self._ids(window)
            writes = [
                Write(index, {**entry["after"], **entry["before"], ID_FIELD: record_id}, record_id)
                for index, entry in enumerate(window.items)
                if (record_id := ids.get(index)) is not None
            ]
            self._changes.read(writes, first=window.first)
        judged = [self._judge(write, window) for write in writes]
        with run.progress.phase("write"):
            self._restore([one for one in judged if isinstance(one, Ready)], window.ledger)
            self._delete([one for one in judged if isinstance(one, Write)], window.ledger)

    def _ids(self, window: Window) -> dict[int, str]:
        """The records behind the entries, by place. One that was written ahead and has no Id is looked for by its key,
        and settled where there is nothing to take back.
        """
        ids = {index: entry["id"] for index, entry in enumerate(window.items) if entry["id"] is not None}
        open_ones = {index: entry for index, entry in enumerate(window.items) if entry["id"] is None}
        for name in dict.fromkeys(entry["matchKey"] for entry in open_ones.values()):
            field = self._describe.find_field(name)
            if field is None or field.name == ID_FIELD:
                continue
            key = match_key(field, upsert=True, dry_run=True)
            matcher = Matcher(self._run, self._describe, key, self._checks)
            made = [
                Write(index, {field.name: value}, key.of(value))
                for index, entry in open_ones.items()
                if entry["matchKey"] == name and (value := entry["after"].get(field.name)) is not None
            ]
            matcher.look_up(made)
            for write in made:
                del open_ones[write.index]
                found = matcher.found(write)
                if len(found) == 1:
                    ids[write.index] = found[0]
                else:
                    self._settle_not_made(write.index, found, window.ledger)
        for index in open_ones:
            window.ledger.settle(index, Outcome.UNKNOWN, (_WITHOUT_KEY,))
        return ids

    def _settle_not_made(self, index: int, found: Sequence[str], ledger: Ledger) -> None:
        if found:
            ledger.settle(index, Outcome.FAILED, (_ambiguous(found),))
        else:
            ledger.settle_written([(index, None, Outcome.UNCHANGED)])

    def _judge(self, write: Write, window: Window) -> Ready | Write | None:
        """The update that restores, or the write whose record is to be deleted; None where the entry is settled."""
        entry, ledger = window.items[write.index], window.ledger
        is_create = entry["action"] == "create"
        row = self._changes.row(str(write.key))
        if row is None:
            if is_create:
                ledger.settle_written([(write.index, str(write.key), Outcome.UNCHANGED)])
            else:
                ledger.settle(write.index, Outcome.FAILED, (_deleted_since(write),))
            return None
        changed = [
            name
            for name, columns in self._by_field({**entry.get("earlier", {}), **entry["after"]})
            if name.lower() not in self._force and self._is_changed(entry, name, columns, row)
        ]
        if changed:
            ledger.settle(write.index, Outcome.FAILED, (_changed_since(write, changed),))
            return None
        if is_create:
            return write
        return Ready(write, Operation.UPDATE, {ID_FIELD: write.key, **entry["before"]})

    def _by_field(self, after: Mapping[str, JsonValue]) -> Iterator[tuple[str, list[Column]]]:
        """The columns of what was written, by the field that they write: a parent may be named in two ways."""
        by_field: dict[str, list[Column]] = {}
        for column in self._comparison.of(after):
            by_field.setdefault(column.field.name, []).append(column)
        yield from by_field.items()

    def _is_changed(
        self, entry: Mapping[str, JsonValue], name: str, columns: Sequence[Column], row: Mapping[str, JsonValue]
    ) -> bool:
        """Whether somebody has changed a field since: it holds neither what the run wrote nor what was there before."""
        if name in entry["before"]:
            if row[name] == entry["before"][name]:
                return False
        elif entry["action"] == "update":
            return False  # nothing readable was there, so nothing is restored
        known = [column for column in columns if column.path is not None]
        if entry["action"] == "create" and not known:
            return False
        # Of a record that was written twice it may not be known whether the second time came to be.
        written = [entry["after"], entry.get("earlier", {})]
        return not any(
            column.same(values[column.name], row[column.path or name])
            for values in written
            for column in known
            if column.name in values
        )

    def _restore(self, ready: Sequence[Ready], ledger: Ledger) -> None:
        run = self._run
        selected = self._changes.select(ready, ledger)
        if run.config.advanced.dry_run:
            self._changes.count_calls(selected, in_jobs=False)
            ledger.settle_written((one.write.index, str(one.write.key), Outcome.WOULD_UPDATE) for one in selected)
            return
        self._previous.keep(selected)
        CollectionsWriter(run, self._describe, self._key.field, Claims(run, self._describe, self._key)).write(
            selected, ledger
        )

    def _delete(self, writes: Sequence[Write], ledger: Ledger) -> None:
        run, most = self._run, collections.MOST_RECORDS
        if run.config.advanced.dry_run:
            ledger.settle_written((one.index, str(one.key), Outcome.WOULD_DELETE) for one in writes)
            self._preview.calls += -(-len(writes) // most)
            for one in writes:
                line = {"index": self._changes.first + one.index, "id": one.key, "action": "delete", "fields": {}}
                self._preview.add(line)
            return
        calls = (writes[start : start + most] for start in range(0, len(writes), most))
        concurrency = run.config.advanced.most_calls
        run_all((partial(self._delete_call, call, ledger) for call in calls), concurrency=concurrency)

    def _delete_call(self, call: Sequence[Write], ledger: Ledger) -> None:
        run = self._run
        with run.guard.admitted() as reason:
            if reason is not None:
                return  # what is open stays unprocessed
            try:
                result = collections.delete(run.client, [str(write.key) for write in call])
            except AnswerLost as err:
                self._settle_all(call, ledger, Outcome.UNKNOWN, (lost_reason(err),))
                return
            except Refused as err:
                self._settle_all(call, ledger, Outcome.FAILED, reasons_of(err.errors))
                return
        for write, row in zip(call, result.rows, strict=True):
            if row.id is not None or any(error.code in _GONE for error in row.errors):
                ledger.settle_written([(write.index, str(write.key), Outcome.DELETED)])
            else:
                ledger.settle(write.index, Outcome.FAILED, reasons_of(row.errors))

    def _settle_all(self, call: Sequence[Write], ledger: Ledger, outcome: Outcome, reasons: Sequence[Reason]) -> None:
        for write in call:
            ledger.settle(write.index, outcome, reasons)


_WITHOUT_KEY = Reason(
    stage=Stage.MATCH,
    code="made_without_key",
    message="The run was killed while it made this record, which has no key to look it up by: whether it is there is "
    "not known. Look for it in Salesforce.",
)


def _ambiguous(found: Sequence[str]) -> Reason:
    message = f"{len(found)} records have the key of the one that the run may have made, so none is deleted."
    return Reason(stage=Stage.MATCH, code="ambiguous", message=message)


def _deleted_since(write: Write) -> Reason:
    message = f"The record {write.key} is not there any more, or not visible to the connected user. Nothing to restore."
    return Reason(stage=Stage.MATCH, code="deleted_since", message=message)


def _changed_since(write: Write, names: Sequence[str]) -> Reason:
    shown = ", ".join(f"`{name}`" for name in names)
    message = (
        f"The record {write.key} was changed since the run, in {shown}. It is left as it is. "
        "To restore it all the same, undo the run with these fields forced."
    )
    return Reason(stage=Stage.MATCH, code="changed_since", message=message, fields=tuple(names))
