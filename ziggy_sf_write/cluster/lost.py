"""Partitions that no worker could finish: their rows are accounted for by the driver."""

from dataclasses import replace

from ziggy_sf_write.cluster.desk import RunSpec
from ziggy_sf_write.cluster.partition import PartSummary
from ziggy_sf_write.cluster.results import open_results
from ziggy_sf_write.cluster.rows import RowResult, Tally
from ziggy_sf_write.cluster.staging import staged_rows
from ziggy_sf_write.cluster.stop import StopReason


def settle_lost(number: int, rows: int, spec: RunSpec, why: str) -> PartSummary:
    """Lays down the rows of a lost partition: unknown if its writing had begun, unprocessed if it had not."""
    is_begun = spec.folder.pulse(number).exists()
    outcome = "unknown" if is_begun else "unprocessed"
    sent = "It is not known which rows of its partition were sent" if is_begun else "The row was not sent"
    reason = StopReason(
        code="worker_lost",
        message=f"{sent}, because the task that writes them failed for good: {why} Mend the cause and run it again.",
    )
    tally = Tally(error=f"Partition {number} could not be finished: {why}")
    tally.add_rows(outcome, rows)
    try:
        _lay_down(number, spec, RowResult(row=None, outcome=outcome, reason=reason.message, code=reason.code))
    except (OSError, ValueError) as err:  # pyarrow's errors are ValueErrors
        tally.error = f"{tally.error} Its rows are not among the results either: {err}"
    return PartSummary(number=number, tally=tally, worker="", elapsed_ms=0, stop=reason, usage=None)


def _lay_down(number: int, spec: RunSpec, result: RowResult) -> None:
    with open_results(spec.folder.results_of(number, spec.results), spec.results) as file:
        for position, row in staged_rows(spec.folder.staged(number), spec.missing):
            file.add(position, replace(result, row=row))
