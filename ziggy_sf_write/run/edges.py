"""The edges: what comes in on the primary one, and the caller's own items as they leave, in input order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import Edge, JsonValue
from ziggy_sf_write.run.outcomes import Ledger, Outcome, Reason
from ziggy_sf_write.salesforce.ids import ID_FIELD

_SPELLINGS_OF_ID = (ID_FIELD, "id", "ID", "iD")


@dataclass(frozen=True, slots=True)
class Window:
    """Items that have their outcomes; `first` is the place of the first of them in the whole stream, from 0."""

    first: int
    items: Sequence[JsonValue]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one item: with its Id added where it was written, with reasons where it was not.

    `index` counts from 0 over the whole stream; `outcome` is a name of the report's counts.
    """

    index: int
    item: JsonValue
    outcome: str
    record_id: str | None
    reasons: tuple[Reason, ...]

    @property
    def reason(self) -> str:
        """All reasons as one text."""
        return sentence(self.reasons)

    @property
    def code(self) -> str:
        """Their codes, with a space between them."""
        return " ".join(reason.code for reason in self.reasons)


def primary_items(edges: Sequence[Edge]) -> Sequence[JsonValue]:
    """The items of edge 0, the one that blocks read; none where nothing is wired. An object is an array of one."""
    primary = min(edges, key=lambda edge: edge.index, default=None)
    if primary is None:
        return ()
    return (primary.items,) if isinstance(primary.items, dict) else primary.items


def written_items(window: Window) -> Iterator[JsonValue]:
    """For edge 0: the written items, each with its 18-character Id."""
    ledger, ids = window.ledger, window.ledger.record_ids()
    if ledger.is_all_written:
        return map(_with_id, window.items, ids)
    kept = set(ledger.not_written())
    return (_with_id(item, ids[at]) for at, item in enumerate(window.items) if at not in kept)


def second_edge_items(window: Window, config: WriteConfig) -> Iterator[JsonValue]:
    """For edge 1: invalid items, and failed, unprocessed and unknown ones, as far as the configuration wants them."""
    ledger, items, wanted = window.ledger, window.items, set()
    if config.validate and config.invalid_to_second_edge:
        wanted.add(Outcome.INVALID)
    if config.advanced.failed_to_second_edge:
        wanted |= {Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN}
    chosen = (index for index in ledger.not_written() if ledger.outcome(index) in wanted)
    if config.advanced.with_reasons:
        return ({"reason": sentence(ledger.reasons(index)), "data": items[index]} for index in chosen)
    return (items[index] for index in chosen)


def row_results(window: Window, indices: Iterable[int] | None = None) -> Iterator[RowResult]:
    """What became of each item of the window, in input order, or of those at these places in theirs."""
    ledger = window.ledger
    for at in range(len(window.items)) if indices is None else indices:
        item, reasons, record_id = window.items[at], ledger.reasons(at), ledger.record_id(at)
        shown = item if reasons else _with_id(item, record_id)
        yield RowResult(window.first + at, shown, ledger.outcome(at).label, record_id, reasons)


def report_lines(window: Window) -> Iterator[JsonValue]:
    """The report's lines about the items that were not written."""
    ledger = window.ledger
    for at in ledger.not_written():
        errors = [reason.to_json() for reason in ledger.reasons(at)]
        yield {"index": window.first + at, "outcome": ledger.outcome(at).label, "errors": errors}


def sentence(reasons: Iterable[Reason]) -> str:
    """All reasons of an item as one text."""
    return " ".join(reason.message for reason in reasons)


def _with_id(item: JsonValue, record_id: str | None) -> JsonValue:
    if record_id is None:
        return item
    # Field names have no case in Salesforce: an item with "id" is completed there, not given a second one.
    for key in _SPELLINGS_OF_ID:
        if key in item:
            return item if item[key] == record_id else {**item, key: record_id}
    return {**item, ID_FIELD: record_id}
