"""The report as types, for hosts that are checked by mypy or pyright: `typed_report(result)["counts"]["written"]`.

`schemas/report.schema.json` says what each key means; a test holds the two together. Importing this costs nothing else.
"""

from typing import Any, Literal, NotRequired, TypedDict, cast

from ziggy_sf_write.contract import BlockResult


class Verdict(TypedDict):
    """In one word and in one sentence."""

    state: Literal["complete", "partial", "nothing"]
    sentence: str


class Counts(TypedDict):
    """How many items came to which end; the ends add up to `received`."""

    received: int
    written: int
    unchanged: int
    invalid: int
    failed: int
    unprocessed: int
    unknown: int
    wouldCreate: int
    wouldUpdate: int
    wouldDelete: int


class Change(TypedDict):
    """What a preview found for one item, field by field: `{"Name": {"before": "Old", "after": "New"}}`."""

    index: int
    id: str | None
    action: Literal["create", "update", "delete"]
    fields: dict[str, Any]


class CallEstimate(TypedDict):
    """What the run of a preview would cost, and how many calls the day has left."""

    calls: int
    left: int | None


class KeptFailures(TypedDict):
    """Failures of earlier runs that this one has ended, wholly or in part."""

    removed: int
    superseded: int


class ChosenApi(TypedDict):
    """How the records were sent, and why so."""

    name: Literal["collections", "bulk", "none"]
    reason: str


class SettledConcurrency(TypedDict):
    """How many calls were made at a time in the end, and why not more."""

    calls: int
    reason: str


class ApiCalls(TypedDict):
    """The calls of this run, and the day's of the whole org."""

    used: int
    byKind: dict[str, int]
    orgUsed: int | None
    orgLimit: int | None


class Phase(TypedDict):
    """Milliseconds of one phase."""

    name: Literal["connect", "check", "match", "write", "keep"]
    ms: int


class Problem(TypedDict):
    """One reason why an item was not written."""

    stage: Literal["intake", "check", "match", "write", "stop"]
    code: str
    message: str
    fields: list[str]
    retryable: bool


class NotWritten(TypedDict):
    """An item that was not written; `index` counts from 0."""

    index: int
    outcome: Literal["invalid", "failed", "unprocessed", "unknown"]
    errors: list[Problem]


class Report(TypedDict):
    """What one run, preview or undo has done."""

    object: str
    operation: Literal["upsert", "update"]
    matchKey: str
    connection: str
    instanceUrl: NotRequired[str]
    dryRun: bool
    verdict: Verdict
    unhandled: int
    discarded: int
    counts: Counts
    created: int
    updated: int
    undoRun: NotRequired[str]
    deleted: NotRequired[int]
    createdKept: NotRequired[int]
    notRestored: NotRequired[list[str]]
    changes: NotRequired[list[Change]]
    changesNotShown: NotRequired[int]
    unchanged: NotRequired[int]
    callEstimate: NotRequired[CallEstimate]
    keptFailures: KeptFailures
    api: ChosenApi
    concurrency: SettledConcurrency
    apiCalls: ApiCalls
    phases: list[Phase]
    notWritten: list[NotWritten]


def typed_report(result: BlockResult) -> Report:
    """The report of a result of this block.

    Raises:
        ValueError: the result has none, so it is another block's.
    """
    if result.report is None:
        raise ValueError("this result has no report; was it the Salesforce Write block that ran?")
    return cast("Report", result.report)
