"""`ziggy-sf-write undo`: takes back what a run has written."""

import uuid
from pathlib import Path

import click

from ziggy_sf_write.contract import DataStore, JsonValue, Mode
from ziggy_sf_write.errors import WriteBlockError
from ziggy_sf_write.run.outcomes import NOT_WRITTEN
from ziggy_sf_write.run.previous_values import KeptRun, kept_runs
from ziggy_sf_write.run.undo import UndoOptions, undo_run
from ziggy_studio.cli.account import change_lines
from ziggy_studio.cli.options import JSON, MODE, PROJECT
from ziggy_studio.cli.session import StopSignal, open_host
from ziggy_studio.cli.text import print_json, printable
from ziggy_studio.engine import Host
from ziggy_studio.errors import UsageProblem

_LAST = "last"
_MOST_SHOWN = 20


@click.command()
@click.argument("run_id", metavar="RUN")
@PROJECT
@MODE
@click.option("--dry-run", is_flag=True, help="Only show what would be restored and deleted.")
@click.option("--delete-created", is_flag=True, help="Also delete the records that the run has made.")
@click.option("--force", metavar="FIELD", multiple=True, help="Restore this field although somebody has changed it "
              "since the run. May be given several times.")  # fmt: skip
@JSON
def undo(run_id: str, folder: Path, mode: str | None, is_json: bool, **options: JsonValue) -> None:  # noqa: FBT001 # click passes options so
    """Take back what a run has written.

    RUN is the run's id, its first characters, or `last`. The run must have been made with previous values kept
    (--previous-values, or the setting of the block). Records that were changed since are left alone and listed. An
    undo keeps previous values itself, so it can be undone too.

    \b
    Exit codes:
      0  done, everything was restored
      1  ran, and ended in a fatal error, or some records were left alone
      2  no such run, or a refused login

    \b
    Example:
      ziggy-sf-write undo last --dry-run
      ziggy-sf-write undo last --delete-created
    """
    with open_host(folder, Mode(mode.upper()) if mode else None, is_quiet=True) as (host, _):
        wanted = find_run(host.store, run_id)
        click.echo(f"Run {wanted.run_id} of {printable(wanted.flow)}, {wanted.at[:16].replace('T', ' ')} UTC", err=True)
        chosen = UndoOptions(
            dry_run=options["dry_run"], deletes_created=options["delete_created"], force=frozenset(options["force"])
        )
        report, error = _undo(host, wanted.run_id, chosen)
    if is_json:
        print_json({"run": wanted.run_id, **report, "error": {"message": error} if error else None})
    else:
        for line in _lines(report, error):
            click.echo(printable(line))
    stopped = host.cancelled.exit_code if isinstance(host.cancelled, StopSignal) else 0
    is_short = error is not None or any(report["counts"][name] for name in NOT_WRITTEN)
    raise SystemExit(stopped or int(is_short))


def find_run(store: DataStore, wanted: str) -> KeptRun:
    """The run that is meant. Raises `UsageProblem` where there is none, or several."""
    runs = kept_runs(store)
    if wanted == _LAST and runs:
        return max(runs, key=lambda one: (one.day, one.at))
    by_id = {one.run_id: one for one in runs}
    found = [wanted] if wanted in by_id else sorted(one for one in by_id if one.startswith(wanted))
    if len(found) == 1:
        return by_id[found[0]]
    if found:
        raise UsageProblem(f"Several runs begin with `{wanted}`: {', '.join(found[:5])}. Give more of the id.")
    known = f" Kept are those of: {', '.join(sorted(by_id)[:5])}." if runs else ""
    raise UsageProblem(
        f"No previous values are kept of a run `{wanted}`. Runs keep them with --previous-values, or with the block's "
        f"setting of that name.{known}"
    )


def _undo(host: Host, run_id: str, options: UndoOptions) -> tuple[dict[str, JsonValue], str | None]:
    """The report, and what has ended the undo early."""
    context = host.context_named("undo", block_id="undo", execution_id=uuid.uuid4().hex)
    try:
        return undo_run(run_id, context, options), None
    except WriteBlockError as err:
        if err.report is None:
            raise
        return dict(err.report), str(err)


def _lines(report: dict[str, JsonValue], error: str | None) -> list[str]:
    """The report for a person; the verdict stands last."""
    told = [
        f"{one['outcome']}: {' '.join(reason['message'] for reason in one['errors'])}"
        for one in report["notWritten"][:_MOST_SHOWN]
    ]
    left = len(report["notWritten"]) - len(told)
    told += [f"… and {left:,} more"] if left > 0 else []
    told += change_lines(report, _MOST_SHOWN)
    if report["notRestored"]:
        told.append(f"Not restored, because Salesforce does not show their values: {', '.join(report['notRestored'])}")
    if report["createdKept"]:
        told.append(f"Made by the run and kept: {report['createdKept']:,}; --delete-created deletes them")
    if error is not None:
        told.append(f"Error: {error}")
    told.append(
        f"{report['updated']:,} restored, {report['deleted']:,} deleted, {report['apiCalls']['used']:,} API calls"
    )
    return [*told, report["verdict"]["sentence"]]
