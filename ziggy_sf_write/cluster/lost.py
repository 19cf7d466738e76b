"""Partitions that no worker could finish: their rows are accounted for by the driver."""

from ziggy_sf_write.cluster.desk import RunSpec
from ziggy_sf_write.cluster.partition import PartSummary
from ziggy_sf_write.cluster.results import open_results
from ziggy_sf_write.cluster.rows import RowResult, Tally
from ziggy_sf_write.cluster.staging import staged_rows
from ziggy_sf_write.cluster.stop import StopReason


def settle_lost(number: int, spec: RunSpec, why: str) -> PartSummary:
    """Lays down the rows of a lost partition: unknown if its writing had begun, unprocessed if it had not."""
    folder = spec.folder
    outcome = "unknown" if folder.pulse(number).exists() else "unprocessed"
    sent = "It is not known which rows of its partition were sent" if outcome == "unknown" else "The row was not sent"
    reason = StopReason(
        code="worker_lost",
        message=f"{sent}, because the task that writes them failed for good: {why} Mend the cause and run it again.",
    )
    tally = Tally(error=f"Partition {number} could not be finished: {why}")
    with open_results(folder.results_of(number, spec.results), spec.results) as file:
        for position, row in staged_rows(folder.staged(number), spec.missing):
            tally.add_rows(outcome, 1)
            file.add(position, RowResult(row=row, outcome=outcome, reason=reason.message, code=reason.code))
    return PartSummary(number=number, tally=tally, worker="", elapsed_ms=0, stop=reason, usage=None)
