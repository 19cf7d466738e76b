"""What `write` tells at its end, to a person and to a machine, however it has ended."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.json_text import to_json
from ziggy_sf_write.run.outcomes import NOT_WRITTEN
from ziggy_studio.cli.row_sorter import RowSorter
from ziggy_studio.cli.session import StopSignal
from ziggy_studio.cli.text import give_up_stdout, print_json, printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A load that is over: the block's report, what else went wrong, and where the rows are.

    `error` is why it ended early, or what is missing where; `go_on` is the command that writes what is left;
    `undo_run` the id by which the load can be taken back.
    """

    report: dict[str, JsonValue]
    error: str | None
    sorter: RowSorter
    stop: StopSignal
    go_on: str | None
    undo_run: str | None = None

    @property
    def exit_code(self) -> int:
        """0 where every row was written, 128 and its number after a signal, else 1."""
        if self.stop.exit_code:
            return self.stop.exit_code
        counts = self.report["counts"]
        has_failed = self.error is not None or self.sorter.not_read or any(counts[name] for name in NOT_WRITTEN)
        return 1 if has_failed else 0

    def to_json(self) -> dict[str, JsonValue]:
        """The same for a machine; `files` names where the rows are, by the option that names such a file."""
        report = self.report
        return {
            **{name: report[name] for name in ("verdict", "counts", "created", "updated", "keptFailures")},
            "notRead": self.sorter.not_read,
            "stopped": self.stop.number.name if self.stop.number else None,
            "api": report["api"]["name"],
            "apiCalls": {name: report["apiCalls"][name] for name in ("used", "byKind")},
            "files": {name: str(path) for name, path in self.sorter.paths.items()},
            "undoRun": self.undo_run,
            **{name: report[name] for name in _PREVIEWED if name in report},
            "error": {"message": self.error} if self.error is not None else None,
        }

    def lines(self) -> list[str]:
        """The same for a person; the verdict stands last."""
        report, sorter = self.report, self.sorter
        calls = report["apiCalls"]["used"]
        told = [
            f"row {one.row}{f' ({one.key})' if one.key else ''} {one.outcome}: {one.reason} ({one.code})"
            for one in sorter.first
        ]
        if sum(sorter.by_code.values()) > len(sorter.first):
            told += [f"{count:,} {outcome} with {code}" for (outcome, code), count in sorter.by_code.most_common()]
        kept = report["keptFailures"]
        if any(kept.values()):
            told.append(f"kept failures: {kept['removed']} written since, {kept['superseded']} in part")
        told += change_lines(report, _MOST_CHANGES)
        told += [f"{_TITLES[name]}: {path}" for name, path in sorter.paths.items()]
        if self.error is not None:
            told.append(f"Error: {self.error}")
        if sorter.not_read:
            told.append(f"{sorter.not_read:,} {'row was' if sorter.not_read == 1 else 'rows were'} not sent at all")
        if self.go_on is not None:
            told.append(f"To go on with what is left: {self.go_on}")
        if self.undo_run is not None:
            told.append(f"To take this back: {Path(sys.argv[0]).name} undo {self.undo_run}")
        told.append(
            f"{report['created']:,} created, {report['updated']:,} updated, "
            f"{calls:,} API {'call' if calls == 1 else 'calls'} ({report['api']['name']})"
        )
        stopped = f"stopped by {self.stop.number.name}: " if self.stop.number else ""
        return [*told, f"{stopped}{report['verdict']['sentence']}"]


_PREVIEWED = ("changes", "changesNotShown", "unchanged", "callEstimate")
_MOST_CHANGES = 20
_LONGEST_VALUE = 60
_TITLES = {"out": "Written rows", "invalid": "Invalid rows", "failed": "Rows that were not written"}


def change_lines(report: dict[str, JsonValue], most: int) -> list[str]:
    """What a preview shows: old and new values, so many records one by one, and what the run would cost."""
    if "changes" not in report:
        return []
    told = [_change_line(change) for change in report["changes"][:most]]
    left = len(report["changes"]) - len(told) + report["changesNotShown"]
    told += [f"… and {left:,} more changes"] if left else []
    if report["unchanged"]:
        told.append(f"{report['unchanged']:,} would change nothing")
    estimate = report["callEstimate"]
    of = f" of the {estimate['left']:,} left today" if estimate["left"] is not None else ""
    calls = f"{estimate['calls']:,} API {'call' if estimate['calls'] == 1 else 'calls'}"
    return [*told, f"The run itself would take {calls}{of}"]


def _change_line(change: dict[str, JsonValue]) -> str:
    fields = ", ".join(
        f"{name}: {_shown(one['after'])}" if one["before"] is None else
        f"{name}: {_shown(one['before'])} → {_shown(one['after'])}"
        for name, one in change["fields"].items()
    )  # fmt: skip
    which = f" {change['id']}" if change["id"] else ""
    return f"row {change['index'] + 1}: {change['action']}{which}{fields and ' ' + fields}"


def _shown(value: JsonValue) -> str:
    text = "(empty)" if value is None else value if isinstance(value, str) else to_json(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def print_account(account: Account, *, is_json: bool) -> bool:
    """Writes the account to stdout; where nobody reads that any more, to stderr. Whether it was read."""
    try:
        if is_json:
            print_json(account.to_json())
        else:
            _print_lines(account, is_error=False)
        sys.stdout.flush()
    except BrokenPipeError:
        give_up_stdout()
        _print_lines(account, is_error=True)
        return False
    return True


def _print_lines(account: Account, *, is_error: bool) -> None:
    for line in account.lines():
        click.echo(printable(line), err=is_error)


def command_to_go_on(arguments: Sequence[str], file: Path, left: Path | None) -> str | None:
    """The command line once more, with the rows that are left in place of its file; None where none are."""
    if left is None or str(file) not in arguments:
        return None
    again = [str(left) if one == str(file) else one for one in arguments]
    more = [] if "--ignore-unknown" in again else ["--ignore-unknown"]
    return shlex.join([Path(sys.argv[0]).name, *again, *more])
