"""The run report: counts, calls, times and, item by item, why something was not written (schemas/report)."""

from collections import Counter
from collections.abc import Mapping

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.ledger import Ledger, Outcome
from ziggy_sf_write.run.session import Session


def make_report(session: Session) -> dict[str, JsonValue]:
    """The report as JSON. Raises `InternalError` where the outcomes do not add up."""
    config, ledger = session.config, session.ledger
    calls, usage = session.client.count.by_kind(), session.client.org.usage
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


def add_reports(total: Mapping[str, JsonValue], report: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The report of items that were written in several calls: `report` is about those that followed.

    Places on the edge are counted over all calls; the org's allowance and the API are those of the last.
    """
    calls = Counter(total["apiCalls"]["byKind"]) + Counter(report["apiCalls"]["byKind"])
    phases = Counter({one["name"]: one["ms"] for one in total["phases"]})
    phases.update({one["name"]: one["ms"] for one in report["phases"]})
    before = total["counts"]["received"]
    moved = [{**line, "index": line["index"] + before} for line in report["notWritten"]]
    return {
        **report,
        "counts": {name: count + total["counts"][name] for name, count in report["counts"].items()},
        "created": total["created"] + report["created"],
        "updated": total["updated"] + report["updated"],
        "api": total["api"] if report["api"]["name"] == "none" else report["api"],
        "apiCalls": {**report["apiCalls"], "used": calls.total(), "byKind": dict(calls)},
        "phases": [{"name": name, "ms": ms} for name, ms in phases.items()],
        "notWritten": [*total["notWritten"], *moved],
    }


def _api(session: Session) -> dict[str, str]:
    if session.config.advanced.is_dry_run:
        return {"name": "none", "reason": "A preview writes nothing."}
    if not any(kind.startswith(("collections_", "bulk_")) for kind in session.client.count.by_kind()):
        return {"name": "none", "reason": "There was nothing to send."}
    return {"name": session.choice.api.value, "reason": session.choice.reason}


def _line(ledger: Ledger, index: int) -> dict[str, JsonValue]:
    return {
        "index": index,
        "outcome": ledger.outcome(index).label,
        "errors": [reason.to_json() for reason in ledger.reasons(index)],
    }
