"""The run report: counts, calls, times and, item by item, why something was not written (schemas/report)."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import NotWrittenError
from ziggy_sf_write.run.changes import MOST_CHANGES, Preview
from ziggy_sf_write.run.context import RunProgress
from ziggy_sf_write.run.outcomes import NOT_WRITTEN, Counts, Outcome
from ziggy_sf_write.run.plan import ApiChoice
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.org import ApiUsage

_NO_API = ApiChoice(api=Api.AUTO, reason="There was nothing to send.")


def make_report(
    config: WriteConfig,
    counts: Counts,
    *,
    client: OrgClient | None = None,
    progress: RunProgress | None = None,
    choice: ApiChoice = _NO_API,
    preview: Preview | None = None,
    not_written: Sequence[JsonValue] = (),
    wired_outputs: Sequence[int] | None = None,
) -> dict[str, JsonValue]:
    """The report as JSON. Raises `InternalError` where the outcomes do not add up.

    Args:
        config: the block's configuration.
        counts: of all windows, which are closed.
        client: knows the calls; None where none could be made.
        progress: knows the times; None where nothing was begun.
        choice: the API and why.
        preview: what would change; None where nothing was previewed.
        not_written: the lines about items that were not written; empty where they were told as they came.
        wired_outputs: which outputs of the block lead anywhere; None where the host does not say.
    """
    by_label, is_second_wired = counts.by_label(), wired_outputs is None or 1 in wired_outputs
    calls = client.count.by_kind() if client is not None else {}
    usage = client.org.usage if client is not None else None
    report = {
        "object": config.object,
        "operation": "upsert" if config.upsert else "update",
        "matchKey": config.match_key,
        "connection": config.connection,
        "dryRun": config.advanced.dry_run,
        "verdict": _verdict(by_label),
        "counts": by_label,
        "unhandled": _unhandled(config, by_label, is_second_wired=is_second_wired),
        "discarded": _discarded(config, by_label, is_second_wired=is_second_wired),
        "created": counts.of(Outcome.CREATED),
        "updated": counts.of(Outcome.UPDATED),
        "keptFailures": {"removed": counts.kept_removed, "superseded": counts.kept_superseded},
        "api": _api(config.advanced.dry_run, calls, choice),
        "concurrency": _concurrency(config, client),
        "apiCalls": {
            "used": sum(calls.values()),
            "byKind": calls,
            "orgUsed": usage.used if usage else None,
            "orgLimit": usage.limit if usage else None,
        },
        "phases": [{"name": phase, "ms": ms} for phase, ms in progress.phases()] if progress is not None else [],
        "notWritten": list(not_written),
        **_where(client),
    }
    return report | _previewed(preview, usage) if preview is not None and config.advanced.dry_run else report


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
    counts = {name: count + total["counts"][name] for name, count in report["counts"].items()}
    return {
        **{name: value for name, value in total.items() if name == "instanceUrl"},
        **report,
        "verdict": _verdict(counts),
        "counts": counts,
        "unhandled": total["unhandled"] + report["unhandled"],
        "discarded": total["discarded"] + report["discarded"],
        "created": total["created"] + report["created"],
        "updated": total["updated"] + report["updated"],
        "keptFailures": {name: count + total["keptFailures"][name] for name, count in report["keptFailures"].items()},
        "api": total["api"] if report["api"]["name"] == "none" else report["api"],
        "apiCalls": {**_fuller(total["apiCalls"], report["apiCalls"]), "used": calls.total(), "byKind": dict(calls)},
        "phases": [{"name": name, "ms": ms} for name, ms in phases.items()],
        "notWritten": [*total["notWritten"], *moved],
        **_more_changes(total, report, before),
    }


def too_many_not_written(config: WriteConfig, counts: Mapping[str, int]) -> NotWrittenError | None:
    """The error that a run ends with when all is accounted for and more was not written than `failAbove` allows.

    Args:
        config: the block's configuration.
        counts: items by the outcomes' names, of the whole run.
    """
    allowed, received = config.advanced.fail_above, counts["received"]
    missing = sum(counts[name] for name in NOT_WRITTEN)
    if allowed is None or 100 * missing <= allowed * received:
        return None
    return NotWrittenError(
        f"{missing} of {received} items were not written, more than the {allowed:g} % that `failAbove` allows: "
        f"{_others(counts)}. What was written stays; the report has the reason of each of the others."
    )


def _verdict(counts: Mapping[str, int]) -> dict[str, str]:
    """Whether all, some or none of the items made it, and a sentence for a person; a preview counts what would."""
    received, previewed = counts["received"], counts["wouldCreate"] + counts["wouldUpdate"]
    previewed += counts["wouldDelete"]
    written, unchanged = counts["written"] + previewed, counts["unchanged"]
    state = "complete" if written + unchanged == received else "partial" if written + unchanged else "nothing"
    others = _others(counts)
    how = "would be written" if previewed else "written"
    same = f", {unchanged} unchanged" if unchanged else ""
    sentence = f"{written} of {received} {how}{same}{others and f': {others}'}"
    return {"state": state, "sentence": sentence if received else "no items came in"}


def _where(client: OrgClient | None) -> dict[str, JsonValue]:
    """The org's address in a browser, behind which a record is found by its Id; nothing before the first login."""
    # What an access token's own address has before an @ is a name and a password.
    host = client.org.identity.rpartition("@")[2] if client is not None else ""
    return {"instanceUrl": f"https://{host}"} if host else {}


