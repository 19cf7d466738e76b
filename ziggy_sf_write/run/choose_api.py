"""Which API writes, and why: a pure decision that the report repeats."""

from dataclasses import dataclass

from ziggy_sf_write.block.config import Advanced, Api, DuplicateRules
from ziggy_sf_write.salesforce.org import ApiUsage

# A job costs about this many calls, whatever its size: create, upload, close, a few polls, two result files.
_CALLS_OF_A_JOB = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiChoice:
    """The API and a sentence for the report."""

    api: Api
    reason: str


def choose_api(advanced: Advanced, *, count: int, usage: ApiUsage | None, expected: int = 0) -> ApiChoice:
    """Collections below the threshold, Bulk from there on, unless something that only one of them can do decides.

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
    calls = -(-max(count, expected) // advanced.batch_size)
    if count >= advanced.bulk_threshold:
        return ApiChoice(
            api=Api.BULK, reason=f"{count} items are at or above the threshold of {advanced.bulk_threshold}."
        )
    left = usage.limit - usage.used if usage else None
    if left is not None and left < calls and left >= _CALLS_OF_A_JOB:
        return ApiChoice(api=Api.BULK, reason=f"{calls} calls would be needed, and only {left} are left today.")
    return _collections(f"{count} items are below the threshold of {advanced.bulk_threshold}.")


def _collections(reason: str) -> ApiChoice:
    return ApiChoice(api=Api.COLLECTIONS, reason=reason)
