"""The threads of a run: what nobody has foreseen in one takes nothing with it that is known, and no more are begun."""

import threading

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.errors import DefectError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.guard import run_all, write_or_break_off
from ziggy_sf_write.run.outcomes import Ledger, Outcome
from ziggy_sf_write.run.plan import Ready, Write
from ziggy_sf_write.validation import Operation


def test_a_defect_in_a_thread_leaves_unknown_only_what_nothing_is_known_of(
    org: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    run = RunContext.start(
        parse_config({"connection": "sfDev", "object": "Account", "matchKey": "Ext__c"}), context_for(org)
    )
    ledger = Ledger(2, run.counts)
    rows = [Ready(Write(at, {}, at), Operation.UPSERT, {}) for at in range(2)]

    def fail() -> None:
        ledger.settle_written([(0, None, Outcome.UPDATED)])
        raise KeyError("id")

    write_or_break_off(fail, rows, ledger, run.guard)
    ledger.close(run.guard.reason())
    assert isinstance(run.guard.fatal, DefectError)
    assert "internal error (KeyError)" in str(run.guard.fatal)
    assert [ledger.outcome(at).label for at in range(2)] == ["written", "unknown"]
    assert "a call could not be settled" in caplog.text


@pytest.mark.parametrize("concurrency", [1, 2])
def test_after_a_failure_no_further_task_is_begun_and_those_under_way_end(concurrency: int) -> None:
    has_failed, ended = threading.Event(), []

    def fail() -> None:
        has_failed.set()
        raise KeyError("first")

    def outlast() -> None:
        assert has_failed.wait(10)
        threading.Event().wait(0.05)
        ended.append("outlasted")

    def never() -> None:
        ended.append("never")

    tasks = [fail, never, never] if concurrency == 1 else [outlast, fail, never, never, never]
    with pytest.raises(KeyError, match="first"):
        run_all(tasks, concurrency=concurrency)
    assert ended.count("never") <= concurrency - 1
    assert ended.count("outlasted") == concurrency - 1
