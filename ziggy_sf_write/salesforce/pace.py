"""How long writes of one object took in one org, by calls and by Bulk jobs, and what that says of the next ones."""

from dataclasses import dataclass

from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.salesforce.concurrency import MOST

# Seconds that are assumed where none were measured, for each record of a call; and at the most until a job begins.
_RECORD_S, _JOB_S = 0.005, 5.0
# Jobs of so many sizes are remembered. One takes the place of an earlier one of about its size.
_SIZES, _ALIKE = 5, 1.25


@dataclass(slots=True, kw_only=True)
class Pace:
    """What was measured last; `is_new` tells that it was since it was kept.

    `call_s` is of a call with `records` records, `calls` how many at a time the org was found to take. `jobs` are rows
    and seconds of Bulk jobs, the newest first: how many batches of a job an org works on at once is told nowhere, so
    only a job of about the size says how long the next one takes.
    """

    call_s: float | None = None
    records: int = 0
    calls: int = MOST
    jobs: tuple[tuple[int, float], ...] = ()
    is_new: bool = False

    def note_calls(self, count: int, seconds: float, *, records: int, at_first: int, most: int) -> None:
        """So many items were written, with so many calls at a time at first and at the most."""
        self.call_s = seconds / rounds(-(-count // records), at_first, most)
        self.records, self.is_new = records, True

    def note_job(self, rows: int, seconds: float) -> None:
        """So many rows were written in a job."""
        others = (one for one in self.jobs if not rows / _ALIKE < one[0] < rows * _ALIKE)
        self.jobs, self.is_new = ((rows, seconds), *others)[:_SIZES], True

    def recall(self, kept: JsonValue) -> None:
        """Takes over what another process has measured, as far as nothing was measured in this one."""
        self.jobs = self.jobs or tuple((int(rows), float(seconds)) for rows, seconds in kept["jobs"] if rows > 0)
        if self.call_s is None and kept["call_s"] is not None:
            self.call_s, self.records, self.calls = float(kept["call_s"]), int(kept["records"]), int(kept["calls"])

    def by_calls_s(self, count: int, *, records: int, at_first: int, most: int | None) -> float:
        """Seconds for so many items; `most` calls at a time is None where the org decides."""
        measured_s = self.call_s if self.records == records else None
        call_s = _RECORD_S * records if measured_s is None else measured_s
        return call_s * rounds(-(-count // records), at_first, most or self.calls)

    def by_job_s(self, rows: int) -> float:
        """Seconds for so many rows in one job, as between the jobs that are known, of which there must be one."""
        points = sorted([(0, min(_JOB_S, min(self.jobs)[1] / 2)), *self.jobs])
        above = next((place for place, one in enumerate(points) if one[0] >= rows), 0)
        (few, few_s), (many, many_s) = points[max(0, above - 1)], points[above or -1]
        return few_s + (rows - few) * (many_s - few_s) / (many - few)


def rounds(calls: int, first: int, most: int) -> int:
    """How many calls come after one another: `first` at a time, then twice as many after each round, up to `most`."""
    slow = 0
    while calls > 0 and first < most:
        calls, first, slow = calls - first, min(2 * first, most), slow + 1
    return slow + -(-max(calls, 0) // most)
