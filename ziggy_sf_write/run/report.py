"""The run report: counts, calls, times and, item by item, why something was not written (schemas/report)."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.run.choose_api import ApiChoice
from ziggy_sf_write.run.outcomes import Counts, Outcome
from ziggy_sf_write.run.progress import RunProgress
from ziggy_sf_write.salesforce.client import OrgClient

_NO_API = ApiChoice(api=Api.AUTO, reason="There was nothing to send.")


def make_report(
    config: WriteConfig,
    counts: Counts,
    *,
    client: OrgClient | None = None,
    progress: RunProgress | None = None,
    choice: ApiChoice = _NO_API,
    not_written: Sequence[JsonValue] = (),
) -> dict[str, JsonValue]:
    """The report as JSON. Raises `InternalError` where the outcomes do not add up.

    Args:
        config: the block's configuration.
        counts: of all windows, which are closed.
        client: knows the calls; None where none could be made.
        progress: knows the times; None where nothing was begun.
        choice: the API and why.
        not_written: the lines about items that were not written; empty where they were told as they came.
    """
    calls = client.count.by_kind() if client is not None else {}
    usage = client.org.usage if client is not None else None
    return {
        "object": config.object,
        "operation": "upsert" if config.upsert else "update",
        "matchKey": config.match_key,
        "connection": config.connection,
        "dryRun": config.advanced.dry_run,
        "counts": counts.by_label(),
        "created": counts.of(Outcome.CREATED),
        "updated": counts.of(Outcome.UPDATED),
        "api": _api(config.advanced.dry_run, calls, choice),
        "apiCalls": {
            "used": sum(calls.values()),
            "byKind": calls,
            "orgUsed": usage.used if usage else None,
            "orgLimit": usage.limit if usage else None,
        },
        "phases": [{"name": phase, "ms": ms} for phase, ms in progress.phases()] if progress is not None else [],
        "notWritten": list(not_written),
    }


def add_reports(total: Mapping[str, JsonValue], report: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The report of items that were written in several calls: `report` is about those that followed.

    Places on the edge are counted over all calls; the org's allowance is that of whichever knew of more calls, the API
    that of the last.
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
        "apiCalls": {
            **_fuller(total["apiCalls"], report["apiCalls"]),
            "used": calls.total(),
            "byKind": dict(calls),
        },
        "phases": [{"name": name, "ms": ms} for name, ms in phases.items()],
        "notWritten": [*total["notWritten"], *moved],
    }


def _fuller(total: JsonValue, report: JsonValue) -> dict[str, JsonValue]:
    """What knows of more calls that the org has counted; the latter where neither knows of any."""
    known = total["orgUsed"] is not None and (report["orgUsed"] is None or report["orgUsed"] < total["orgUsed"])
    return dict(total if known else report)


def _api(is_dry_run: bool, calls: Mapping[str, int], choice: ApiChoice) -> dict[str, str]:  # noqa: FBT001 # a setting
    if is_dry_run:
        return {"name": "none", "reason": "A preview writes nothing."}
    if not any(kind.startswith(("collections_", "bulk_")) for kind in calls):
        return {"name": "none", "reason": "There was nothing to send."}
    return {"name": choice.api.value, "reason": choice.reason}
