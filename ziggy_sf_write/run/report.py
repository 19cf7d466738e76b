"""The run report: counts, calls, times and, item by item, why something was not written (schemas/report)."""

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.ledger import Ledger, Outcome
from ziggy_sf_write.run.session import Session


def make_report(session: Session) -> dict[str, JsonValue]:
    """The report as JSON. Raises `InternalError` where the outcomes do not add up."""
    config, ledger = session.config, session.ledger
    calls, usage = session.door.count.by_kind(), session.door.org.usage
    return {
        "object": config.object,
        "operation": "upsert" if config.is_upsert else "update",
        "matchKey": config.match_key,
        "connection": config.connection,
        "dryRun": config.advanced.is_dry_run,
        "counts": ledger.counts(),
        "created": ledger.count(Outcome.CREATED),
        "updated": ledger.count(Outcome.UPDATED),
        "api": _api(session),
        "apiCalls": {
            "used": sum(calls.values()),
            "byKind": calls,
            "orgUsed": usage.used if usage else None,
            "orgLimit": usage.limit if usage else None,
        },
        "phases": [{"name": phase, "ms": ms} for phase, ms in session.meter.phases()],
        "notWritten": [_line(ledger, index) for index in ledger.not_written()],
    }


def _api(session: Session) -> dict[str, str]:
    if session.config.advanced.is_dry_run:
        return {"name": "none", "reason": "A preview writes nothing."}
    if not any(kind.startswith(("collections_", "bulk_")) for kind in session.door.count.by_kind()):
        return {"name": "none", "reason": "There was nothing to send."}
    return {"name": session.choice.api.value, "reason": session.choice.reason}


def _line(ledger: Ledger, index: int) -> dict[str, JsonValue]:
    return {
        "index": index,
        "outcome": ledger.outcome(index).label,
        "errors": [reason.to_json() for reason in ledger.reasons(index)],
    }
