"""`make soak`, for half a minute: what a busy studio leaves behind, and what the script says of it."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.soak import Accounts, Held, Measured, soak

HELD = Held(memory_mb=100, threads=2, files=30, temporary=0)


def _measured(accounts: Accounts, after: Held = HELD) -> Measured:
    return Measured(before=HELD, after=after, most_mb=130, seconds=1, accounts=accounts)


def _accounts(received: int = 2, **counts: int) -> Accounts:
    accounts = Accounts(sent=20, ends=Counter(ok=19), stopped=1, pages=1)
    block = {"id": "write", "counts": {"received": 2, "written": 1, "invalid": 1} | counts}
    accounts.add(received, {"status": "ok", "blocks": [block]})
    return accounts


def _missed(measured: Measured) -> list[str]:
    return [line.partition(":")[0] for line, is_met in measured.lines() if not is_met]


def test_a_studio_that_leaves_nothing_behind_meets_every_bar() -> None:
    assert _missed(_measured(_accounts(), HELD._replace(memory_mb=119))) == []


def test_whatever_a_studio_leaves_behind_is_named() -> None:
    after = Held(memory_mb=121, threads=3, files=31, temporary=1)
    assert _missed(_measured(_accounts(), after)) == [
        "memory",
        "open threads",
        "open files",
        "files in the temporary folder",
    ]


@pytest.mark.parametrize(
    "accounts",
    [_accounts(received=3), _accounts(written=2), _accounts(received=1), _accounts(unknown=1)],
    ids=["an item that did not arrive", "one too many", "one that was not sent", "one counted twice"],
)
def test_an_answer_that_does_not_account_for_each_item_is_told(accounts: Accounts) -> None:
    assert _missed(_measured(accounts)) == ["answers that do not account for each item"]


def test_what_the_studio_failed_at_is_told() -> None:
    accounts = _accounts()
    accounts.failed.append("_load_page: ConnectionError")
    assert _missed(replace(_measured(accounts), tracebacks=1)) == ["stopped runs", "tracebacks in the studio's output"]


def test_a_launch_without_an_answer_is_told() -> None:
    accounts = _accounts()
    accounts.add(2, {"error": "no answer"})
    accounts.sent += 2
    assert _missed(_measured(accounts)) == ["answers", "answers that do not account for each item"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_a_busy_studio_leaves_nothing_behind(tmp_path: Path) -> None:
    measured = soak(tmp_path, seconds=30)
    told = [line for line, _ in measured.lines()]
    # How many launches a second there are is the machine's business; `make soak` tells.
    assert set(_missed(measured)) <= {"launches"}, [*measured.accounts.failed[:3], *measured.accounts.wrong[:3], *told]
    assert measured.accounts.sent == 600
