"""The block's road from edge to outcome: intake, check, match, write, keep, emit. Read it top to bottom."""

import logging
from collections.abc import Iterator, Sequence

from ziggy_sf_write.block.config import Api, parse_config
from ziggy_sf_write.contract import BlockResult, Config, Edge, ExecutionContext, JsonValue
from ziggy_sf_write.errors import AccessError, StoreError, UnreachableError, WriteBlockError
from ziggy_sf_write.run.emit import second_edge, written_edge
from ziggy_sf_write.run.intake import not_an_object, primary_items
from ziggy_sf_write.run.job_book import JobBook, target_of
from ziggy_sf_write.run.keep import Keeper
from ziggy_sf_write.run.ledger import Outcome
from ziggy_sf_write.run.match import Rejected, reason_of
from ziggy_sf_write.run.plan import Action, Ready, Write
from ziggy_sf_write.run.refusals import broken_off_reason, fatal_refusal
from ziggy_sf_write.run.report import make_report
from ziggy_sf_write.run.session import Session
from ziggy_sf_write.run.setup import Road, renew, set_up
from ziggy_sf_write.run.stream import Stream
from ziggy_sf_write.run.waves import waves
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused, Stopped
from ziggy_sf_write.salesforce.ids import ID_FIELD
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce

log = logging.getLogger(__name__)


def execute(
    config: Config, edges: Sequence[Edge], context: ExecutionContext, *, stream: Stream | None = None
) -> BlockResult:
    """Writes the items of the primary edge and answers with two edges and a report.

    A caller that sends one stream of items in several calls gives all of them the same `stream`.

    Raises:
        ConfigError: the configuration is wrong; nothing was attempted.
        WriteBlockError: the run could not be begun or continued; its `report` accounts for every item.
    """
    parsed = parse_config(config)
    org = ORGS.org(require_salesforce(context.connection(parsed.connection)))
    items = primary_items(edges)
    own_book = JobBook(context.store, flow=context.flow_name, block=context.block_id)
    session = Session(parsed, context, org=org, size=len(items), stream=stream or Stream(book=own_book))
    keeper = Keeper(items, session.ledger, parsed, context, names=session.stream.names)
    try:
        _write_edge(session, items, keeper)
    except Stopped:
        pass  # the brake knows why; what is open stays unprocessed
    except (NotSent, AnswerLost) as err:
        session.brake.pull(UnreachableError(f"Salesforce cannot be reached: {err}. Run the flow again later."))
    except Refused as err:
        session.brake.pull(fatal_refusal(err, parsed.object) or AccessError(f"Salesforce refused a look-up: {err}"))
    except WriteBlockError as err:
        session.brake.pull(err)
    return _finish(session, items, keeper, own_book)


def _write_edge(session: Session, items: Sequence[JsonValue], keeper: Keeper) -> None:
    with session.meter.phase("connect"):
        road = set_up(session, items)
    # Windows are written one after the other, so that memory does not grow with the edge: the records and keys of
    # one window are all that is held besides the items themselves.
    for window in _windows(len(items), road.writer.capabilities.window):
        if session.brake.reason() is not None:
            return
        with session.meter.phase("check"):
            writes = list(_check(session, road, items, window))
        with session.meter.phase("match"):
            road.matcher.look_up(writes)
        with session.meter.phase("write"):
            for wave in waves(writes):
                _write_wave(session, road, wave, items)
        with session.meter.phase("keep"):
            keeper.keep(window)


def _windows(count: int, size: int) -> Iterator[range]:
    return (range(start, min(start + size, count)) for start in range(0, count, size))


