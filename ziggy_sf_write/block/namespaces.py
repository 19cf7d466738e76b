"""The namespaces that runs keep for themselves: Bulk jobs, how long they took, claims, odd spellings and siblings of
kept failures' keys, and what each has overwritten, `undo DAY RUN`.
"""

from datetime import date

from ziggy_sf_write.contract import BOOKKEEPING

BULK_JOBS, CLAIMS = f"{BOOKKEEPING}bulkJobs", f"{BOOKKEEPING}claims"
KEPT_KEYS, SIBLINGS, PACES = f"{BOOKKEEPING}keptKeys", f"{BOOKKEEPING}siblings", f"{BOOKKEEPING}paces"
_PREFIX = "undo "


def is_own_namespace(name: str) -> bool:
    """Whether a namespace is the block's own, and no place for failures."""
    return name.startswith(BOOKKEEPING) or is_undo_namespace(name)


def namespace_of_run(run_id: str, *, day: date) -> str:
    """Where a run of this day keeps what it has overwritten."""
    return f"{_PREFIX}{day.isoformat()} {run_id}"


def is_undo_namespace(name: str) -> bool:
    """Whether a namespace holds what a run has overwritten."""
    return day_of(name) is not None


def day_of(name: str) -> date | None:
    """The day of the run that keeps its previous values there; None for any other namespace."""
    if not name.startswith(_PREFIX):
        return None
    day, _, run_id = name.removeprefix(_PREFIX).partition(" ")
    try:
        return date.fromisoformat(day) if run_id else None
    except ValueError:
        return None


def run_of(name: str) -> str:
    """The id of the run that keeps its previous values in this namespace."""
    return name.removeprefix(_PREFIX).partition(" ")[2]
