"""Which API writes, and why: a pure decision that the report repeats."""

from dataclasses import dataclass
from math import inf

from ziggy_sf_write.block.config import Advanced, Api, DuplicateRules
from ziggy_sf_write.salesforce.org import ApiUsage

# A job costs about this many calls, whatever its size: create, upload, close, a few polls, two result files.
_CALLS_OF_A_JOB = 12
# What both ways take in time, as measured with one lane of Bulk (benchmarks/threshold.py): seconds of a call with 200
# records, of a job until its first record, and of each further record of a job.
_CALL_S, _JOB_S, _RECORD_S = 1.0, 5.0, 0.0009
_RECORDS_OF_A_CALL = 200
# Whoever needs more than this share of the calls that are left takes few large jobs, and leaves the rest to others.
_SCARCE = 0.2


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
    return calls > max(most, _CALLS_OF_A_JOB) and left >= _CALLS_OF_A_JOB


def bulk_threshold(advanced: Advanced) -> float:
    """From how many items a Bulk job is faster; infinite where it never is: with so many calls at a time."""
    if advanced.bulk_threshold is not None:
        return advanced.bulk_threshold
    by_calls_s = _CALL_S / _RECORDS_OF_A_CALL / advanced.most_calls
    return round(_JOB_S / (by_calls_s - _RECORD_S)) if by_calls_s > _RECORD_S else inf


def _collections(reason: str) -> ApiChoice:
    return ApiChoice(api=Api.COLLECTIONS, reason=reason)