def _previewed(preview: Preview, usage: ApiUsage | None) -> dict[str, JsonValue]:
    """What a dry run shows of each change, and what the run itself would cost."""
    return {
        "changes": list(preview.changes),
        "changesNotShown": preview.not_shown,
        "unchanged": preview.unchanged,
        "callEstimate": {"calls": preview.calls, "left": usage.limit - usage.used if usage else None},
    }


def _more_changes(total: Mapping[str, JsonValue], report: Mapping[str, JsonValue], before: int) -> dict[str, JsonValue]:
    """The changes of two previews of one stream, the second of which begins at this place."""
    if "changes" not in total or "changes" not in report:
        return {}
    changes = [*total["changes"], *({**line, "index": line["index"] + before} for line in report["changes"])]
    calls = total["callEstimate"]["calls"] + report["callEstimate"]["calls"]
    return {
        "changes": changes[:MOST_CHANGES],
        "changesNotShown": total["changesNotShown"] + report["changesNotShown"] + len(changes[MOST_CHANGES:]),
        "unchanged": total["unchanged"] + report["unchanged"],
        "callEstimate": {**report["callEstimate"], "calls": calls},
    }


def _others(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in NOT_WRITTEN if counts[name])


def _unhandled(config: WriteConfig, counts: Mapping[str, int], *, is_second_wired: bool) -> int:
    """Failed, unprocessed and unknown items that went neither to an edge that is wired nor into a namespace."""
    is_kept = config.error_namespace is not None and not config.advanced.dry_run
    if is_kept or (config.advanced.failed_to_second_edge and is_second_wired):
        return 0
    return counts["failed"] + counts["unprocessed"] + counts["unknown"]


def _discarded(config: WriteConfig, counts: Mapping[str, int], *, is_second_wired: bool) -> int:
    """Invalid items that go nowhere, as the configuration has it."""
    return 0 if config.validate and config.invalid_to_second_edge and is_second_wired else counts["invalid"]


def _concurrency(config: WriteConfig, client: OrgClient | None) -> dict[str, JsonValue]:
    """How many calls at a time the run has come to, and why."""
    if client is None or client.concurrency is None:
        return {"calls": config.advanced.most_calls, "reason": "The configuration asks for it."}
    settled = client.concurrency.settled
    return {"calls": settled.calls, "reason": settled.reason}


def _fuller(total: JsonValue, report: JsonValue) -> dict[str, JsonValue]:
    """What knows of more calls that the org has counted; the latter where neither knows of any."""
    known = total["orgUsed"] is not None and (report["orgUsed"] is None or report["orgUsed"] < total["orgUsed"])
    return dict(total if known else report)


def _api(is_dry_run: bool, calls: Mapping[str, int], choice: ApiChoice) -> dict[str, str]:  # noqa: FBT001 # a setting
    if is_dry_run:
        return {"name": "none", "reason": "A preview writes nothing."}
    sent = [kind for kind in calls if kind.startswith(("collections_", "bulk_")) and kind != "collections_read"]
    if not sent:
        return {"name": "none", "reason": "There was nothing to send."}
    if choice.api is Api.BULK and not any(kind.startswith("bulk_") for kind in sent):
        return {"name": Api.COLLECTIONS.value, "reason": "The rows were too few for a job, or none that one can carry."}
    return {"name": choice.api.value, "reason": choice.reason}