def _check(session: Session, road: Road, items: Sequence[JsonValue], window: range) -> Iterator[Write]:
    """The items of the window that may go on; the others are settled as invalid."""
    check, key_field, key_of = road.checker.check, road.key_field.name, road.key_of
    for index in window:
        item = items[index]
        if not isinstance(item, dict):
            session.ledger.settle(index, Outcome.INVALID, (not_an_object(item),))
            continue
        record, problems = check(item)
        if problems:
            session.ledger.settle(index, Outcome.INVALID, [reason_of(problem) for problem in problems])
            continue
        value = record.get(key_field)
        yield Write(index, record, None if value is None else key_of(value))


def _write_wave(session: Session, road: Road, wave: Sequence[Write], items: Sequence[JsonValue]) -> None:
    ready: list[Ready] = []
    for write, decided in zip(wave, road.matcher.decide(wave), strict=True):
        if isinstance(decided, Rejected):
            session.ledger.settle(write.index, decided.outcome, decided.reasons)
        else:
            ready.append(decided)
    if session.config.advanced.is_dry_run:
        _preview(session, ready)
    else:
        _mark_overtaken(session)
        road.writer.write(ready)
    _judge_again(session, road, items)
    road.matcher.remember(ready, session.ledger)


def _mark_overtaken(session: Session) -> None:
    """A Bulk job that a killed run has left behind must not stand for rows that are written anew without one."""
    if session.choice.api is Api.BULK:
        return  # its writer does so itself, once it has seen which jobs it can take up
    try:
        session.stream.book.mark_overtaken(target_of(session.client.org.identity, session.config.object))
    except StoreError as err:
        # Calls without a job need no store: one that fails is told, and does not keep them from being made.
        log.warning("Bulk jobs of earlier runs could not be looked up: %s", err)


def _judge_again(session: Session, road: Road, items: Sequence[JsonValue]) -> None:
    """Checks records that Salesforce refused against its own describe once more, by what it says of itself now."""
    held = session.verdicts.take_held()
    try:
        if held and not road.is_renewed:
            renew(session, road, items)
    finally:
        for ready, reasons in held:
            _, problems = road.checker.check(items[ready.write.index])
            if problems:
                session.ledger.settle(ready.write.index, Outcome.INVALID, [reason_of(problem) for problem in problems])
            else:
                session.ledger.settle(ready.write.index, Outcome.FAILED, reasons)


def _preview(session: Session, ready: Sequence[Ready]) -> None:
    for one in ready:
        outcome = Outcome.WOULD_CREATE if one.action is Action.CREATE else Outcome.WOULD_UPDATE
        session.ledger.settle_written(one.write.index, one.body.get(ID_FIELD) or None, outcome)


def _finish(session: Session, items: Sequence[JsonValue], keeper: Keeper, own_book: JobBook) -> BlockResult:
    """Closes the books: nothing stays open, failures are kept, outcomes add up; a fatal error is raised last."""
    ledger, brake, config = session.ledger, session.brake, session.config
    if session.verdicts.is_describe_stale:
        # Contradicted without validation: nothing is checked again, but the next run asks the org.
        session.client.org.catalog.drop_object(config.object)
    for ready, reasons in session.verdicts.take_held():
        ledger.settle(ready.write.index, Outcome.FAILED, reasons)  # the run ended before it could be judged again
    for index in brake.broken_off:
        if ledger.outcome(index) is Outcome.OPEN:
            ledger.settle(index, Outcome.UNKNOWN, (broken_off_reason(),))
    reason = brake.reason()
    if reason is not None:
        ledger.settle_rest(reason)
    fatal = brake.fatal
    with session.meter.phase("keep"):
        try:
            keeper.keep(range(len(items)))
            own_book.close()
        except StoreError as err:
            # Neither may hide the other: why the run has ended, and that what it left behind was not kept.
            fatal = err if fatal is None or str(fatal) == str(err) else StoreError(f"{fatal} {err}")
    report = make_report(session)
    if fatal is not None:
        fatal.report, fatal.written = report, written_edge(items, ledger)
        raise fatal
    outputs = (written_edge(items, ledger), second_edge(items, ledger, config))
    return BlockResult(outputs=outputs, report=report)
