"""The top of a thread that writes: what nobody has foreseen takes nothing with it that is known."""

import pytest

from salesforce_sandbox import Sandbox
from tests.support.orgs import context_for
from ziggy_sf_write.block.config import parse_config
from ziggy_sf_write.errors import DefectError
from ziggy_sf_write.run.context import RunContext
from ziggy_sf_write.run.guard import write_or_break_off
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
