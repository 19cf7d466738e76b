"""What leaves on the two output edges: the caller's own items, in input order."""

from array import array
from collections.abc import Iterable, Sequence

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.ledger import Ledger, Outcome, Reason
from ziggy_sf_write.run.written_items import WrittenItems
from ziggy_sf_write.salesforce.ids import ID_FIELD


def written_edge(items: Sequence[JsonValue], ledger: Ledger) -> list[JsonValue]:
    """Edge 0: the written items, each with its 18-character Id, made when it is read."""
    # Where all were written, as in most runs, an item's place on the edge is its place here.
    is_whole = ledger.written_count() == len(items)
    places: Sequence[int] = range(len(items)) if is_whole else array("L", ledger.written())
    return WrittenItems(len(places), lambda place: _with_id(items[places[place]], ledger.record_id(places[place])))


def second_edge(items: Sequence[JsonValue], ledger: Ledger, config: WriteConfig) -> list[JsonValue]:
    """Edge 1: invalid items, and failed, unprocessed and unknown ones, as far as the configuration wants them."""
    wanted = set()
    if config.is_validating and config.is_invalid_to_second_edge:
        wanted.add(Outcome.INVALID)
    if config.advanced.is_failed_to_second_edge:
        wanted |= {Outcome.FAILED, Outcome.UNPROCESSED, Outcome.UNKNOWN}
    chosen = (index for index in ledger.not_written() if ledger.outcome(index) in wanted)
    if config.advanced.is_with_reasons:
        return [{"reason": sentence(ledger.reasons(index)), "data": items[index]} for index in chosen]
    return [items[index] for index in chosen]


def sentence(reasons: Iterable[Reason]) -> str:
    """All reasons of an item as one text."""
    return " ".join(reason.message for reason in reasons)


def _with_id(item: dict[str, JsonValue], record_id: str | None) -> dict[str, JsonValue]:
    if record_id is None:
        return item
    # Field names have no case in Salesforce: an item with "id" is completed there, not given a second one.
    key = ID_FIELD if ID_FIELD in item else _other_spelling(item)
    return item if item.get(key) == record_id else {**item, key: record_id}


def _other_spelling(item: dict[str, JsonValue]) -> str:
    """The item's own spelling of `Id`, or `Id` where it has none."""
    return next((one for one in _SPELLINGS if one in item), ID_FIELD)


_SPELLINGS = ("id", "ID", "iD")
