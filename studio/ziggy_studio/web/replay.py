"""Failed items of a namespace, sent through their block once more; what was written then leaves the namespace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from ziggy_sf_write.contract import HostError, JsonValue, StoreRecord
from ziggy_studio.engine import FlowRun, Host, check_flow
from ziggy_studio.flow import RECEIVER, Flow, FlowBlock, FlowEdge
from ziggy_studio.outcome import RunKind
from ziggy_studio.store import SqlStore, all_records
from ziggy_studio.web.errors import ApiError, ErrorCode
from ziggy_studio.web.records import is_failure
from ziggy_studio.web.refusals import not_ready
from ziggy_studio.web.runs import Extras


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What is to be sent again: the items of a namespace, through one block of a flow.

    With `edited`, items by their keys, only these are sent, and in this form.
    """

    namespace: str
    flow: Flow
    block_id: str
    file_name: str
    is_alone: bool = False
    edited: Mapping[str, JsonValue] = field(default_factory=dict)


def prepare_replay(host: Host, store: SqlStore, replay: Replay) -> tuple[Flow, Extras]:
    """The flow of the block alone, checked, and what its run has besides: the namespace's failed items.

    Raises:
        ApiError: there is nothing to send, the flow has no such block, or the block is not ready.
    """
    records = [
        one
        for one in all_records(store, replay.namespace)
        if is_failure(one) and (not replay.edited or one.key in replay.edited)
    ]
    if not records:
        message = f"The namespace `{replay.namespace}` holds no failed items."
        raise ApiError(ErrorCode.NOT_READY, message, "There is nothing to send again.")
    flow = prepare_resend(host, replay.flow, replay.block_id)
    return flow, Extras(
        kind=RunKind.REPLAY,
        is_alone=replay.is_alone,
        launch_data=[replay.edited.get(one.key, one.data["data"]) for one in records],
        on_finished=lambda run: _clean_up(store, replay, records, run),
    )


def prepare_resend(host: Host, flow: Flow, block_id: str) -> Flow:
    """The flow of a block alone, checked. Raises `ApiError` where there is no such block, or it is not ready."""
    alone = _block_alone(flow, block_id)
    problems = check_flow(alone, host)
    if problems:
        raise not_ready(alone, problems)
    return alone


def _block_alone(flow: Flow, block_id: str) -> Flow:
    """The block between its own edges: their ids stay, so that the canvas shows the counts; nothing behind it runs."""
    block = next((one for one in flow.blocks if one.id == block_id), None)
    if block is None:
        raise ApiError(ErrorCode.BAD_REQUEST, f"This flow has no block `{block_id}`.", "Reload the page.")
    incoming = flow.incoming(block_id)
    outgoing = tuple(edge for edge in flow.edges if edge.source == block_id)
    receiver = FlowBlock(id=_free_id([one.id for one in flow.blocks]), type=RECEIVER, config={})
    into = FlowEdge(
        id=incoming[0].id if incoming else _free_id([one.id for one in outgoing]),
        source=receiver.id,
        source_handle="o0",
        target=block_id,
        target_handle="i0",
    )
    return Flow(
        name=flow.name,
        timeout_s=flow.timeout_s,
        blocks=(receiver, block),
        edges=(into, *outgoing),
    )


def _free_id(taken: Collection[str]) -> str:
    """`replay`, or with a number behind it where that is taken."""
    return next(one for number in count(1) if (one := "replay" if number == 1 else f"replay{number}") not in taken)


def _clean_up(store: SqlStore, replay: Replay, records: Sequence[StoreRecord], run: FlowRun) -> str:
    """Deletes the records whose items were written, and says what became of all."""
    report = next((one.report for one in run.blocks if one.id == replay.block_id), None)
    written = _written(report, len(records))
    if written is None:
        return (
            f"Replay of {replay.namespace}: the block does not say what it wrote, so all {len(records)} records stay."
        )
    if not written:
        return f"Replay of {replay.namespace}: none of {len(records)} was written; every record stays."
    gone = sum(_delete_unchanged(store, records[index]) for index in written)
    left = len(records) - len(written)
    stay = "Nothing is left of them." if left == 0 else f"{left} {'stays' if left == 1 else 'stay'}."
    kept = "" if gone == len(written) else f" Kept, because they changed meanwhile: {len(written) - gone}."
    return f"Replay of {replay.namespace}: {len(written)} of {len(records)} written and taken out. {stay}{kept}"


def _written(report: JsonValue, sent: int) -> list[int] | None:
    """The places of the items that were written; None where the report does not account for each item that was sent."""
    if not isinstance(report, Mapping) or not isinstance(report.get("notWritten"), list):
        return None
    missing = {entry["index"] for entry in report["notWritten"]}
    written = [index for index in range(sent) if index not in missing]
    # A preview lists nothing as not written, and has written nothing: only the count of what was written decides.
    return written if report.get("counts", {}).get("written") == len(written) else None


def _delete_unchanged(store: SqlStore, record: StoreRecord) -> bool:
    """Whether a record is gone now: the run itself has taken it out, or it is deleted here, unless another run has put
    something else in its place since it was read.
    """
    found = store.find_key(record.name, record.key)
    return found is None or (found == record and store.delete_key(record.name, record.key))


def full_store(host: Host) -> SqlStore:
    """The studio's own store, which can do more than blocks may ask of a host."""
    if not isinstance(host.store, SqlStore):
        raise HostError("This Data Store cannot be browsed here.")
    return host.store
