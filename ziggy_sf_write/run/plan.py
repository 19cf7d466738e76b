"""What a run is going to do, by which API and in which order: writes, keys, waves, and children by their parents."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import inf

from ziggy_sf_write.block.config import Advanced, Api, DuplicateRules
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.bulk_csv import cell
from ziggy_sf_write.salesforce.describe import FieldInfo, FieldType, ObjectDescribe
from ziggy_sf_write.salesforce.encode import trimmed
from ziggy_sf_write.salesforce.ids import ID_FIELD, to_18
from ziggy_sf_write.salesforce.org import ApiUsage
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
# What both ways take in time, as measured with one lane of Bulk (benchmarks/threshold.py): seconds of a call with 200
# records, of a job until its first record, and of each further record of a job.
_CALL_S, _JOB_S, _RECORD_S = 1.0, 5.0, 0.0009
_RECORDS_OF_A_CALL = 200
# Whoever needs more than this share of the calls that are left takes few large jobs, and leaves the rest to others.
_SCARCE = 0.2

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
    """The API and a sentence for the report."""

    api: Api
    reason: str


def choose_api(advanced: Advanced, *, count: int, usage: ApiUsage | None, expected: int = 0) -> ApiChoice:
    """Collections unless Bulk is faster, or calls are scarce, or something that only one of them can do decides.

    Args:
        advanced: the block's advanced settings.
        count: how many items are on the edge.
        usage: what is left of the org's daily calls, as far as it is known.
        expected: how many items are still to come in this and later edges of one stream. They count for the calls
            that are needed, not for the threshold: that is about the time which one edge takes.
    """
    if advanced.api is not Api.AUTO:
        return ApiChoice(api=advanced.api, reason="The configuration asks for it.")
    if advanced.all_or_none:
        return _collections("All or none per call exists only in sObject Collections.")
    if advanced.duplicate_rules is DuplicateRules.ALLOW_SAVE:
        return _collections("Bulk API 2.0 takes no duplicate-rule header.")
    threshold = bulk_threshold(advanced)
    if count >= threshold:
        return ApiChoice(api=Api.BULK, reason=f"{count} items are at or above the threshold of {threshold:.0f}.")
    calls = -(-max(count, expected) // advanced.batch_size)
    if usage is not None and _is_scarce(advanced, calls, usage):
        left = usage.limit - usage.used
        return ApiChoice(api=Api.BULK, reason=f"{calls} calls would be needed, and only {left} are left today.")
    is_below = f"{count} items are below the threshold of {threshold:.0f}."
    return _collections(is_below if threshold < inf else _of_calls(calls))


def _of_calls(count: int) -> str:
    return "1 call is faster than a job." if count == 1 else f"{count} calls, several at a time, are faster than a job."


def _is_scarce(advanced: Advanced, calls: int, usage: ApiUsage) -> bool:
    """Whether so many calls are too many of those that are left, while there are enough for a job."""
    left = usage.limit - usage.used
    # A threshold that somebody has set is obeyed as long as the calls suffice.
    most = left if advanced.bulk_threshold is not None else left * _SCARCE
    return calls > max(most, CALLS_OF_A_JOB) and left >= CALLS_OF_A_JOB


def is_worth_a_job(advanced: Advanced, count: int, *, is_whole: bool) -> bool:
    """Whether a wave of so many rows goes into a Bulk job, in a run that has chosen Bulk.

    A job that was asked for, or that is faster, takes a wave that `is_whole`, its window's only one. Where keys come
    again or parents go first, each wave has to be worth the calls of a job, and so has what a comparison leaves.
    """
    is_chosen = advanced.api is Api.BULK or count >= bulk_threshold(advanced)
    return (is_whole and is_chosen) or -(-count // advanced.batch_size) > CALLS_OF_A_JOB


def bulk_threshold(advanced: Advanced) -> float:
    """From how many items a Bulk job is faster; infinite where it never is: with so many calls at a time."""
    if advanced.bulk_threshold is not None:
        return advanced.bulk_threshold
    by_calls_s = _CALL_S / _RECORDS_OF_A_CALL / advanced.most_calls
    return round(_JOB_S / (by_calls_s - _RECORD_S)) if by_calls_s > _RECORD_S else inf


def _collections(reason: str) -> ApiChoice:
    return ApiChoice(api=Api.COLLECTIONS, reason=reason)
