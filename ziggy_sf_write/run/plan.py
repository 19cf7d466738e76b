"""What a run is going to do, by which API and in which order: writes, keys, waves, and children by their parents."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from ziggy_sf_write.block.config import Advanced, Api, DuplicateRules
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.bulk_csv import cell
from ziggy_sf_write.salesforce.concurrency import FIRST
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import ID_FIELD, to_18
from ziggy_sf_write.salesforce.org import ApiUsage
from ziggy_sf_write.salesforce.pace import Pace
from ziggy_sf_write.validation import Operation
from ziggy_sf_write.validation.references import ATTRIBUTES
from ziggy_sf_write.validation.stored import stored_number

# Saving a record locks neither its owner nor its record type.
_NO_PARENTS = frozenset({"OwnerId", "Owner", "RecordTypeId", "RecordType"})
_WHOLE = frozenset({FieldType.INT, FieldType.LONG})
_DOUBLES = frozenset({FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})
# No whole number has more; written out, 1E+999999999 would fill the memory.
_MOST_DIGITS = 40
# A job costs about this many calls, whatever its size: create, upload, close, a few polls, two result files.
CALLS_OF_A_JOB = 12
# Whoever needs more than this share of the calls that are left takes few large jobs, and leaves the rest to others.
_SCARCE = 0.2
_UNKNOWN = Pace()

# Both are made once for each item of an edge, and by place: by name each would cost twice as much.


@dataclass(slots=True)
class Write:
    """One item that passed the check: its place in the window, its record, and its key as Salesforce compares it.

    `key` is None only for an item that is certain to become a new record, an upsert by Id without an Id.
    """

    index: int
    record: dict[str, JsonValue]
    key: Hashable | None


@dataclass(slots=True)
class Ready:
    """A write whose operation is decided; `body` is what is sent, `is_after_loss`: an earlier try may be saved."""

    write: Write
    operation: Operation
    body: dict[str, JsonValue]
    is_after_loss: bool = False


class Strategy(StrEnum):
    """How items find their records."""

    BY_ID = "by Id"
    NATIVE = "native upsert"
    LOOK_UP = "look-up"


KeyOf = Callable[[JsonValue], Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKey:
    """The field that items are matched by, how it finds records, and `of`, which maps equal values to equal keys."""

    field: FieldInfo
    strategy: Strategy
    is_native: bool
    of: KeyOf


def match_key(field: FieldInfo, *, upsert: bool, dry_run: bool) -> MatchKey:
    """The cheapest way that fits. A dry run always looks up: only then it can say what would happen; but it compares
    as the run would, by Salesforce's own upsert where that would decide.
    """
    is_native = upsert and field.is_native_key and field.name != ID_FIELD
    if dry_run:
        strategy = Strategy.LOOK_UP
    elif field.name == ID_FIELD:
        strategy = Strategy.BY_ID
    else:
        strategy = Strategy.NATIVE if is_native else Strategy.LOOK_UP
    return MatchKey(field=field, strategy=strategy, is_native=is_native, of=key_of(field, is_native=is_native))


def key_of(field: FieldInfo, *, is_native: bool) -> KeyOf:
    """A function that maps a key's value to something equal for values that mean one record (sections 4, 5.2 and 6).

    Args:
        field: the key's field.
        is_native: True where Salesforce's own upsert compares, False where a query does: their rules for case differ.
    """
    if field.type in (FieldType.ID, FieldType.REFERENCE):
        return lambda value: to_18(trimmed(str(value)))
    if field.type in _DOUBLES:
        return stored_number
    if field.type in _WHOLE:
        return _whole_key
    if field.type is FieldType.DATETIME:
        return lambda value: _parsed(value, datetime.fromisoformat)
    if field.type is FieldType.TIME:
        return lambda value: _parsed(value, time.fromisoformat)
    return _text_key if _is_case_sensitive(field, is_native=is_native) else _folded_key


def _is_case_sensitive(field: FieldInfo, *, is_native: bool) -> bool:
    if field.type is FieldType.EMAIL:
        return False  # stored in lower case (section 3.2)
    if is_native:
        # An upsert folds case only for unique fields that were declared so.
        return not field.is_unique or field.is_case_sensitive
    return field.is_unique and field.is_case_sensitive


def _text_key(value: JsonValue) -> Hashable:
    return trimmed(value if type(value) is str else cell(value))


def _folded_key(value: JsonValue) -> Hashable:
    # Not casefold(): "Straße" and "Strasse" are two records, which one key would mix up.
    return trimmed(value if type(value) is str else cell(value)).lower()


def stored(field: FieldInfo, value: JsonValue) -> JsonValue:
    """A key as its record holds it: Salesforce trims texts and rounds doubles when it saves, never when it searches."""
    if field.type in _DOUBLES:
        return stored_number(value)
    return trimmed(value) if isinstance(value, str) else value


def _whole_key(value: JsonValue) -> Hashable:
    """Every digit counts, `7.0` is 7 all the same."""
    text = str(value)
    try:
        number = Decimal(text) if text.isascii() else Decimal("NaN")
    except InvalidOperation:
        return text
    is_whole = number.is_finite() and number.adjusted() <= _MOST_DIGITS and number == number.to_integral_value()
    return int(number) if is_whole else text


def _parsed(value: JsonValue, parse: Callable[[str], Hashable]) -> Hashable:
    """Python reads many a row of digits as a moment, too; Salesforce does not."""
    text = str(value)
    try:
        return parse(text) if ":" in text else text
    except ValueError:
        return text


def waves(writes: Sequence[Write]) -> list[list[Write]]:
    """Successive waves that keep the edge's order: the k-th item of each key goes into the k-th, so that no key is
    twice under way. Writes without a key all go into the first.
    """
    if len({write.key for write in writes}) == len(writes):
        return [list(writes)] if writes else []
    seen: dict[Hashable, int] = {}
    cut: list[list[Write]] = [[]]
    for write in writes:
        place = seen.get(write.key, 0) if write.key is not None else 0
        if write.key is not None:
            seen[write.key] = place + 1
        if place == len(cut):
            cut.append([])
        cut[place].append(write)
    return cut if cut[0] else []


def group_by_parent(wave: Sequence[Ready], describe: ObjectDescribe) -> Sequence[Ready]:
    """The wave with the children of one parent side by side; parents in the order in which they first appear.

    Saving a child locks its parent, and two calls that hold children of one parent wait for each other (section 7.6).
    A wave in which nothing refers to a parent comes back as it is.
    """
    name = next((name for ready in wave[:1] for name in ready.body if _leads_to_parent(name, describe)), None)
    if name is None:
        return wave
    groups: dict[Hashable, list[Ready]] = {}
    for ready in wave:
        groups.setdefault(_parent(ready.body.get(name)), []).append(ready)
    return [ready for group in groups.values() for ready in group]


def _leads_to_parent(name: str, describe: ObjectDescribe) -> bool:
    if name in _NO_PARENTS:
        return False
    field = describe.find_field(name) or describe.find_relationship(name)
    return field is not None and field.type is FieldType.REFERENCE


def _parent(value: JsonValue) -> Hashable:
    """A parent's Id, or the one key that names it in a relationship object."""
    if isinstance(value, Mapping):
        return next((str(one) for key, one in value.items() if key != ATTRIBUTES), None)
    return value[:15] if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiChoice:
    """The API and a sentence for the report; whether Bulk was chosen only because it is faster."""

    api: Api
    reason: str
    is_for_speed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What writing so many items is expected to take, in calls and in jobs; `jobs_s` is None where no job was seen."""

    count: int
    calls: int
    calls_s: float
    jobs: int
    jobs_s: float | None

    @property
    def is_faster_by_jobs(self) -> bool:
        """Whether jobs take less time, and no more calls."""
        return self.jobs_s is not None and self.jobs_s < self.calls_s and self.calls > self.jobs * CALLS_OF_A_JOB

    def __str__(self) -> str:
        calls, jobs = _number(self.calls, "call"), _number(self.jobs, "job")
        if self.calls <= CALLS_OF_A_JOB:
            return f"{calls} would do, and a job costs about {CALLS_OF_A_JOB}."
        if self.jobs_s is None:
            return f"{calls} take about {_seconds(self.calls_s)}; how long a job takes is not known yet."
        return f"{calls} take about {_seconds(self.calls_s)}, {jobs} about {_seconds(self.jobs_s)}."


def costs_of(
    advanced: Advanced, count: int, *, pace: Pace = _UNKNOWN, at_first: int = FIRST, window: int | None = None
) -> Costs:
    """What both ways would take.

    Args:
        advanced: the block's advanced settings.
        count: how many items there are in the whole stream, as far as it is known.
        pace: what such writes took last.
        at_first: with how many calls at a time a run begins where it finds out how many there may be.
        window: how many items one job holds at the most; None: all.
    """
    most, size, window = advanced.concurrency, advanced.batch_size, window or max(1, count)
    whole, rest = divmod(count, window)
    return Costs(
        count=count,
        calls=-(-count // size),
        calls_s=pace.by_calls_s(count, records=size, at_first=most or at_first, most=most),
        jobs=whole + bool(rest),
        jobs_s=whole * pace.by_job_s(window) + bool(rest) * pace.by_job_s(rest) if pace.jobs else None,
    )


def is_large(advanced: Advanced, count: int) -> bool:
    """Whether so many items would take more calls than a job does: else nobody needs to know how long jobs take."""
    return count > advanced.batch_size * CALLS_OF_A_JOB


def choose_api(advanced: Advanced, costs: Costs, *, usage: ApiUsage | None) -> ApiChoice:
    """Collections unless Bulk is faster, or calls are scarce, or something that only one of them can do decides.

    Args:
        advanced: the block's advanced settings.
        costs: what both ways would take.
        usage: what is left of the org's daily calls, as far as it is known.
    """
    if advanced.api is not Api.AUTO:
        return ApiChoice(api=advanced.api, reason="The configuration asks for it.")
    if advanced.all_or_none or advanced.duplicate_rules is DuplicateRules.ALLOW_SAVE:
        only = "All or none per call exists only in sObject Collections."
        return _collections(only if advanced.all_or_none else "Bulk API 2.0 takes no duplicate-rule header.")
    threshold = advanced.bulk_threshold
    if threshold is not None and costs.count >= threshold:
        return ApiChoice(api=Api.BULK, reason=f"{costs.count} items are at or above the threshold of {threshold}.")
    if usage is not None and _is_scarce(advanced, costs, usage):
        left = usage.limit - usage.used
        return ApiChoice(api=Api.BULK, reason=f"{costs.calls} calls would be needed, and only {left} are left today.")
    if threshold is not None:
        return _collections(f"{costs.count} items are below the threshold of {threshold}.")
    is_faster = costs.is_faster_by_jobs
    return ApiChoice(api=Api.BULK if is_faster else Api.COLLECTIONS, reason=str(costs), is_for_speed=is_faster)


def _is_scarce(advanced: Advanced, costs: Costs, usage: ApiUsage) -> bool:
    """Whether so many calls are too many of those that are left, while there are enough for a job."""
    left = usage.limit - usage.used
    # A threshold that somebody has set is obeyed as long as the calls suffice.
    most = left if advanced.bulk_threshold is not None else left * _SCARCE
    return costs.calls > max(most, costs.jobs * CALLS_OF_A_JOB) and left >= CALLS_OF_A_JOB


def is_worth_a_job(advanced: Advanced, count: int, *, is_whole: bool) -> bool:
    """Whether a wave of so many rows goes into a Bulk job, in a run that has chosen Bulk.

    A job that was asked for takes a wave that `is_whole`, its window's only one. Where keys come again or parents go
    first, each wave has to be worth the calls of a job, and so has what a comparison leaves.
    """
    threshold = advanced.bulk_threshold
    is_chosen = advanced.api is Api.BULK or (threshold is not None and count >= threshold)
    return (is_whole and is_chosen) or is_large(advanced, count)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def _collections(reason: str) -> ApiChoice:
    return ApiChoice(api=Api.COLLECTIONS, reason=reason)
