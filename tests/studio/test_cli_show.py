"""What a person sees of a run: every name and message as it is, whatever letters it has."""

from typing import Any

import pytest

from ziggy_studio.cli.show import print_records, print_run
from ziggy_studio.flow import Flow
from ziggy_studio.outcome import BlockRun, FlowRun, Status

ENTRY = {"index": 0, "outcome": "failed", "errors": [{"code": "[/]", "message": "No [bold]such[/] thing."}]}
WRITE = {
    "operation": "upsert",
    "object": "Account",
    "matchKey": "[red]Id",
    "created": 1,
    "updated": 0,
    "apiCalls": {"used": 2, "orgUsed": None, "orgLimit": None},
}


def _shown(capsys: pytest.CaptureFixture[str], report: dict[str, Any], error: dict[str, Any] | None = None) -> str:
    blocks = (BlockRun(id="[/w]", type="W", status=Status.OK, report=report),)
    run = FlowRun(status=Status.OK, error=error, ms=1, payloads={}, blocks=blocks)
    print_run(Flow(name="[b]F", timeout_s=1, blocks=(), edges=()), run)
    return capsys.readouterr().out


def test_brackets_are_letters_like_others(capsys: pytest.CaptureFixture[str]) -> None:
    report = {**WRITE, "counts": {"[x]": 1}, "notWritten": [ENTRY]}
    out = _shown(capsys, report, {"block": "[i]w", "message": "It [i]failed[/i]."})
    for text in (
        "[b]F: ok in 1 ms",
        "[/w]: upsert Account by [red]Id",
        "[x]",
        "item 1 failed: No [bold]such[/] thing. ([/])",
        "Fatal error in block [i]w: It [i]failed[/i].",
    ):
        assert text in out


def test_a_report_that_says_less_than_a_write_is_shown_as_far_as_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    out = _shown(capsys, {"counts": {"sent": 3}, "notWritten": [ENTRY]}, {"message": "It failed."})
    assert "sent" in out
    assert "item 1 failed" in out
    assert "Fatal error: It failed." in out


def test_counts_that_are_none_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert _shown(capsys, {"counts": 5}).split() == ["[b]F:", "ok", "in", "1", "ms", "ok"]


def test_records_have_their_names_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    print_records("[t]Title", [{"[b]Name": "[/]"}])
    out = capsys.readouterr().out
    assert "[t]Title" in out
    assert "[b]Name" in out
    assert "[/]" in out
